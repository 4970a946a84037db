"""What the words of a message are made from: finished phrases in the language and zone of its reader.

An empty phrase means that there is nothing to say; the words then fall back to another whole sentence.
"""

from dataclasses import dataclass
from datetime import date, datetime

from tracking.carriers._names import carrier_name
from tracking.models import Message, Promise, Shipment
from tracking.notifications.dossier import Dossier
from tracking.platform import clock, i18n
from tracking.platform.gettext import _
from tracking.platform.status import Reason, Status
from tracking.timeline.places import place_words
from tracking.timeline.reasons import reason_words

_LEFT = {Reason.NEIGHBOUR: "neighbour", Reason.SAFE_PLACE: "safe_place"}
# held by customs in one way or another, as the page says it
_CUSTOMS = {Reason.CUSTOMS: "customs", Reason.PAYMENT_DUE: "payment", Reason.DOCUMENTS: "documents"}


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a notice may say.

    several   parcels this message speaks of; `parcels` of the whole order
    window    "tomorrow", "Thursday 3 – Friday 4 December", with times where the source gave them; "" once it is over
    times     "14:00–17:00" today, "" if not known
    send_by   the day until which it is sent
    when      of the moment: "today 10:42";  day  the same without the time
    reason    the end of "Reason: …"
    case      which trouble: customs, payment, documents, damaged, address, lost; "" for any other
    place, until  where and until when it can be collected;  next_try  when the carrier comes again
    left      neighbour or safe_place;  proof  signature, photo, code
    lost      what the shop does with what is lost: replace, refund or ""
    """

    store: str
    order: str
    carrier: str
    several: int
    parcels: int
    window: str = ""
    times: str = ""
    send_by: str = ""
    when: str = ""
    day: str = ""
    reason: str = ""
    case: str = ""
    place: str = ""
    until: str = ""
    next_try: str = ""
    left: str = ""
    proof: str = ""
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Days:
    """A window, wherever it came from."""

    source: str
    earliest_on: date
    latest_on: date
    earliest_at: datetime | None
    latest_at: datetime | None


def gather(dossier: Dossier) -> NoticeFacts:
    """The facts of a message; inside `i18n.speaking` of its language and its reader's zone."""
    message, order, shipment = dossier.message, dossier.order, dossier.shipment
    now = clock.now()
    today = i18n.local(now).date()
    days = days_of(dossier)
    is_open = days is not None and days.latest_on >= today
    at = _moment(message)
    reason = _reason(message, shipment)
    return NoticeFacts(
        store=order.store.name,
        order=order.number,
        carrier=carrier_name(shipment.carrier) if shipment is not None else "",
        several=1 + len(message.facts.get("also") or ()),
        parcels=len(order.shipments),
        window=_window(days, today) if days is not None and is_open else "",
        times=_times_today(days, today, now),
        send_by=i18n.day(order.send_by, today=today) if order.send_by and order.send_by >= today else "",
        when=i18n.moment(at, now=now, width="long"),
        day=i18n.day(i18n.local(at).date(), today=today),
        reason=reason_words(reason),
        case=_case(reason),
        place=place_words(shipment.pickup_place or "") if shipment is not None else "",
        until=_until(shipment, today),
        next_try=_next_try(days, today),
        left=_LEFT.get(reason, "") if reason is not None else "",
        proof=_proof(shipment),
        lost=str(order.store.policies.get("lost") or ""),
    )


def days_of(dossier: Dossier) -> Days | None:
    """The newest window, else the one of the hour in which the message was planned."""
    promise, planned = dossier.promise, dossier.message.facts.get("window")
    if promise is not None and (planned is None or promise.made_at >= dossier.message.planned_at):
        return _promised(promise)
    if isinstance(planned, dict):
        return Days(
            str(planned["source"]),
            date.fromisoformat(planned["earliest_on"]),
            date.fromisoformat(planned["latest_on"]),
            _instant(planned.get("earliest_at")),
            _instant(planned.get("latest_at")),
        )
    return _promised(promise) if promise is not None else None


def _promised(promise: Promise) -> Days:
    return Days(promise.source.value, promise.earliest_on, promise.latest_on, promise.earliest_at, promise.latest_at)


def _window(days: Days, today: date) -> str:
    words = i18n.day_window(days.earliest_on, days.latest_on, today=today)
    if days.earliest_at and days.latest_at and days.earliest_on == days.latest_on:
        return _("%(day)s, %(times)s", day=words, times=i18n.time_window(days.earliest_at, days.latest_at))
    return words


def _times_today(days: Days | None, today: date, now: datetime) -> str:
    if days is None or not days.earliest_at or not days.latest_at:
        return ""
    if days.latest_on != today or days.earliest_on != today or days.latest_at <= now:
        return ""
    return i18n.time_window(days.earliest_at, days.latest_at)


def _next_try(days: Days | None, today: date) -> str:
    """Only the carrier knows when it comes again."""
    if days is None or days.source != "carrier" or days.latest_on <= today:
        return ""
    return _window(days, today)


def _until(shipment: Shipment | None, today: date) -> str:
    if shipment is None or shipment.pickup_until is None or shipment.pickup_until < today:
        return ""
    return i18n.day(shipment.pickup_until, today=today)


def _proof(shipment: Shipment | None) -> str:
    if shipment is None:
        return ""
    if shipment.signed_by or "signature" in shipment.proof:
        return "signature"
    return next((kind for kind in ("photo", "code") if kind in shipment.proof), "")


def _reason(message: Message, shipment: Shipment | None) -> Reason | None:
    """As it is now; as it was planned if the parcel has moved on."""
    if shipment is not None and shipment.status is not Status.IN_TRANSIT and shipment.reason is not None:
        return shipment.reason
    planned = message.facts.get("reason")
    return Reason(planned) if planned in set(Reason) else None


def _case(reason: Reason | None) -> str:
    if reason in {Reason.DAMAGED, Reason.ADDRESS, Reason.LOST}:
        return reason.value
    return _CUSTOMS.get(reason, "") if reason is not None else ""


def _moment(message: Message) -> datetime:
    return _instant(message.facts.get("at")) or message.planned_at


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
