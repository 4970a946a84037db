"""Who may do what: asked before every view of the console, in one place, so that no view can forget it.

Every path below /console needs a login, a form's token and a store of the user's; nobody else's exists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tracking.console import session as sessions
from tracking.models import Audit, Role, Store, StoreUser, User
from tracking.platform import db as database
from tracking.platform.db import db
from tracking.platform.errors import BadPayload, NotAllowed, NotFound
from tracking.platform.web import check_same_origin

csrf = CSRFProtect()
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Here:
    """The user, and the store that is open.

    stores  all of the user's, by name
    """

    user: User
    store: Store
    role: Role
    stores: tuple[Store, ...]

    @property
    def can_change(self) -> bool:
        """May change orders, brand and senders."""
        return self.role is not Role.VIEWER

    @property
    def is_owner(self) -> bool:
        """May do everything."""
        return self.role is Role.OWNER

    @property
    def actor(self) -> str:
        """As the audit names them."""
        return f"user:{self.user.public_id}"


def guarded(name: str, *, store: bool = True, login: bool = True) -> Blueprint:
    """A part of the console behind its guard.

    store  its paths begin with /console/s/<store>
    login  False: only forms' tokens are asked for
    """
    bp = Blueprint(f"console-{name}", __name__, url_prefix="/console/s/<store>" if store else "/console")
    bp.before_request(_check_form)
    if login:
        bp.before_request(_check_login)
    if store:
        bp.before_request(_open_store)
    bp.after_request(_unkept)
    return bp


def only_looks(view: _View) -> _View:
    """A view that changes nothing although it is asked by POST: whoever may look may ask it."""
    view.only_looks = True  # type: ignore[attr-defined]
    return view


def for_owners(view: _View) -> _View:
    """A view for owners alone."""
    view.for_owners = True  # type: ignore[attr-defined]
    return view


def here() -> Here:
    """Where the request is; inside a store's part only."""
    return cast("Here", g.here)


def user() -> User:
    """Who is logged in. raises NotAllowed if nobody is"""
    found = find_user()
    if found is None:
        raise NotAllowed("Log in first.")
    return found


def find_user() -> User | None:
    """Who is logged in, or None."""
    return cast("User", current_user.user) if current_user.is_authenticated else None


def stores_of(session: Session, user: User) -> list[StoreUser]:
    """The user's stores with the role in each, by name."""
    found = session.scalars(
        select(StoreUser).where(StoreUser.user_id == user.id).options(joinedload(StoreUser.store))
    ).all()
    return sorted(found, key=lambda row: (row.store.name.casefold(), row.store.id))


def note(action: str, subject: str = "", **detail: object) -> None:
    """Write down what the user did in the open store; `detail` holds nothing personal."""
    at = here()
    db.session.add(Audit(store_id=at.store.id, actor=at.actor, action=action, subject=subject, detail=detail))


def is_local(url: str | None) -> bool:
    """A path of the console, and no address of anybody else's."""
    if not url or not url.startswith("/console") or "\\" in url or any(ord(c) < 33 for c in url):
        return False
    parts = urlsplit(url)
    return not parts.scheme and not parts.netloc and (parts.path == "/console" or parts.path.startswith("/console/"))


def _check_form() -> None:
    """raises  CSRFError, NotAllowed"""
    sessions.speak(None)
    given = (*(request.view_args or {}).values(), *(value for _name, value in request.args.items(multi=True)))
    if any("\x00" in str(value) for value in (*given, *(value for _n, value in request.form.items(multi=True)))):
        # no text has it, and PostgreSQL takes none that does
        raise BadPayload
    if _may("only_looks") and "reading" not in g:
        g.reading = database.reading()
        g.reading.__enter__()
    if request.method not in _READS:
        check_same_origin()
        csrf.protect()


def _check_login() -> Response | None:
    found = find_user()
    if found is not None:
        sessions.speak(found)
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    login = url_for("console-login.form", next=wanted if wanted not in {None, "/console", "/console/"} else None)
    if request.headers.get("HX-Request"):
        # a fragment cannot become a login form: the whole page goes there
        return Response(status=401, headers={"HX-Redirect": url_for("console-login.form")})
    return cast("Response", redirect(login, 303))


def _open_store() -> None:
    """raises NotFound for a store that is not the user's, NotAllowed for what its role may not do"""
    slug = (request.view_args or {}).pop("store", None)
    mine = stores_of(db.session(), user())
    row = next((row for row in mine if row.store.slug == slug), None)
    if row is None:
        raise NotFound
    g.here = Here(user(), row.store, row.role, tuple(one.store for one in mine))
    sessions.speak(user(), row.store.time_zone)
    if row.role is Role.VIEWER and request.method not in _READS and not _may("only_looks"):
        raise NotAllowed("You may look at this store, and not change it.")
    if row.role is not Role.OWNER and _may("for_owners"):
        raise NotAllowed("Only owners of this store may do this.")


def _may(what: str) -> bool:
    """The view that is asked carries this mark."""
    return bool(getattr(current_app.view_functions.get(request.endpoint or ""), what, False))


def _unkept(response: Response) -> Response:
    """Nobody keeps a page of the console."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
