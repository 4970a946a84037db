"""A merchant's wishes one by one."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.models.recommendation_policy import default_policy
from tracking.platform.errors import InputError
from tracking.suggestions.policy import as_policy
from tracking.suggestions.wishes import (
    MOST_OF_A_KIND,
    NeverShown,
    Wish,
    WishKind,
    add_wish,
    list_of,
    remove_wish,
    replace_wishes,
    wishes_of,
)

LISTS = ("pinned", "excluded", "excluded_categories", "boosts", "category_boosts", "apart", "consumables")

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
        if wish.kind is WishKind.FIRST and wish.product in row.excluded and wish not in wishes_of(row):
            with pytest.raises(NeverShown):
                add_wish(row, wish)
            continue
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


one_of_a_thing = st.lists(wishes, max_size=8, unique_by=lambda wish: replace(wish, percent=100))


@given(before=st.lists(wishes, max_size=8), said=one_of_a_thing)
def test_all_of_them_are_replaced_by_what_is_said_now(before: list[Wish], said: list[Wish]) -> None:
    row = default_policy(1)
    for wish in before:
        with suppress(NeverShown):
            add_wish(row, wish)
    was = wishes_of(row)
    lists = {name: [one for one in said if list_of(one) == name] for name in LISTS}
    if any(Wish(WishKind.NEVER, product=pin.product) in said for pin in lists["pinned"] if pin not in was):
        with pytest.raises(NeverShown) as refused:
            replace_wishes(row, lists)
        assert str(refused.value.field).startswith("pinned.")
        return
    changed = replace_wishes(row, lists)
    assert set(wishes_of(row)) == set(said)
    pins = [one for one in wishes_of(row) if one.kind is WishKind.FIRST]
    assert pins == lists["pinned"]
    assert bool(changed) == (set(was) != set(said) or [one for one in was if one.kind is WishKind.FIRST] != pins)
    assert replace_wishes(row, lists) == []


def test_a_list_that_is_not_named_stays() -> None:
    row = default_policy(1)
    for wish in (Wish(WishKind.NEVER, product="tea"), Wish(WishKind.NEVER, category="tea")):
        add_wish(row, wish)
    assert replace_wishes(row, {"excluded": [Wish(WishKind.NEVER, product="jam")]}) == ["excluded"]
    assert wishes_of(row) == (Wish(WishKind.NEVER, product="jam"), Wish(WishKind.NEVER, category="tea"))


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
