"""The words of a notice, from its template: subject, preheader, headline, second line, button, and the SMS.

`templates/notices/<meaning>.txt` holds them as blocks. They are plain text; `|strong` marks what the reader came for.
The templates are the project's own, and are rendered in a sandbox all the same, with a bound on what comes out.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tracking.channels._gsm import downgraded, segments
from tracking.models import Meaning
from tracking.notifications.facts import NoticeFacts
from tracking.notifications.meanings import NOTICES
from tracking.platform.gettext import _, ngettext, pgettext

# private-use characters, so that a translator places the strong part like any other word
ON, OFF = "\ue000", "\ue001"
MOST_SEGMENTS: Final = 2
_MOST_CHARACTERS: Final = 1000


@dataclass(frozen=True, slots=True)
class Words:
    """What a notice says; `headline` and `second` may hold the marks of `strong`."""

    subject: str
    preheader: str
    headline: str
    second: str
    action: str


def strong(text: object) -> str:
    """Mark the words that the reader came for; "" stays ""."""
    plain = unmarked(str(text))
    return f"{ON}{plain}{OFF}" if plain else ""


def unmarked(text: str) -> str:
    """The text without marks."""
    return text.replace(ON, "").replace(OFF, "")


def email_words(meaning: Meaning, facts: NoticeFacts) -> Words:
    """What the email says, in the language spoken now."""
    template, context = _opened(meaning, facts)
    blocks = ("subject", "preheader", "headline", "second", "action")
    said = {name: _block(template, name, context) for name in blocks}
    return Words(
        subject=unmarked(said["subject"]),
        preheader=unmarked(said["preheader"]),
        headline=said["headline"],
        second=said["second"],
        action=unmarked(said["action"]),
    )


def sms_words(meaning: Meaning, facts: NoticeFacts, url: str, note: str = "") -> str:
    """The SMS, with the link and the note at its end: the fullest wording that fits.

    note  how to end these messages, for the first one; "" for none
    """
    long = ""
    template, context = _opened(meaning, facts)
    for block in (name for name in ("sms", "sms_middle", "sms_short") if name in template.blocks):
        text = unmarked(_block(template, block, context))
        long = " ".join(part for part in (text, url, note) if part)
        if segments(downgraded(long)).segments <= MOST_SEGMENTS:
            return long
    return long


def _opened(meaning: Meaning, facts: NoticeFacts) -> tuple[Template, Context]:
    template = _template(meaning)
    return template, template.new_context({"f": facts})


def _block(template: Template, name: str, context: Context) -> str:
    written = "".join(template.blocks[name](context))
    return re.sub(r"[ \n\t]+", " ", written[:_MOST_CHARACTERS]).strip(" \n\t")


@cache
def _template(meaning: Meaning) -> Template:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(NOTICES), undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False
    )
    environment.filters["strong"] = strong
    environment.globals.update({"_": _, "ngettext": ngettext, "pgettext": pgettext})
    return environment.get_template(f"{meaning.value}.txt")
