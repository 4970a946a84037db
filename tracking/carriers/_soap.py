"""SOAP, as carriers speak it: what is sent, and what an answer holds, its body or the fault instead of it.

Source: W3C Note “Simple Object Access Protocol (SOAP) 1.1”, 4 and 6; W3C Recommendation “SOAP Version 1.2”, part 1, 5,
and part 2, 7; read 2026-11-22.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape

from tracking.carriers import _reading as read

_NAMESPACE = "http://schemas.xmlsoap.org/soap/envelope/"
_NAMESPACE_1_2 = "http://www.w3.org/2003/05/soap-envelope"
# as 1.1 and as 1.2 call whoever asks
_OURS = frozenset({"Client", "Sender"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What came instead of an answer: whose mistake it is, its words, and the carrier's detail.

    code  `Client` or `Server`, in SOAP 1.2 `Sender` or `Receiver`
    """

    code: str
    text: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """True if the same question would be refused again."""
        return self.code.rpartition(":")[2].partition(".")[0] in _OURS


def headers(action: str = "") -> Mapping[str, str]:
    """The HTTP headers of a call, the action as the carrier's document writes it; no action is sent as empty quotes."""
    return MappingProxyType(
        {"Content-Type": "text/xml;charset=UTF-8", "Accept": "text/xml", "SOAPAction": action or '""'}
    )


def headers_1_2(action: str) -> Mapping[str, str]:
    """The HTTP headers of a call in SOAP 1.2, where the action is a part of the type."""
    kind = f'application/soap+xml;charset=UTF-8;action="{action}"'
    return MappingProxyType({"Content-Type": kind, "Accept": "application/soap+xml, text/xml"})


def tag(name: str, *inside: str, namespace: str = "") -> str:
    """An element around other elements. With a namespace only itself is in it, as in schemas with unqualified parts."""
    if not namespace:
        return f"<{name}>{''.join(inside)}</{name}>"
    return f'<own:{name} xmlns:own="{escape(namespace)}">{"".join(inside)}</own:{name}>'


def leaf(name: str, value: str) -> str:
    """An element around a text, made harmless; what XML cannot hold is left out."""
    return f"<{name}>{escape(''.join(c for c in value if c.isprintable()))}</{name}>"


def envelope(body: str, header: str = "", *, namespace: str = _NAMESPACE) -> bytes:
    """The whole document around what stands in its body, and in its header if there is one."""
    head = f"<soap:Header>{header}</soap:Header>" if header else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soap:Envelope xmlns:soap="{namespace}">{head}<soap:Body>{body}</soap:Body></soap:Envelope>'
    ).encode()


def envelope_1_2(body: str, header: str = "") -> bytes:
    """As `envelope`, in SOAP 1.2."""
    return envelope(body, header, namespace=_NAMESPACE_1_2)


def read_soap(body: bytes) -> Mapping[str, Any] | Fault:
    """What stands in the body of an answer, or its fault. raises BodyError, and nothing else, whatever the bytes are"""
    inside = read.walk(read.read_xml(body), "Envelope", "Body")
    if not isinstance(inside, dict):
        raise read.BodyError("XML that is no SOAP")
    if "Fault" not in inside:
        return inside
    fault = read.mapping(inside["Fault"])
    return Fault(
        read.text(said(fault.get("faultcode") or read.walk(fault, "Code", "Value")), 60),
        read.text(said(fault.get("faultstring") or _first(read.walk(fault, "Reason", "Text"))), 200),
        read.mapping(fault.get("detail") or fault.get("Detail")),
    )


def _first(value: object) -> object:
    """The first of the languages that a reason is given in."""
    return value[0] if isinstance(value, list) and value else value


def said(value: object) -> object:
    """The text of an element, which may have attributes beside it."""
    return read.mapping(value).get("#text", value)
