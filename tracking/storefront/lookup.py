"""The lookup: an order by its number and something only its buyer knows, or a parcel by its number alone.

A number and a contact open the order's page; a tracking number alone opens a page of the parcel that hides the order.
Whoever guesses learns nothing: every miss gets the same words, the same status and the same work.
"""

import hmac
import re
from dataclasses import dataclass

import phonenumbers
from flask import Blueprint, Response, redirect, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.models import Order, Shipment, Store
from tracking.models.order import find_order_by_number
from tracking.platform import i18n, security, web
from tracking.platform.db import db
from tracking.platform.errors import TooManyRequests
from tracking.platform.gettext import _
from tracking.storefront import limits
from tracking.storefront.frame import Here, frame_of, help_of
from tracking.storefront.stores import language_of_request, store_of_request
from tracking.storefront.tracking import seen_token

bp = Blueprint("lookup", __name__)
# a person tries a few times; a machine tries for ever
TRIES, TRIES_PER_S = 10, 600
TRIES_ON_ONE, TRIES_ON_ONE_PER_S = 20, 3600
MAX_LENGTH = 254


@dataclass(frozen=True, slots=True)
class _Tried:
    """What was typed."""

    order: str = ""
    contact: str = ""
    number: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.order and self.contact) and not self.number


@bp.get("/track")
@bp.get("/s/<store>/track")
def form(store: str | None = None) -> Response:
    """The empty form."""
    shop = store_of_request(db.session(), store)
    return _shown(shop, _here(store, shop), _Tried())


@bp.post("/track")
@bp.post("/s/<store>/track")
def find(store: str | None = None) -> Response:
    """Look up; changes nothing but the count of tries."""
    web.check_same_origin()
    session = db.session()
    shop = store_of_request(session, store)
    here = _here(store, shop)
    tried = _Tried(*(request.form.get(name, "").strip()[:MAX_LENGTH] for name in ("order", "contact", "number")))
    try:
        limits.spend(session, f"lookup|{shop.id}", web.visitor(), amount=TRIES, per_s=TRIES_PER_S)
        if tried.order:
            what = f"lookup-order|{shop.id}"
            limits.spend(session, what, _order_number(tried.order), amount=TRIES_ON_ONE, per_s=TRIES_ON_ONE_PER_S)
    except TooManyRequests as error:
        session.commit()
        return _shown(shop, here, tried, status=429, retry_after=error.retry_after)
    session.commit()
    if tried.is_empty:
        return _shown(shop, here, tried, status=422)
    order = _find_order(session, shop, tried.order, tried.contact)
    parcel = _find_parcel(session, shop, tried.number)
    if order is not None:
        return _sent_to(here.url(f"/t/{order.token}"))
    if parcel is not None:
        return _sent_to(here.url(f"/track/{seen_token(parcel)}"))
    return _shown(shop, here, tried, status=404)


def _here(store: str | None, shop: Store) -> Here:
    return Here(f"/s/{store}" if store else "", "/track", language_of_request(shop)[0])


def _find_order(session: Session, store: Store, number: str, contact: str) -> Order | None:
    """The order if the contact is its email, phone or postcode. The same steps are gone through for a miss."""
    order = find_order_by_number(session, store.id, _order_number(number))
    known = (order.email, order.phone, order.postal_code) if order else (None, None, None)
    country = (order.country if order else None) or store.country
    given = (contact.casefold(), _phone(contact, country), _postcode(contact))
    kept = ((known[0] or "").casefold(), known[1] or "", _postcode(known[2] or ""))
    same = [
        bool(one) & hmac.compare_digest(security.subject_key(one), security.subject_key(other))
        for one, other in zip(given, kept, strict=True)
    ]
    return order if any(same) and order is not None else None


def _find_parcel(session: Session, store: Store, number: str) -> Shipment | None:
    """The store's newest parcel of that number."""
    wanted = re.sub(r"[\s.-]", "", number).upper()
    found = session.scalars(
        select(Shipment)
        .where(Shipment.number == wanted, Shipment.store_id == store.id)
        .order_by(Shipment.id.desc())
        .limit(1)
    ).first()
    return found if wanted else None


def _order_number(text: str) -> str:
    """As the shop counts: people copy the "#" and "No." along."""
    return re.sub(r"^(?:#|n[°o]\.?|№)\s*", "", text.strip(), flags=re.IGNORECASE)


def _phone(text: str, country: str) -> str:
    try:
        return phonenumbers.format_number(phonenumbers.parse(text, country), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return ""


def _postcode(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def _sent_to(url: str) -> Response:
    response = redirect(url, 303)
    response.headers["Cache-Control"] = "no-store"
    return Response(response.response, 303, response.headers)


def _shown(store: Store, here: Here, tried: _Tried, *, status: int = 200, retry_after: float | None = None) -> Response:
    """The form, with what came of the last try."""
    with i18n.speaking(language_of_request(store)[1], store.time_zone):
        told = {
            404: _("We could not find that. Check what you typed, or write to us."),
            422: _("Type an order number with a contact, or a tracking number."),
            429: _("There were too many tries. Please wait a few minutes and try again."),
        }.get(status, "")
        html = render_template(
            "storefront/lookup.html",
            frame=frame_of(store, here, title=_("Where is my order?")),
            url=here.url(),
            tried=tried,
            told=told,
            help=help_of(store),
        )
    response = Response(html, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    if retry_after is not None:
        response.headers["Retry-After"] = str(int(retry_after) + 1)
    return response
