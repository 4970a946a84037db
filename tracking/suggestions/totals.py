"""Sums over what was recorded: for the report, the guard and the factors. Reads only.

What is past its time was added up by day (`retention.py`); both halves are read as one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select
from sqlalchemy.orm import Session

from recommendations.lift import Group, Sums
from tracking.models.product import Product
from tracking.models.recommendation import (
    RecommendationDay,
    RecommendationDismissal,
    RecommendationSettings,
    RecommendationTrial,
    RecommendationTrialDay,
    RecommendationUse,
    Surface,
)
from tracking.platform import clock

# how long after there was first something to show a new order counts
COMES_BACK_WITHIN: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Total:
    """What became of suggestions: pairs of an order and a product, and how many of them were …

    followed        ordered later by the same customer;  followed_minor  for how much, in the store's currency
    """

    shown: int = 0
    clicked: int = 0
    dismissed: int = 0
    followed: int = 0
    followed_minor: int = 0

    def __add__(self, other: "Total") -> "Total":
        """Both."""
        return Total(
            self.shown + other.shown,
            self.clicked + other.clicked,
            self.dismissed + other.dismissed,
            self.followed + other.followed,
            self.followed_minor + other.followed_minor,
        )


@dataclass(frozen=True, slots=True)
class Placing:
    """A total of one subject in one place."""

    subject: str
    place: int
    total: Total


@dataclass(frozen=True, slots=True)
class Comparison:
    """Customers drawn to be shown recommendations, and to be held out, whose time is over; and who is on the way.

    since    when the comparison began; None: there is none
    percent  held out now
    spent    in minor units of the store's currency
    waiting  entered, and not yet over
    """

    since: datetime | None
    percent: int
    shown: Group
    held_out: Group
    shown_spent: Sums
    held_out_spent: Sums
    waiting: int


def dismissed_too() -> ColumnElement[bool]:
    """The pair of a use was sent away."""
    return exists().where(
        RecommendationDismissal.order_id == RecommendationUse.order_id,
        RecommendationDismissal.product_id == RecommendationUse.product_id,
    )


def sums() -> tuple[ColumnElement[Any], ...]:
    """The columns of a Total over uses."""
    return (
        func.count(RecommendationUse.id),
        func.sum(case((RecommendationUse.clicks > 0, 1), else_=0)),
        func.sum(case((dismissed_too(), 1), else_=0)),
        func.sum(case((RecommendationUse.followed_order_id.is_not(None), 1), else_=0)),
        func.sum(func.coalesce(RecommendationUse.followed_minor, 0)),
    )


def by_kind(session: Session, store_id: int, since: date) -> dict[tuple[Surface, str], Total]:
    """(surface, kind) → what became of it, for what was first shown on that day (UTC) or later."""
    found: dict[tuple[Surface, str], Total] = {}
    fresh = select(RecommendationUse.surface, RecommendationUse.kind, *sums()).where(
        RecommendationUse.store_id == store_id, RecommendationUse.first_at >= _midnight(since)
    )
    kept = select(
        RecommendationDay.surface,
        RecommendationDay.kind,
        func.sum(RecommendationDay.shown),
        func.sum(RecommendationDay.clicked),
        func.sum(RecommendationDay.dismissed),
        func.sum(RecommendationDay.followed),
        func.sum(RecommendationDay.followed_minor),
    ).where(RecommendationDay.store_id == store_id, RecommendationDay.day >= since)
    for statement in (
        fresh.group_by(RecommendationUse.surface, RecommendationUse.kind),
        kept.group_by(RecommendationDay.surface, RecommendationDay.kind),
    ):
        for surface, kind, *counts in session.execute(statement):
            found[surface, kind] = found.get((surface, kind), Total()) + _total(counts)
    return found


def by_place(
    session: Session, store_id: int, since: datetime, *, what: str, only: Iterable[str] | None = None
) -> list[Placing]:
    """What became of kinds or products by their place on pages, where clicks and dismissals are known.

    what  "kind" or "product" (by reference);  only  these; None: all
    """
    subject = {"kind": RecommendationUse.kind, "product": Product.ref}[what]
    statement: Select[Any] = select(subject, RecommendationUse.place, *sums())
    if what == "product":
        statement = statement.join(Product, Product.id == RecommendationUse.product_id)
    wanted = and_(
        RecommendationUse.store_id == store_id,
        RecommendationUse.first_at >= since,
        RecommendationUse.surface == Surface.PAGE,
    )
    if only is not None:
        wanted = and_(wanted, subject.in_(list(only)))
    rows = session.execute(statement.where(wanted).group_by(subject, RecommendationUse.place))
    return [Placing(name, place, _total(counts)) for name, place, *counts in rows]


def comparison(session: Session, store_id: int) -> Comparison:
    """The comparison in force."""
    settings = session.get(RecommendationSettings, store_id)
    if settings is None:
        nobody, nothing = Group(0, 0), Sums(0, 0.0, 0.0)
        return Comparison(None, 0, nobody, nobody, nothing, nothing, 0)
    row, over = RecommendationTrial, clock.now() - COMES_BACK_WITHIN
    spent = row.spent_minor * 1.0
    mine = and_(row.store_id == store_id, row.began_at >= settings.since)
    fresh = select(
        row.held_out,
        func.count(row.id),
        func.sum(case((row.orders > 0, 1), else_=0)),
        func.sum(spent),
        func.sum(spent * spent),
    ).where(mine, row.began_at < over, row.counted_at.is_not(None))
    day = RecommendationTrialDay
    kept = select(
        day.held_out, func.sum(day.shoppers), func.sum(day.came_back), func.sum(day.spent), func.sum(day.spent_squares)
    ).where(day.store_id == store_id, day.day > settings.since.date())
    groups = {False: [0, 0, 0.0, 0.0], True: [0, 0, 0.0, 0.0]}
    for statement in (fresh.group_by(row.held_out), kept.group_by(day.held_out)):
        for held_out, *counts in session.execute(statement):
            groups[held_out] = [old + float(new) for old, new in zip(groups[held_out], counts, strict=True)]
    waiting = session.scalar(select(func.count(row.id)).where(mine, row.began_at >= over)) or 0
    (shown, shown_spent), (held, held_spent) = (_group(groups[arm]) for arm in (False, True))
    return Comparison(settings.since, settings.held_out_percent, shown, held, shown_spent, held_spent, waiting)


def _group(counts: list[float]) -> tuple[Group, Sums]:
    size, came_back, spent, squares = counts
    return Group(int(size), int(came_back)), Sums(int(size), spent, squares)


def _total(counts: Iterable[Any]) -> Total:
    return Total(*(int(count or 0) for count in counts))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.now().tzinfo)
