"""What shoppers do with suggestions: seen and followed, told by the page's own script; sent away, by a form.

Nothing of it happens on a GET, nothing is written for a browser that asks not to be tracked, and every report that is
not ours gets the same empty answer. Sending a product away is a wish, not tracking: it is always kept.
"""

from typing import Final

from flask import Blueprint, Response, redirect, request
from sqlalchemy.orm import Session

from tracking.models import Order, Surface
from tracking.models.order import find_order_by_token
from tracking.platform.db import db
from tracking.platform.errors import NotFound, TooManyRequests
from tracking.platform.web import check_same_origin
from tracking.storefront import limits
from tracking.storefront.frame import Here
from tracking.storefront.showing import Showing, read_note, read_way_back
from tracking.storefront.tracking import offers_fragment
from tracking.suggestions import recording

bp = Blueprint("uses", __name__)
# a page that is looked at all day reports less
REPORTS, WISHES, PER_S = 240, 60, 3600
# places a page can report at once
MOST: Final = 20


@bp.post("/t/<token>/suggestions/seen")
@bp.post("/s/<store>/t/<token>/suggestions/seen")
def seen(token: str, store: str | None = None) -> Response:
    """The page was open for a second; `seen` and `followed` say in which places. Always 204."""
    check_same_origin()
    session = db.session()
    order = _order(session, token, store)
    _spend(session, "suggestions-seen", order, REPORTS)
    showing = read_note(order, request.form.get("showing", ""))
    if showing is not None and not _asks_for_silence():
        _record(session, order, showing)
    session.commit()
    return _unkept(Response(status=204))


@bp.post("/t/<token>/suggestions")
@bp.post("/s/<store>/t/<token>/suggestions")
def wish(token: str, store: str | None = None) -> Response:
    """Send one away, or take that back; then the page again, or its suggestions alone for a script."""
    check_same_origin()
    session = db.session()
    order = _order(session, token, store)
    _spend(session, "suggestions-wish", order, WISHES)
    showing = read_note(order, request.form.get("showing", ""))
    unwanted = showing.at(request.form.get("not", "")) if showing else None
    wanted = read_way_back(order, request.form.get("back", ""))
    if unwanted is not None:
        recording.dismiss(session, order, unwanted)
    if wanted is not None:
        recording.undo_dismissal(session, order, wanted)
    session.commit()
    if not request.headers.get("HX-Request"):
        return _unkept(redirect(_page_of(token, store) + "#offers", 303))
    return _unkept(Response(offers_fragment(token, store), mimetype="text/html"))


def _order(session: Session, token: str, slug: str | None) -> Order:
    """raises NotFound"""
    order = find_order_by_token(session, token)
    if order is None or (slug is not None and order.store.slug != slug):
        raise NotFound
    return order


def _spend(session: Session, what: str, order: Order, amount: int) -> None:
    """raises TooManyRequests; the try is counted all the same"""
    try:
        limits.spend(session, what, order.public_id, amount=amount, per_s=PER_S)
    except TooManyRequests:
        session.commit()
        raise


def _record(session: Session, order: Order, showing: Showing) -> None:
    recording.enter_trial(session, order, held_out=showing.held_out)
    looked = [showing.at(place) for place in dict.fromkeys(request.form.getlist("seen")[:MOST])]
    shown = [one for one in looked if one is not None]
    recording.record_shown(session, order, shown, surface=Surface.PAGE, model=showing.model)
    followed = showing.at(request.form.get("followed", ""))
    if followed is not None:
        recording.record_clicked(session, order, followed, surface=Surface.PAGE, model=showing.model)


def _asks_for_silence() -> bool:
    """Do Not Track, or Global Privacy Control."""
    return request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1"


def _page_of(token: str, slug: str | None) -> str:
    return Here(f"/s/{slug}" if slug else "", f"/t/{token}", request.args.get("lang"), request.args.get("parcel")).url()


def _unkept(response: object) -> Response:
    """Never kept by anybody."""
    if not isinstance(response, Response):  # flask.redirect answers with werkzeug's class
        response = Response(response.response, response.status_code, response.headers)  # type: ignore[attr-defined]
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
