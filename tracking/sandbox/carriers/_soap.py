"""SOAP 1.1 as the sandbox's carriers speak it: what was asked, and envelopes around answers and faults.

Source: W3C Note “Simple Object Access Protocol (SOAP) 1.1”, 4 and 6, read 2026-11-22.
"""

from typing import Any
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

import xmltodict
from flask import request

from tracking.sandbox.carriers._wire import Reply

XML = "text/xml;charset=UTF-8"
_OPEN = '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'


def parsed(body: bytes, **options: Any) -> dict[str, Any]:
    """A question in XML as objects, texts and lists, as xmltodict's options say; empty if it is no XML."""
    try:
        document = xmltodict.parse(body, **options)
    except (ValueError, LookupError, ExpatError):
        return {}
    return document if isinstance(document, dict) else {}


def asked(part: str, name: str) -> dict[str, str] | None:
    """The texts inside element `name` of the request's `Header` or `Body`; None if it is not there."""
    found: Any = parsed(request.get_data(), postprocessor=lambda _, key, value: (_bare(key), value))
    for key in ("Envelope", part, name):
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return None
    return {key: value or "" for key, value in found.items() if not isinstance(value, dict | list) and key[:1] != "@"}


def _bare(key: str) -> str:
    return key.rpartition(":")[2] if not key.startswith("@") else key


def envelope(body: str, status: int = 200) -> Reply:
    """An answer around what stands in its body."""
    return Reply(status, f"{_OPEN}<soap:Body>{body}</soap:Body></soap:Envelope>", content_type=XML)


def fault(code: str, text: str, detail: str = "", status: int = 500) -> Reply:
    """A fault; `code` is Client or Server."""
    more = f"<detail>{detail}</detail>" if detail else ""
    body = f"<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{escape(text)}</faultstring>{more}</soap:Fault>"
    return envelope(body, status)


def leaf(name: str, value: object) -> str:
    """An element around a text; empty for nothing."""
    shown = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return f"<{name}>{escape(shown)}</{name}>"
