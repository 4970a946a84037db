"""Once a day: which orders followed, who came back, what does harm, and what clicks say. In two steps.

`gather` reads, however long that takes; `keep` writes what was found, in a short transaction of its own. Doing it again
changes nothing that is still so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from recommendations.clicks import Seen, factors, fit_clicks
from recommendations.guard import Verdict, expectations, judge, judge_lift
from recommendations.lift import lift
from recommendations.request import Kind
from tracking.models.audit import Audit
from tracking.models.order import NOT_KEPT, Order, OrderLine, OrderState
from tracking.models.product import Product
from tracking.models.recommendation import (
    RecommendationFactor,
    RecommendationSettings,
    RecommendationSwitch,
    RecommendationTrial,
    RecommendationUse,
    SwitchScope,
)
from tracking.models.store import Store
from tracking.platform import clock
from tracking.platform.db import insert_new
from tracking.suggestions import totals
from tracking.suggestions.merged import successors
from tracking.suggestions.totals import COMES_BACK_WITHIN, Placing

# a later order of the product counts this long after it was last shown or followed
FOLLOWS_WITHIN: Final = timedelta(days=14)
# orders that reach us later than this are not looked at any more
LATE: Final = timedelta(days=3)
# what is judged, and what clicks are learnt from, is no older
JUDGED: Final = timedelta(days=90)
# a holdout begins with so many orders, with so many in a hundred
BEGINS_AT: Final = 300
HELD_OUT_PERCENT: Final = 10
# kinds differ by nature: what is popular is wanted less than what belongs together, and still does no harm
KIND_BEARABLE, KIND_BAD = 0.2, 0.04
# what is this close to 1 is not worth a row
SAME: Final = 0.02
_WRITTEN_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Followed:
    """A use, the order that followed it, and what that paid for the product; None if not known."""

    use_id: int
    order_id: int
    at: datetime
    minor: int | None


@dataclass(frozen=True, slots=True)
class CameBack:
    """A row of the comparison, with the orders since."""

    trial_id: int
    orders: int
    spent_minor: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What is to be written down.

    begins     the store has orders enough to begin a comparison
    taken_back uses whose following order was cancelled
    verdicts   what to turn off, with its scope
    factors    product id → factor
    """

    store_id: int
    begins: bool = False
    followed: Sequence[Followed] = ()
    taken_back: Sequence[int] = ()
    came_back: Sequence[CameBack] = ()
    verdicts: Sequence[tuple[SwitchScope, Verdict]] = ()
    factors: Mapping[int, float] = field(default_factory=dict)


def gather(session: Session, store_id: int) -> Findings:
    """Read what is to be written down for a store; for a transaction that only reads."""
    store = session.get_one(Store, store_id)
    return Findings(
        store_id,
        begins=_begins(session, store_id),
        followed=_followed(session, store),
        taken_back=_taken_back(session, store_id),
        came_back=_came_back(session, store),
        verdicts=_verdicts(session, store_id),
        factors=_factors(session, store_id),
    )


def keep(session: Session, found: Findings) -> None:
    """Write it down. Flushes."""
    if found.begins:
        row = {"store_id": found.store_id, "held_out_percent": HELD_OUT_PERCENT, "since": clock.now()}
        insert_new(session, RecommendationSettings, [row])
    _keep_followed(session, found)
    now = clock.now()
    _in_bulk(
        session,
        RecommendationTrial,
        [
            {"id": one.trial_id, "orders": one.orders, "spent_minor": one.spent_minor, "counted_at": now}
            for one in found.came_back
        ],
    )
    for scope, verdict in found.verdicts:
        switch_off(session, found.store_id, scope, verdict)
    session.execute(delete(RecommendationFactor).where(RecommendationFactor.store_id == found.store_id))
    known = set(session.scalars(select(Product.id).where(Product.store_id == found.store_id)))
    rows = [
        {"store_id": found.store_id, "product_id": product, "factor": factor}
        for product, factor in found.factors.items()
        if product in known
    ]
    insert_new(session, RecommendationFactor, rows)
    session.flush()


def switch_off(session: Session, store_id: int, scope: SwitchScope, verdict: Verdict) -> bool:
    """Turn something off, with an audit entry; False if it is off already. Flushes."""
    same = (
        RecommendationSwitch.store_id == store_id,
        RecommendationSwitch.scope == scope,
        RecommendationSwitch.subject == verdict.subject,
        RecommendationSwitch.on_at.is_(None),
    )
    if session.scalar(select(RecommendationSwitch.id).where(*same).limit(1)) is not None:
        return False
    numbers = {name: round(number, 6) for name, number in verdict.numbers.items()}
    session.add(
        RecommendationSwitch(
            store_id=store_id, scope=scope, subject=verdict.subject, why=verdict.fault.value, numbers=numbers
        )
    )
    detail = {"scope": scope.value, "what": verdict.subject, "why": verdict.fault.value, **numbers}
    session.add(Audit(store_id=store_id, actor="worker", action="recommendations.off", detail=detail))
    _touch(session, store_id)
    return True


