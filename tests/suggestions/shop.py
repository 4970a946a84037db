"""A small shop for the tests of suggestions."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOON, make_order, make_product, make_store
from tracking.models import Customer, Order, OrderLine, Product, Store
from tracking.suggestions import fit_store, for_order


def buy(session: Session, store: Store, customer: Customer | None, *products: Product, **values: object) -> Order:
    order = make_order(session, store, customer, lines=0, **values)
    for position, product in enumerate(products):
        line = OrderLine(position=position, ref=product.ref, product_id=product.id, title=product.title, quantity=1)
        order.lines.append(line)
    session.flush()
    return order


class Shop:
    """A mug that three people bought with tea, and two with jam; and an order of a mug to look at."""

    def __init__(self, session: Session, state_dir: Path) -> None:
        self.session, self.state_dir = session, state_dir
        self.store = make_store(session)
        self.mug, self.tea, self.jam = (
            make_product(session, self.store, title=title) for title in ("Mug", "Tea", "Jam")
        )
        for extra in ([self.tea, self.jam], [self.tea, self.jam], [self.tea]):
            buy(session, self.store, None, self.mug, *extra, placed_at=NOON - timedelta(days=9))
        self.order = buy(session, self.store, None, self.mug)
        self.fit()

    def fit(self) -> None:
        fit_store(self.session, self.store.id, self.state_dir)

    def titles(self, order: Order | None = None, limit: int = 4) -> list[str]:
        self.session.flush()
        self.session.expire_all()
        shown = for_order(self.session, order or self.order, state_dir=self.state_dir, limit=limit)
        return [product.title for product in shown]

    def store_orders(self) -> list[Order]:
        return list(self.session.scalars(select(Order).where(Order.store_id == self.store.id).order_by(Order.id)))
