"""A merchant's wishes one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.models.recommendation_policy import default_policy
from tracking.platform.errors import InputError
from tracking.suggestions.policy import as_policy
from tracking.suggestions.wishes import MOST_OF_A_KIND, Wish, WishKind, add_wish, remove_wish, wishes_of

names = st.sampled_from(["mug", "tea pot", "ชา", "Teas"])
wishes = st.one_of(
    st.builds(Wish, kind=st.just(WishKind.FIRST), product=names, beside=st.just("") | st.just("sofa")),
    st.builds(Wish, kind=st.just(WishKind.NEVER), product=names),
    st.builds(Wish, kind=st.just(WishKind.NEVER), category=names),
    st.builds(Wish, kind=st.just(WishKind.WEIGH), product=names, percent=st.sampled_from([25, 50, 200, 400])),
    st.builds(Wish, kind=st.just(WishKind.WEIGH), category=names, percent=st.sampled_from([25, 50, 200, 400])),
    st.builds(Wish, kind=st.just(WishKind.APART), category=st.just("A"), beside=names.filter(lambda n: n > "A")),
    st.builds(Wish, kind=st.just(WishKind.AGAIN), category=names),
)


@given(said=st.lists(wishes, max_size=12))
def test_what_was_said_is_kept_once_and_can_be_taken_back(said: list[Wish]) -> None:
    row = default_policy(1)
    for wish in said:
        add_wish(row, wish)
        assert wish in wishes_of(row)
        assert not add_wish(row, wish)
    kept = wishes_of(row)
    assert len(set(kept)) == len(kept)
    assert set(kept) <= set(said)
    for wish in kept:
        assert remove_wish(row, wish)
        assert not remove_wish(row, wish)
        assert wish not in wishes_of(row)
    assert wishes_of(row) == ()


def test_taking_one_back_leaves_the_others() -> None:
    row = default_policy(1)
    said = [
        Wish(WishKind.NEVER, product="tea"),
        Wish(WishKind.NEVER, category="tea"),
        Wish(WishKind.AGAIN, category="tea"),
    ]
    for wish in said:
        add_wish(row, wish)
    remove_wish(row, said[0])
    assert wishes_of(row) == tuple(said[1:])


def test_a_new_weight_takes_the_place_of_the_old_one() -> None:
    row = default_policy(1)
    add_wish(row, Wish(WishKind.WEIGH, product="tea", percent=50))
    add_wish(row, Wish(WishKind.WEIGH, product="tea", percent=200))
    assert as_policy(row).boosts == {"tea": 2.0}


def test_a_pair_kept_apart_is_the_same_both_ways() -> None:
    row = default_policy(1)
    assert add_wish(row, Wish(WishKind.APART, category="Dogs", beside="Cats"))
    assert not add_wish(row, Wish(WishKind.APART, category="Cats", beside="Dogs"))
    assert wishes_of(row) == (Wish(WishKind.APART, category="Cats", beside="Dogs"),)


def test_pins_stay_in_the_order_in_which_they_were_said() -> None:
    row = default_policy(1)
    for product in ("tea", "jam", "oil"):
        add_wish(row, Wish(WishKind.FIRST, product=product, beside="mug"))
    assert as_policy(row).pinned == {"mug": ["tea", "jam", "oil"]}


@pytest.mark.parametrize(
    "wrong",
    [
        Wish(WishKind.FIRST),
        Wish(WishKind.FIRST, category="Teas"),
        Wish(WishKind.FIRST, product="tea", beside="tea"),
        Wish(WishKind.NEVER),
        Wish(WishKind.NEVER, product="tea", category="Teas"),
        Wish(WishKind.WEIGH, product="tea", percent=24),
        Wish(WishKind.WEIGH, product="tea", percent=401),
        Wish(WishKind.APART, category="Cats"),
        Wish(WishKind.AGAIN, product="tea"),
    ],
)
def test_what_is_no_wish_is_refused(wrong: Wish) -> None:
    row = default_policy(1)
    with pytest.raises(InputError):
        add_wish(row, wrong)
    assert wishes_of(row) == ()


def test_there_are_never_more_than_can_be_looked_after() -> None:
    row = default_policy(1)
    row.excluded = [f"sku {n}" for n in range(MOST_OF_A_KIND)]
    with pytest.raises(InputError, match="already"):
        add_wish(row, Wish(WishKind.NEVER, product="one more"))
    assert not add_wish(row, Wish(WishKind.NEVER, product="sku 1"))
