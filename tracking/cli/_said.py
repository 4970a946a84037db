"""Reading what an operator types: each value checked, each fault a sentence."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tracking.orders import normalise
from tracking.platform import i18n
from tracking.platform.brand import Face, Paper, as_hex
from tracking.platform.errors import InputError

Read = Callable[[str], Any]


def words(most: int) -> Read:
    """A text."""

    def read(value: str) -> str:
        found = normalise.text(value, most=most)
        if found is None:
            raise InputError("This is empty.")
        return found

    return read


def slug(value: str) -> str:
    """A slug: lower-case letters, digits and single dashes."""
    if len(value) > 63 or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
        raise InputError("A slug has lower-case letters, digits and dashes, 63 at most: fell-and-ridge.")
    return value


def domain(value: str) -> str:
    """A host name without scheme and path."""
    host = value.strip().lower().rstrip(".")
    if not re.fullmatch(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}", host) or len(host) > 253:
        raise InputError("A domain is a host name alone: track.example.com.")
    return host


def url(value: str) -> str:
    """An http or https address without a slash at the end."""
    found = normalise.url(value).rstrip("/")
    if urlsplit(found).query or urlsplit(found).fragment:
        raise InputError("Write the address without ? and #.")
    return found


def locales(value: str) -> list[str]:
    """Languages, the home language first."""
    found = [part.strip() for part in value.split(",") if part.strip()]
    unknown = [tag for tag in found if tag not in i18n.available()]
    if unknown or not found or len(set(found)) != len(found):
        raise InputError(f"Name languages, the home language first, out of: {', '.join(i18n.available())}.")
    return found


def time_zone(value: str) -> str:
    """An IANA zone."""
    if not i18n.is_zone(value):
        raise InputError("This is not a time zone. Write it like Europe/London.")
    return value


def colour(value: str) -> str:
    """A colour as #rrggbb."""
    found = as_hex(value)
    if found is None:
        raise InputError("Write a colour like #2f6b4f.")
    return found


def whole(least: int, most: int) -> Read:
    """A whole number."""

    def read(value: str) -> int:
        if not re.fullmatch(r"\d{1,4}", value.strip()) or not least <= int(value) <= most:
            raise InputError(f"Write a whole number from {least} to {most}.")
        return int(value)

    return read


def one_of(*choices: str) -> Read:
    """One of some words."""

    def read(value: str) -> str:
        if value not in choices:
            raise InputError(f"Write one of: {', '.join(choices)}.")
        return value

    return read


face, paper = one_of(*Face), one_of(*Paper)
