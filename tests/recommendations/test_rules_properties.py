"""What the rules promise for every shelf, merchant and shopper."""

import dataclasses
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recommendations import Kind, Policy, Product, Reason, Request, Strategy, Suggestion, choose, explain
from recommendations.variants import same_thing

NAMES = ["mug", "tea", "jam", "oil", "pan", "cup", "ถ้วย ใหญ่", "pot"]
CATEGORIES = ["", "Teas", "Pans", "ชา"]
ids = st.sampled_from(NAMES)
some = st.lists(ids, max_size=3, unique=True)
categories = st.sampled_from(CATEGORIES)

products = st.builds(
    Product,
    id=st.just(""),
    title=st.sampled_from(["", "Green tea", "green  TEA", "Enamel mug red", "Enamel mug, blue"]),
    group=st.sampled_from(["", "", "g", "h"]),
    category=categories,
    price_minor=st.sampled_from([None, -1, 0, 100, 250, 999]),
    available=st.sampled_from([True, True, True, False]),
    margin_minor=st.none() | st.integers(-200, 400),
    consumable=st.sampled_from([None, True, False]),
    parts=st.lists(ids, max_size=2).map(tuple),
)


@st.composite
def shelves(draw: st.DrawFn) -> dict[str, Product]:
    on_it = draw(st.lists(ids, unique=True))
    return {name: dataclasses.replace(draw(products), id=name) for name in on_it}


policies = st.builds(
    Policy,
    pinned=st.dictionaries(ids | st.just(""), some, max_size=3),
    excluded=some,
    excluded_categories=st.lists(categories, max_size=1),
    apart=st.lists(st.tuples(categories, categories), max_size=2),
    boosts=st.dictionaries(ids | categories, st.floats(), max_size=3),
    margin_boost=st.floats(0, 1),
    consumables=st.lists(categories, max_size=2),
    step_up_most=st.floats(1, 4),
    shown_most=st.integers(1, 8),
)
requests = st.builds(
    Request,
    basket=some,
    history=st.lists(some, max_size=2),
    strategy=st.sampled_from(Strategy),
    excluded=some,
    shown=st.dictionaries(ids, st.integers(0, 9), max_size=3),
    policy=policies,
    limit=st.integers(-1, 6),
    per_category=st.none() | st.integers(0, 3),
)
reasons = st.builds(Reason, kind=st.sampled_from([kind for kind in Kind if kind is not Kind.PICKED]), anchor=ids)
suggestions = st.builds(Suggestion, product=ids, score=st.floats(0.01, 100), reason=reasons)
rankings = st.lists(suggestions, max_size=8, unique_by=lambda one: one.product).map(
    lambda found: sorted(found, key=lambda one: -one.score)
)


@given(ranked=rankings, request=requests, shelf=shelves())
def test_nothing_closed_ever_comes_out(ranked: list[Suggestion], request: Request, shelf: dict[str, Product]) -> None:
    shown = choose(ranked, request, shelf)
    policy = request.policy
    again = request.strategy in {Strategy.NEXT, Strategy.BUY_AGAIN}
    assert len(shown) <= max(0, request.limit)
    assert len({found.product for found in shown}) == len(shown)
    for found in shown:
        product = shelf[found.product]
        assert product.available
        assert product.price_minor is None or product.price_minor > 0
        assert product.id not in request.excluded
        assert product.id not in policy.excluded
        assert not product.category or product.category not in policy.excluded_categories
        assert request.shown.get(product.id, 0) < policy.shown_most
        if not again and found.reason.kind is not Kind.BUY_AGAIN:
            assert product.id not in request.basket
            is_consumed = product.consumable or (
                product.consumable is None and product.category and product.category in policy.consumables
            )
            assert is_consumed or product.id not in request.owned()
            assert not set(product.parts) & set(request.basket)
            if not is_consumed and request.strategy is not Strategy.SIMILAR:
                assert not any(same_thing(product, shelf[has]) for has in request.owned() if has in shelf)
    for one in shown:
        for other in shown:
            if one is other:
                continue
            first, second = shelf[one.product], shelf[other.product]
            assert not same_thing(first, second)
            assert first.id not in second.parts
            pair = (first.category, second.category)
            assert not all(pair) or pair not in policy.apart


@given(ranked=rankings, request=requests, shelf=shelves(), more=ids)
def test_an_exclusion_takes_one_away_and_what_was_not_shown_makes_no_difference(
    ranked: list[Suggestion], request: Request, shelf: dict[str, Product], more: str
) -> None:
    # margins are compared among what may be shown, so that a product gone may change the order of the others
    policy = dataclasses.replace(request.policy, margin_boost=0.0)
    plain = dataclasses.replace(request, policy=policy)
    before = [found.product for found in choose(ranked, plain, shelf)]
    after = [
        found.product for found in choose(ranked, dataclasses.replace(plain, excluded=[*plain.excluded, more]), shelf)
    ]
    assert more not in after
    if more not in before:
        assert after == before


@given(ranked=rankings, request=requests, shelf=shelves(), whom=st.lists(ids | categories))
def test_boosts_of_one_change_nothing(
    ranked: list[Suggestion], request: Request, shelf: dict[str, Product], whom: list[str]
) -> None:
    plain = dataclasses.replace(request, policy=dataclasses.replace(request.policy, boosts={}))
    ones = dataclasses.replace(request, policy=dataclasses.replace(request.policy, boosts=dict.fromkeys(whom, 1.0)))
    assert explain(ranked, plain, shelf) == explain(ranked, ones, shelf)


@given(ranked=rankings, request=requests, shelf=shelves(), seed=st.integers())
def test_the_order_of_lists_that_have_none_is_irrelevant(
    ranked: list[Suggestion], request: Request, shelf: dict[str, Product], seed: int
) -> None:
    dice = Random(seed)

    def shuffled(items: list[Any]) -> list[Any]:
        return dice.sample(items, len(items))

    policy = request.policy
    other = dataclasses.replace(
        request,
        basket=shuffled(list(request.basket)),
        history=shuffled(list(request.history)),
        excluded=shuffled(list(request.excluded)),
        policy=dataclasses.replace(
            policy,
            pinned=dict(shuffled(list(policy.pinned.items()))),
            excluded=shuffled(list(policy.excluded)),
            apart=[pair[::-1] for pair in shuffled(list(policy.apart))],
            consumables=shuffled(list(policy.consumables)),
        ),
    )
    assert explain(ranked, other, dict(shuffled(list(shelf.items())))) == explain(ranked, request, shelf)


@given(ranked=rankings, request=requests, shelf=shelves())
def test_every_candidate_has_exactly_one_verdict(
    ranked: list[Suggestion], request: Request, shelf: dict[str, Product]
) -> None:
    verdicts = explain(ranked, request, shelf)
    assert len({verdict.suggestion.product for verdict in verdicts}) == len(verdicts)
    assert {found.product for found in ranked} <= {verdict.suggestion.product for verdict in verdicts}
    assert all((verdict.place is None) == (verdict.refusal is not None) for verdict in verdicts)
    places = [verdict.place for verdict in verdicts if verdict.place is not None]
    assert places == list(range(len(places)))
