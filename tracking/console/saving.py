"""Saving a part of a store's settings: all of it or nothing, never over somebody else's change, with an audit row."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Response, redirect, url_for

from tracking.console import access
from tracking.console.facts import Form, SettingsPage
from tracking.console.forms import Answers, with_answers
from tracking.console.frame import frame, render, say, tabs
from tracking.models import Store
from tracking.platform.db import db
from tracking.platform.gettext import _


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the settings.

    name   of its blueprint, whose page is `page`
    title, lead, form   as the language spoken now has them
    """

    name: str
    title: Callable[[], str]
    lead: Callable[[], str]
    form: Callable[[Store], Form]

    def shown(self, form: Form | None = None, status: int = 200) -> Response:
        """The page; `form` in the place of what is kept."""
        title, store = self.title(), access.here().store
        page = SettingsPage(frame(title, part=self.name), tabs(self.name), self.lead(), form or self.form(store))
        return render("settings", page, status)

    def refused(self, answers: Answers) -> Response:
        """The page as it was filled in, each fault beside its question; nothing was saved."""
        return self.shown(with_answers(self.form(access.here().store), answers), 422)

    def saved(self, answers: Answers, action: str, change: Callable[[Store], list[str]]) -> Response:
        """Save (see `save`) and go back to the page; or the form again if somebody else saved meanwhile."""
        if save(answers, action, change):
            return done(self.name)
        return self.shown(conflicted(self.form(access.here().store), answers), 409)


def save(answers: Answers, action: str, change: Callable[[Store], list[str]]) -> bool:
    """Change the open store and commit.

    change   sets what was answered and returns the names of what differs
    returns  False if somebody else saved since the form was opened; nothing is changed then
    """
    store = access.here().store
    db.session.refresh(store, with_for_update=True)
    if answers.version() != store.version:
        db.session.rollback()
        return False
    names = change(store)
    if names:
        store.version += 1
        access.note(action, f"store:{store.public_id}", changed=sorted(names))
    db.session.commit()
    return True


def fill(store: Store, values: dict[str, object]) -> list[str]:
    """Set columns of a store; the names of those that differ."""
    names = [name for name, value in values.items() if getattr(store, name) != value]
    for name in names:
        setattr(store, name, values[name])
    return names


def merged(kept: dict[str, object], said: dict[str, object]) -> dict[str, object]:
    """A JSON object with these answers; empty ones are taken out, and what no form asks for stays."""
    return {name: value for name, value in {**kept, **said}.items() if value not in (None, "", {})}


def done(part: str) -> Response:
    """To the page of a part, with what was saved."""
    say(_("Saved. Pages and messages use it from now on."))
    to = redirect(url_for(f"{part}.page", store=access.here().store.slug), 303)
    return Response(to.response, 303, to.headers)


def conflicted(form: Form, answers: Answers) -> Form:
    """The form as it was filled in, on top of what somebody else saved."""
    told = _("Nothing was saved: somebody else changed this meanwhile. Look it over and save again.")
    return replace(with_answers(form, answers), told=told)
