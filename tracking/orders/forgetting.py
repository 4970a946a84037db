"""Forgetting a product, and leaving what was said of it to the one that took its place. Flushes, never commits."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, aliased

from tracking.models import OrderLine, Product, RecommendationDismissal


def forget_product(session: Session, store_id: int, ref: str) -> bool:
    """Forget the store's product of that ref; orders keep what they say of it. False if there is none.

    Where another took its place, that is what its orders hold now, what shoppers sent away, and what became it became.
    """
    gone = session.scalar(select(Product).where(Product.store_id == store_id, Product.ref == ref).with_for_update())
    if gone is None:
        return False
    became = gone.became_ref
    if became is not None:
        before = (Product.store_id == store_id, Product.became_ref == ref)
        session.execute(update(Product).where(*before, Product.ref != became).values(became_ref=became))
        session.execute(update(Product).where(*before).values(became_ref=None))
        after = select(Product.id).where(Product.store_id == store_id, Product.ref == became)
        new_id = session.scalar(after)
        if new_id is not None:
            _leave_to(session, gone.id, new_id)
    session.execute(delete(Product).where(Product.id == gone.id))
    session.expire_all()
    return True


def _leave_to(session: Session, old_id: int, new_id: int) -> None:
    session.execute(update(OrderLine).where(OrderLine.product_id == old_id).values(product_id=new_id))
    away, other = RecommendationDismissal, aliased(RecommendationDismissal)
    is_said = select(other.id).where(other.order_id == away.order_id, other.product_id == new_id).exists()
    session.execute(
        update(away)
        .where(away.product_id == old_id, ~is_said)
        .values(product_id=new_id)
        .execution_options(synchronize_session=False)
    )
