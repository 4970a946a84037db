"""What becomes of a message whose hour has come: it goes out, waits, or ends. Pure; asked again at every attempt."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tracking.models import Channel, MessageState, Order
from tracking.notifications import consent, preferences, quiet_hours
from tracking.notifications.dossier import Dossier
from tracking.notifications.meanings import MEANINGS
from tracking.notifications.quiet_hours import Place
from tracking.notifications.sifting import is_true

S = MessageState


@dataclass(frozen=True, slots=True)
class Verdict:
    """SENDING: let it go. HELD: not before `next_at`. Anything else: it ends here."""

    state: MessageState
    why: str
    next_at: datetime | None = None


GO = Verdict(S.SENDING, "due")


def decide(dossier: Dossier, now: datetime, *, has_channel: bool) -> Verdict:
    """Decide about a message that waits.

    has_channel  this installation can send on the message's channel
    """
    message, order = dossier.message, dossier.order
    row = MEANINGS[message.meaning]
    if not message.recipient:
        return Verdict(S.DROPPED, "erased")
    if not is_true(row, order, message.shipment_id or 0, dossier.shipments):
        return Verdict(S.DROPPED, "superseded")
    if message.worth_until is not None and message.worth_until <= now:
        return Verdict(S.DROPPED, "too_late")
    refused = consent.why_not(message.channel, dossier.standing, order.store, order)
    if refused is not None:
        return Verdict(S.SUPPRESSED, refused)
    choices = preferences.stored(order.customer)
    if message.channel not in choices.channels:
        return Verdict(S.SUPPRESSED, "channel_off_by_choice")
    if not choices.wants(message.meaning):
        return Verdict(S.SUPPRESSED, "not_wanted")
    if not has_channel:
        return Verdict(S.DROPPED, "channel_not_set_up")
    return _hour(dossier, now)


def place_of(order: Order) -> Place:
    """Where the recipient is, as far as the address says."""
    return Place(order.time_zone, order.country, order.region)


def _spoke_today(dossier: Dossier, now: datetime) -> bool:
    zone = ZoneInfo(dossier.order.time_zone)
    return dossier.spoken_at is not None and dossier.spoken_at.astimezone(zone).date() == now.astimezone(zone).date()


def _hour(dossier: Dossier, now: datetime) -> Verdict:
    message, order = dossier.message, dossier.order
    row, place = MEANINGS[message.meaning], place_of(order)
    if row.answers and message.channel is Channel.EMAIL:
        return GO
    why, opens = "quiet_hours", quiet_hours.next_open(now, place, order.store, message.channel, urgent=row.urgent)
    if _spoke_today(dossier, now) and not row.urgent:
        why, opens = "once_a_day", quiet_hours.next_morning(now, place, order.store, message.channel)
    if opens <= now:
        return GO
    if message.worth_until is not None and opens >= message.worth_until:
        return Verdict(S.DROPPED, f"{why}_too_long")
    return Verdict(S.HELD, why, opens)
