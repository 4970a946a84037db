"""gettext with types: what flask_babel returns is text."""

from typing import Any

import flask_babel


def _(message: str, **values: Any) -> str:
    """The message in the language spoken now."""
    return str(flask_babel.gettext(message, **values))


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The message in the right number; `num` is a placeholder of it."""
    return str(flask_babel.ngettext(one, many, num, **values))


def pgettext(context: str, message: str, **values: Any) -> str:
    """The message as it is said in this context."""
    return str(flask_babel.pgettext(context, message, **values))
