"""Which row of the copy deck an order or a parcel is in. Pure: facts in, a state out; no row, no word, no clock."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from tracking.platform.status import Reason, Status


class State(StrEnum):
    """The rows of the copy deck; the values are its first column."""

    # paid and being made ready
    PREPARING = "paid, not packed"
    # the day to send it has passed
    PAST_SEND_BY = "past send-by"
    # a label, and the carrier has not scanned it; still normal
    LABEL = "label, no scan"
    # the same, longer than normal
    LABEL_OVERDUE = "label, overdue scan"
    # the carrier has it
    IN_TRANSIT = "in transit"
    # nothing heard for the time after which Waypost gives up waiting
    SILENT = "silent"
    # later than first said
    LATE = "late"
    # customs has it
    CUSTOMS = "customs"
    # on the vehicle
    OUT_FOR_DELIVERY = "out for delivery"
    # tried in vain
    FAILED_ATTEMPT = "failed attempt"
    # waits to be collected
    PICKUP_READY = "pickup ready"
    # delivered, with evidence
    DELIVERED = "delivered"
    # the carrier says so, and shows nothing for it
    DELIVERED_WEAK = "delivered, weak evidence"
    # coming back
    RETURNING = "returning"
    # back at the shop
    RETURNED = "returned"
    # something else is wrong
    EXCEPTION = "exception"
    # nobody finds it
    LOST = "lost"
    # the shopper or the shop asked to cancel
    CANCELLING = "cancelling"
    # cancelled
    CANCELLED = "cancelled"
    # the carrier does not know the number yet
    UNKNOWN_NUMBER = "unknown number"

    @property
    def is_trouble(self) -> bool:
        """Something is wrong: no offers, no cheer."""
        return self in _TROUBLE

    @property
    def is_over(self) -> bool:
        """Nothing more is expected to happen."""
        return self in _OVER


_TROUBLE = frozenset(
    {
        State.PAST_SEND_BY,
        State.LABEL_OVERDUE,
        State.SILENT,
        State.LATE,
        State.CUSTOMS,
        State.FAILED_ATTEMPT,
        State.DELIVERED_WEAK,
        State.RETURNING,
        State.RETURNED,
        State.EXCEPTION,
        State.LOST,
        State.CANCELLING,
        State.CANCELLED,
    }
)
_OVER = frozenset({State.DELIVERED, State.DELIVERED_WEAK, State.RETURNED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Window:
    """When it comes: days of the destination, and instants if the source gave times.

    source      who says so: store, carrier or learned
    confidence  share of such windows that were right, 0..1; None: not known, and nothing is said
    """

    earliest_on: date
    latest_on: date
    earliest_at: datetime | None = None
    latest_at: datetime | None = None
    source: str = "store"
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ParcelSituation:
    """What the words about a parcel depend on. Instants are aware; `place` is where it was last scanned.

    carrier        its name as people say it
    unknown_since  the carrier does not know the number since then; None: it does, or was not asked yet
    look_again_at  when the carrier is asked next; None: not planned
    is_late        past the day first said, or announced for a later one
    """

    status: Status
    carrier: str
    label_at: datetime
    reason: Reason | None = None
    status_at: datetime | None = None
    handed_over_at: datetime | None = None
    last_event_at: datetime | None = None
    place: str = ""
    delivered_at: datetime | None = None
    proof: tuple[str, ...] = ()
    is_signed: bool = False
    pickup_place: str = ""
    pickup_until: date | None = None
    unknown_since: datetime | None = None
    look_again_at: datetime | None = None
    scan_grace_h: int = 24
    window: Window | None = None
    first: Window | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class OrderSituation:
    """What the words about an order without a parcel depend on. `lost` is the shop's policy: replace, refund or ""."""

    placed_at: datetime
    is_cancelled: bool = False
    is_cancelling: bool = False
    cancelled_at: datetime | None = None
    send_by: date | None = None
    refunded_minor: int = 0
    refunded_at: datetime | None = None
    currency: str = "EUR"
    home_currency: str = "EUR"
    lost: str = ""
    window: Window | None = None
    first: Window | None = None


def state_of(order: OrderSituation, parcel: ParcelSituation | None, *, now: datetime, today: date) -> State:
    """The row of the copy deck.

    parcel  None: of what is not sent yet
    today   the local day of `now` at the destination
    """
    if parcel is None or not (parcel.handed_over_at or parcel.status not in _BEFORE):
        if order.is_cancelled:
            return State.CANCELLED
        if order.is_cancelling:
            return State.CANCELLING
    if parcel is None:
        return State.PAST_SEND_BY if order.send_by and today > order.send_by else State.PREPARING
    if parcel.status in _BEFORE:
        return _before_scan(parcel, now)
    if parcel.status is Status.EXCEPTION:
        return _EXCEPTIONS.get(parcel.reason or Reason.OTHER, State.EXCEPTION)
    if parcel.status is Status.DELIVERED:
        return State.DELIVERED if parcel.proof or parcel.is_signed else State.DELIVERED_WEAK
    if parcel.status is Status.IN_TRANSIT:
        if parcel.reason in {Reason.CUSTOMS, Reason.PAYMENT_DUE, Reason.DOCUMENTS}:
            return State.CUSTOMS
        return State.LATE if parcel.is_late else State.IN_TRANSIT
    return _PLAIN[parcel.status]


def is_open(window: Window | None, today: date) -> bool:
    """The window can still be met."""
    return window is not None and window.latest_on >= today


def words_change_at(parcel: ParcelSituation | None, *, now: datetime, midnight: datetime) -> datetime:
    """The next instant at which a sentence changes although nothing happens: midnight, the end of the grace, a look."""
    instants = [midnight]
    if parcel is not None:
        instants.append(parcel.label_at + timedelta(hours=parcel.scan_grace_h))
        if parcel.look_again_at is not None:
            instants.append(parcel.look_again_at)
    return min(at for at in instants if at > now)


def _before_scan(parcel: ParcelSituation, now: datetime) -> State:
    """Announced and never scanned: how long is normal is the shop's to say."""
    if now - parcel.label_at > timedelta(hours=parcel.scan_grace_h):
        return State.LABEL_OVERDUE
    return State.UNKNOWN_NUMBER if parcel.unknown_since is not None else State.LABEL


_BEFORE = frozenset({Status.PENDING, Status.INFO_RECEIVED, Status.UNKNOWN})
_EXCEPTIONS = {
    Reason.CUSTOMS: State.CUSTOMS,
    Reason.PAYMENT_DUE: State.CUSTOMS,
    Reason.DOCUMENTS: State.CUSTOMS,
    Reason.LOST: State.LOST,
}
_PLAIN = {
    Status.OUT_FOR_DELIVERY: State.OUT_FOR_DELIVERY,
    Status.ATTEMPT_FAIL: State.FAILED_ATTEMPT,
    Status.AVAILABLE_FOR_PICKUP: State.PICKUP_READY,
    Status.RETURNING: State.RETURNING,
    Status.RETURNED: State.RETURNED,
    Status.EXPIRED: State.SILENT,
}
