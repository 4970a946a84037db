"""Reasons in words."""

from dataclasses import replace

from recommendations import Kind
from tests.suggestions.shop import Shop
from tracking.suggestions import for_order, reason_sentence


def test_every_kind_of_reason_has_a_sentence(shop: Shop) -> None:
    tea = for_order(shop.session, shop.order, state_dir=shop.state_dir)[0]
    assert reason_sentence(replace(tea, people=1, orders=4)) == "Bought with your Mug in 4 orders"
    popular = replace(tea, kind=Kind.POPULAR, anchor_title=None, people=1200)
    assert reason_sentence(popular) == "Bought here by 1,200 people"
    assert reason_sentence(replace(popular, people=0, orders=2)) == "Bought here in 2 orders"
    assert (
        reason_sentence(replace(tea, anchor_title="100 % %(count)s")) == "Bought with your 100 % %(count)s by 3 people"
    )
