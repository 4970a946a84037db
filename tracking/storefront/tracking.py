"""The tracking page: `GET /t/<token>`, its changing part, and the same for a parcel found by its number alone.

The link is the capability: no cookie, no account. A view costs one indexed read when nothing has changed.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from markupsafe import escape
from sqlalchemy import select

from tracking.models import Order, Shipment
from tracking.platform import clock, i18n, security
from tracking.platform.db import db
from tracking.platform.errors import NotFound
from tracking.platform.gettext import _
from tracking.platform.web import settings
from tracking.storefront import words
from tracking.storefront.cache import Kept, Pages
from tracking.storefront.facts import PageFacts, as_json
from tracking.storefront.frame import Here
from tracking.storefront.page import page_facts
from tracking.storefront.rows import PageVersion, find_version, load
from tracking.storefront.shown import View
from tracking.storefront.standing import UNSENT

bp = Blueprint("tracking", __name__)
# stands in a kept page where "checked 06:20" goes
_CHECKED = "\ue010"
_SEEN = "parcel-seen"
# how long a page found by a number alone can be opened again
SEEN_FOR_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class _Asked:
    """A view of a page, and all that decides what it says."""

    version: PageVersion
    view: View
    locale: str

    @property
    def key(self) -> tuple[Any, ...]:
        v, here = self.version, self.view.here
        return (v.order_id, v.order_version, v.store_version, self.locale, self.view.parcel, self.view.sees_order, here)


@bp.get("/t/<token>")
@bp.get("/s/<store>/t/<token>")
def page(token: str, store: str | None = None) -> Response:
    """The page, or its facts as JSON."""
    return _answer(_asked(token, store), live=False)


@bp.get("/t/<token>/live")
@bp.get("/s/<store>/t/<token>/live")
def live(token: str, store: str | None = None) -> Response:
    """The changing part; mostly 304."""
    return _answer(_asked(token, store), live=True)


@bp.get("/track/<seen>")
@bp.get("/s/<store>/track/<seen>")
def seen(seen: str, store: str | None = None) -> Response:
    """A parcel found by its number; the order stays hidden."""
    return _answer(_asked_by_number(seen, store), live=False)


@bp.get("/track/<seen>/live")
@bp.get("/s/<store>/track/<seen>/live")
def seen_live(seen: str, store: str | None = None) -> Response:
    """Its changing part."""
    return _answer(_asked_by_number(seen, store), live=True)


def seen_token(shipment: Shipment) -> str:
    """A link part that shows this parcel for a day, and nothing of its order."""
    return security.sign(_SEEN, shipment.public_id)


def pages() -> Pages:
    """The kept pages of this application."""
    kept: Pages = current_app.extensions["waypost-pages"]
    return kept


def offers_fragment(token: str, store: str | None) -> str:
    """What the page of a link offers now, alone: for who has just sent something away. raises NotFound"""
    asked = _asked(token, store)
    with i18n.speaking(asked.locale, asked.version.zone), clock.standing_at(asked.version.frozen_at):
        return render_template("storefront/_offers.html", page=_build(asked), is_fresh=True)


def _asked(token: str, store: str | None) -> _Asked:
    version = find_version(db.session(), token)
    if version is None or (store is not None and version.store_slug != store):
        raise NotFound
    prefix = f"/s/{store}" if store else ""
    lang, locale = _language(version)
    parcel = request.args.get("parcel")
    known = parcel if version.parcel(parcel) or parcel == UNSENT else None
    here = Here(prefix, f"/t/{token}", lang, known)
    view = View(here, known, preferences_url=here.url(f"/t/{token}/preferences"), state_dir=settings().state_dir)
    return _Asked(version, view, locale)


def _asked_by_number(seen: str, store: str | None) -> _Asked:
    """raises ExpiredLink for a link that is too old or not ours"""
    parcel = security.unsign(_SEEN, seen, max_age_s=SEEN_FOR_S)
    token = db.session().scalar(
        select(Order.token).join(Shipment, Shipment.order_id == Order.id).where(Shipment.public_id == str(parcel))
    )
    version = find_version(db.session(), token) if token else None
    if version is None or (store is not None and version.store_slug != store):
        raise NotFound
    lang, locale = _language(version)
    here = Here(f"/s/{store}" if store else "", f"/track/{seen}", lang)
    return _Asked(version, View(here, str(parcel), sees_order=False), locale)


def _language(version: PageVersion) -> tuple[str | None, str]:
    """The language chosen in the address, and the one to speak: chosen, else the order's, else the shop's."""
    offered = [tag for tag in version.locales if tag in i18n.available()] or ["en"]
    wanted = request.args.get("lang")
    chosen = wanted if wanted in offered else None
    return chosen, chosen or i18n.best([version.locale], offered)


def _answer(asked: _Asked, *, live: bool) -> Response:
    with i18n.speaking(asked.locale, asked.version.zone), clock.standing_at(asked.version.frozen_at):
        if not live and _wants_json():
            facts = _build(asked)
            return _private(jsonify(as_json(facts)))
        kept = _kept(asked)
        parcel = asked.version.parcel(kept.parcel)
        polled_at = parcel.polled_at if parcel else None
        # the fragment's tag leaves "checked" out: that alone is no news
        tag = kept.tag if live else _digest(kept.tag, str(polled_at))
        response = _private(Response(mimetype="text/html"))
        response.set_etag(tag)
        if polled_at:
            response.headers["X-Waypost-Checked"] = polled_at.isoformat()
        if request.if_none_match.contains(tag):
            response.status_code = 304
            return response
        html = kept.live if live else kept.page
        moves = asked.version.frozen_at is None
        response.set_data(html.replace(_CHECKED, _checked(polled_at, after=kept.last_seen, moves=moves)))
        return response


def _kept(asked: _Asked) -> Kept:
    """The finished page, from memory if it still holds."""
    now = clock.now()
    key = asked.key
    kept = pages().find(key, now)
    if kept is not None:
        parcel = asked.version.parcel(kept.parcel)
        if not kept.says_look_again or (parcel and parcel.look_again_at == kept.look_again_at):
            return kept
    facts = _build(asked)
    tag = _digest(*map(str, key), repr(facts.changes_at), repr(facts.headline), repr(facts.second))
    context = {"page": facts, "frame": facts.frame, "checked": _CHECKED, "etag": f'"{tag}"', "clock": _clock()}
    html = render_template("storefront/tracking.html", **context)
    fragment = render_template("storefront/_live.html", **context)
    parcel = asked.version.parcel(facts.parcel.ref if facts.parcel else None)
    kept = Kept(
        html,
        fragment,
        tag,
        facts.parcel.ref if facts.parcel else None,
        says_look_again=facts.state in _SAYS_LOOK_AGAIN,
        look_again_at=parcel.look_again_at if parcel else None,
        ends_at=facts.changes_at,
        last_seen=bool(facts.last_seen),
    )
    pages().keep(key, kept)
    return kept


def _build(asked: _Asked) -> PageFacts:
    session = db.session()
    return page_facts(session, load(session, asked.version.order_id), asked.view)


def _checked(polled_at: datetime | None, *, after: bool, moves: bool) -> str:
    """The words of "checked" for a page, or nothing."""
    text = words.checked(polled_at, clock.now())
    if polled_at is None or not text:
        return ""
    ago = _("checked %(ago)s", ago="{ago}")
    # the page's script counts on from there, unless the order stands still
    counts = f' data-ago="{escape(ago)}"' if moves else ""
    time = f'<time datetime="{polled_at.isoformat()}"{counts}>{escape(text)}</time>'
    # the dot between the two is drawn, so that none is left at the end of a line
    return f'<span class="sr"> · </span><span>{time}</span>' if after else f"<span>{time}</span>"


def _clock() -> str | None:
    """The business clock for the page's script where it is not the browser's own."""
    anchor = clock.anchor()
    return anchor.dump() if anchor else None


def _wants_json() -> bool:
    accepts = request.accept_mimetypes
    return accepts["application/json"] > accepts["text/html"]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Vary"] = "Accept"
    return response


_SAYS_LOOK_AGAIN = frozenset(
    {"label, overdue scan", "unknown number", "late", "silent", "exception", "out for delivery"}
)
