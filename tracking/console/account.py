"""The user's own account: name and language, password, other sessions."""

from typing import Final

from flask import Response, redirect, request, url_for

from tracking.console import access, session, words
from tracking.console.facts import AccountPage, Choice, Field, FieldSet, Form, Pair
from tracking.console.frame import bare_frame, render, say
from tracking.models import User
from tracking.models.audit import take_turn
from tracking.orders import normalise
from tracking.platform import i18n, security
from tracking.platform.db import db
from tracking.platform.errors import InputError
from tracking.platform.gettext import _

bp = access.guarded("account", store=False)
# NIST SP 800-63B-4: length, not kinds of characters
SHORTEST, LONGEST = 12, 256
TRIES, TRIES_PER_S = 8, 600
MAX_NAME: Final = 120


@bp.get("/account")
def page() -> Response:
    """The account."""
    return render("account", _page())


@bp.post("/account")
def save() -> Response:
    """Keep name and language."""
    user = access.user()
    try:
        name = normalise.text(request.form.get("name", ""), most=MAX_NAME) or ""
    except InputError:
        return render("account", _page(faults={"name": _("This is too long.")}), 422)
    locale = request.form.get("locale", "")
    user.name, user.locale = name, locale if locale in i18n.available() else None
    session.speak(user)
    say(_("Saved."))
    db.session.commit()
    return _back()


@bp.post("/account/password")
def change_password() -> Response:
    """Change the password; every other session ends."""
    user = access.user()
    user_id, hashed, email = user.id, user.password_hash, user.email
    wait = take_turn(db.session(), security.subject_key(f"password|{user.public_id}"), TRIES, TRIES_PER_S)
    # no transaction is open while passwords are hashed
    db.session.commit()
    new = request.form.get("new", "")
    faults: dict[str, str] = {}
    if wait is not None:
        faults["current"] = _("There were too many tries. Please wait a few minutes and try again.")
    elif not security.is_password(request.form.get("current", "")[:LONGEST], hashed):
        faults["current"] = _("This is not your password of now.")
    elif fault := _fault(new, email):
        faults["new"] = fault
    elif new != request.form.get("again", ""):
        faults["again"] = _("The two are not the same.")
    if faults:
        return render("account", _page(faults), 429 if wait is not None else 422)
    made = security.hash_password(new)
    changed = db.session.get_one(User, user_id)
    changed.password_hash = made
    session.end_others(changed)
    say(_("Your password is changed. Every other session of yours has ended."))
    db.session.commit()
    return _back()


@bp.post("/account/sessions")
def end_sessions() -> Response:
    """End every other session of the user."""
    session.end_others(access.user())
    say(_("Every other session of yours has ended."))
    db.session.commit()
    return _back()


def _fault(new: str, email: str) -> str:
    if len(new) < SHORTEST:
        return _("Take at least %(num)s characters; a few words are good.", num=SHORTEST)
    if len(new) > LONGEST:
        return _("Take at most %(num)s characters.", num=LONGEST)
    if new.casefold() in {email.casefold(), email.casefold().split("@")[0]} or len(set(new)) < 5:
        return _("This is too easy to guess.")
    return ""


def _page(faults: dict[str, str] | None = None) -> AccountPage:
    told = faults or {}
    user = access.user()
    mine = access.stores_of(db.session(), user)
    own = (
        Field("name", _("Name"), value=user.name, error=told.get("name", ""), most=MAX_NAME, autocomplete="name"),
        Field(
            "locale",
            _("Language"),
            "select",
            choices=(
                Choice("", _("As the browser says"), not user.locale),
                *(Choice(tag, i18n.language_name(tag), tag == user.locale) for tag in i18n.available()),
            ),
        ),
    )
    passwords = (
        _password("current", _("Password of now"), "current-password", told),
        _password("new", _("New password"), "new-password", told, _("At least %(num)s characters.", num=SHORTEST)),
        _password("again", _("New password again"), "new-password", told),
    )
    return AccountPage(
        frame=bare_frame(_("Your account"), user, tuple(row.store for row in mine)),
        email=user.email,
        stores=tuple(
            Pair(row.store.name, words.role_words(row.role), url_for("console-shipments.page", store=row.store.slug))
            for row in mine
        ),
        form=Form(url_for("console-account.save"), (FieldSet("", own),), _("Save"), faults=int("name" in told)),
        password=Form(
            url_for("console-account.change_password"),
            (FieldSet("", passwords),),
            _("Change the password"),
            faults=len(set(told) - {"name"}),
        ),
        sessions_url=url_for("console-account.end_sessions"),
    )


def _password(name: str, label: str, autocomplete: str, told: dict[str, str], note: str = "") -> Field:
    return Field(
        name,
        label,
        "password",
        note=note,
        error=told.get(name, ""),
        required=True,
        most=LONGEST,
        autocomplete=autocomplete,
    )


def _back() -> Response:
    to = redirect(url_for("console-account.page"), 303)
    return Response(to.response, 303, to.headers)
