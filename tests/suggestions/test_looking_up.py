"""Looking up a few products first answers as looking up all of them does, whatever the shop is like."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from recommendations import Strategy
from tests.factories import NOON, make_customer, make_product, make_store
from tests.suggestions.shop import buy
from tracking.models import LineState, Product, RecommendationFactor, RecommendationPolicy
from tracking.suggestions import asking, fit_store, for_order


def _invented(session: Session, chance: random.Random) -> tuple[list[object], int]:
    """A small shop with wishes, clicks, gaps in its stock and its addresses; and orders to look at."""
    store = make_store(session)
    products: list[Product] = [
        make_product(
            session,
            store,
            title=f"{chance.choice(['red', 'blue', 'plain'])} {chance.choice(['mug', 'pan', 'lamp'])} {number // 2}",
            category=chance.choice(["Mugs", "Pans", None]),
            group_ref=chance.choice([None, None, f"group {number % 5}"]),
            stock=chance.choice([0, 3, None]),
            url=chance.choice(["https://shop.example/p", "https://shop.example/q", None]),
            parts=[f"SKU-{number}"] if chance.random() < 0.1 else [],
            consumable=chance.choice([None, None, True]),
            cost_minor=chance.choice([None, 100, 8000]),
        )
        for number in range(40)
    ]
    customers = [make_customer(session, store) if number else None for number in range(6)]
    orders = []
    for number in range(90):
        some = chance.sample(products[: chance.choice([8, 40])], chance.choice([1, 2, 2, 3, 6]))
        placed_at = NOON - timedelta(days=chance.randrange(200), minutes=number)
        order = buy(session, store, chance.choice(customers), *some, placed_at=placed_at)
        if chance.random() < 0.2:
            order.lines[0].state = LineState.RETURNED
        orders.append(order)
    if chance.random() < 0.7:
        session.add(
            RecommendationPolicy(
                store_id=store.id,
                margin_weight=chance.choice([0, 0, 60]),
                pinned=[[products[5].ref, ""]] if chance.random() < 0.5 else [],
                excluded=[products[1].ref],
                boosts=[[chance.choice(products).ref, 400]] if chance.random() < 0.5 else [],
                apart=[["Mugs", "Pans"]] if chance.random() < 0.3 else [],
            )
        )
    if chance.random() < 0.5:
        session.add(RecommendationFactor(store_id=store.id, product_id=products[2].id, factor=1.8))
    session.flush()
    return list(orders), store.id


@pytest.mark.parametrize("seed", range(4))
def test_few_first_or_all_at_once_answer_the_same(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    orders, store_id = _invented(session, chance)
    fit_store(session, store_id, tmp_path)
    answers = {}
    for first in (1, 5, asking.FIRST, 1000):
        monkeypatch.setattr(asking, "FIRST", first)
        answers[first] = [
            for_order(session, order, state_dir=tmp_path, limit=limit, strategy=strategy)  # type: ignore[arg-type]
            for order in orders[:12]
            for limit in (1, 4)
            for strategy in Strategy
        ]
    assert any(answers[1000])
    assert answers[1] == answers[5] == answers[asking.FIRST] == answers[1000]
