"""From rows to the page's facts: which parcel it is about, what state that is, and what is said and shown of it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from tracking import suggestions
from tracking.models.store import own_picture
from tracking.platform import clock, i18n
from tracking.platform.gettext import _
from tracking.storefront import deck, journey, shown, standing, words
from tracking.storefront.facts import PageFacts, Sentence, Suggestion
from tracking.storefront.frame import frame_of, help_of
from tracking.storefront.phrases import Now
from tracking.storefront.rows import PageRows, events_of
from tracking.storefront.shown import View
from tracking.storefront.situation import State, words_change_at

EVENTS_SHOWN = 3
REFRESH_S = 30
SUGGESTIONS = 3


def page_facts(session: Session, rows: PageRows, view: View) -> PageFacts:
    """The page of an order in the language and zone spoken now. Reads at most seven more times."""
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
        suggestions_title=_("Goes with your order"),
        suggestions=_suggestions(session, rows, view, [p.state for p in parts]),
        live_url=view.here.url(f"{view.here.path}/live"),
        refresh_s=REFRESH_S if clock.speed() <= 1 else 5,
        changes_at=words_change_at(part.situation, now=at, midnight=standing.next_midnight(now)),
    )


def _suggestions(session: Session, rows: PageRows, view: View, states: Sequence[State]) -> tuple[Suggestion, ...]:
    if not view.sees_order or view.state_dir is None or any(state.is_trouble for state in states):
        return ()
    found = suggestions.for_order(session, rows.order, state_dir=view.state_dir, limit=SUGGESTIONS)
    return tuple(
        Suggestion(
            title=product.title,
            why=suggestions.reason_sentence(product),
            price=i18n.money(product.price_minor, product.currency) if product.price_minor and product.currency else "",
            image_url=own_picture(rows.store, product.image_url),
            url=product.url,
        )
        for product in found
    )


# states whose date is worth explaining
_DATED = frozenset(
    {State.PREPARING, State.LABEL, State.UNKNOWN_NUMBER, State.IN_TRANSIT, State.LATE, State.OUT_FOR_DELIVERY}
)
