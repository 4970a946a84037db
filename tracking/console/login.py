"""Logging in and out. Whoever guesses learns nothing: every miss has the same words, the same status, the same work."""

from flask import Response, redirect, request, url_for
from sqlalchemy import update

from tracking.console import access, session
from tracking.console.facts import Field, FieldSet, Form, LoginPage
from tracking.console.frame import bare_frame, render
from tracking.models import User
from tracking.models.audit import take_turn
from tracking.models.user import find_user_by_email
from tracking.platform import clock, security, web
from tracking.platform.db import db, reading
from tracking.platform.gettext import _

bp = access.guarded("login", store=False, login=False)
out = access.guarded("logout", store=False)
# a person mistypes a few times; a machine tries for ever. Seconds of real time
TRIES_OF_ONE_AT_ONE, TRIES_OF_ONE, TRIES_AT_ONE, PER_S = 8, 30, 100, 600
MAX_LENGTH = 254
# hashing more than this helps nobody who types it
MAX_PASSWORD = 256


@bp.get("/login")
def form() -> Response:
    """The form; whoever is logged in goes on."""
    if access.find_user() is not None:
        return _on()
    return _shown("", "")


@bp.post("/login")
def log_in() -> Response:
    """Begin a session."""
    email = request.form.get("email", "").strip()[:MAX_LENGTH].lower()
    wait = _count(email)
    if wait is not None:
        response = _shown(email, _("There were too many tries. Please wait a few minutes and try again."), 429)
        response.headers["Retry-After"] = str(int(wait) + 1)
        return response
    user_id = _checked(email, request.form.get("password", "")[: MAX_PASSWORD + 1])
    user = db.session.get(User, user_id) if user_id is not None else None
    if user is None or not user.is_active:
        return _shown(email, _("This address and this password do not belong together."), 422)
    db.session.execute(update(User).where(User.id == user.id).values(last_login_at=clock.now()))
    session.log_in(user)
    db.session.commit()
    return _on()


@out.post("/logout")
def log_out() -> Response:
    """End the session."""
    session.log_out()
    return Response(status=303, headers={"Location": url_for("console-login.form")})


def _count(email: str) -> float | None:
    """Seconds to wait, or None. Counts before anything is looked up, so that a miss and a hit cost the same."""
    found = db.session()
    visitor = web.visitor()
    waits = [
        take_turn(found, security.subject_key(key), tries, PER_S)
        for key, tries in (
            (f"login|{email}|{visitor}", TRIES_OF_ONE_AT_ONE),
            (f"login-from|{visitor}", TRIES_OF_ONE),
            (f"login-to|{email}", TRIES_AT_ONE),
        )
    ]
    found.commit()
    return max((wait for wait in waits if wait is not None), default=None)


def _checked(email: str, password: str) -> int | None:
    """The id of the user whose password it is. No transaction is open while it is hashed."""
    with reading():
        user = find_user_by_email(db.session(), email)
        user_id, hashed = (user.id, user.password_hash) if user else (None, None)
        db.session.rollback()
    return user_id if security.is_password(password, hashed) and len(password) <= MAX_PASSWORD else None


def _on() -> Response:
    """Where the user wanted to go, if that is a page of ours."""
    wanted = request.values.get("next")
    to = wanted if access.is_local(wanted) and wanted else url_for("console-start.page")
    found = redirect(to, 303)
    return Response(found.response, 303, found.headers)


def _shown(email: str, told: str, status: int = 200) -> Response:
    wanted = request.values.get("next")
    url = url_for("console-login.log_in", next=wanted if access.is_local(wanted) else None)
    fields = (
        Field("email", _("Email"), "email", email, required=True, most=MAX_LENGTH, autocomplete="username"),
        Field(
            "password",
            _("Password"),
            "password",
            required=True,
            most=MAX_PASSWORD,
            autocomplete="current-password",
        ),
    )
    page = LoginPage(bare_frame(_("Log in")), Form(url, (FieldSet("", fields),), _("Log in")), told)
    return render("login", page, status)
