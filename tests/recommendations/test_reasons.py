"""Every reason is recounted from the raw orders: none says what they do not bear."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations import Kind, Orders, Product, Reason, Request, Strategy, candidates, fit, recommend
from tests.recommendations.shop import NOW, Past, ask, learn, lines

NAMES = ["mug", "tea", "ชา เขียว", "a b", "é", "jam"]
name = st.sampled_from(NAMES)
pasts = st.lists(
    st.tuples(
        st.sampled_from(["", "ann", "bob", "cid"]),
        st.sampled_from([-3.0, 0.0, 0.5, 1.0, 2.0, 30.0, 400.0]),
        st.lists(name, max_size=4),
    ),
    max_size=24,
)
# habits, so that every kind of reason turns up
habits = st.lists(
    st.tuples(st.lists(name, min_size=1, max_size=2, unique=True), st.lists(name, min_size=1, max_size=2)),
    max_size=3,
).map(
    lambda found: [
        order
        for first, then in found
        for who in ("ann", "bob", "cid")
        for order in ((who, 20.0, first), (who, 10.0, then))
    ]
)
requests = st.builds(
    Request,
    basket=st.lists(name, max_size=2),
    history=st.lists(st.lists(name, max_size=2), max_size=3),
    limit=st.just(9),
    strategy=st.sampled_from(list(Strategy)),
)


class Recount:
    """The raw orders, asked one by one. Lines of nobody known are no people's."""

    def __init__(self, past: list[Past]) -> None:
        self.past = past

    def of(self, *products: str) -> tuple[int, int]:
        """People and orders that held all of these at once."""
        held = [who for who, _, bought in self.past if set(products) <= set(bought)]
        return len(set(held) - {""}), len(held)

    def then(self, first: str, later: str) -> tuple[int, int]:
        """People who ordered one and in a later order the other, and the orders that followed."""
        followed = {
            (who, number)
            for who, before, had in self.past
            for number, (again, after, took) in enumerate(self.past)
            if who and who == again and before > after and first in had and later in took
        }
        return len({who for who, _ in followed}), len(followed)


def assert_true(reason: Reason, product: str, request: Request, recount: Recount) -> None:
    """Fail unless the raw orders say just what the reason does."""
    owned = request.owned()
    if reason.kind is Kind.POPULAR:
        assert reason.anchor is None
        assert (reason.people, reason.orders) == recount.of(product)
        return
    assert reason.anchor in owned
    assert reason.anchor is not None
    if reason.kind is Kind.BOUGHT_TOGETHER:
        assert product not in owned
        assert (reason.people, reason.orders) == recount.of(product, reason.anchor)
    elif reason.kind is Kind.BOUGHT_LATER:
        assert product not in owned
        people, orders = recount.then(reason.anchor, product)
        assert reason.people == people >= 2
        assert people <= reason.orders <= orders
    elif reason.kind is Kind.BUY_AGAIN:
        assert reason.anchor == product
        people, orders = recount.then(product, product)
        # what one person did is told as if nobody had
        assert reason.people == (people if people > 1 else 0)
        assert reason.people <= reason.orders <= orders
    else:
        assert (reason.people, reason.orders) == (0, 0)


@settings(deadline=None, max_examples=150)
@given(usual=habits, past=pasts, request=requests)
def test_what_is_shown_is_what_one_counts_by_hand(usual: list[Past], past: list[Past], request: Request) -> None:
    every_order = [*usual, *past]
    model = fit(Orders.from_lines(lines(every_order)), as_of=NOW)
    for found in recommend(model, request, {one: Product(one) for one in NAMES}):
        assert_true(found.reason, found.product, request, Recount(every_order))


@settings(deadline=None, max_examples=60)
@given(usual=habits, past=pasts, request=requests)
def test_what_is_proposed_is_as_true_or_claims_nothing(usual: list[Past], past: list[Past], request: Request) -> None:
    every_order = [*usual, *past]
    model = fit(Orders.from_lines(lines(every_order)), as_of=NOW)
    for found in candidates(model, request):
        if found.reason == Reason(Kind.POPULAR, None):
            assert len({who or number for number, (who, _, has) in enumerate(every_order) if found.product in has}) < 2
        else:
            assert_true(found.reason, found.product, request, Recount(every_order))


