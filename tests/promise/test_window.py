"""Which window is spoken of, and how it stands against the first one."""

from datetime import date

import pytest

from tests.factories import make_order, make_shipment, make_store
from tracking.models import PromiseSource
from tracking.platform.status import Status
from tracking.promise import ledger
from tracking.promise.outlook import outlook
from tracking.promise.window import Window, send_by, window_for
from tracking.promise.working_days import add_working_days


@pytest.mark.parametrize(
    ("start", "days", "country", "expected"),
    [
        (date(2026, 11, 26), 2, "GB", date(2026, 11, 30)),  # over a weekend
        (date(2026, 12, 24), 1, "GB", date(2026, 12, 29)),  # Christmas, Boxing Day (moved to Monday)
        (date(2026, 11, 28), 0, "GB", date(2026, 11, 30)),  # a Saturday is no working day
        (date(2026, 7, 13), 1, "FR", date(2026, 7, 15)),  # 14 July
        (date(2026, 11, 24), 1, "XX", date(2026, 11, 25)),  # a country nobody knows
    ],
)
def test_working_days_skip_weekends_and_holidays(start, days, country, expected) -> None:
    assert add_working_days(start, days, country) == expected


def test_the_stores_own_days_are_used_until_somebody_says_more(session) -> None:
    store = make_store(session, handling_days=1, transit_days_min=2, transit_days_max=3)
    order = make_order(session, store)
    assert send_by(order, store) == date(2026, 11, 25)
    window = window_for(order, None, store)
    assert (window.source, window.earliest_on, window.latest_on) == (
        PromiseSource.STORE,
        date(2026, 11, 27),
        date(2026, 11, 30),
    )
    assert window.confidence is None


def test_what_the_store_promised_with_the_order_comes_first_then_the_carriers_estimate(session) -> None:
    store = make_store(session)
    order = make_order(session, store, promised_latest=date(2026, 11, 27))
    shipment = make_shipment(session, order)
    assert window_for(order, shipment, store).latest_on == date(2026, 11, 27)
    shipment.carrier_latest_on = date(2026, 11, 28)
    window = window_for(order, shipment, store)
    assert (window.source, window.latest_on) == (PromiseSource.CARRIER, date(2026, 11, 28))


def test_each_window_shown_is_written_down_once(session) -> None:
    order = make_order(session, make_store(session))
    window = Window(PromiseSource.STORE, date(2026, 11, 27), date(2026, 11, 28))
    later = Window(PromiseSource.CARRIER, date(2026, 11, 30), date(2026, 11, 30))
    for said in (window, window, later, later):
        ledger.keep(session, order, 7, said, ledger.history(session, [order.id]))
    promises = ledger.history(session, [order.id])
    assert [p.latest_on for p in promises] == [date(2026, 11, 28), date(2026, 11, 30)]
    first = ledger.first_of(promises, 7)
    assert first is not None
    seen = outlook(later, first, Status.IN_TRANSIT, date(2026, 11, 26))
    assert (seen.is_late, seen.is_past, seen.first) == (True, False, date(2026, 11, 28))


def test_a_window_is_past_only_while_the_parcel_is_not_there() -> None:
    window = Window(PromiseSource.STORE, date(2026, 11, 27), date(2026, 11, 28))
    assert outlook(window, None, Status.IN_TRANSIT, date(2026, 11, 29)).is_late
    assert not outlook(window, None, Status.IN_TRANSIT, date(2026, 11, 28)).is_late
    assert not outlook(window, None, Status.DELIVERED, date(2026, 12, 29)).is_late
