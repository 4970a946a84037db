"""An answer from the best candidates alone is only taken for the whole one where it is the whole one."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recommendations import Kind, Policy, Product, Reason, Request, Suggestion, choose
from recommendations.rules import told_apart
from recommendations.settled import is_settled

MANY, FIRST = 12, 6
THINGS = ("lamp", "bowl", "rug", "vase", "tray", "cup", "pan", "jar", "lid", "bag", "hat", "mat")
WHY = Reason(Kind.POPULAR, None, 3, 3)


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[Suggestion], Request, dict[str, Product]]:
    """Candidates with scores near each other, few categories, and merchants with all sorts of wishes."""
    names = [f"p{number}" for number in range(MANY)]
    category = st.sampled_from(["", "a", "b", "c"])
    shelf = {
        name: Product(
            name,
            title=draw(st.sampled_from(["", "red mug", "blue mug", f"thing {name}"])),
            category=draw(category),
            price_minor=draw(st.sampled_from([None, 0, 500, 900])),
            available=draw(st.booleans()) or draw(st.booleans()),
            margin_minor=draw(st.sampled_from([None, 100, 400])),
        )
        for name in names
    }
    scores = sorted((draw(st.integers(1, 40)) / 10 for _ in names), reverse=True)
    policy = Policy(
        pinned={"": draw(st.lists(st.sampled_from(names), max_size=2, unique=True))},
        boosts=draw(
            st.dictionaries(st.sampled_from(["a", "b", *names]), st.sampled_from([0.1, 0.5, 2.0, 9.0]), max_size=2)
        ),
        margin_boost=draw(st.sampled_from([0.0, 0.0, 0.5])),
        apart=draw(st.sampled_from([(), (("a", "b"),)])),
    )
    request = Request(
        (),
        shown=draw(st.dictionaries(st.sampled_from(names), st.integers(0, 9), max_size=4)),
        policy=policy,
        limit=draw(st.integers(1, 5)),
        per_category=draw(st.sampled_from([None, None, 1])),
    )
    return [Suggestion(name, score, WHY) for name, score in zip(names, scores, strict=True)], request, shelf


@given(questions())
def test_what_is_settled_is_what_all_candidates_give(
    asked: tuple[list[Suggestion], Request, dict[str, Product]],
) -> None:
    ranked, request, shelf = asked
    known = {name: shelf[name] for name in [*(one.product for one in ranked[:FIRST]), *request.policy.pinned[""]]}
    # what is a broken feed by one and not by the other is another question
    assume(told_apart(known) is known and told_apart(shelf) is shelf)
    answer = choose(ranked, request, known)
    if is_settled(answer, ranked, FIRST, request, known):
        assert answer == choose(ranked, request, shelf)


def _plain(many: int = MANY) -> tuple[list[Suggestion], dict[str, Product]]:
    ranked = [Suggestion(f"p{number}", 2.0 - number / 10, WHY) for number in range(many)]
    return ranked, {one.product: Product(one.product, THINGS[int(one.product[1:])], price_minor=500) for one in ranked}


def test_a_usual_answer_is_settled_by_the_best_alone() -> None:
    ranked, shelf = _plain()
    request = Request((), limit=3)
    assert is_settled(choose(ranked[:4], request, shelf), ranked, 4, request, shelf)


@pytest.mark.parametrize(
    "more",
    [
        {"limit": 5},
        {"policy": Policy(margin_boost=0.1)},
        {"policy": Policy(boosts={"p9": 4.0})},
        {"shown": {"p0": 7, "p1": 7, "p2": 7}},
    ],
    ids=["not full", "margins", "boosted", "worn out"],
)
def test_where_others_could_count_more_it_is_not(more: dict[str, object]) -> None:
    ranked, shelf = _plain()
    request = replace(Request((), limit=4), **more)  # type: ignore[arg-type]
    known = {one.product: shelf[one.product] for one in ranked[:4]}
    assert not is_settled(choose(ranked, request, known), ranked, 4, request, known)


def test_a_category_beyond_its_share_is_not_settled() -> None:
    ranked, shelf = _plain()
    known = {one.product: replace(shelf[one.product], category="mugs") for one in ranked[:4]}
    request = Request((), limit=4)
    answer = choose(ranked, request, known)
    assert len(answer) == 4
    assert not is_settled(answer, ranked, 4, request, known)


def test_few_candidates_are_always_settled() -> None:
    ranked, shelf = _plain(3)
    request = Request((), limit=9)
    assert is_settled(choose(ranked, request, shelf), ranked, 3, request, shelf)
