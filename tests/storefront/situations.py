"""A parcel and an order in every row of the copy deck, at one instant: Tuesday 24 November 2026, noon in London."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tracking.platform import i18n
from tracking.platform.status import Reason, Status
from tracking.storefront.phrases import Now
from tracking.storefront.situation import OrderSituation, ParcelSituation, State, Window

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
NOW = Now(AT, TODAY)
LANGUAGES = ("en", "fr", "th")


def day(ahead: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=ahead)


def order(**values: Any) -> OrderSituation:
    """Ordered on Saturday, promised for Thursday or Friday."""
    promised = Window(day(2), day(3))
    facts = OrderSituation(placed_at=AT - timedelta(days=3), send_by=day(1), window=promised, first=promised)
    return replace(facts, **values)


def parcel(status: Status = Status.IN_TRANSIT, **values: Any) -> ParcelSituation:
    """With DHL since yesterday, last scanned in Leipzig this morning, expected on Thursday."""
    facts = ParcelSituation(
        status=status,
        carrier="DHL",
        label_at=AT - timedelta(hours=30),
        status_at=AT - timedelta(hours=2),
        handed_over_at=AT - timedelta(hours=24),
        last_event_at=AT - timedelta(hours=2),
        place="Leipzig",
        look_again_at=AT + timedelta(hours=3),
        window=Window(day(2), day(2), source="carrier"),
        first=Window(day(2), day(3)),
    )
    return replace(facts, **values)


def unscanned(**values: Any) -> ParcelSituation:
    """Announced two hours ago and not scanned."""
    facts = parcel(Status.INFO_RECEIVED, handed_over_at=None, last_event_at=None, label_at=AT - timedelta(hours=2))
    return replace(facts, **values)


ROWS: dict[State, tuple[OrderSituation, ParcelSituation | None]] = {
    State.PREPARING: (order(), None),
    State.PAST_SEND_BY: (order(send_by=day(-1)), None),
    State.LABEL: (order(), unscanned()),
    State.LABEL_OVERDUE: (order(), unscanned(label_at=AT - timedelta(hours=30))),
    State.IN_TRANSIT: (order(), parcel()),
    State.SILENT: (order(), parcel(Status.EXPIRED, last_event_at=AT - timedelta(days=12))),
    State.LATE: (order(), parcel(window=Window(day(5), day(6), source="carrier"), is_late=True)),
    State.CUSTOMS: (order(), parcel(reason=Reason.PAYMENT_DUE)),
    State.OUT_FOR_DELIVERY: (order(), parcel(Status.OUT_FOR_DELIVERY)),
    State.FAILED_ATTEMPT: (order(), parcel(Status.ATTEMPT_FAIL, reason=Reason.NOT_HOME)),
    State.PICKUP_READY: (
        order(),
        parcel(Status.AVAILABLE_FOR_PICKUP, pickup_place="Corner shop, 3 High Street", pickup_until=day(6)),
    ),
    State.DELIVERED: (
        order(),
        parcel(Status.DELIVERED, delivered_at=AT - timedelta(hours=1), proof=("photo",), reason=Reason.SAFE_PLACE),
    ),
    State.DELIVERED_WEAK: (order(), parcel(Status.DELIVERED, delivered_at=AT - timedelta(hours=1))),
    State.RETURNING: (order(), parcel(Status.RETURNING, reason=Reason.NOT_COLLECTED)),
    State.RETURNED: (order(), parcel(Status.RETURNED, reason=Reason.REFUSED)),
    State.EXCEPTION: (order(), parcel(Status.EXCEPTION, reason=Reason.DAMAGED)),
    State.LOST: (order(lost="replace"), parcel(Status.EXCEPTION, reason=Reason.LOST)),
    State.CANCELLING: (order(is_cancelling=True), None),
    State.CANCELLED: (
        order(is_cancelled=True, cancelled_at=AT, refunded_minor=8900, refunded_at=AT - timedelta(days=1)),
        None,
    ),
    State.UNKNOWN_NUMBER: (order(), unscanned(status=Status.PENDING, unknown_since=AT - timedelta(hours=1))),
}


@contextmanager
def speaking(locale: str, zone: str = "Europe/London") -> Iterator[None]:
    """Speak a language where the parcel goes."""
    with i18n.speaking(locale, zone):
        yield
