"""What the shopper wants to hear: channel, milestones, or only if something goes wrong; and the one-click unsubscribe.

A GET changes nothing: mail scanners follow links. The unsubscribe POST may come from a mail provider (RFC 8058) and so
is not asked where it was sent from; its link is the capability.
"""

from flask import Blueprint, Response, redirect, render_template, request
from sqlalchemy.orm import Session

from tracking.models import Channel, Customer, Order, Store
from tracking.models.order import find_order_by_token, touch_order
from tracking.notifications import offers, preferences
from tracking.notifications.meaning_words import MEANING_WORDS
from tracking.notifications.preferences import Preferences
from tracking.platform import i18n
from tracking.platform.db import db
from tracking.platform.errors import NotFound
from tracking.platform.gettext import _
from tracking.platform.web import check_same_origin
from tracking.storefront.frame import Here, frame_of, help_of
from tracking.storefront.stores import language_of_request

bp = Blueprint("preferences", __name__)
# how a person's own addresses are shown back to whoever has the link
_SHOWN = 2


@bp.get("/t/<token>/preferences")
@bp.get("/s/<store>/t/<token>/preferences")
def form(token: str, store: str | None = None) -> Response:
    """The choices in force."""
    order, customer = _owner(db.session(), token, store)
    return _shown(order, customer, _here(order, token, store), saved="saved" in request.args)


@bp.post("/t/<token>/preferences")
@bp.post("/s/<store>/t/<token>/preferences")
def save(token: str, store: str | None = None) -> Response:
    """Keep the choices."""
    check_same_origin()
    session = db.session()
    order, customer = _owner(session, token, store)
    channels = frozenset(
        c for c in Channel if c in request.form.getlist("channels") and _can_have(session, customer, c)
    )
    offered = preferences.choices()
    wanted = frozenset(m for m in offered if m in request.form.getlist("meanings"))
    how_much = request.form.get("how_much")
    chosen = Preferences(
        channels=channels,
        meanings=wanted if how_much == "some" else None,
        trouble_only=how_much == "trouble",
    )
    with i18n.speaking(_locale(order), order.time_zone):
        shown, offered_text = _question(order.store), _offers_question(order.store)
    preferences.save(session, customer, chosen, {"page": "preferences", "shown_text": shown})
    # a form without the question says nothing about it
    if "asks_offers" in request.form:
        wanted_offers = "offers" in request.form
        if wanted_offers != offers.is_on(session, customer, order.store, order.country):
            evidence = {"page": "preferences", "shown_text": offered_text}
            offers.choose(session, customer, evidence, on=wanted_offers)
    touch_order(session, order.id)
    session.commit()
    return _seen(redirect(_here(order, token, store).url(saved="1"), 303))


@bp.get("/u/<token>")
@bp.get("/s/<store>/u/<token>")
def ask_unsubscribe(token: str, store: str | None = None) -> Response:
    """A page with a button."""
    return _unsubscribe_page(token, store, done=False)


@bp.post("/u/<token>")
@bp.post("/s/<store>/u/<token>")
def unsubscribe(token: str, store: str | None = None) -> Response:
    """Stop emails for good; doing it again changes nothing."""
    session = db.session()
    if not preferences.unsubscribe(session, token):
        raise NotFound
    session.commit()
    return _unsubscribe_page(token, store, done=True)


def _unsubscribe_page(token: str, slug: str | None, *, done: bool) -> Response:
    session = db.session()
    customer = preferences.find_by_token(session, token)
    store = session.get(Store, customer.store_id) if customer else None
    if customer is None or store is None or (slug is not None and store.slug != slug):
        raise NotFound
    here = Here(f"/s/{slug}" if slug else "", f"/u/{token}", language_of_request(store)[0])
    locale = here.lang or i18n.best([customer.locale, *request.accept_languages.values()], store.locales)
    with i18n.speaking(locale, store.time_zone):
        title = _("No more emails from us") if done else _("Stop the emails")
        frame = frame_of(store, here, title=title)
        html = render_template(
            "storefront/unsubscribe.html", frame=frame, url=here.url(), done=done, help=help_of(store)
        )
    return _seen(Response(html, mimetype="text/html"))


