"""Facts in, a row of the copy deck out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storefront.situations import AT, ROWS, TODAY, day, order, parcel, unscanned
from tracking.platform.status import Reason, Status
from tracking.storefront.situation import State, Window, is_open, state_of, words_change_at


@pytest.mark.parametrize("state", list(State), ids=str)
def test_every_row_of_the_deck_is_reached(state: State) -> None:
    an_order, a_parcel = ROWS[state]
    assert state_of(an_order, a_parcel, now=AT, today=TODAY) is state


@pytest.mark.parametrize("status", list(Status), ids=str)
def test_no_status_and_reason_is_without_a_row(status: Status) -> None:
    for reason in (None, *Reason):
        assert state_of(order(), parcel(status, reason=reason), now=AT, today=TODAY) in State


def test_grace_after_the_label_is_the_shops_to_say() -> None:
    patient = unscanned(label_at=AT - timedelta(hours=30), scan_grace_h=48)
    assert state_of(order(), patient, now=AT, today=TODAY) is State.LABEL


def test_cancelling_an_order_does_not_hide_a_parcel_that_is_on_its_way() -> None:
    cancelled = order(is_cancelled=True)
    assert state_of(cancelled, parcel(), now=AT, today=TODAY) is State.IN_TRANSIT
    assert state_of(cancelled, unscanned(), now=AT, today=TODAY) is State.CANCELLED


def test_send_by_day_itself_is_not_past() -> None:
    assert state_of(order(send_by=TODAY), None, now=AT, today=TODAY) is State.PREPARING


def test_signature_is_proof() -> None:
    signed = parcel(Status.DELIVERED, is_signed=True)
    assert state_of(order(), signed, now=AT, today=TODAY) is State.DELIVERED


def test_window_of_today_can_still_be_met() -> None:
    assert is_open(Window(day(-1), TODAY), TODAY)
    assert not is_open(Window(day(-2), day(-1)), TODAY)


def test_words_change_at_the_first_instant_that_matters() -> None:
    midnight = AT + timedelta(hours=12)
    waiting = unscanned()
    assert words_change_at(None, now=AT, midnight=midnight) == midnight
    assert words_change_at(waiting, now=AT, midnight=midnight) == waiting.look_again_at
    later = replace(waiting, look_again_at=None, scan_grace_h=5)
    assert words_change_at(later, now=AT, midnight=midnight) == waiting.label_at + timedelta(hours=5)
