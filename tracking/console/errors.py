"""One calm page for what the console cannot show or do."""

from flask import Blueprint, Response, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from tracking.console import access, session
from tracking.console.facts import Link, MessagePage
from tracking.console.frame import bare_frame, render
from tracking.platform.db import db
from tracking.platform.errors import WaypostError
from tracking.platform.gettext import _


def install(bp: Blueprint) -> None:
    """Answer in the console's manner for everything that fails in this part."""
    bp.register_error_handler(WaypostError, _refused)
    bp.register_error_handler(CSRFError, _old_form)
    bp.register_error_handler(HTTPException, _http)


def _refused(error: Exception) -> Response:
    assert isinstance(error, WaypostError)  # noqa: S101 - registered for nothing else
    response = _page(error.http_status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(int(error.retry_after) + 1)
    return response


def _http(error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return _page(error.code or 500)


def _old_form(_error: Exception) -> Response:
    return _page(400, _("This form is too old"), _("Nothing was changed. Open the page again and send it once more."))


def _page(status: int, title: str = "", told: str = "") -> Response:
    db.session.rollback()
    user = access.find_user()
    session.speak(user)
    if not title:
        title, told = _words(status)
    stores = tuple(row.store for row in access.stores_of(db.session(), user)) if user else ()
    to = url_for("console-start.page") if user else url_for("console-login.form")
    action = Link(_("To the shipments") if user else _("Log in"), to)
    return render("told", MessagePage(bare_frame(title, user, stores), told, action), status)


def _words(status: int) -> tuple[str, str]:
    if status == 403:
        return _("You may not do this"), _("Your account may look at this store. An owner can give it more rights.")
    if status == 404:
        return _("There is nothing here"), _("It may have moved, or it belongs to a store that is not yours.")
    if status == 409:
        return _("Nothing was changed"), _("Somebody else changed this meanwhile. Open the page again.")
    if status == 413:
        return _("That is too large"), _("Nothing was changed. Send something smaller.")
    if status == 429:
        return _("A little too fast"), _("There were too many tries. Please wait a few minutes and try again.")
    if status < 500:
        return _("That did not work"), _("Go back and try once more.")
    return _("Something broke on our side"), _("Nothing was changed. The log says what happened.")
