"""Who is logged in. The session is a signed cookie under /console; it names the user and the user's `session_epoch`.

A login begins an empty session (so that nothing planted before survives it), an epoch that has changed ends one, and so
do half a day without a request and a week in any case.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import flask
from flask import Flask, request
from flask_login import LoginManager, login_user, logout_user
from sqlalchemy import select

from tracking.models import User
from tracking.platform import clock, i18n
from tracking.platform.db import db, random_id

IDLE: Final = timedelta(hours=12)
AT_MOST: Final = timedelta(days=7)
_SINCE: Final = "since"


class Who:
    """A user as Flask-Login sees one."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, user: User) -> None:
        """`user`: an active one."""
        self.user = user

    def get_id(self) -> str:
        """What the session keeps: of no use once the password has changed."""
        return f"{self.user.public_id}.{self.user.session_epoch}"


def init_app(app: Flask) -> None:
    """Install Flask-Login for the console."""
    manager = LoginManager()
    manager.session_protection = None  # people change networks and browsers' versions within a day
    manager.user_loader(_load)
    # not `init_app`: its hook reads the session of every page, and shoppers' pages have none
    app.login_manager = manager  # type: ignore[attr-defined]
    app.permanent_session_lifetime = IDLE


def log_in(user: User) -> None:
    """Begin a session of its own for this user."""
    flask.session.clear()
    flask.session.permanent = True
    flask.session[_SINCE] = int(clock.real_now().timestamp())
    login_user(Who(user))


def log_out() -> None:
    """End this session."""
    logout_user()
    flask.session.clear()


def end_others(user: User) -> None:
    """End every session of a user but this one, which begins anew."""
    user.session_epoch = random_id()
    log_in(user)


def speak(user: User | None, zone: str = "UTC") -> None:
    """Speak the user's language for the rest of the request, else the browser's."""
    browser = [tag for tag, _weight in request.accept_languages]
    i18n.speak(i18n.best([user.locale if user else None, *browser]), zone)


def _load(kept: str) -> Who | None:
    public_id, _, epoch = kept.partition(".")
    if _is_over(flask.session.get(_SINCE)):
        return None
    user = db.session.scalar(
        select(User).where(User.public_id == public_id, User.is_active, User.session_epoch == epoch)
    )
    return Who(user) if user is not None else None


def _is_over(since: Any) -> bool:
    if not isinstance(since, int):
        return True
    return clock.real_now() - datetime.fromtimestamp(since, UTC) > AT_MOST
