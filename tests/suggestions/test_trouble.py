"""When nothing is suggested."""

from datetime import date, timedelta

import pytest

from tests.factories import NOON, make_shipment
from tests.suggestions.shop import Shop
from tracking.models import OrderState, Promise, PromiseSource
from tracking.platform import clock
from tracking.platform.status import Reason, Status
from tracking.suggestions import is_in_trouble


@pytest.mark.parametrize("state", [OrderState.CANCELLING, OrderState.CANCELLED])
def test_silent_while_the_order_is_being_cancelled(shop: Shop, state: OrderState) -> None:
    shop.order.state = state
    assert shop.titles() == []


@pytest.mark.parametrize("status", list(Status))
def test_silent_while_a_parcel_is_in_trouble(shop: Shop, status: Status) -> None:
    trouble = {Status.EXCEPTION, Status.RETURNING, Status.RETURNED, Status.EXPIRED, Status.ATTEMPT_FAIL}
    make_shipment(shop.session, shop.order, status=Status.DELIVERED)
    make_shipment(shop.session, shop.order, status=status)
    assert (shop.titles() == []) == (status in trouble)


def test_silent_while_a_parcel_is_lost(shop: Shop) -> None:
    make_shipment(shop.session, shop.order, status=Status.IN_TRANSIT, reason=Reason.LOST)
    assert shop.titles() == []


def promise(shop: Shop, latest_on: date, shipment_key: int = 0) -> None:
    row = Promise(
        store_id=shop.store.id,
        order_id=shop.order.id,
        shipment_key=shipment_key,
        source=PromiseSource.STORE,
        earliest_on=latest_on,
        latest_on=latest_on,
    )
    shop.session.add(row)
    shop.session.flush()


TODAY = NOON.date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def test_silent_once_the_first_date_has_passed_until_it_is_there(shop: Shop) -> None:
    parcel = make_shipment(shop.session, shop.order, status=Status.IN_TRANSIT)
    promise(shop, TODAY)
    assert shop.titles() == ["Tea", "Jam"]
    with clock.frozen(NOON + timedelta(days=1)):
        assert shop.titles() == []
        parcel.status = Status.DELIVERED
        assert shop.titles() == ["Tea", "Jam"]


def test_silent_when_the_date_was_moved_back(shop: Shop) -> None:
    parcel = make_shipment(shop.session, shop.order, status=Status.IN_TRANSIT)
    promise(shop, TODAY, parcel.id)
    assert shop.titles() != []
    promise(shop, TOMORROW, parcel.id)
    assert shop.titles() == []


def test_silent_when_the_carrier_expects_it_later_than_promised(shop: Shop) -> None:
    shop.order.promised_latest = TODAY
    make_shipment(shop.session, shop.order, status=Status.IN_TRANSIT, carrier_latest_on=TOMORROW)
    assert shop.titles() == []


def test_silent_when_it_was_not_sent_in_time(shop: Shop) -> None:
    shop.order.send_by = YESTERDAY
    assert is_in_trouble(shop.session, shop.order)
    assert shop.titles() == []


def test_late_is_told_by_the_day_where_the_parcel_goes(shop: Shop) -> None:
    shop.order.promised_latest = TODAY
    make_shipment(shop.session, shop.order, status=Status.IN_TRANSIT)
    with clock.frozen(NOON + timedelta(hours=8)):  # already tomorrow in Bangkok
        assert shop.titles() == ["Tea", "Jam"]
        shop.order.time_zone = "Asia/Bangkok"
        assert shop.titles() == []
