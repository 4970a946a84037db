"""Reading what was typed: values that are good, and a sentence for each that is not. Nothing here changes a row."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from flask import request
from werkzeug.datastructures import MultiDict

from tracking.console.facts import Field, FieldSet, Form
from tracking.orders import normalise
from tracking.platform.errors import InputError
from tracking.platform.gettext import _, ngettext


class Answers:
    """What was sent by a form. Each question gives its value, or None and a fault."""

    def __init__(self, form: "MultiDict[str, str] | None" = None) -> None:
        """`form`: this request's."""
        self._form = request.form if form is None else form
        self.faults: dict[str, str] = {}

    def typed(self, name: str) -> str:
        """As it was typed, on one line."""
        return self._form.get(name, "").strip()

    def text(self, name: str, *, most: int, required: bool = False) -> str | None:
        """A line of text; None if it is empty."""
        value = self._tried(name, lambda said: normalise.text(said, most=most), _("This is too long."))
        if required and not value and name not in self.faults:
            self.faults[name] = _("This cannot be empty.")
        return value

    def email(self, name: str) -> str | None:
        """An email address; None if it is empty."""
        return self._tried(name, normalise.email, _("This is not an email address. Write it like jo@example.com."))

    def phone(self, name: str, country: str) -> str | None:
        """A phone number in E.164; None if it is empty."""
        fault = _("This is not a phone number. Write it with its country, like +44 20 7946 0000.")
        return self._tried(name, lambda said: normalise.phone(said, country), fault)

    def url(self, name: str) -> str | None:
        """A web address; None if it is empty."""
        return self._tried(
            name, normalise.url, _("This is not a web address. Write it like https://shop.example/help.")
        )

    def whole(self, name: str, low: int, high: int, default: int) -> int:
        """A whole number; `default` if it is not one."""
        said = self.typed(name)
        if re.fullmatch(r"[0-9]{1,6}", said) and low <= int(said) <= high:
            return int(said)
        self.faults[name] = _("Write a whole number from %(low)s to %(high)s.", low=low, high=high)
        return default

    def one_of(self, name: str, offered: Iterable[str], default: str) -> str:
        """One of what was offered."""
        said = self.typed(name)
        if said in set(offered):
            return said
        self.faults[name] = _("Choose one of these.")
        return default

    def many_of(self, name: str, offered: Iterable[str]) -> list[str]:
        """Those of what was offered that were chosen, in the order of the offer."""
        said = set(self._form.getlist(name))
        return [one for one in offered if one in said]

    def is_set(self, name: str) -> bool:
        """A box is ticked."""
        return bool(self.typed(name))

    def version(self) -> int:
        """The version of the store that the form was opened with; 0 if it does not say."""
        said = self.typed("version")
        return int(said) if re.fullmatch(r"[0-9]{1,12}", said) else 0

    def _tried(self, name: str, read: Callable[[str], str | None], fault: str) -> str | None:
        said = self._form.get(name, "")
        if not said.strip():
            return None
        try:
            return read(said)
        except InputError:
            self.faults[name] = fault
            return None


def with_answers(form: Form, answers: Answers) -> Form:
    """The form as it was filled in, each fault beside its question."""
    told = ngettext(
        "Nothing was saved: %(num)s answer needs another look.",
        "Nothing was saved: %(num)s answers need another look.",
        len(answers.faults),
    )
    sets = tuple(replace(one, fields=tuple(_answered(field, answers) for field in one.fields)) for one in form.sets)
    return replace(form, sets=sets, faults=len(answers.faults), told=told)


def _answered(field: Field, answers: Answers) -> Field:
    error = answers.faults.get(field.name, "")
    if field.kind in {"file", "password"}:
        return replace(field, error=error)
    if field.choices:
        chosen = set(answers._form.getlist(field.name))
        choices = tuple(replace(choice, chosen=choice.value in chosen) for choice in field.choices)
        return replace(field, choices=choices, error=error)
    return replace(field, value=answers.typed(field.name), error=error)


def one_set(*fields: Field, title: str = "", note: str = "") -> FieldSet:
    """Questions that stand together."""
    return FieldSet(title, fields, note)
