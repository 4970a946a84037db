"""What happened to a parcel, in plain sentences, and where it stands on the route. Pure.

A sentence follows from status and reason. Only for scans that say no more than "it moves" the carrier's own text is
looked at, and never shown to say where the parcel is: it may name the kind of scan, nothing else.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tracking.platform import i18n
from tracking.platform.gettext import _, pgettext
from tracking.platform.privacy import mask_place, mask_text
from tracking.platform.status import Reason, Status
from tracking.storefront.deck import mark_of
from tracking.storefront.facts import EventFacts, Place, RouteFacts, StepFacts
from tracking.storefront.phrases import Now
from tracking.storefront.situation import OrderSituation, ParcelSituation, State
from tracking.timeline.reasons import reason_words


@dataclass(frozen=True, slots=True)
class Scan:
    """An event as a carrier reported it."""

    at: datetime
    status: Status
    reason: Reason | None
    description: str
    city: str
    country: str


def events(
    scans: Sequence[Scan],
    *,
    carrier: str,
    home: str,
    now: Now,
    known: Sequence[str | None] = (),
    keep: Sequence[str] = (),
) -> tuple[EventFacts, ...]:
    """The scans as sentences, newest first; the same sentence about the same place twice in a row is said once.

    scans  oldest first
    home   the destination's country: it is not named
    known  what the carrier's texts must not show of the recipient
    keep   what they may show though it looks like it: the parcel's number, the town
    """
    said: list[EventFacts] = []
    handed_over = False
    for scan in scans:
        moving = scan.status is Status.IN_TRANSIT and scan.reason is None
        first, handed_over = moving and not handed_over, handed_over or moving
        what = (
            _("Handed to %(carrier)s", carrier=carrier)
            if first
            else sentence(scan.status, scan.reason, scan.description, carrier=carrier, known=known, keep=keep)
        )
        where = place_name(scan.city, scan.country, home)
        if said and (said[-1].what, said[-1].where) == (what, where):
            said.pop()
        said.append(EventFacts(scan.at, i18n.moment(scan.at, now=now.at), what, where))
    return tuple(reversed(said))


def sentence(
    status: Status,
    reason: Reason | None,
    description: str,
    *,
    carrier: str,
    known: Sequence[str | None] = (),
    keep: Sequence[str] = (),
) -> str:
    """One event as a plain sentence."""
    if status is Status.UNKNOWN:
        return mask_text(description, known=known, keep=keep) or _("Scanned")
    if status is Status.IN_TRANSIT and reason is None:
        return _movement(description)
    if (status, reason) in _WITH_REASON:
        return _WITH_REASON[status, reason]()
    told = reason_words(reason)
    if told and status in {Status.IN_TRANSIT, Status.EXCEPTION}:
        return _("Held up: %(reason)s", reason=told)
    if told and status is Status.ATTEMPT_FAIL:
        return _("Could not be delivered: %(reason)s", reason=told)
    if told and status in {Status.RETURNING, Status.RETURNED}:
        return _("On its way back: %(reason)s", reason=told)
    return _PLAIN[status](carrier)


def place_name(city: str, country: str, home: str) -> str:
    """ "Leipzig, Germany"; the country alone if no town is known; without the country where the reader lives."""
    town = clean_town(mask_place(city))
    land = i18n.country_name(country) if country and country.upper() != home.upper() else ""
    if town and land:
        return _("%(town)s, %(country)s", town=town, country=land)
    return town or land or ("" if not country else i18n.country_name(country))


def clean_town(city: str) -> str:
    """A town as people write it: "KHON KAEN" → "Khon Kaen", "LEIPZIG DE HUB" keeps its short words."""
    text = " ".join(city.split()).strip(" ,;-")
    if not text.isupper() or not text.isascii():
        return text if not text.isupper() else text.title()
    return " ".join(
        word if len(word) <= 2 and index else word.capitalize() for index, word in enumerate(text.split(" "))
    )


def route(
    state: State, order: OrderSituation, parcel: ParcelSituation | None, scans: Sequence[Scan], now: Now
) -> RouteFacts:
    """Four stations and the parcel among them."""
    position = _POSITIONS[state] if state is not State.EXCEPTION or parcel is None else _reached(parcel)
    if state in {State.CUSTOMS, State.LOST, State.SILENT} and parcel is not None:
        position = _reached(parcel)
    names = _names(state, parcel)
    notes = _notes(state, order, parcel, scans, now)
    here = position // 2
    steps = tuple(
        StepFacts(
            name,
            note if index <= here else "",
            Place.PASSED if index < here else Place.CURRENT if index == here else Place.AHEAD,
        )
        for index, (name, note) in enumerate(zip(names, notes, strict=True))
    )
    return RouteFacts(steps, position, mark_of(state))


def _reached(parcel: ParcelSituation) -> int:
    """Between "sent" and the next station once the carrier has it, else on the way to "sent"."""
    return 3 if parcel.handed_over_at else 1


def _names(state: State, parcel: ParcelSituation | None) -> tuple[str, str, str, str]:
    ordered, sent = pgettext("station", "Ordered"), pgettext("station", "Sent")
    if state in {State.RETURNING, State.RETURNED}:
        return ordered, sent, pgettext("station", "Turned back"), pgettext("station", "Back with us")
    if state is State.PICKUP_READY or (parcel is not None and parcel.pickup_place and state is State.FAILED_ATTEMPT):
        return ordered, sent, pgettext("station", "Ready to collect"), pgettext("station", "Collected")
    return ordered, sent, pgettext("station", "Out for delivery"), pgettext("station", "Delivered")


def _notes(
    state: State, order: OrderSituation, parcel: ParcelSituation | None, scans: Sequence[Scan], now: Now
) -> tuple[str, str, str, str]:
    if parcel is None:
        return _day(order.placed_at, now), "", "", ""
    third = next((scan.at for scan in reversed(scans) if scan.status in _THIRD.get(state, _ON_THE_VAN)), None)
    return (
        _day(order.placed_at, now),
        _day(parcel.handed_over_at, now),
        _day(third, now),
        _day(parcel.delivered_at or (parcel.status_at if state is State.RETURNED else None), now),
    )


def _day(at: datetime | None, now: Now) -> str:
    """ "today", "Mon 30 Nov"; "" for nothing."""
    if at is None:
        return ""
    on: date = i18n.local(at).date()
    return i18n.day(on, today=now.today, width="short")


# ---- scans that only say that it moves

# The carrier's own words, in the languages our carriers write: only what kind of scan it was is taken from them.
_NOT = re.compile(r"\b(not|unable|failed|pas|non|nicht)\b|ไม่", re.IGNORECASE)
_KINDS: tuple[tuple[re.Pattern[str], Callable[[], str]], ...] = (
    (
        re.compile(
            r"\b(clear(ed|ance)( completed)?\b.*custom|customs? clear|released by customs|d[ée]douan)", re.IGNORECASE
        ),
        lambda: _("Through customs"),
    ),
    (
        re.compile(r"\b(depart|left|leaving|a quitt|parti)|ออกจาก", re.IGNORECASE),
        lambda: _("Left the sorting centre"),
    ),
    (
        re.compile(
            r"\b(arriv|reached|received at|entr[ée]e? (sur|dans)|pris en charge sur)|ถึงที่ทำการ|มาถึง|รับเข้า", re.IGNORECASE
        ),
        lambda: _("Arrived at a sorting centre"),
    ),
    (
        re.compile(r"\b(sort|process|tri|trait)|คัดแยก", re.IGNORECASE),
        lambda: _("Sorted for the next leg"),
    ),
    (re.compile(r"\b(import|export|border)", re.IGNORECASE), lambda: _("On its way abroad")),
)


def _movement(description: str) -> str:
    if not _NOT.search(description):
        for pattern, said in _KINDS:
            if pattern.search(description):
                return said()
    return _("On the move")


_PLAIN: dict[Status, Callable[[str], str]] = {
    Status.PENDING: lambda carrier: _("Announced to %(carrier)s", carrier=carrier),
    Status.INFO_RECEIVED: lambda carrier: _("Announced to %(carrier)s", carrier=carrier),
    Status.IN_TRANSIT: lambda carrier: _("On the move"),  # noqa: ARG005 - all sentences are called alike
    Status.OUT_FOR_DELIVERY: lambda carrier: _("Out for delivery"),  # noqa: ARG005
    Status.ATTEMPT_FAIL: lambda carrier: _("Could not be delivered"),  # noqa: ARG005
    Status.AVAILABLE_FOR_PICKUP: lambda carrier: _("Ready to collect"),  # noqa: ARG005
    Status.DELIVERED: lambda carrier: _("Delivered"),  # noqa: ARG005
    Status.EXCEPTION: lambda carrier: _("Held up"),  # noqa: ARG005
    Status.RETURNING: lambda carrier: _("On its way back to us"),  # noqa: ARG005
    Status.RETURNED: lambda carrier: _("Back with us"),  # noqa: ARG005
    Status.EXPIRED: lambda carrier: _("No more news"),  # noqa: ARG005
}
_WITH_REASON: dict[tuple[Status, Reason | None], Callable[[], str]] = {
    (Status.DELIVERED, Reason.NEIGHBOUR): lambda: _("Handed to a neighbour"),
    (Status.DELIVERED, Reason.SAFE_PLACE): lambda: _("Left in a safe place"),
    (Status.IN_TRANSIT, Reason.CUSTOMS): lambda: _("Checked at customs"),
    (Status.EXCEPTION, Reason.CUSTOMS): lambda: _("Held at customs"),
    (Status.IN_TRANSIT, Reason.FORWARDED): lambda: _("Sent on to another address"),
    (Status.IN_TRANSIT, Reason.RESCHEDULED): lambda: _("Another day or place was asked for"),
    (Status.EXCEPTION, Reason.DAMAGED): lambda: _("Damaged on the way"),
    (Status.EXCEPTION, Reason.LOST): lambda: _("It cannot be found"),
}

_POSITIONS = {
    State.PREPARING: 0,
    State.PAST_SEND_BY: 0,
    State.CANCELLING: 0,
    State.CANCELLED: 0,
    State.LABEL: 1,
    State.LABEL_OVERDUE: 1,
    State.UNKNOWN_NUMBER: 1,
    State.IN_TRANSIT: 3,
    State.LATE: 3,
    State.SILENT: 3,
    State.CUSTOMS: 3,
    State.LOST: 3,
    State.EXCEPTION: 3,
    State.OUT_FOR_DELIVERY: 5,
    State.FAILED_ATTEMPT: 4,
    State.PICKUP_READY: 4,
    State.RETURNING: 5,
    State.DELIVERED: 6,
    State.DELIVERED_WEAK: 6,
    State.RETURNED: 6,
}
_ON_THE_VAN = frozenset({Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAIL})
_THIRD = {
    State.RETURNING: frozenset({Status.RETURNING}),
    State.RETURNED: frozenset({Status.RETURNING}),
    State.PICKUP_READY: frozenset({Status.AVAILABLE_FOR_PICKUP}),
}
