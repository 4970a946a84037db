"""What holds for every shop."""

import dataclasses
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations import Model, Orders, Product, Request, fit, recommend
from tests.recommendations.shop import NOW, Past, lines

NAMES = ["mug", "tea", "ชา เขียว", "a b", "0", "00", "é", "jam"]
name = st.sampled_from(NAMES)
orders = st.lists(
    st.tuples(st.sampled_from(["", "ann", "bob", "cid", "dee"]), st.integers(-50, 900), st.lists(name, max_size=5)),
    max_size=30,
)
products = st.fixed_dictionaries(
    {
        one: st.builds(
            Product,
            id=st.just(one),
            title=st.sampled_from(["", "Tea", "TEA", "Jam"]),
            group=st.sampled_from(["", "g"]),
            category=st.sampled_from(["", "c", "d"]),
            price_minor=st.sampled_from([None, 0, 250]),
            available=st.booleans(),
        )
        for one in NAMES
    }
)
requests = st.builds(
    Request,
    basket=st.lists(name, max_size=3),
    history=st.lists(st.lists(name, max_size=2), max_size=3),
    excluded=st.lists(name, max_size=2),
    limit=st.integers(0, 5),
)


def model_of(past: list[Past], shuffled: Random | None = None) -> Model:
    rows = lines(past)
    if shuffled:
        shuffled.shuffle(rows)
    return fit(Orders.from_lines(rows), as_of=NOW)


@settings(deadline=None, max_examples=80)
@given(past=orders, shelf=products, request=requests)
def test_nothing_sold_out_owned_or_excluded_is_ever_suggested(
    past: list[Past], shelf: dict[str, Product], request: Request
) -> None:
    found = [s.product for s in recommend(model_of(past), request, shelf)]
    assert len(found) == len(set(found)) <= request.limit
    for product in found:
        assert shelf[product].available
        assert shelf[product].price_minor != 0
        assert product not in {*request.basket, *request.excluded}
        assert all(product not in order for order in request.history)
    of_one_group = [product for product in [*found, *request.owned()] if shelf[product].group]
    assert len(of_one_group) <= 1 or not any(shelf[product].group for product in found)


@settings(deadline=None, max_examples=50)
@given(past=orders, request=requests, seed=st.integers())
def test_the_order_of_the_input_does_not_matter(past: list[Past], request: Request, seed: int) -> None:
    shelf = {one: Product(one) for one in NAMES}
    shuffled = dataclasses.replace(request, basket=sorted(request.basket))
    assert recommend(model_of(past), request, shelf) == recommend(model_of(past, Random(seed)), shuffled, shelf)
