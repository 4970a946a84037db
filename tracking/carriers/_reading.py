"""Readers for answers that may be anything: wrong types, huge numbers, HTML, half a document.

A reader never raises but `BodyError`, which only `read_json` and `read_xml` do. `refusal` translates the HTTP statuses
that mean the same with every carrier; an adapter overrules those its document words otherwise.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any
from xml.parsers import expat
from xml.parsers.expat import ExpatError

from babel.core import Locale, get_global

from tracking.platform.facts import Answer, Location, ResultCode, TrackingError
from tracking.platform.upstream import Reply

_LONGEST_TEXT = 500
# attributes that say nothing about a parcel
_NO_ATTRIBUTES = ("xmlns", "xsi:schemaLocation")
# elements inside elements; answers have a dozen
_DEEPEST = 64
_TAG = re.compile(r"<!--.*?-->|</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE | re.DOTALL)
# line breaks become blanks first; what is left of the control characters and lone surrogates cannot be stored or shown
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# codes of CLDR that are no country
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_ALSO_CALLED = {
    "USA": "US",
    "UNITED STATES OF AMERICA": "US",
    "GREAT BRITAIN": "GB",
    "GREAT BRITAIN AND NORTHERN IRELAND": "GB",
    "ENGLAND": "GB",
    "SCOTLAND": "GB",
    "CHINA, PEOPLES REPUBLIC": "CN",
    "CHINA, PEOPLE'S REPUBLIC": "CN",
    "CZECH REPUBLIC": "CZ",
    "CZECH REPUBLIC, THE": "CZ",
    "HONG KONG": "HK",
    "HONG KONG SAR, CHINA": "HK",
    "IRELAND, REPUBLIC OF": "IE",
    "KOREA, REPUBLIC OF": "KR",
    "KOREA, REPUBLIC OF (SOUTH K.)": "KR",
    "KOREA": "KR",
    "MACAU": "MO",
    "MACAU SAR, CHINA": "MO",
    "CHINA MAINLAND": "CN",
    "CHINA, MAINLAND": "CN",
    "NETHERLANDS, THE": "NL",
    "THE NETHERLANDS": "NL",
    "RUSSIAN FEDERATION": "RU",
    "RUSSIAN FEDERATION, THE": "RU",
    "TURKEY": "TR",
    "VIET NAM": "VN",
}
_RETRYABLE = frozenset({ResultCode.RATE_LIMITED, ResultCode.UNAVAILABLE})


class BodyError(Exception):
    """The body is not what it should be; the message says what it is instead."""


# what is in it


def read_json(body: bytes) -> Any:
    """The JSON document in a body. raises BodyError, and nothing else, whatever the bytes are"""
    if not body.strip():
        raise BodyError("an empty answer")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise BodyError("a page or XML instead of JSON")
    try:
        return json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise BodyError("broken or truncated JSON") from error


def read_xml(body: bytes) -> dict[str, Any]:
    """The XML document in a body as objects, lists and texts, names without their namespaces.

    An element with children is an object, one that stands several times a list, attributes are "@name", the text
    beside them "#text"; an empty element is None. Entities and document types are refused.
    raises  BodyError, and nothing else, whatever the bytes are
    """
    if not body.strip():
        raise BodyError("an empty answer")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"<":
        raise BodyError("something else instead of XML")
    try:
        return mapping(_tree(body))
    except (ValueError, ExpatError, LookupError) as error:
        raise BodyError("broken or truncated XML") from error


def _tree(body: bytes) -> dict[str, Any]:
    """What `read_xml` says, under the name of the outermost element. raises ValueError, LookupError, ExpatError"""
    nodes: list[dict[str, Any]] = [{}]
    texts: list[list[str]] = [[]]

    def start(_name: str, attributes: Mapping[str, str]) -> None:
        if len(nodes) > _DEEPEST:
            raise ValueError(len(nodes))
        told = attributes and [name for name in attributes if not name.startswith(_NO_ATTRIBUTES)]
        nodes.append({"@" + name.rpartition(":")[2]: attributes[name] for name in told} if told else {})
        texts.append([])

    def end(name: str) -> None:
        node, words, around = nodes.pop(), "".join(texts.pop()).strip(), nodes[-1]
        key = name.rpartition(":")[2]
        if node and words:
            node["#text"] = words
        value = node or words or None
        if key not in around:
            around[key] = value
        elif isinstance(around[key], list):
            around[key].append(value)
        else:
            around[key] = [around[key], value]

    def said(words: str) -> None:
        texts[-1].append(words)

    # a tree of classes in between would cost twice the time
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = said
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refused
    parser.Parse(body, True)
    return nodes[0]


def _refused(*_: object) -> None:
    raise ValueError("a document type")


def mapping(value: object) -> dict[str, Any]:
    """The object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[dict[str, Any]]:
    """The objects in a list, others left out; a lone object is a list of one; anything else is an empty list."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def walk(value: object, *keys: str | int) -> Any:
    """What lies under the keys (names in objects, places in lists); None if the way breaks off."""
    for key in keys:
        if isinstance(key, str) and isinstance(value, dict):
            value = value.get(key)
        elif isinstance(key, int) and isinstance(value, list) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return None
    return value


def text(value: object, longest: int = _LONGEST_TEXT) -> str:
    """A text for people on one line: no tags, entities, control characters; numbers as digits; "" for anything else."""
    if isinstance(value, str) and len(value) <= longest and value.isprintable() and _is_plain(value):
        # nearly always: nothing to take out
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    raw = value[: 4 * longest] if isinstance(value, str) else _digits(value)
    if "<" in raw or "&" in raw:
        # twice, because a tag may have been written with entities
        raw = _TAG.sub(_gap, html.unescape(_TAG.sub(_gap, raw)))
    return _UNFIT.sub("", " ".join(raw.split()))[:longest].strip()


def _is_plain(value: str) -> bool:
    return "<" not in value and "&" not in value and "  " not in value


def text_or_none(value: object, longest: int = _LONGEST_TEXT) -> str | None:
    """As `text`, None instead of nothing."""
    return text(value, longest) or None


def flag(value: object) -> bool | None:
    """A truth, also as the text "true" or "false"; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def whole(value: object) -> int | None:
    """A whole number of at most 15 digits, also as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else None
    if isinstance(value, int):
        return value if abs(value) < 10**15 else None
    found = re.fullmatch(r"\s*([+-]?\d{1,15})(?:\.0*)?\s*", value, re.ASCII) if isinstance(value, str) else None
    return int(found[1]) if found else None


def number(value: object) -> str:
    """A tracking number as we write it: text, upper case, without blanks; "" if there is none."""
    return "".join(text(value, 64).upper().split())


def place(city: object = None, region: object = None, postal_code: object = None, country: object = None) -> Location:
    """A location from whatever the fields hold; a country is two letters, or is looked up by its three or its name."""
    code = country_code(country)
    return Location(
        text_or_none(city, 120),
        text_or_none(region, 60),
        text_or_none(postal_code, 20),
        code,
    )


def country_code(value: object) -> str | None:
    """The two letters of a country that is given as two, as three, or by its English name; None for anything else."""
    said = text(value, 80).upper()
    if len(said) == 2 and said.isascii() and said.isalpha():
        return {"UK": "GB"}.get(said, said)
    return _countries().get(said) if said else None


@cache
def _countries() -> dict[str, str]:
    """Countries by their English names and three letters, upper case. Source: CLDR, and names that carriers use."""
    words = {str(code): str(name) for code, name in Locale("en").territories.items()}
    ours = {code for code in words if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY}
    names = {words[code].upper(): code for code in ours}
    aliases = get_global("territory_aliases")
    threes = {alias: codes[0] for alias, codes in aliases.items() if len(alias) == 3 and alias.isalpha()}
    return {**{alias: code for alias, code in threes.items() if code in ours}, **names, **_ALSO_CALLED}


def _gap(tag: re.Match[str]) -> str:
    return " " if re.match(r"</?(br|p|div|li|td|tr)\b", tag[0], re.IGNORECASE) else ""


def _digits(value: float) -> str:
    if isinstance(value, int):
        # str() of a giant refuses above 4300 digits
        return str(value) if abs(value) < 10**60 else ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


# why there is nothing in it


def error(
    which: str | None,
    code: ResultCode,
    message: str,
    *,
    retry_after: float | None = None,
) -> TrackingError:
    """One error; whether it is worth another try follows from its code."""
    return TrackingError(which, code, message, code in _RETRYABLE, retry_after)


def errors(
    numbers: Sequence[str], code: ResultCode, message: str, *, retry_after: float | None = None
) -> tuple[TrackingError, ...]:
    """The same error for each number; one without a number if there are none."""
    about: Sequence[str | None] = list(numbers) or [None]
    return tuple(error(which, code, message, retry_after=retry_after) for which in about)


def unreadable(carrier: str, numbers: Sequence[str], what: object) -> Answer:
    """The answer when nothing of it could be understood; `what` says what came instead, in a few words."""
    return Answer(errors=errors(numbers, ResultCode.UNREADABLE, f"{carrier} sent {what}."))


def not_found(carrier: str, numbers: Sequence[str]) -> tuple[TrackingError, ...]:
    """The carrier does not know these yet; usual for minutes to a day after a label was made."""
    return errors(numbers, ResultCode.NOT_FOUND, f"{carrier} does not know this number yet.")


_SENTENCES: Mapping[ResultCode, str] = {
    ResultCode.NOT_FOUND: "does not know this number yet",
    ResultCode.INVALID_NUMBER: "says this is not one of its numbers",
    ResultCode.UNAUTHORIZED: "does not accept the account's credentials or rights",
    ResultCode.RATE_LIMITED: "asks to slow down",
    ResultCode.UNAVAILABLE: "is out of order",
    ResultCode.REFUSED: "refused the question",
    ResultCode.UNREADABLE: "sent something it does not document",
}

_HTTP: Mapping[int, ResultCode] = {
    HTTPStatus.UNAUTHORIZED: ResultCode.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN: ResultCode.UNAUTHORIZED,
    HTTPStatus.NOT_FOUND: ResultCode.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT: ResultCode.UNAVAILABLE,
    HTTPStatus.TOO_EARLY: ResultCode.UNAVAILABLE,
    HTTPStatus.TOO_MANY_REQUESTS: ResultCode.RATE_LIMITED,
}


def refusal(
    carrier: str,
    reply: Reply,
    numbers: Sequence[str],
    *,
    overrule: Mapping[int, ResultCode] | None = None,
    detail: str = "",
    detail_code: str = "",
) -> Answer | None:
    """What an HTTP status outside 2xx means: one error for each number. None for 2xx.

    carrier   its name as people read it
    overrule  statuses that this carrier documents otherwise
    detail    the carrier's own words and code, shown behind ours; numbers asked about are cut out

    A page instead of a document under 404 is a wrong address or a gateway, never "not found".
    """
    status = reply.status
    if 200 <= status < 300:
        return None
    code = (overrule or {}).get(status) or _HTTP.get(status)
    if code is ResultCode.NOT_FOUND and reply.body.lstrip()[:1] == b"<":
        return unreadable(carrier, numbers, "a page instead of an answer, HTTP 404")
    if code is None:
        code = ResultCode.UNAVAILABLE if status >= 500 else ResultCode.REFUSED
        code = code if status >= 400 else ResultCode.UNREADABLE
    wait = reply.retry_after if code in _RETRYABLE else None
    return Answer(errors=errors(numbers, code, sentence(carrier, code, numbers, detail, detail_code), retry_after=wait))


def sentence(
    carrier: str, code: ResultCode, numbers: Sequence[str] = (), detail: str = "", detail_code: str = ""
) -> str:
    """Our sentence for a code, with the carrier's own words behind it."""
    words = ": ".join(part for part in (text(detail_code, 60), text(detail, 200)) if part)
    for which in numbers:
        words = words.replace(which, "…") if which else words
    ours = f"{carrier} {_SENTENCES[code]}"
    return f"{ours} ({words.rstrip('.')})." if words else f"{ours}."


def left_out(carrier: str, which: str, count: int) -> tuple[TrackingError, ...]:
    """What is said of events whose time could not be read, beside the good ones; nothing if there are none."""
    if count < 1:
        return ()
    events = "1 event" if count == 1 else f"{count} events"
    return (error(which or None, ResultCode.UNREADABLE, f"{carrier} sent {events} without a readable time."),)


def merged(answers: Iterable[Answer]) -> Answer:
    """Several answers as one, in order."""
    listed = list(answers)
    results = tuple(result for answer in listed for result in answer.results)
    return Answer(results, tuple(error for answer in listed for error in answer.errors))
