"""What is shown beside the words: the parcel, its items, the order's other parcels, the destination, and what to do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tracking.carriers import _base as carriers
from tracking.carriers._names import carrier_name
from tracking.models import LineState, Order, Shipment, TrackingEventRow
from tracking.models.store import own_picture
from tracking.platform import i18n
from tracking.platform.errors import UnknownCarrier
from tracking.platform.gettext import _, ngettext
from tracking.platform.privacy import mask_postcode, mask_street
from tracking.platform.status import Reason
from tracking.storefront import deck, journey, words
from tracking.storefront.facts import (
    Action,
    EventFacts,
    Fact,
    HelpLink,
    ItemFacts,
    Missing,
    OtherParcel,
    ParcelFacts,
)
from tracking.storefront.frame import Here, web_url
from tracking.storefront.phrases import Now
from tracking.storefront.rows import PageRows, Piece
from tracking.storefront.situation import OrderSituation, State
from tracking.storefront.standing import UNSENT, Part


@dataclass(frozen=True, slots=True)
class View:
    """Whose eyes: what they asked for and may see.

    parcel      public id of a parcel, "unsent", or None for the one that matters most
    sees_order  False: only a tracking number was known; the order stays hidden
    """

    here: Here
    parcel: str | None = None
    sees_order: bool = True
    preferences_url: str | None = None
    state_dir: Path | None = None


# UPU S10: two letters, nine digits, the country of origin
_POSTAL = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}")


def parcel_facts(shipment: Shipment | None) -> ParcelFacts | None:
    """Carrier and number."""
    if shipment is None:
        return None
    return ParcelFacts(
        ref=shipment.public_id,
        carrier=carrier_name(shipment.carrier),
        number=_grouped(shipment.number),
        number_raw=shipment.number,
        carrier_url=_carrier_url(shipment),
        carrier_link=_("its own page"),
    )


def _carrier_url(shipment: Shipment | None) -> str | None:
    if shipment is None:
        return None
    if url := web_url(shipment.carrier_url):
        return url
    try:
        return web_url(carriers.get_carrier(shipment.carrier).public_url(shipment.number, i18n.locale()))
    except UnknownCarrier:
        return None


def _grouped(number: str) -> str:
    """Groups of four, as one reads it aloud; postal numbers in their own; short ones stay whole."""
    if _POSTAL.fullmatch(number):
        return f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:11]} {number[11:]}"
    if len(number) <= 10 or not number.isalnum():
        return number
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def order_label(order: Order, view: View) -> str:
    """The order's number, if it may be seen."""
    return _("Order %(number)s", number=order.number) if view.sees_order else ""


def items_title(parts: Sequence[Part], part: Part) -> str:
    """What stands above the items."""
    if part.shipment is None:
        return _("Not sent yet") if len(parts) > 1 else _("In your order")
    return _("In this parcel")


def items_of(part: Part, rows: PageRows) -> tuple[ItemFacts, ...]:
    """What is in it."""
    return tuple(_item(piece, rows) for piece in part.pieces)


def _item(piece: Piece, rows: PageRows) -> ItemFacts:
    line, product = piece.line, piece.line.product
    guide = web_url(product.guide_url) if product else None
    detail = line.variant or (product.variant if product else None) or ""
    if line.state is LineState.BACKORDERED:
        detail = _("%(detail)s · waiting for stock", detail=detail) if detail else _("Waiting for stock")
    return ItemFacts(
        title=line.title,
        detail=detail,
        quantity=piece.quantity,
        image_url=own_picture(rows.store, line.image_url or (product.image_url if product else None)),
        url=web_url(line.url or (product.url if product else None)),
        guide_url=guide,
        guide_title=(product.guide_title or _("How to use it")) if product and guide else "",
    )


def other_parcels(
    parts: Sequence[Part], part: Part, order: OrderSituation, view: View, now: Now
) -> tuple[OtherParcel, ...]:
    """A card for each of the rest."""
    shown = []
    for number, other in enumerate(parts, 1):
        if other is part or (other.shipment is part.shipment):
            continue
        ref = other.shipment.public_id if other.shipment else UNSENT
        title = (
            _("Parcel %(number)s of %(all)s", number=number, all=len(parts)) if other.shipment else _("Not sent yet")
        )
        line = words.short(other.state, order, other.situation, now)
        shown.append(
            OtherParcel(title, line, _in_few_words(other.pieces), view.here.url(parcel=ref), deck.mark_of(other.state))
        )
    return tuple(shown)


def _in_few_words(pieces: Sequence[Piece]) -> str:
    titles = [piece.line.title for piece in pieces]
    if len(titles) <= 2:
        return _(", ").join(titles)
    return ngettext("%(titles)s and %(num)s more", "%(titles)s and %(num)s more", len(titles) - 1, titles=titles[0])


