"""From rows to the page's facts: which parcel it is about, what state that is, and what is said and shown of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from tracking import suggestions
from tracking.carriers import _base as carriers
from tracking.models import LineState, Order, OrderState, Promise, Shipment, TrackingEventRow
from tracking.platform import clock, i18n
from tracking.platform.errors import UnknownCarrier
from tracking.platform.privacy import mask_postcode, mask_street
from tracking.platform.status import Reason
from tracking.promise import ledger, outlook, window
from tracking.storefront import journey, words
from tracking.storefront._gettext import _, ngettext
from tracking.storefront.facts import (
    Action,
    EventFacts,
    Fact,
    HelpLink,
    ItemFacts,
    Missing,
    OtherParcel,
    PageFacts,
    ParcelFacts,
    Sentence,
    Suggestion,
)
from tracking.storefront.frame import Here, frame_of, help_of, picture_url, web_url
from tracking.storefront.rows import PageRows, Piece, events_of
from tracking.storefront.situation import (
    OrderSituation,
    ParcelSituation,
    State,
    Window,
    state_of,
    words_change_at,
)
from tracking.storefront.words import Now

UNSENT = "unsent"
EVENTS_SHOWN = 3
REFRESH_S = 30
SUGGESTIONS = 3


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


@dataclass(frozen=True, slots=True)
class _Part:
    """A parcel, or what is not sent (`shipment` None), and what it is like."""

    shipment: Shipment | None
    situation: ParcelSituation | None
    state: State
    pieces: tuple[Piece, ...]


def page_facts(session: Session, rows: PageRows, view: View) -> PageFacts:
    """The page of an order in the language and zone spoken now. Reads at most seven more times."""
    at = clock.now()
    now = Now(at, i18n.local(at).date())
    order = _order_situation(rows)
    parts = _parts(rows, order, now)
    part = _chosen(parts, view.parcel)
    events = events_of(session, part.shipment) if part.shipment else ()
    if part.shipment and part.situation:
        part = _with_place(part, events, rows)
    scans = _scans(events)
    said = words.say(part.state, order, part.situation, now)
    newest = part.situation.window if part.situation else order.window
    first = part.situation.first if part.situation else order.first
    carrier = part.situation.carrier if part.situation else ""
    help_links = help_of(rows.store)
    missing = _missing(part, events, rows, now)
    polled_at = part.shipment.last_polled_at if part.shipment else None
    checked = words.checked(polled_at, at)
    headline = Sentence.of(said.headline)
    shows_date = part.state in _DATED
    return PageFacts(
        frame=frame_of(rows.store, view.here, title=headline.text, order_label=_label(rows.order, view)),
        state=part.state.value,
        mark=words.mark_of(part.state),
        headline=headline,
        second=Sentence.of(said.second) if said.second else None,
        confidence=words.confidence(newest, now) if shows_date else "",
        how_we_know=words.how_we_know(newest, first, carrier=carrier, store=rows.store.name) if shows_date else (),
        last_seen="" if part.state.is_over else words.last_seen(part.situation, now),
        checked_at=polled_at,
        checked=checked,
        checked_ago=_("checked %(ago)s", ago="{ago}"),
        action=_action(part, rows, view, help_links),
        summary=words.summary([_standing(p, order) for p in parts], now) if view.sees_order else "",
        route=journey.route(part.state, order, part.situation, scans, now),
        parcel=_parcel_facts(part.shipment),
        items_title=_items_title(parts, part),
        items=_items(part, rows) if view.sees_order else (),
        others=_others(parts, part, order, view, now) if view.sees_order else (),
        events=_events(scans, part, rows, now),
        shown=EVENTS_SHOWN,
        facts=_facts(rows, view),
        missing=missing,
        preferences=view.preferences_url if view.sees_order and _is_reachable(rows.order) else None,
        preferences_note=_preferences_note(rows.order),
        help=help_links,
        suggestions_title=_("Goes with your order"),
        suggestions=_suggestions(session, rows, view, [p.state for p in parts]),
        live_url=view.here.url(f"{view.here.path}/live"),
        refresh_s=REFRESH_S if clock.speed() <= 1 else 5,
        changes_at=words_change_at(part.situation, now=at, midnight=_midnight(now)),
    )


# ---- situations


def _order_situation(rows: PageRows) -> OrderSituation:
    order, store = rows.order, rows.store
    lost = store.policies.get("lost")
    first = ledger.first_of(rows.promises, 0)
    return OrderSituation(
        placed_at=order.placed_at,
        is_cancelled=order.state is OrderState.CANCELLED,
        is_cancelling=order.state is OrderState.CANCELLING,
        cancelled_at=order.cancelled_at,
        send_by=window.send_by(order, store),
        refunded_minor=order.refunded_minor,
        refunded_at=order.refunded_at,
        currency=order.currency,
        lost=lost if isinstance(lost, str) else "",
        window=_window(window.window_for(order, None, store)),
        first=_promised(first),
    )


def _parcel_situation(rows: PageRows, shipment: Shipment, now: Now) -> ParcelSituation:
    newest = window.window_for(rows.order, shipment, rows.store)
    first = ledger.first_of(rows.promises, shipment.id)
    look = outlook.outlook(newest, first, shipment.status, now.today)
    return ParcelSituation(
        status=shipment.status,
        carrier=carrier_name(shipment.carrier),
        label_at=shipment.label_at,
        reason=shipment.reason,
        status_at=shipment.status_at,
        handed_over_at=shipment.handed_over_at,
        last_event_at=shipment.last_event_at,
        delivered_at=shipment.delivered_at,
        proof=tuple(shipment.proof),
        is_signed=bool(shipment.signed_by),
        pickup_place=shipment.pickup_place or "",
        pickup_until=shipment.pickup_until,
        unknown_since=shipment.not_found_since,
        look_again_at=shipment.next_poll_at if shipment.is_tracked else None,
        scan_grace_h=rows.store.scan_grace_h,
        window=_window(newest),
        first=_promised(first) or _window(newest),
        is_late=look.is_late,
    )


def _parts(rows: PageRows, order: OrderSituation, now: Now) -> list[_Part]:
    parts = []
    for shipment in rows.shipments:
        situation = _parcel_situation(rows, shipment, now)
        state = state_of(order, situation, now=now.at, today=now.today)
        parts.append(_Part(shipment, situation, state, rows.contents[shipment.id]))
    if rows.unsent or not parts:
        pieces = rows.unsent or tuple(Piece(line, line.quantity) for line in rows.order.lines)
        parts.append(_Part(None, None, state_of(order, None, now=now.at, today=now.today), pieces))
    return parts


def _chosen(parts: Sequence[_Part], wanted: str | None) -> _Part:
    """The parcel asked for, else the one that the reader waits for most."""
    for part in parts:
        if wanted == (part.shipment.public_id if part.shipment else UNSENT):
            return part
    return min(parts, key=_urgency)


def _urgency(part: _Part) -> tuple[int, date]:
    end = part.situation.window.latest_on if part.situation and part.situation.window else date.max
    if part.state in {State.OUT_FOR_DELIVERY, State.PICKUP_READY, State.FAILED_ATTEMPT}:
        return 0, end
    if part.state.is_over:
        return 4, end
    if part.shipment is None:
        return 3, end
    return (1 if part.state.is_trouble else 2), end


def _standing(part: _Part, order: OrderSituation) -> tuple[State, Window | None]:
    return part.state, part.situation.window if part.situation else order.window


def _with_place(part: _Part, events: Sequence[TrackingEventRow], rows: PageRows) -> _Part:
    """The situation with the place of its newest scan, which only the events know."""
    if part.situation is None or not events:
        return part
    home = rows.order.country or rows.store.country
    last = next((event for event in reversed(events) if event.at == part.situation.last_event_at), events[-1])
    place = journey.place_name(last.city or "", last.country or "", home)
    return replace(part, situation=replace(part.situation, place=place))


def _window(found: window.Window) -> Window:
    return Window(
        found.earliest_on, found.latest_on, found.earliest_at, found.latest_at, found.source.value, found.confidence
    )


def _promised(promise: Promise | None) -> Window | None:
    if promise is None:
        return None
    return Window(
        promise.earliest_on,
        promise.latest_on,
        promise.earliest_at,
        promise.latest_at,
        promise.source.value,
        promise.confidence,
    )


def _midnight(now: Now) -> datetime:
    """The next midnight of the zone spoken now."""
    return datetime.combine(now.today + timedelta(days=1), datetime.min.time(), tzinfo=i18n.zone())


# ---- what is shown


def carrier_name(slug: str) -> str:
    """A carrier as people call it; the slug made readable if there is no adapter of it."""
    try:
        return carriers.get_carrier(slug).name
    except UnknownCarrier:
        return slug.replace("-", " ").title()


def _parcel_facts(shipment: Shipment | None) -> ParcelFacts | None:
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
    """Groups of four, as one reads it aloud; short ones stay whole."""
    if len(number) <= 10 or not number.isalnum():
        return number
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def _label(order: Order, view: View) -> str:
    return _("Order %(number)s", number=order.number) if view.sees_order else ""


def _items_title(parts: Sequence[_Part], part: _Part) -> str:
    if part.shipment is None:
        return _("Not sent yet") if len(parts) > 1 else _("In your order")
    return _("In this parcel")


def _items(part: _Part, rows: PageRows) -> tuple[ItemFacts, ...]:
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
        image_url=picture_url(line.image_url or (product.image_url if product else None), rows.store),
        url=web_url(line.url or (product.url if product else None)),
        guide_url=guide,
        guide_title=(product.guide_title or _("How to use it")) if product and guide else "",
    )


def _others(
    parts: Sequence[_Part], part: _Part, order: OrderSituation, view: View, now: Now
) -> tuple[OtherParcel, ...]:
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
            OtherParcel(title, line, _in_few_words(other.pieces), view.here.url(parcel=ref), words.mark_of(other.state))
        )
    return tuple(shown)


def _in_few_words(pieces: Sequence[Piece]) -> str:
    titles = [piece.line.title for piece in pieces]
    if len(titles) <= 2:
        return _(", ").join(titles)
    return ngettext("%(titles)s and %(num)s more", "%(titles)s and %(num)s more", len(titles) - 1, titles=titles[0])


def _scans(events: Sequence[TrackingEventRow]) -> list[journey.Scan]:
    return [
        journey.Scan(event.at, event.status, event.reason, event.description, event.city or "", event.country or "")
        for event in events
    ]


def _events(scans: Sequence[journey.Scan], part: _Part, rows: PageRows, now: Now) -> tuple[EventFacts, ...]:
    if part.situation is None:
        return ()
    order = rows.order
    return journey.events(
        scans,
        carrier=part.situation.carrier,
        home=order.country or rows.store.country,
        now=now,
        known=(order.recipient, order.address1, order.address2),
    )


def _facts(rows: PageRows, view: View) -> tuple[Fact, ...]:
    order = rows.order
    street = mask_street(order.address1) if view.sees_order else ""
    town = " ".join(part for part in (mask_postcode(order.postal_code), order.city or "") if part)
    country = i18n.country_name(order.country) if order.country and order.country != rows.store.country else ""
    facts = []
    if to := _(", ").join(part for part in (street, town, country) if part):
        facts.append(Fact(_("To"), to))
    if order.time_zone != rows.store.time_zone:
        facts.append(Fact(_("Times"), _("as in %(city)s", city=i18n.zone_city(order.time_zone))))
    return tuple(facts)


def _missing(part: _Part, events: Sequence[TrackingEventRow], rows: PageRows, now: Now) -> Missing | None:
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


def _action(part: _Part, rows: PageRows, view: View, links: Sequence[HelpLink]) -> Action | None:
    """The one thing to do. Where nothing can be done there is no button."""
    contact = next((link for link in links if link.icon in {"mail", "chat", "phone"}), None)
    carrier = part.situation.carrier if part.situation else ""
    url = _carrier_url(part.shipment)
    tells = view.preferences_url if view.sees_order and _is_reachable(rows.order) else None
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


def _suggestions(session: Session, rows: PageRows, view: View, states: Sequence[State]) -> tuple[Suggestion, ...]:
    if not view.sees_order or view.state_dir is None or any(state.is_trouble for state in states):
        return ()
    found = suggestions.for_order(session, rows.order, state_dir=view.state_dir, limit=SUGGESTIONS)
    return tuple(
        Suggestion(
            title=product.title,
            why=suggestions.reason_sentence(product),
            price=i18n.money(product.price_minor, product.currency) if product.price_minor and product.currency else "",
            image_url=picture_url(product.image_url, rows.store),
            url=product.url,
        )
        for product in found
    )


def _is_reachable(order: Order) -> bool:
    return bool(order.email or order.phone)


def _preferences_note(order: Order) -> str:
    chosen = order.customer.preferences if order.customer else {}
    if chosen.get("trouble_only"):
        return _("only if something goes wrong")
    return _("all news") if not chosen.get("meanings") else _("what you chose")


# states whose date is worth explaining
_DATED = frozenset(
    {State.PREPARING, State.LABEL, State.UNKNOWN_NUMBER, State.IN_TRANSIT, State.LATE, State.OUT_FOR_DELIVERY}
)
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
