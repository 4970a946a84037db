"""A carrier's name as shoppers read it: most keep theirs in every language, some have one of their own in a few."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from flask_babel import pgettext

from tracking.carriers._base import get_carrier
from tracking.platform.errors import UnknownCarrier

# carriers whose name is another one in a language that Waypost speaks
_TRANSLATED: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "canada-post": lambda: str(pgettext("carrier", "Canada Post")),
        "thailand-post": lambda: str(pgettext("carrier", "Thailand Post")),
    }
)


def carrier_name(slug: str) -> str:
    """A carrier as people call it in the language spoken now; the slug made readable if there is no adapter of it."""
    translated = _TRANSLATED.get(slug)
    if translated:
        return translated()
    try:
        return get_carrier(slug).name
    except UnknownCarrier:
        return slug.replace("-", " ").title()
