"""How shoppers reach the shop, and its policies, as every page and message shows them."""

from typing import Final

from flask import Response, url_for

from tracking.console import access, saving
from tracking.console.facts import Choice, Field, FieldSet, Form
from tracking.console.forms import Answers
from tracking.models import Store
from tracking.platform import i18n
from tracking.platform.gettext import _

bp = access.guarded("help")
_LOST: Final = ("", "replace", "refund")
_MOST_WORDS: Final = 200


@bp.get("/help")
def page() -> Response:
    """As they are kept."""
    return _PART.shown()


@bp.post("/help")
def save() -> Response:
    """Keep them, if all of them are good."""
    store, answers = access.here().store, Answers()
    support: dict[str, object] = {
        "email": answers.email("email"),
        "phone": answers.phone("phone", store.country),
        "url": answers.url("url"),
        "hours": _by_language(answers, "hours", store),
    }
    days = answers.whole("returns_days", 0, 3650, 0) if answers.typed("returns_days") else 0
    policies: dict[str, object] = {
        "returns_url": answers.url("returns_url"),
        "returns_days": days or None,
        "shipping_url": answers.url("shipping_url"),
        "privacy_url": answers.url("privacy_url"),
        "lost": answers.one_of("lost", _LOST, "") or None,
        "imprint": _by_language(answers, "imprint", store),
    }
    if answers.faults:
        return _PART.refused(answers)

    def change(row: Store) -> list[str]:
        return saving.fill(
            row,
            {"support": saving.merged(row.support, support), "policies": saving.merged(row.policies, policies)},
        )

    return _PART.saved(answers, "help.saved", change)


def _by_language(answers: Answers, name: str, store: Store) -> dict[str, str]:
    """A text in each of the store's languages; those without one are left out."""
    said = {tag: answers.text(f"{name}-{tag}", most=_MOST_WORDS) for tag in store.locales}
    return {tag: text for tag, text in said.items() if text}


def _form(store: Store) -> Form:
    support, policies = store.support, store.policies
    reach = (
        Field("email", _("Email"), "email", _text(support.get("email")), most=254),
        Field("phone", _("Phone"), "tel", _text(support.get("phone")), most=40),
        Field("url", _("Contact page or chat"), "url", _text(support.get("url")), most=500),
        *_worded("hours", _("What to expect"), support.get("hours"), store, _("For example: we answer within 3 hours")),
    )
    days = policies.get("returns_days")
    rules = (
        Field("returns_url", _("Returns"), "url", _text(policies.get("returns_url")), most=500),
        Field(
            "returns_days",
            _("Days to send back"),
            "number",
            str(days) if isinstance(days, int) and days > 0 else "",
            low=1,
            high=3650,
            unit=_("days"),
        ),
        Field("shipping_url", _("Shipping"), "url", _text(policies.get("shipping_url")), most=500),
        Field("privacy_url", _("Privacy"), "url", _text(policies.get("privacy_url")), most=500),
        Field(
            "lost",
            _("When a parcel is lost"),
            "select",
            choices=tuple(Choice(one, label, one == (policies.get("lost") or "")) for one, label in _lost_words()),
        ),
        *_worded("imprint", _("Line at the foot of pages"), policies.get("imprint"), store, _("Company and address")),
    )
    return Form(
        url_for("console-help.save", store=store.slug),
        (FieldSet(_("Ways to reach you"), reach), FieldSet(_("Policies"), rules)),
        _("Save"),
        version=store.version,
        is_open=access.here().can_change,
    )


def _lost_words() -> tuple[tuple[str, str], ...]:
    return (("", _("Say nothing of it")), ("replace", _("We send it again")), ("refund", _("We give the money back")))


def _worded(name: str, label: str, kept: object, store: Store, note: str) -> tuple[Field, ...]:
    """One question for each of the store's languages."""
    words = kept if isinstance(kept, dict) else {store.locale: kept} if isinstance(kept, str) else {}
    return tuple(
        Field(
            f"{name}-{tag}",
            _("%(label)s (%(language)s)", label=label, language=i18n.language_name(tag)),
            value=_text(words.get(tag)),
            note=note if tag == store.locale else "",
            most=_MOST_WORDS,
            lang=tag,
        )
        for tag in store.locales
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


_PART: Final = saving.Part(
    "console-help",
    lambda: _("Help and policies"),
    lambda: _("Shown below every tracking page and at the end of every message. What is empty is left out."),
    _form,
)
