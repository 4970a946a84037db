"""From rows to the page's facts: which parcel it is about, what state that is, and what is said and shown of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from tracking.platform import clock, i18n
from tracking.platform.gettext import _
from tracking.storefront import deck, journey, offers, shown, standing, words
from tracking.storefront.facts import Offers, PageFacts, Sentence
from tracking.storefront.frame import frame_of, help_of
from tracking.storefront.phrases import Now
from tracking.storefront.rows import PageRows, events_of
from tracking.storefront.shown import View
from tracking.storefront.situation import State, words_change_at

EVENTS_SHOWN = 3
REFRESH_S = 30


def page_facts(session: Session, rows: PageRows, view: View) -> PageFacts:
    """The page of an order in the language and zone spoken now.

    Reads its events, and what is suggested (`suggestions.for_order`).
    """
    at = clock.now()
    now = Now(at, i18n.local(at).date())
    order = standing.order_situation(rows)
    parts = standing.parts_of(rows, order, now)
    part = standing.choose(parts, view.parcel)
    events = events_of(session, part.shipment) if part.shipment else ()
    if part.shipment and part.situation:
        part = standing.with_place(part, events, rows)
    scans = standing.scans_of(events)
    said = deck.say(part.state, order, part.situation, now)
    newest = part.situation.window if part.situation else order.window
    first = part.situation.first if part.situation else order.first
    carrier = part.situation.carrier if part.situation else ""
    help_links = help_of(rows.store)
    missing = shown.missing_parcel(part, events, rows, now)
    polled_at = part.shipment.last_polled_at if part.shipment else None
    checked = words.checked(polled_at, at)
    headline = Sentence.of(said.headline)
    shows_date = part.state in _DATED
    is_good_news = view.sees_order and not any(one.state.is_trouble for one in parts)
    offered, offers_end = offers.offers(session, rows, view) if is_good_news else (Offers(), None)
    words_end = words_change_at(part.situation, now=at, midnight=standing.next_midnight(now))
    return PageFacts(
        frame=frame_of(rows.store, view.here, title=headline.text, order_label=shown.order_label(rows.order, view)),
        state=part.state.value,
        mark=deck.mark_of(part.state),
        headline=headline,
        second=Sentence.of(said.second) if said.second else None,
        confidence=words.confidence(newest, now) if shows_date else "",
        how_we_know=words.how_we_know(newest, first, carrier=carrier, store=rows.store.name) if shows_date else (),
        last_seen="" if part.state.is_over else words.last_seen(part.situation, now),
        checked_at=polled_at,
        checked=checked,
        checked_ago=_("checked %(ago)s", ago="{ago}"),
        action=shown.action_for(part, rows, view, help_links),
        summary=words.summary([standing.standing(p, order) for p in parts], now) if view.sees_order else "",
        route=journey.route(part.state, order, part.situation, scans, now),
        parcel=shown.parcel_facts(part.shipment),
        items_title=shown.items_title(parts, part),
        items=shown.items_of(part, rows) if view.sees_order else (),
        others=shown.other_parcels(parts, part, order, view, now) if view.sees_order else (),
        events=shown.events_shown(scans, part, rows, now),
        shown=EVENTS_SHOWN,
        facts=shown.facts_beside(rows, view),
        missing=missing,
        preferences=view.preferences_url if view.sees_order and shown.is_reachable(rows.order) else None,
        preferences_note=shown.preferences_note(rows.order),
        help=help_links,
        offers=offered,
        live_url=view.here.url(f"{view.here.path}/live"),
        refresh_s=REFRESH_S if clock.speed() <= 1 else 5,
        changes_at=_earlier(words_end, offers_end),
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)


# states whose date is worth explaining
_DATED = frozenset(
    {State.PREPARING, State.LABEL, State.UNKNOWN_NUMBER, State.IN_TRANSIT, State.LATE, State.OUT_FOR_DELIVERY}
)