def test_every_kind_of_counted_reason_turns_up() -> None:
    past: list[Past] = [(who, 20.0, ["mug", "tea"]) for who in ("ann", "bob", "cid")]
    past += [(who, 10.0, ["jam", "tea"]) for who in ("ann", "bob")]
    past += [("dee", 3.0, ["pan"]), ("eve", 3.0, ["pan"])]
    model = learn(past)
    found = {one.product: one.reason for one in ask(model, "mug", strategy=Strategy.GOES_WITH, limit=9)}
    assert found == {
        "tea": Reason(Kind.BOUGHT_TOGETHER, "mug", 3, 3),
        "jam": Reason(Kind.BOUGHT_LATER, "mug", 2, 2),
        "pan": Reason(Kind.POPULAR, None, 2, 2),
    }
    (again,) = candidates(model, Request(["tea"], strategy=Strategy.BUY_AGAIN))
    assert again.reason == Reason(Kind.BUY_AGAIN, "tea", 2, 2)


def test_what_more_people_did_is_the_reason() -> None:
    together: list[Past] = [(f"t{n}", 9, ["mug", "tea"]) for n in range(3)]
    later: list[Past] = [(f"l{n}", days, [what]) for n in range(4) for days, what in ((9, "mug"), (5, "tea"))]
    for past, expected in ((together, Kind.BOUGHT_TOGETHER), ([*together, *later], Kind.BOUGHT_LATER)):
        (found,) = ask(learn(past), "mug")
        assert (found.reason.kind, found.reason.people) == (expected, 4 if expected is Kind.BOUGHT_LATER else 3)
    (found,) = ask(learn([*together, ("t9", 9, ["mug", "tea"]), *later]), "mug")
    # as many did both: what was in one order is the plainer of the two
    assert found.reason == Reason(Kind.BOUGHT_TOGETHER, "mug", 4, 4)


def test_the_order_looked_at_gives_the_reason_before_an_earlier_one() -> None:
    past: list[Past] = [(f"m{n}", 9, ["mug", "tea"]) for n in range(2)] + [
        (f"p{n}", 9, ["pan", "tea"]) for n in range(5)
    ]
    model = learn(past)
    assert ask(model, "mug", history=[["pan"]])[0].reason == Reason(Kind.BOUGHT_TOGETHER, "mug", 2, 2)
    assert ask(model, "pan", history=[["mug"]])[0].reason == Reason(Kind.BOUGHT_TOGETHER, "pan", 5, 5)


def test_orders_of_nobody_known_are_orders_and_not_people() -> None:
    past: list[Past] = [("", 9, ["mug", "tea"])] * 3
    (found,) = ask(learn(past), "mug")
    assert found.reason == Reason(Kind.BOUGHT_TOGETHER, "mug", 0, 3)


def test_what_one_customer_does_all_the_time_is_no_reason() -> None:
    past: list[Past] = [("trader", n, ["mug", "tea"]) for n in range(200)] + [("ann", 5, ["tea"])]
    (found,) = ask(learn(past), "mug")
    assert found.reason == Reason(Kind.POPULAR, None, 2, 201)
    assert candidates(learn(past), Request(["mug"], strategy=Strategy.BUY_AGAIN)) == ()
    (alone,) = candidates(learn(past[:-1]), Request([], strategy=Strategy.POPULAR))[:1]
    assert alone.reason == Reason(Kind.POPULAR, None)


def test_what_is_only_described_alike_says_so_and_counts_nobody() -> None:
    words = ["Brass desk lamp", "Brass floor lamp", "Linen napkin", "Oak tray", "Beeswax candle", "Wool rug"]
    catalogue = {title.lower(): Product(title.lower(), title) for title in words}
    past: list[Past] = [(f"c{n}", 9, ["brass desk lamp", "oak tray"]) for n in range(3)]
    model = fit(Orders.from_lines(lines(past)), catalogue=catalogue, as_of=NOW)
    found = recommend(model, Request(["brass desk lamp"], strategy=Strategy.SIMILAR), catalogue)
    assert [(one.product, one.reason) for one in found] == [
        ("brass floor lamp", Reason(Kind.SIMILAR, "brass desk lamp"))
    ]


def test_what_nobody_buys_again_is_not_said_to_be() -> None:
    past: list[Past] = [(f"c{n}", 9, ["mug", "tea"]) for n in range(5)]
    model = learn([*past, ("ann", 9, ["jam"]), ("ann", 3, ["jam"])])
    for basket in ("mug", "jam"):
        for strategy in (Strategy.NEXT, Strategy.BUY_AGAIN):
            assert basket not in [one.product for one in ask(model, basket, strategy=strategy, limit=9)]


@pytest.mark.parametrize(
    "kind", [Kind.BOUGHT_TOGETHER, Kind.BOUGHT_LATER, Kind.LIKE_BOUGHT, Kind.BUY_AGAIN, Kind.POPULAR]
)
@pytest.mark.parametrize("orders", [0, 1])
def test_what_one_order_happened_to_hold_bears_no_sentence(kind: Kind, orders: int) -> None:
    reason = Reason(kind, None, orders, orders)
    assert not reason.is_borne_out
    assert dataclasses.replace(reason, orders=2).is_borne_out
