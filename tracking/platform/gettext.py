"""gettext with types, straight from the catalogue of the language spoken now (`i18n.speaking`).

The same catalogues as Flask-Babel's, which templates use; a letter asks dozens of times, and Flask-Babel looks for the
request each time.
"""

from functools import cache
from typing import Any

from babel.support import NullTranslations, Translations

from tracking.platform import i18n


@cache
def _catalogue(tag: str) -> NullTranslations:
    """The translations of a language; of one without a catalogue (English, the source), none."""
    return Translations.load(str(i18n.TRANSLATIONS), [tag], i18n.DOMAIN)


def _(message: str, **values: Any) -> str:
    """The message in the language spoken now."""
    text = str(_catalogue(i18n.locale()).ugettext(message))
    return text % values if values else text


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The message in the right number; `num` is a placeholder of it."""
    return str(_catalogue(i18n.locale()).ungettext(one, many, num)) % {"num": num, **values}


def pgettext(context: str, message: str, **values: Any) -> str:
    """The message as it is said in this context."""
    text = str(_catalogue(i18n.locale()).upgettext(context, message))
    return text % values if values else text
