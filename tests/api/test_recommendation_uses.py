"""What a shop reports of recommendations that it shows by itself."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.api.conftest import Caller
from tests.factories import make_order, make_product
from tracking.models import Order, RecommendationTrial, RecommendationUse, Surface
from tracking.suggestions import known

ONE = {"ref": "MUG", "kind": "bought_together", "place": 1}


@pytest.fixture
def order(session: Session, shop: Caller) -> Order:
    make_product(session, shop.store, ref="MUG")
    made = make_order(session, shop.store)
    session.commit()
    return made


def said(order: Order, what: str = "shown", **more: object) -> dict[str, object]:
    return {"order": order.number, "what": what, "products": [ONE], "model": "7", **more}


def test_what_was_seen_and_followed_is_counted_and_compares_nobody(
    shop: Caller, session: Session, order: Order
) -> None:
    for what in ("shown", "followed"):
        assert shop.post("/recommendation-uses", said(order, what)).status_code == 204
    (row,) = session.scalars(select(RecommendationUse)).all()
    assert (row.surface, row.kind, row.place, row.model) == (Surface.API, "bought_together", 1, "7")
    assert (row.shown, row.clicks) == (1, 1)
    assert session.scalars(select(RecommendationTrial)).all() == []


def test_what_is_sent_away_stays_away_until_it_is_wanted(shop: Caller, session: Session, order: Order) -> None:
    shop.post("/recommendation-uses", said(order, "dismissed"))
    session.expire_all()
    assert known.of_shopper(session, order).dismissed == {"MUG"}
    shop.post("/recommendation-uses", said(order, "wanted"))
    session.expire_all()
    assert known.of_shopper(session, order).dismissed == set()


def test_products_that_are_not_sold_are_left_out(shop: Caller, session: Session, order: Order) -> None:
    products = [{**ONE, "ref": "GONE"}, ONE]
    assert shop.post("/recommendation-uses", said(order, products=products)).status_code == 204
    assert len(session.scalars(select(RecommendationUse)).all()) == 1


def test_another_store_s_order_is_not_there(other_shop: Caller, session: Session, order: Order) -> None:
    assert other_shop.post("/recommendation-uses", said(order)).status_code == 404
    assert session.scalars(select(RecommendationUse)).all() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": "bought"},
        {"products": []},
        {"products": [ONE] * 21},
        {"products": [{**ONE, "place": -1}]},
        {"products": [{**ONE, "kind": "x"}]},
        {"email": "jo@example.com"},
    ],
)
def test_nonsense_is_refused(shop: Caller, session: Session, order: Order, wrong: dict[str, object]) -> None:
    assert shop.post("/recommendation-uses", said(order, **wrong)).status_code == 422  # type: ignore[arg-type]
    assert session.scalars(select(RecommendationUse)).all() == []