def switch_on(session: Session, store_id: int, scope: SwitchScope, subject: str) -> bool:
    """Turn on again what the guard turned off: what counted against it counts no more. False if it is not off. Flushes.

    After everything was off a new comparison begins.
    """
    rows = session.scalars(
        select(RecommendationSwitch).where(
            RecommendationSwitch.store_id == store_id,
            RecommendationSwitch.scope == scope,
            RecommendationSwitch.subject == subject,
            RecommendationSwitch.on_at.is_(None),
        )
    ).all()
    if not rows:
        return False
    for row in rows:
        row.on_at = clock.now()
    settings = session.get(RecommendationSettings, store_id)
    if scope is SwitchScope.ALL and settings is not None:
        settings.since = clock.now()
    _touch(session, store_id)
    return True


def hold_out(session: Session, store_id: int, percent: int) -> bool:
    """Hold out so many shoppers in a hundred, 0 … 50, in a new comparison; False if it is so already. Flushes.

    raises  ValueError for another number
    """
    if not 0 <= percent <= 50:
        raise ValueError(percent)
    row = session.get(RecommendationSettings, store_id)
    if row is not None and row.held_out_percent == percent:
        return False
    if row is None:
        session.add(RecommendationSettings(store_id=store_id, held_out_percent=percent))
    else:
        row.held_out_percent, row.since = percent, clock.now()
    _touch(session, store_id)
    return True


def _touch(session: Session, store_id: int) -> None:
    """All pages of the store say something else now."""
    session.flush()
    session.execute(update(Store).where(Store.id == store_id).values(version=Store.version + 1))


def _begins(session: Session, store_id: int) -> bool:
    if session.get(RecommendationSettings, store_id) is not None:
        return False
    some = select(Order.id).where(Order.store_id == store_id).limit(BEGINS_AT).subquery()
    return session.scalar(select(func.count()).select_from(some)) == BEGINS_AT


