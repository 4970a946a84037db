"""Products that go with the order: as the page shows them, with what it needs to tell what became of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from tracking.models.store import own_picture
from tracking.platform import clock, i18n
from tracking.storefront.facts import Offers, SentAway, Sentence, Suggestion, strong
from tracking.storefront.rows import PageRows
from tracking.storefront.showing import note_of, way_back
from tracking.storefront.shown import View
from tracking.suggestions import SuggestedProduct, exposure, heading, reason_sentence
from tracking.suggestions.offering import offer

SHOWN: Final = 3
# how long the page offers to take a dismissal back
UNDO_FOR: Final = timedelta(minutes=30)


def offers(session: Session, rows: PageRows, view: View) -> tuple[Offers, datetime | None]:
    """What to offer below good news, and until when that holds (None: until something else changes)."""
    if view.state_dir is None:
        return Offers(), None
    found = offer(session, rows.order, state_dir=view.state_dir, limit=SHOWN)
    if found.is_eligible and not found.on_page:
        return Offers(), None
    away = exposure.dismissed_since(session, rows.order, clock.now() - UNDO_FOR)
    path = f"{view.here.path}/suggestions"
    offered = Offers(
        title=heading(found.shown, rows.store.name),
        shown=tuple(
            Suggestion(
                title=one.title,
                why=_reason(one),
                price=i18n.money(one.price_minor, one.currency, home=rows.store.currency),
                image_url=own_picture(rows.store, one.image_url),
                url=one.url,
            )
            for one in found.shown
        ),
        sent_away=tuple(SentAway(title, way_back(rows.order, ref)) for ref, title, _at in away),
        note=note_of(rows.order, found) if found.is_eligible else "",
        wish_url=view.here.url(path, parcel=view.here.parcel),
        seen_url=view.here.url(f"{path}/seen"),
    )
    return offered, min((at + UNDO_FOR for _ref, _title, at in away), default=None)


def _reason(one: SuggestedProduct) -> Sentence:
    """Names are marked: Thai has no spaces, and a name that no dictionary knows must not be broken."""
    marked = replace(one, anchor_title=strong(one.anchor_title)) if one.anchor_title else one
    return Sentence.of(reason_sentence(marked))
