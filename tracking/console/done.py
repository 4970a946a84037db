"""What was done in a store: every change that a user, a key or the command line made."""

from typing import Final

from flask import Response, request, url_for
from sqlalchemy import select

from tracking.console import access, words
from tracking.console.facts import DoneFacts, DonePage
from tracking.console.frame import frame, render, tabs
from tracking.models import ApiKey, Audit, Order, User
from tracking.platform import clock, i18n, security
from tracking.platform.db import db
from tracking.platform.gettext import _

bp = access.guarded("done")
_PART: Final = "console-done"
PAGE: Final = 50


@bp.get("/done")
def page() -> Response:
    """The newest."""
    session, store = db.session(), access.here().store
    found = select(Audit).where(Audit.store_id == store.id).order_by(Audit.id.desc()).limit(PAGE + 1)
    if before := request.args.get("before"):
        found = found.where(Audit.id < int(security.unsign(_PART, before)))
    rows = session.scalars(found).all()
    shown = rows[:PAGE]
    names = _names([row.actor for row in shown])
    orders = _orders(store.id, [row.subject for row in shown])
    listed = tuple(_done(row, names, orders) for row in shown)
    url = (
        url_for("console-done.page", store=store.slug, before=security.sign(_PART, shown[-1].id))
        if len(rows) > PAGE
        else None
    )
    lead = _("Who changed what, and when. Nothing is ever taken out of this list.")
    return render("done", DonePage(frame(_("What was done"), part=_PART), tabs(_PART), lead, listed, url))


def _done(row: Audit, names: dict[str, str], orders: dict[str, Order]) -> DoneFacts:
    order = orders.get(row.subject)
    changed = row.detail.get("changed")
    about = ", ".join(str(name) for name in changed) if isinstance(changed, list) else ""
    url = ""
    if order is not None:
        about = _("Order %(number)s", number=order.number)
        url = url_for("console-order.page", store=access.here().store.slug, order=order.public_id)
    elif row.subject.startswith("key:"):
        about = row.subject.removeprefix("key:") + "…"
    return DoneFacts(
        at=row.at,
        when=i18n.moment(row.at, now=clock.now()),
        who=names.get(row.actor, row.actor),
        what=words.action_words(row.action),
        about=about,
        url=url,
    )


def _names(actors: list[str]) -> dict[str, str]:
    """Who the actors are: users by name, keys by what they are for."""
    users = [actor.removeprefix("user:") for actor in actors if actor.startswith("user:")]
    keys = [actor.removeprefix("key:") for actor in actors if actor.startswith("key:")]
    found = {"cli": _("the command line"), "worker": _("Waypost")}
    if users:
        for user in db.session.scalars(select(User).where(User.public_id.in_(users))):
            found[f"user:{user.public_id}"] = user.name or user.email
    if keys:
        own = select(ApiKey).where(ApiKey.store_id == access.here().store.id, ApiKey.prefix.in_(keys))
        for key in db.session.scalars(own):
            found[f"key:{key.prefix}"] = _("key “%(name)s”", name=key.name)
    return found


def _orders(store_id: int, subjects: list[str]) -> dict[str, Order]:
    ids = [subject.removeprefix("order:") for subject in subjects if subject.startswith("order:")]
    if not ids:
        return {}
    found = db.session.scalars(select(Order).where(Order.public_id.in_(ids), Order.store_id == store_id))
    return {f"order:{order.public_id}": order for order in found}
