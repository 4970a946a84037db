"""One polite page for everything that cannot be shown, in the shop's look where the shop is known."""

from flask import Flask, Response, jsonify, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from tracking.models import Store
from tracking.platform import brand, i18n
from tracking.platform.db import db
from tracking.platform.errors import NotFound, WaypostError
from tracking.platform.gettext import _
from tracking.storefront.facts import Action, Frame, Language, StoreFacts
from tracking.storefront.frame import Here, frame_of, help_of
from tracking.storefront.stores import language_of_request, store_of_request

# paths that answer in their own manner
_OTHERS = ("/api/", "/hooks/", "/console", "/healthz", "/readyz", "/metrics", "/static/")


def refused(error: WaypostError) -> Response:
    """Something was asked that cannot be answered."""
    return _answer(error.http_status, error.code, error.retry_after)


def http_refused(error: HTTPException) -> Response | HTTPException:
    """No such page, a wrong method, a body that is too large."""
    if request.path.startswith(_OTHERS):
        return error
    return _answer(error.code or 500, error.name.lower().replace(" ", "_"), None)


def install(app: Flask) -> None:
    """Answer for addresses that nobody else knows."""
    for code in (404, 405, 413, 500):
        app.register_error_handler(code, http_refused)


def _answer(status: int, code: str, retry_after: float | None) -> Response:
    store = _store()
    wanted = request.accept_mimetypes
    chosen, locale = language_of_request(store) if store else (None, i18n.best(list(request.accept_languages.values())))
    with i18n.speaking(locale):
        title, told = _words(status)
        if wanted["application/json"] > wanted["text/html"]:
            response = jsonify(
                {"type": f"urn:waypost:{code}", "title": title, "detail": told, "status": status, "code": code}
            )
            response.headers["Content-Type"] = "application/problem+json"
        else:
            prefix = f"/s/{store.slug}" if store and request.path.startswith(f"/s/{store.slug}/") else ""
            here = Here(prefix, request.path.removeprefix(prefix), chosen)
            # the switch leads to the lookup: the address at hand shows nothing in any language
            frame = frame_of(store, Here(prefix, "/track", chosen), title=title) if store else _nobody(title)
            action = Action(_("Find my order"), here.url("/track")) if store and status in {404, 410} else None
            html = render_template(
                "storefront/error.html", frame=frame, told=told, action=action, help=help_of(store) if store else ()
            )
            response = Response(html, mimetype="text/html")
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if retry_after:
        response.headers["Retry-After"] = str(int(retry_after) + 1)
    return response


def _words(status: int) -> tuple[str, str]:
    if status == 404:
        return _("There is nothing here"), _("The link may be cut off. Open it again from our newest message.")
    if status == 410:
        return _("This link has ended"), _("Open the link in our newest message, or look your order up.")
    if status == 429:
        return _("A little too fast"), _("There were too many tries. Please wait a few minutes and try again.")
    if status == 403:
        return _("That did not work"), _("Open the page again and try once more.")
    if status < 500:
        return _("That did not work"), _("Go back and try once more.")
    return _("Something broke on our side"), _(
        "We know of it. Your order is not affected. Please try again in a little while."
    )


def _store() -> Store | None:
    """The shop of the request, or None: an error page must never fail for want of it."""
    try:
        return store_of_request(db.session(), (request.view_args or {}).get("store"))
    except (NotFound, SQLAlchemyError):
        return None


def _nobody(title: str) -> Frame:
    """The frame where no shop is known."""
    version = brand.version(brand.Brand())
    languages: tuple[Language, ...] = ()
    store = StoreFacts("Waypost", "", None, None, f"/brand-{version}.css", f"/icon-{version}.svg", "")
    return Frame(store, i18n.locale(), title, languages)
