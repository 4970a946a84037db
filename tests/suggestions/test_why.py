"""Why an order shows what it shows."""

import pytest

from recommendations import KeptOut, Kind
from tests.factories import make_product
from tests.suggestions.shop import Shop, buy
from tracking.models import OrderState, RecommendationPolicy
from tracking.suggestions import for_order
from tracking.suggestions.why import Account, Silence, account


def wish(shop: Shop, **values: object) -> None:
    shop.session.merge(RecommendationPolicy(store_id=shop.store.id, **values))
    shop.session.flush()


def told(shop: Shop, **more: object) -> Account:
    shop.session.flush()
    shop.session.expire_all()
    return account(shop.session, shop.order, state_dir=shop.state_dir, **more)  # type: ignore[arg-type]


def kept_out(found: Account) -> dict[str, tuple[KeptOut, str]]:
    return {one.suggested.title: (one.why, one.by) for one in found.considered if one.why is not None}


def test_what_is_told_is_what_the_page_shows(shop: Shop) -> None:
    found = told(shop)
    shown = [one.suggested for one in found.considered if one.place is not None]
    assert found.silence is None
    assert tuple(shown) == for_order(shop.session, shop.order, state_dir=shop.state_dir)
    assert [one.title for one in shown] == ["Tea", "Jam"]


def test_each_product_kept_out_has_the_rule_that_did_it(shop: Shop) -> None:
    shop.jam.stock = 0
    wish(shop, excluded=[shop.tea.ref])
    found = told(shop)
    assert kept_out(found) == {"Tea": (KeptOut.EXCLUDED, ""), "Jam": (KeptOut.SOLD_OUT, "")}
    assert found.silence is Silence.NOTHING_FOUND


def test_a_pin_is_shown_first_with_its_own_reason(shop: Shop) -> None:
    lamp = make_product(shop.session, shop.store, title="Lamp", category="Lamps")
    wish(shop, pinned=[[lamp.ref, shop.mug.ref]])
    first = told(shop).considered[0]
    assert (first.suggested.title, first.place) == ("Lamp", 0)
    assert (first.suggested.kind, first.suggested.anchor_title) == (Kind.PICKED, "Mug")


def test_a_rule_names_the_product_it_is_because_of(shop: Shop) -> None:
    shop.tea.group_ref = shop.jam.group_ref = "breakfast"
    assert kept_out(told(shop)) == {"Jam": (KeptOut.SAME_AS_SHOWN, "Tea")}


def test_no_room_is_a_reason_too(shop: Shop) -> None:
    assert kept_out(told(shop, limit=1)) == {"Jam": (KeptOut.NO_ROOM, "")}


def test_silence_is_told_with_what_would_be_shown_otherwise(shop: Shop) -> None:
    shop.order.state = OrderState.CANCELLING
    found = told(shop)
    assert found.silence is Silence.TROUBLE
    assert [one.suggested.title for one in found.considered if one.place is not None] == ["Tea", "Jam"]


def test_what_the_merchant_turned_off_is_told_before_trouble(shop: Shop) -> None:
    shop.order.state = OrderState.CANCELLED
    wish(shop, on_page=False)
    assert told(shop).silence is Silence.TURNED_OFF


@pytest.mark.parametrize("wishes", [{"consumables": ["Packs"]}, {}])
def test_what_is_used_up_comes_again_beside_a_later_order(shop: Shop, wishes: dict[str, list[str]]) -> None:
    wish(shop, **wishes)
    buy(shop.session, shop.store, shop.order.customer, shop.tea)
    titles = [one.suggested.title for one in told(shop).considered if one.place is not None]
    # a model proposes nothing that the shopper has, unless it is asked to; what is pinned is proposed anyway
    wish(shop, **wishes, pinned=[[shop.tea.ref, ""]])
    pinned = [one.suggested.title for one in told(shop).considered if one.place is not None]
    assert ("Tea" in pinned) == bool(wishes)
    assert "Jam" in titles
