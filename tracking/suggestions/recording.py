"""Writing down what was shown, followed and sent away: counters in few rows, not a row for each view. Flushes only.

Callers answer for it that this was really shown beside this order: a page proves it with the signed note it was made
with, a letter is written by ourselves, and the interface is used by the shop itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tracking.models.order import Order
from tracking.models.product import Product
from tracking.models.recommendation import (
    RecommendationDismissal,
    RecommendationSettings,
    RecommendationTrial,
    RecommendationUse,
    Surface,
)
from tracking.platform import clock
from tracking.platform.db import changed, insert_new
from tracking.suggestions.exposure import of_shopper
from tracking.suggestions.offering import Offer

# a page that is opened again within this time is the same view
SAME_VIEW: Final = timedelta(minutes=30)
SAME_CLICK: Final = timedelta(minutes=1)
# pages of so many of the shopper's newest orders are made anew at once; others within minutes
TOUCHED: Final = 50
MAX_PLACE: Final = 99


@dataclass(frozen=True, slots=True)
class Placed:
    """A suggestion as it was shown: the product's reference, why, and its place (0 is the first)."""

    ref: str
    kind: str
    place: int


def placed(offer: Offer) -> tuple[Placed, ...]:
    """The suggestions of an offer in their places."""
    return tuple(Placed(one.ref, one.kind.value, place) for place, one in enumerate(offer.shown))


def record_shown(session: Session, order: Order, shown: Sequence[Placed], *, surface: Surface, model: str) -> int:
    """Count a view of each. Products that the store no longer has are left out.

    returns  how many rows were written
    """
    return _count(session, order, shown, surface=surface, model=model, is_click=False)


def record_clicked(session: Session, order: Order, one: Placed, *, surface: Surface, model: str) -> bool:
    """Count that it was followed; whoever follows it has seen it. False if the store no longer has the product."""
    return _count(session, order, [one], surface=surface, model=model, is_click=True) == 1


def record_letter(session: Session, order: Order, offer: Offer) -> None:
    """A letter with the offer goes out: enter the comparison, and count what stands in it."""
    if offer.is_eligible:
        enter_trial(session, order, held_out=offer.held_out)
        record_shown(session, order, placed(offer), surface=Surface.EMAIL, model=offer.model)


def dismiss(session: Session, order: Order, one: Placed) -> bool:
    """Keep the product away from the order's shopper. False if the store no longer has it; again changes nothing."""
    product_id = _ids(session, order.store_id, [one.ref]).get(one.ref)
    if product_id is None:
        return False
    row = {
        "store_id": order.store_id,
        "order_id": order.id,
        "customer_id": order.customer_id,
        "product_id": product_id,
        "kind": one.kind,
        "at": clock.now(),
    }
    if insert_new(session, RecommendationDismissal, [row]):
        _touch(session, order)
    return True


def undo_dismissal(session: Session, order: Order, ref: str) -> bool:
    """Let the shopper see the product again. False if it was not kept away."""
    product_id = _ids(session, order.store_id, [ref]).get(ref)
    mine = of_shopper(order, RecommendationDismissal)
    gone = delete(RecommendationDismissal).where(mine, RecommendationDismissal.product_id == product_id)
    if product_id is None or not changed(session.execute(gone.execution_options(synchronize_session=False))):
        return False
    _touch(session, order)
    return True


def enter_trial(session: Session, order: Order, *, held_out: bool) -> bool:
    """Enter the shopper into the comparison in force; again changes nothing.

    Nobody can know whether a guest comes back, and without a comparison there is none to enter.
    returns  True if they are new to it
    """
    since = session.scalar(
        select(RecommendationSettings.since).where(RecommendationSettings.store_id == order.store_id)
    )
    if order.customer_id is None or since is None:
        return False
    fresh = {"held_out": held_out, "began_at": clock.now(), "orders": 0, "spent_minor": 0, "counted_at": None}
    row = {"store_id": order.store_id, "customer_id": order.customer_id, **fresh}
    entered = _upsert(session, RecommendationTrial, [row])
    entered = entered.on_conflict_do_update(
        index_elements=[RecommendationTrial.store_id, RecommendationTrial.customer_id],
        set_=fresh,
        # one of an earlier comparison begins anew
        where=RecommendationTrial.began_at < since,
    )
    return bool(session.execute(entered.returning(RecommendationTrial.id)).all())


def _count(
    session: Session, order: Order, shown: Sequence[Placed], *, surface: Surface, model: str, is_click: bool
) -> int:
    ids = _ids(session, order.store_id, [one.ref for one in shown])
    now = clock.now()
    rows = {
        ids[one.ref]: {
            "store_id": order.store_id,
            "order_id": order.id,
            "customer_id": order.customer_id,
            "product_id": ids[one.ref],
            "surface": surface,
            "kind": one.kind,
            "model": model[:80],
            "place": min(one.place, MAX_PLACE),
            "shown": 1,
            "clicks": int(is_click),
            "first_at": now,
            "last_at": now,
            "clicked_at": now if is_click else None,
            "last_click_at": now if is_click else None,
        }
        for one in shown
        if one.ref in ids
    }
    if not rows:
        return 0
    counted = _upsert(session, RecommendationUse, list(rows.values()))
    old, new = RecommendationUse, counted.excluded
    again = case((old.last_click_at > now - SAME_CLICK, 0), else_=1) if is_click else 0
    view = 0 if is_click else case((old.last_at < now - SAME_VIEW, 1), else_=0)
    counted = counted.on_conflict_do_update(
        index_elements=[old.order_id, old.product_id, old.surface],
        set_={
            "shown": old.shown + view,
            "clicks": old.clicks + again,
            "last_at": case((old.last_at < now - SAME_VIEW, new.last_at), else_=old.last_at),
            "clicked_at": case((old.clicked_at.is_(None), new.clicked_at), else_=old.clicked_at),
            "last_click_at": case((new.last_click_at.is_(None), old.last_click_at), else_=new.last_click_at),
            "place": case((new.place < old.place, new.place), else_=old.place),
            "kind": new.kind,
            "model": new.model,
            "customer_id": new.customer_id,
        },
    )
    session.execute(counted)
    return len(rows)


def _upsert(session: Session, row: type[Any], values: Sequence[Mapping[str, Any]]) -> Any:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(row).values(list(values))


def _ids(session: Session, store_id: int, refs: Sequence[str]) -> dict[str, int]:
    rows = session.execute(select(Product.ref, Product.id).where(Product.store_id == store_id, Product.ref.in_(refs)))
    return {row.ref: row.id for row in rows}


def _touch(session: Session, order: Order) -> None:
    """The pages of the shopper's newest orders say something else now."""
    own = {order.id}
    if order.customer_id is not None:
        # read first: one statement that says "these or this one" walks all orders
        newest = select(Order.id).where(Order.customer_id == order.customer_id).order_by(Order.id.desc()).limit(TOUCHED)
        own.update(session.scalars(newest))
    session.execute(
        update(Order)
        .where(Order.id.in_(sorted(own)))
        .values(version=Order.version + 1, updated_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    session.expire(order, ["version", "updated_at"])