def events_shown(scans: Sequence[journey.Scan], part: Part, rows: PageRows, now: Now) -> tuple[EventFacts, ...]:
    """Its journey, newest first."""
    if part.situation is None:
        return ()
    order = rows.order
    return journey.events(
        scans,
        carrier=part.situation.carrier,
        home=order.country or rows.store.country,
        now=now,
        known=(order.recipient, order.address1, order.address2),
        keep=[kept for kept in (part.shipment.number if part.shipment else "", order.number, order.city) if kept],
    )


def facts_beside(rows: PageRows, view: View) -> tuple[Fact, ...]:
    """Where it goes."""
    order = rows.order
    street = mask_street(order.address1) if view.sees_order else ""
    code = mask_postcode(order.postal_code) if view.sees_order else ""
    town = " ".join(part for part in (code, order.city or "") if part)
    country = i18n.country_name(order.country) if order.country and order.country != rows.store.country else ""
    facts = []
    if to := _(", ").join(part for part in (street, town, country) if part):
        facts.append(Fact(_("To"), to))
    if order.time_zone != rows.store.time_zone:
        facts.append(Fact(_("Times"), _("as in %(city)s", city=i18n.zone_city(order.time_zone))))
    return tuple(facts)


def missing_parcel(part: Part, events: Sequence[TrackingEventRow], rows: PageRows, now: Now) -> Missing | None:
    """Where to look for what the carrier says is delivered; None in every other state."""
    situation = part.situation
    if situation is None or part.state not in {State.DELIVERED, State.DELIVERED_WEAK}:
        return None
    evidence = []
    if situation.delivered_at:
        evidence.append(Fact(_("When"), i18n.moment(situation.delivered_at, now=now.at, width="long")))
    scan = next((event for event in reversed(events) if event.at == situation.delivered_at), None)
    if scan is not None and scan.city:
        home = rows.order.country or rows.store.country
        evidence.append(Fact(_("Where"), journey.place_name(scan.city, scan.country or "", home)))
    places = (
        _("Side door, porch, balcony, behind the bins"),
        _("Mailbox, parcel box, the box of another carrier"),
        _("Somebody in your household"),
        _("Neighbours, reception, the caretaker"),
    )
    then = _("Carriers sometimes scan early. If it is not there by tomorrow evening, write to us.")
    return Missing(tuple(evidence), places, then)


def action_for(part: Part, rows: PageRows, view: View, links: Sequence[HelpLink]) -> Action | None:
    """The one thing to do. Where nothing can be done there is no button."""
    contact = next((link for link in links if link.icon in {"mail", "chat", "phone"}), None)
    carrier = part.situation.carrier if part.situation else ""
    url = _carrier_url(part.shipment)
    tells = view.preferences_url if view.sees_order and is_reachable(rows.order) else None
    if part.state in {State.DELIVERED, State.DELIVERED_WEAK}:
        return Action(_("I can’t find it"), "#missing", quiet=True)
    if part.state is State.CANCELLED:
        home = web_url(rows.store.url)
        return Action(_("Back to the shop"), home, quiet=True) if home else None
    if url and part.state is State.FAILED_ATTEMPT:
        return Action(_("Choose what happens next"), url, outside=True)
    if url and part.state is State.PICKUP_READY:
        return Action(_("See where, with %(carrier)s", carrier=carrier), url, outside=True)
    if url and part.state is State.CUSTOMS and part.situation and part.situation.reason in _ASKS:
        return Action(_("See what to do, with %(carrier)s", carrier=carrier), url, outside=True)
    if contact and part.state in _WRITE:
        return Action(contact.label, contact.url)
    if contact and part.state is State.PREPARING:
        return Action(_("Change something"), "#help", quiet=True)
    if tells and part.state is State.OUT_FOR_DELIVERY:
        return Action(_("Tell me when it is there"), tells)
    return Action(_("Tell me when it moves"), tells) if tells else None


def is_reachable(order: Order) -> bool:
    """There is somebody whose choices can be kept, and an address to write to."""
    return order.customer is not None and bool(order.customer.email or order.customer.phone)


def preferences_note(order: Order) -> str:
    """What is chosen now, short."""
    chosen = order.customer.preferences if order.customer else {}
    if chosen.get("trouble_only"):
        return _("only if something goes wrong")
    return _("all news") if not chosen.get("meanings") else _("what you chose")


# customs waits for the shopper
_ASKS = frozenset({Reason.PAYMENT_DUE, Reason.DOCUMENTS})
# a person has to help
_WRITE = frozenset(
    {
        State.PAST_SEND_BY,
        State.CANCELLING,
        State.LATE,
        State.SILENT,
        State.RETURNING,
        State.RETURNED,
        State.EXCEPTION,
        State.LOST,
    }
)
