"""Everything an email shows, as frozen data; `templates/email/letter.mjml` says where it stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from tracking.carriers._names import carrier_name
from tracking.models import Meaning, Order, OrderLine, Shipment, Store
from tracking.notifications.dossier import Dossier
from tracking.notifications.facts import days_of
from tracking.notifications.links import home_of, links
from tracking.notifications.offers import MOST as MOST_OFFERS
from tracking.notifications.offers import Offer, Offers
from tracking.notifications.words import OFF, ON, Words, unmarked
from tracking.platform import i18n
from tracking.platform.gettext import _, ngettext, pgettext
from tracking.platform.status import Status

MOST_ITEMS: Final = 6
# after the preheader: mail programs fill the rest of the line with what comes first in the body
_PADDING: Final = "&#847;&zwnj;&nbsp;" * 60
_RTL: Final = frozenset({"ar", "fa", "he", "ur"})


@dataclass(frozen=True, slots=True)
class Step:
    """A station of the route. `mark`: gone, parcel or ahead. `leaves`: gone, half or ahead, the stretch behind it."""

    name: str
    mark: str
    leaves: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A word and what it stands for; of a link, where it leads."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Item:
    """Some pieces of a product. `image_url` None: a tone stands in."""

    title: str
    detail: str
    quantity: int
    image_url: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """An email. Sentences are finished; `headline` and `second` are safe HTML, `…_text` the same as plain text.

    leading, tight, …  line heights that suit the script
    steps     the route;  padding  blanks that follow the preheader
    markup    JSON-LD, None where no date is known
    has_pictures  at least one of the items has one
    more      how many further items there are
    offers    products below the order, none in most letters;  offers_title  what stands above them
    pictured  at least one of the offers has a picture
    """

    lang: str
    dir: str
    start: str
    end: str
    leading: str
    tight: str
    small_leading: str
    step_leading: str
    subject: str
    preheader: str
    padding: str
    store: str
    order_label: str
    steps: tuple[Step, ...]
    headline: Markup
    headline_text: str
    second: Markup
    second_text: str
    action: str
    url: str
    facts: tuple[Fact, ...]
    items_title: str
    items: tuple[Item, ...]
    has_pictures: bool
    more: str
    offers_title: str
    offers: tuple[Offer, ...]
    pictured: bool
    help: str
    because: str
    links: tuple[Fact, ...]
    imprint: str
    markup: Mapping[str, Any] | None


def page(dossier: Dossier, said: Words, base_url: str, offers: Offers) -> Page:
    """Put an email together, in the language spoken now."""
    order, store, shipment = dossier.order, dossier.order.store, dossier.shipment
    to = links(order, base_url, parcel=shipment.public_id if shipment and len(order.shipments) > 1 else None)
    tag = i18n.locale()
    start, end = ("right", "left") if tag in _RTL else ("left", "right")
    lines = _lines(order, shipment, dossier.message.meaning)
    items = tuple(_item(line, quantity, home_of(store, base_url)) for line, quantity in lines[:MOST_ITEMS])
    offered = tuple(_offer(one, home_of(store, base_url)) for one in offers.shown[:MOST_OFFERS])
    thai = tag == "th"
    return Page(
        lang=tag,
        dir="rtl" if tag in _RTL else "ltr",
        start=start,
        end=end,
        leading="1.7" if thai else "1.5",
        tight="1.5" if thai else "1.25",
        small_leading="1.75" if thai else "1.6",
        step_leading="1.6" if thai else "1.4",
        subject=said.subject,
        preheader=said.preheader,
        padding=_PADDING,
        store=store.name,
        order_label=_("Order %(number)s", number=order.number),
        steps=_steps(dossier.message.meaning, shipment),
        headline=_marked_up(said.headline),
        headline_text=unmarked(said.headline),
        second=_marked_up(said.second),
        second_text=unmarked(said.second),
        action=said.action,
        url=to.page,
        facts=_facts(order, shipment, dossier.message.meaning),
        items_title=_("In this parcel") if shipment is not None and len(order.shipments) > 1 else _("In this order"),
        items=items,
        has_pictures=any(item.image_url for item in items),
        more=_more(len(lines) - MOST_ITEMS),
        offers_title=offers.title,
        offers=offered,
        pictured=any(one.image_url for one in offered),
        help=_help(store),
        because=_("You get this because you ordered at %(store)s.", store=store.name),
        links=tuple(_small_links(store, to.preferences, to.unsubscribe, has_offers=bool(offered))),
        imprint=_in_language(store.policies.get("imprint")),
        markup=_markup(dossier, lines, to.page),
    )


def _marked_up(text: str) -> Markup:
    """As HTML. A number keeps to the words around it, and a dash to what stands before it."""
    text = re.sub(r"(?<=\d) (?=[^\W\d])|(?<=[^\W\d]) (?=\d)| (?=[–:;?!»])|(?<=«) ", "\u00a0", text)
    return Markup(str(escape(text)).replace(ON, "<b>").replace(OFF, "</b>"))  # noqa: S704 - escaped one step before


# ---- the route


def _steps(meaning: Meaning, shipment: Shipment | None) -> tuple[Step, ...]:
    names = _station_names(meaning)
    position = _position(meaning, shipment)
    steps = []
    for index, name in enumerate(names):
        at = index * 2
        mark = "parcel" if position == at else "gone" if position > at else "ahead"
        leaves = "gone" if position > at + 1 else "half" if position == at + 1 else "ahead"
        steps.append(Step(name, mark, leaves, index == position // 2))
    return tuple(steps)


def _station_names(meaning: Meaning) -> tuple[str, str, str, str]:
    ordered, sent = pgettext("station", "Ordered"), pgettext("station", "Sent")
    if meaning is Meaning.RETURNING:
        return ordered, sent, pgettext("station", "Turned back"), pgettext("station", "Back with us")
    if meaning is Meaning.READY_TO_COLLECT:
        return ordered, sent, pgettext("station", "Ready to collect"), pgettext("station", "Collected")
    return ordered, sent, pgettext("station", "Out for delivery"), pgettext("station", "Delivered")


_POSITIONS = {
    Meaning.ORDER_CONFIRMED: 0,
    Meaning.HANDED_OVER: 3,
    Meaning.OUT_FOR_DELIVERY: 4,
    Meaning.ATTEMPT_FAILED: 4,
    Meaning.READY_TO_COLLECT: 4,
    Meaning.DELIVERED: 6,
    Meaning.ALL_DELIVERED: 6,
    Meaning.RETURNING: 5,
}


def _position(meaning: Meaning, shipment: Shipment | None) -> int:
    """0 … 6: even at a station, odd on the way to the next."""
    if meaning in _POSITIONS:
        return _POSITIONS[meaning]
    return 3 if shipment is not None and shipment.handed_over_at is not None else 1


# ---- facts and items


def _facts(order: Order, shipment: Shipment | None, meaning: Meaning) -> tuple[Fact, ...]:
    rows = []
    if shipment is not None:
        rows.append(Fact(_("Carrier"), carrier_name(shipment.carrier)))
        rows.append(Fact(_("Number"), shipment.number))
    if order.city and meaning not in {Meaning.READY_TO_COLLECT, Meaning.RETURNING}:
        rows.append(Fact(_("Going to"), _place(order)))
    return tuple(rows)


def _place(order: Order) -> str:
    if order.country and order.country != order.store.country:
        return _("%(town)s, %(country)s", town=order.city, country=i18n.country_name(order.country))
    return order.city or ""


def _lines(order: Order, shipment: Shipment | None, meaning: Meaning) -> list[tuple[OrderLine, int]]:
    """What the message is about: the parcel's pieces where they are known, else the order's."""
    if shipment is not None and shipment.lines and meaning is not Meaning.ALL_DELIVERED:
        return [(line.order_line, line.quantity) for line in shipment.lines]
    return [(line, line.quantity) for line in order.lines]


def _item(line: OrderLine, quantity: int, home: str) -> Item:
    product = line.product
    url = line.image_url or (product.image_url if product is not None else None)
    return Item(line.title, line.variant or "", quantity, _picture(url, home))


def _offer(one: Offer, home: str) -> Offer:
    return replace(one, image_url=_picture(one.image_url, home))


def _picture(url: str | None, home: str) -> str | None:
    """An address that mail programs can show: absolute, and no SVG unless it stays on this machine."""
    if not url:
        return None
    full = f"{home}{url}" if url.startswith("/") and not url.startswith("//") else url
    parts = urlsplit(full)
    is_here = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.scheme not in {"https", "http"} or (parts.scheme == "http" and not is_here):
        return None
    return None if parts.path.lower().endswith(".svg") and not is_here else full


def _more(count: int) -> str:
    return ngettext("and %(num)s more item", "and %(num)s more items", count) if count > 0 else ""


# ---- small print


def _help(store: Store) -> str:
    if store.reply_to or store.support.get("email"):
        return _("Questions? Answer this email, and a person reads it.")
    phone = store.support.get("phone")
    return _("Questions? Call %(phone)s.", phone=phone) if phone else ""


def _small_links(store: Store, preferences: str, unsubscribe: str, *, has_offers: bool) -> Sequence[Fact]:
    found = [Fact(_("Choose what we tell you"), preferences)]
    if has_offers:
        found.append(Fact(_("No products below our emails"), f"{preferences}#offers"))
    if unsubscribe:
        found.append(Fact(_("Stop these emails"), unsubscribe))
    for name, key in ((_("Returns"), "returns_url"), (_("Privacy"), "privacy_url")):
        url = str(store.policies.get(key) or "")
        if url.startswith(("https://", "http://")):
            found.append(Fact(name, url))
    return found


def _in_language(texts: object) -> str:
    """A merchant's text in the language spoken, else in the first there is."""
    if not isinstance(texts, Mapping) or not texts:
        return ""
    return str(texts.get(i18n.locale()) or next(iter(texts.values())))


