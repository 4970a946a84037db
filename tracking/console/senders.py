"""Who messages come from: name and address of emails, where answers go, and the sender of texts."""

import re
from typing import Final

from flask import Response, url_for

from tracking.console import access, saving
from tracking.console.facts import Field, FieldSet, Form
from tracking.console.forms import Answers
from tracking.models import Store
from tracking.orders import normalise
from tracking.platform.errors import InputError
from tracking.platform.gettext import _

bp = access.guarded("senders")
# what networks show in the place of a number: GSM 03.38 allows eleven characters, Twilio letters, digits and blanks
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")


@bp.get("/senders")
def page() -> Response:
    """As they are kept."""
    return _PART.shown()


@bp.post("/senders")
def save() -> Response:
    """Keep them, if all of them are good."""
    store, answers = access.here().store, Answers()
    values: dict[str, object] = {
        "sender_name": answers.text("sender_name", most=120),
        "sender_email": answers.email("sender_email"),
        "reply_to": answers.email("reply_to"),
        "sms_sender": _sms_sender(answers, store.country),
    }
    name = str(values["sender_name"] or "")
    if re.search(r"[<>@\"\\,;]", name):
        answers.faults["sender_name"] = _('A name has no @ and none of < > " , ; in it.')
    if values["reply_to"] and not values["sender_email"] and "sender_email" not in answers.faults:
        answers.faults["sender_email"] = _("Answers need an address that they answer to.")
    if answers.faults:
        return _PART.refused(answers)
    return _PART.saved(answers, "senders.saved", lambda row: saving.fill(row, values))


def _sms_sender(answers: Answers, country: str) -> str | None:
    said = answers.typed("sms_sender")
    if not said or _NAME.fullmatch(said) or _SERVICE.fullmatch(said):
        return said or None
    try:
        return normalise.phone(said, country)
    except InputError:
        answers.faults["sms_sender"] = _(
            "Write a number with its country, a name of up to 11 plain letters and digits, or a service that begins "
            "with MG."
        )
        return None


def _form(store: Store) -> Form:
    emails = (
        Field("sender_name", _("Name"), value=store.sender_name or "", note=_("Empty: the shop’s name."), most=120),
        Field(
            "sender_email",
            _("From"),
            "email",
            store.sender_email or "",
            note=_("Its domain must allow this server to send (SPF, DKIM). Empty: no emails go out."),
            most=254,
        ),
        Field(
            "reply_to",
            _("Answers go to"),
            "email",
            store.reply_to or "",
            note=_("A person should read it. Empty: the address under “Help and policies”."),
            most=254,
        ),
    )
    texts = (
        Field(
            "sms_sender",
            _("Sender"),
            value=store.sms_sender or "",
            note=_("A number, a name of up to 11 characters, or a Messaging Service. Only a number can be answered."),
            most=40,
        ),
    )
    return Form(
        url_for("console-senders.save", store=store.slug),
        (FieldSet(_("Emails"), emails), FieldSet(_("Texts"), texts)),
        _("Save"),
        version=store.version,
        is_open=access.here().can_change,
    )


_PART: Final = saving.Part(
    "console-senders",
    lambda: _("Senders"),
    lambda: _("The name people see first, and the address that takes their answers."),
    _form,
)