def _owner(session: Session, token: str, slug: str | None) -> tuple[Order, Customer]:
    """Whose order it is. raises NotFound"""
    order = find_order_by_token(session, token)
    if order is None or (slug is not None and order.store.slug != slug) or order.customer is None:
        raise NotFound
    return order, order.customer


def _here(order: Order, token: str, slug: str | None) -> Here:
    chosen = request.args.get("lang")
    lang = chosen if chosen in order.store.locales and chosen in i18n.available() else None
    return Here(f"/s/{slug}" if slug else "", f"/t/{token}/preferences", lang)


def _locale(order: Order) -> str:
    return i18n.best([request.args.get("lang"), order.locale], order.store.locales)


def _can_have(session: Session, customer: Customer, channel: Channel) -> bool:
    """There is an address, and the person has not stopped it in a way that only they can take back."""
    address = customer.email if channel is Channel.EMAIL else customer.phone
    return bool(address) and not preferences.is_stopped(session, customer, channel)


def _shown(order: Order, customer: Customer, here: Here, *, saved: bool) -> Response:
    session = db.session()
    with i18n.speaking(_locale(order), order.time_zone):
        now = preferences.read(customer)
        how_much = "trouble" if now.trouble_only else "all" if now.meanings is None else "some"
        channels = [
            {
                "value": channel.value,
                "label": label,
                "address": _masked(address),
                "on": channel in now.channels,
                "stopped": not _can_have(session, customer, channel),
            }
            for channel, label, address in (
                (Channel.EMAIL, _("By email"), customer.email),
                (Channel.SMS, _("By SMS"), customer.phone),
            )
            if address
        ]
        offered = preferences.choices()
        meanings = [
            {"value": m.value, "label": MEANING_WORDS[m](), "on": now.meanings is None or m in now.meanings}
            for m in offered
            if m in MEANING_WORDS
        ]
        html = render_template(
            "storefront/preferences.html",
            frame=frame_of(
                order.store, here, title=_("Your messages"), order_label=_("Order %(number)s", number=order.number)
            ),
            url=here.url(),
            back=here.url(here.path.removesuffix("/preferences")),
            saved=saved,
            question=_question(order.store),
            how_much=how_much,
            channels=channels,
            meanings=meanings,
            offers=_offers_choice(session, order, customer),
        )
    return _seen(Response(html, mimetype="text/html"))


def _question(store: Store) -> str:
    """What the shopper agrees to; kept with the consent."""
    return _("How may %(store)s send you news of your orders?", store=store.name)


def _offers_question(store: Store) -> str:
    """What is asked about products below emails; kept with the answer."""
    return _("Products from %(store)s below the news, when the news is good", store=store.name)


def _offers_choice(session: Session, order: Order, customer: Customer) -> dict[str, object] | None:
    """Products below emails as a choice; None where the store sends none, or there is no address."""
    if not customer.email or order.store.policies.get("email_offers") == offers.NEVER:
        return None
    return {"label": _offers_question(order.store), "on": offers.is_on(session, customer, order.store, order.country)}


def _masked(address: str) -> str:
    """ "jo•••@example.com", "•••0123": enough to recognise one's own."""
    if "@" in address:
        name, domain = address.rsplit("@", 1)
        return f"{name[:_SHOWN]}•••@{domain}"
    return f"•••{address[-4:]}"


def _seen(response: object) -> Response:
    """Never kept by anybody."""
    if not isinstance(response, Response):  # flask.redirect answers with werkzeug's class
        response = Response(response.response, response.status_code, response.headers)  # type: ignore[attr-defined]
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
