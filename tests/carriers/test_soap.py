"""SOAP: what is sent cannot be broken out of, and an answer is a body or a fault."""

import pytest
import xmltodict

from tracking.carriers._reading import BodyError
from tracking.carriers._soap import Fault, envelope, envelope_1_2, headers, headers_1_2, leaf, read_soap, tag

OPEN = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
CLOSE = "</s:Body></s:Envelope>"


def test_a_value_stays_inside_its_element() -> None:
    hostile = '</number><evil a="1">&amp;]]>\x00\n'
    sent = envelope(tag("ask", leaf("number", hostile), namespace="urn:carrier"), leaf("token", "a&b"))
    document = xmltodict.parse(sent)["soap:Envelope"]
    assert document["soap:Body"]["own:ask"] == {
        "@xmlns:own": "urn:carrier",
        "number": '</number><evil a="1">&amp;]]>',
    }
    assert document["soap:Header"] == {"token": "a&b"}


def test_an_envelope_without_a_header_has_none() -> None:
    assert b"Header" not in envelope(tag("ask", leaf("number", "1")))
    assert headers()["SOAPAction"] == '""'
    assert headers("urn:ask")["SOAPAction"] == "urn:ask"


def test_the_body_of_an_answer_comes_without_namespaces() -> None:
    told = read_soap(f'{OPEN}<n:answer xmlns:n="urn:x"><n:a>1</n:a></n:answer>{CLOSE}'.encode())
    assert told == {"answer": {"a": "1"}}


@pytest.mark.parametrize(
    ("inside", "fault"),
    [
        (
            "<s:Fault><faultcode>s:Client</faultcode><faultstring>what</faultstring></s:Fault>",
            Fault("s:Client", "what"),
        ),
        (
            (
                '<s:Fault><faultcode>s:Server.Busy</faultcode><faultstring xml:lang="en">later</faultstring>'
                "<detail><n:why xmlns:n='urn:x'><code>E1</code></n:why></detail></s:Fault>"
            ),
            Fault("s:Server.Busy", "later", {"why": {"code": "E1"}}),
        ),
        ("<s:Fault/>", Fault("", "")),
        ("<s:Fault>broken</s:Fault>", Fault("", "")),
    ],
)
def test_a_fault_is_told_with_its_detail(inside: str, fault: Fault) -> None:
    assert read_soap(f"{OPEN}{inside}{CLOSE}".encode()) == fault


def test_only_a_clients_fault_is_ours() -> None:
    assert [Fault(code, "").is_ours for code in ("soap:Client", "Client.Auth", "soap:Server", "")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("body", [b"", b"{}", b"<a/>", b"<html>", (OPEN + "text" + CLOSE).encode(), OPEN.encode()])
def test_anything_else_is_no_soap(body: bytes) -> None:
    with pytest.raises(BodyError):
        read_soap(body)


def test_soap_1_2_has_its_own_namespace_and_type() -> None:
    document = xmltodict.parse(envelope_1_2(tag("ask", leaf("number", "1"))))["soap:Envelope"]
    assert document["@xmlns:soap"] == "http://www.w3.org/2003/05/soap-envelope"
    assert headers_1_2("urn:ask")["Content-Type"] == 'application/soap+xml;charset=UTF-8;action="urn:ask"'


def test_a_fault_of_soap_1_2_is_told_in_its_first_language() -> None:
    reason = '<s:Text xml:lang="en">who are you</s:Text><s:Text xml:lang="fr">qui êtes-vous</s:Text>'
    code = "<s:Code><s:Value>s:Sender</s:Value></s:Code>"
    inside = f"<s:Fault>{code}<s:Reason>{reason}</s:Reason><s:Detail><why>E1</why></s:Detail></s:Fault>"
    fault = read_soap(f"{OPEN}{inside}{CLOSE}".encode())
    assert fault == Fault("s:Sender", "who are you", {"why": "E1"})
    assert fault.is_ours