def _followed(session: Session, store: Store) -> list[Followed]:
    """Uses that a later order of the same customer holds, each with the first such order.

    What was shown and what was ordered may be one product under two references: the one took the other's place.
    """
    use, now = RecommendationUse, clock.now()
    pairs = (
        select(
            use.id,
            use.last_at,
            use.last_click_at,
            Order.id,
            Order.placed_at,
            Order.currency,
            OrderLine.quantity,
            OrderLine.unit_price_minor,
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(use, use.customer_id == Order.customer_id)
        .where(
            Order.store_id == store.id,
            Order.placed_at >= now - FOLLOWS_WITHIN - LATE,
            Order.state != OrderState.CANCELLED,
            OrderLine.state.not_in(NOT_KEPT),
            use.store_id == store.id,
            use.followed_order_id.is_(None),
            use.order_id != Order.id,
            use.first_at < Order.placed_at,
        )
    )
    rows: list[Sequence[Any]] = [*session.execute(pairs.where(use.product_id == OrderLine.product_id))]
    if became := successors(session, store.id):
        shown, ordered = aliased(Product), aliased(Product)
        merged = (
            pairs.add_columns(shown.ref, ordered.ref)
            .join(shown, shown.id == use.product_id)
            .join(ordered, ordered.id == OrderLine.product_id)
            .where(shown.id != ordered.id, _is_merged(shown, store.id), _is_merged(ordered, store.id))
        )
        for *row, one, other in session.execute(merged):
            if became.get(one, one) == became.get(other, other):
                rows.append(row)
    found: dict[int, Followed] = {}
    for use_id, last_at, clicked_at, order_id, placed_at, currency, quantity, price in sorted(rows, key=_by_order):
        if placed_at > max(last_at, clicked_at or last_at) + FOLLOWS_WITHIN:
            continue
        minor = price * quantity if price is not None and currency == store.currency else None
        first = found.get(use_id)
        if first is None:
            found[use_id] = Followed(use_id, order_id, placed_at, minor)
        elif first.order_id == order_id and minor is not None:
            # the same product in two lines
            found[use_id] = Followed(use_id, order_id, placed_at, (first.minor or 0) + minor)
    return list(found.values())


def _by_order(row: Sequence[Any]) -> tuple[datetime, int]:
    _, _, _, order_id, placed_at, *_ = row
    return placed_at, order_id


def _is_merged(product: type[Product], store_id: int) -> ColumnElement[bool]:
    """Whether it became another product, or another became it."""
    before = aliased(Product)
    came = select(before.id).where(before.store_id == store_id, before.became_ref == product.ref).exists()
    return product.became_ref.is_not(None) | came


def _taken_back(session: Session, store_id: int) -> list[int]:
    return list(
        session.scalars(
            select(RecommendationUse.id)
            .join(Order, Order.id == RecommendationUse.followed_order_id)
            .where(RecommendationUse.store_id == store_id, Order.state == OrderState.CANCELLED)
        )
    )


def _came_back(session: Session, store: Store) -> list[CameBack]:
    """Everybody whose time is not long over, with what they ordered within it."""
    row, since = RecommendationTrial, clock.now() - COMES_BACK_WITHIN - LATE
    found: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    # also those whose time ended while no worker ran
    mine = (row.store_id == store.id, (row.began_at >= since) | row.counted_at.is_(None))
    for trial_id in session.scalars(select(row.id).where(*mine)):
        found[trial_id] = [0, 0]
    orders = session.execute(
        select(row.id, row.began_at, Order.placed_at, Order.total_minor, Order.currency)
        .join(Order, Order.customer_id == row.customer_id)
        .where(*mine, Order.store_id == store.id, Order.placed_at > row.began_at, Order.state != OrderState.CANCELLED)
    )
    for trial_id, began_at, placed_at, total, currency in orders:
        if placed_at <= began_at + COMES_BACK_WITHIN:
            found[trial_id][0] += 1
            found[trial_id][1] += total if total and currency == store.currency else 0
    return [CameBack(trial_id, number, spent) for trial_id, (number, spent) in sorted(found.items())]


def _verdicts(session: Session, store_id: int) -> list[tuple[SwitchScope, Verdict]]:
    compared = totals.comparison(session, store_id)
    harm = judge_lift(lift(compared.shown, compared.held_out))
    found = [(SwitchScope.ALL, harm)] if harm is not None else []
    for scope, what in ((SwitchScope.KIND, "kind"), (SwitchScope.PRODUCT, "product")):
        placings = _since_turned_on(session, store_id, scope, what)
        counts = expectations(
            (one.subject, one.place, one.total.shown, one.total.clicked, one.total.dismissed) for one in placings
        )
        if scope is SwitchScope.KIND:
            # what the merchant chose is the merchant's
            counts.pop(Kind.PICKED.value, None)
            verdicts = judge(counts, clicks_bearable=KIND_BEARABLE, clicks_bad=KIND_BAD)
        else:
            verdicts = judge(counts)
        found += [(scope, verdict) for verdict in verdicts]
    return found


def _since_turned_on(session: Session, store_id: int, scope: SwitchScope, what: str) -> list[Placing]:
    """Placings of the last months; of what somebody turned on again, since then."""
    start = clock.now() - JUDGED
    switched = session.execute(
        select(
            RecommendationSwitch.subject, func.max(RecommendationSwitch.on_at, type_=RecommendationSwitch.on_at.type)
        )
        .where(
            RecommendationSwitch.store_id == store_id,
            RecommendationSwitch.scope == scope,
            RecommendationSwitch.on_at >= start,
        )
        .group_by(RecommendationSwitch.subject)
    )
    again: dict[str, datetime] = {subject: on_at for subject, on_at in switched if on_at is not None}
    found = [one for one in totals.by_place(session, store_id, start, what=what) if one.subject not in again]
    for subject, on_at in again.items():
        found += totals.by_place(session, store_id, on_at, what=what, only=[subject])
    return found


def _factors(session: Session, store_id: int) -> dict[int, float]:
    placings = totals.by_place(session, store_id, clock.now() - JUDGED, what="product")
    seen = (Seen(one.subject, one.place, one.total.shown, one.total.clicked) for one in placings)
    by_ref = {ref: factor for ref, factor in factors(fit_clicks(seen)).items() if abs(factor - 1) > SAME}
    rows = session.execute(select(Product.ref, Product.id).where(Product.store_id == store_id))
    return {row.id: by_ref[row.ref] for row in rows if row.ref in by_ref}


def _keep_followed(session: Session, found: Findings) -> None:
    gone: list[dict[str, object]] = [
        {"id": use_id, "followed_order_id": None, "followed_at": None, "followed_minor": None}
        for use_id in found.taken_back
    ]
    new: list[dict[str, object]] = [
        {
            "id": one.use_id,
            "followed_order_id": one.order_id,
            "followed_at": one.at,
            "followed_minor": one.minor,
        }
        for one in found.followed
    ]
    _in_bulk(session, RecommendationUse, [*gone, *new])


def _in_bulk(session: Session, row: type[Any], values: Iterable[dict[str, object]]) -> None:
    """Update rows by id; those that went meanwhile are left out."""
    listed = list(values)
    for start in range(0, len(listed), _WRITTEN_AT_ONCE):
        some = listed[start : start + _WRITTEN_AT_ONCE]
        there = set(session.scalars(select(row.id).where(row.id.in_([one["id"] for one in some]))))
        if present := [one for one in some if one["id"] in there]:
            session.execute(update(row), present)
