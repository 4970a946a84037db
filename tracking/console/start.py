"""The console's door: to the store that is there, or to a choice; and one page for addresses that nobody knows."""

from flask import Response, redirect, url_for

from tracking.console import access
from tracking.console.facts import Link, MessagePage
from tracking.console.frame import bare_frame, render
from tracking.platform.db import db
from tracking.platform.errors import NotFound
from tracking.platform.gettext import _

bp = access.guarded("start", store=False)
lost = access.guarded("lost", store=False)


@bp.get("")
@bp.get("/")
def page() -> Response:
    """To the first of the user's stores."""
    user = access.user()
    mine = access.stores_of(db.session(), user)
    if mine:
        to = redirect(url_for("console-shipments.page", store=mine[0].store.slug), 303)
        return Response(to.response, 303, to.headers)
    told = _("Somebody has to give you one: “waypost user create --help” says how.")
    account = Link(_("Your account"), url_for("console-account.page"))
    return render("told", MessagePage(bare_frame(_("No store is yours yet"), user), told, account))


@lost.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing(rest: str) -> Response:
    """raises  NotFound"""
    raise NotFound(rest)