# ---- markup that mail programs read


_ORDER_STATUS = {
    Status.DELIVERED: "OrderDelivered",
    Status.AVAILABLE_FOR_PICKUP: "OrderPickupAvailable",
    Status.EXCEPTION: "OrderProblem",
    Status.RETURNING: "OrderReturned",
    Status.RETURNED: "OrderReturned",
}


def _markup(dossier: Dossier, lines: Sequence[tuple[OrderLine, int]], url: str) -> dict[str, Any] | None:
    """schema.org ParcelDelivery; None unless every field that mail programs require is known.

    source  Gmail's reference of ParcelDelivery, read 2026-11
    """
    order, shipment, days = dossier.order, dossier.shipment, days_of(dossier)
    known = order.address1 and order.city and order.postal_code and order.country
    if days is None or not known or not lines:
        return None
    zone = ZoneInfo(order.time_zone)
    latest = days.latest_at or datetime.combine(days.latest_on, time(20), tzinfo=zone)
    earliest = days.earliest_at or datetime.combine(days.earliest_on, time(8), tzinfo=zone)
    status = _ORDER_STATUS.get(shipment.status, "OrderInTransit") if shipment is not None else "OrderProcessing"
    merchant = {"@type": "Organization", "name": order.store.name}
    items = [{"@type": "Product", "name": line.title} for line, _quantity in lines[:MOST_ITEMS]]
    return {
        "@context": "http://schema.org",
        "@type": "ParcelDelivery",
        "deliveryAddress": {
            "@type": "PostalAddress",
            "name": order.recipient or "",
            "streetAddress": order.address1,
            "addressLocality": order.city,
            "addressRegion": order.region or "",
            "postalCode": order.postal_code,
            "addressCountry": order.country,
        },
        "expectedArrivalFrom": earliest.astimezone(zone).isoformat(),
        "expectedArrivalUntil": latest.astimezone(zone).isoformat(),
        "carrier": {
            "@type": "Organization",
            "name": carrier_name(shipment.carrier) if shipment is not None else order.store.name,
        },
        **({"trackingNumber": shipment.number} if shipment is not None else {}),
        "trackingUrl": url,
        "itemShipped": items[0] if len(items) == 1 else items,
        "partOfOrder": {
            "@type": "Order",
            "orderNumber": order.number,
            "orderStatus": f"http://schema.org/{status}",
            "orderDate": order.placed_at.astimezone(UTC).isoformat(),
            "merchant": merchant,
            "url": url,
        },
        "potentialAction": {"@type": "TrackAction", "target": url},
    }
