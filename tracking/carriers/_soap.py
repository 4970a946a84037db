"""SOAP 1.1, as carriers speak it: what is sent, and what an answer holds, its body or the fault instead of it.

Source: W3C Note “Simple Object Access Protocol (SOAP) 1.1”, 4 and 6, read 2026-11-22.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape

from tracking.carriers import _reading as read

_NAMESPACE = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True, slots=True)
class Fault:
    """What came instead of an answer: whose mistake it is (`Client`, `Server`), its words, and the carrier's detail."""

    code: str
    text: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """True if the same question would be refused again."""
        return self.code.rpartition(":")[2].partition(".")[0] == "Client"


def headers(action: str = "") -> Mapping[str, str]:
    """The HTTP headers of a call, the action as the carrier's document writes it; no action is sent as empty quotes."""
    return MappingProxyType(
        {"Content-Type": "text/xml;charset=UTF-8", "Accept": "text/xml", "SOAPAction": action or '""'}
    )


def tag(name: str, *inside: str, namespace: str = "") -> str:
    """An element around other elements. With a namespace only itself is in it, as in schemas with unqualified parts."""
    if not namespace:
        return f"<{name}>{''.join(inside)}</{name}>"
    return f'<own:{name} xmlns:own="{escape(namespace)}">{"".join(inside)}</own:{name}>'


def leaf(name: str, value: str) -> str:
    """An element around a text, made harmless; what XML cannot hold is left out."""
    return f"<{name}>{escape(''.join(c for c in value if c.isprintable()))}</{name}>"


def envelope(body: str, header: str = "") -> bytes:
    """The whole document around what stands in its body, and in its header if there is one."""
    head = f"<soap:Header>{header}</soap:Header>" if header else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soap:Envelope xmlns:soap="{_NAMESPACE}">{head}<soap:Body>{body}</soap:Body></soap:Envelope>'
    ).encode()


def read_soap(body: bytes) -> Mapping[str, Any] | Fault:
    """What stands in the body of an answer, or its fault. raises BodyError, and nothing else, whatever the bytes are"""
    inside = read.walk(read.read_xml(body), "Envelope", "Body")
    if not isinstance(inside, dict):
        raise read.BodyError("XML that is no SOAP")
    if "Fault" not in inside:
        return inside
    fault = read.mapping(inside["Fault"])
    return Fault(
        read.text(_said(fault.get("faultcode")), 60),
        read.text(_said(fault.get("faultstring")), 200),
        read.mapping(fault.get("detail")),
    )


def _said(value: object) -> object:
    """The text of an element, which may have attributes beside it."""
    return read.mapping(value).get("#text", value)
