"""The merchant's wishes as the rules read them: the store's own, and nobody else's."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recommendations import Policy
from tests.factories import make_product, make_store
from tracking.models import RecommendationPolicy
from tracking.models.recommendation_policy import default_policy, find_policy
from tracking.suggestions import known
from tracking.suggestions.shelf import catalogue_of

WISHES = {
    "margin_weight": 40,
    "step_up_percent": 150,
    "shown_most": 3,
    "pinned": [["cup", ""], ["pan", "mug"], ["lid", "mug"]],
    "excluded": ["bag"],
    "excluded_categories": ["Gift cards"],
    "boosts": [["tea", 200]],
    "category_boosts": [["Pans", 50], ["tea", 25]],
    "apart": [["Cats", "Birds"]],
    "consumables": ["Teas"],
}


def test_a_store_that_said_nothing_has_the_defaults_of_the_rules(session: Session) -> None:
    store = make_store(session)
    # the same values stand in the rules, in the columns and in the row that is not kept
    none: frozenset[str] = frozenset()
    wanted = Policy(pinned={}, excluded=none, excluded_categories=none, apart=frozenset(), boosts={}, consumables=none)
    assert known.of_store(session, store.id).policy == wanted
    session.add(RecommendationPolicy(store_id=store.id))
    session.commit()
    assert known.of_store(session, store.id).policy == wanted
    assert (find_policy(session, store.id).on_page, find_policy(session, store.id).in_emails) == (True, True)


def test_what_was_said_comes_back_in_the_words_of_the_rules(session: Session) -> None:
    store = make_store(session)
    session.add(RecommendationPolicy(store_id=store.id, **WISHES))
    session.commit()
    session.expire_all()
    assert known.of_store(session, store.id).policy == Policy(
        pinned={"": ["cup"], "mug": ["pan", "lid"]},
        excluded=frozenset({"bag"}),
        excluded_categories=frozenset({"Gift cards"}),
        apart=frozenset({("Cats", "Birds")}),
        boosts={"tea": 2.0, "Pans": 0.5},
        margin_boost=0.4,
        consumables=frozenset({"Teas"}),
        step_up_most=1.5,
        shown_most=3,
    )


def test_a_store_has_nothing_of_another_ones_wishes(session: Session) -> None:
    mine, other = make_store(session), make_store(session)
    session.add(RecommendationPolicy(store_id=other.id, **WISHES))
    session.commit()
    assert known.of_store(session, mine.id).policy.excluded == frozenset()
    assert known.of_store(session, mine.id).policy.pinned == {}


def test_wishes_go_with_their_store(session: Session) -> None:
    store = make_store(session)
    session.add(RecommendationPolicy(store_id=store.id))
    session.commit()
    number = store.id
    session.delete(store)
    session.commit()
    session.expunge_all()
    assert session.get(RecommendationPolicy, number) is None


@pytest.mark.parametrize("wrong", [{"margin_weight": 101}, {"step_up_percent": 100}, {"shown_most": 0}])
def test_numbers_that_mean_nothing_are_not_kept(session: Session, wrong: dict[str, int]) -> None:
    row = default_policy(make_store(session).id)
    for name, value in wrong.items():
        setattr(row, name, value)
    session.add(row)
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_product_is_on_the_shelf_with_what_the_shop_earns_on_it(session: Session) -> None:
    store = make_store(session)
    kit = make_product(
        session, store, cost_minor=2900, parts=["a", "b"], consumable=True, group_ref="kits", attributes={"litres": 20}
    )
    session.commit()
    session.expire_all()
    shown = catalogue_of(session, store.id)[kit.ref]
    assert (shown.price_minor, shown.margin_minor, shown.parts, shown.consumable) == (8900, 6000, ("a", "b"), True)
    assert (shown.group, shown.category, dict(shown.attributes)) == ("kits", "Packs", {"litres": "20"})


def test_an_unknown_cost_is_no_margin(session: Session) -> None:
    store = make_store(session)
    plain, priceless, gone = (
        make_product(session, store, **values) for values in ({}, {"cost_minor": 5, "price_minor": None}, {"stock": 0})
    )
    shelf = catalogue_of(session, store.id)
    assert shelf[plain.ref].margin_minor is None
    assert shelf[priceless.ref].margin_minor is None
    assert [shelf[one.ref].available for one in (plain, priceless, gone)] == [True, True, False]
