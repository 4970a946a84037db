"""Drawings from outside: what draws is written anew; what runs, loads, hides or explodes is refused."""

import time
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.platform import svg

NS = 'xmlns="http://www.w3.org/2000/svg"'
PATH = '<path d="M2 19 9 6l4 7z"/>'


def drawn(inner: str, attributes: str = 'viewBox="0 0 24 24"') -> bytes:
    return f"<svg {NS} {attributes}>{inner}</svg>".encode()


def refused(raw: bytes) -> svg.BadDrawing:
    with pytest.raises(svg.BadDrawing) as caught:
        svg.clean(raw)
    return caught.value


def test_what_draws_stays() -> None:
    inner = (
        '<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="50%" stop-color="#fff"/>'
        '</linearGradient><clipPath id="c"><circle cx="4" cy="4" r="3"/></clipPath></defs>'
        '<g transform="translate(1 2) rotate(45)" fill="url(#g)" clip-path="url(#c)" stroke-width="1.5">'
        '<path d="M0 0C1 1-2.5 3e1 4 4z"/><rect x="1" y="1" width="2" height="2" rx=".5" fill="rgb(1,2,3)"/></g>'
    )
    assert svg.clean(drawn(inner)) == drawn(inner).decode()


def test_what_drawing_programs_leave_behind_is_dropped() -> None:
    raw = (
        '<?xml version="1.0" encoding="UTF-8"?><!-- made by hand -->'
        f'<svg {NS} xmlns:ink="http://ink.example" ink:version="1" width="24px" height="12" version="1.1">'
        "<title>Logo</title><metadata><rdf xmlns='http://rdf.example'><script/></rdf></metadata>"
        '<ink:page x="1"/><path class="a" data-name="b" style="fill:#abc;-ink-x:1;font-size:3px" d="M0 0h1"/></svg>'
    )
    assert svg.clean(raw.encode()) == f'<svg {NS} viewBox="0 0 24 12"><path fill="#abc" d="M0 0h1"/></svg>'


@pytest.mark.parametrize(
    ("inner", "reason", "what"),
    [
        ("<script>alert(1)</script>", "element", "script"),
        ("<style>*{fill:url(https://evil.example)}</style>", "element", "style"),
        ("<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>", "element", "foreignObject"),
        ("<body xmlns='http://www.w3.org/1999/xhtml'/>", "element", "body"),
        ("<image href='https://evil.example/x.png'/>", "element", "image"),
        ("<use href='#x'/>", "element", "use"),
        ("<a href='javascript:alert(1)'/>", "element", "a"),
        ("<animate attributeName='href' values='javascript:alert(1)'/>", "element", "animate"),
        ("<set attributeName='x'/>", "element", "set"),
        ("<text>words</text>", "element", "text"),
        (f"<svg {NS}/>", "element", "svg"),
        ("<filter id='f'/>", "element", "filter"),
        ("<path onload='alert(1)' d='M0 0'/>", "attribute", "onload"),
        ("<path onclick='alert(1)' d='M0 0'/>", "attribute", "onclick"),
        ("<path fill='url(https://evil.example/x)' d='M0 0'/>", "value", "fill"),
        ("<path fill='url(//evil.example#x)' d='M0 0'/>", "value", "fill"),
        ("<path style='fill:url(https://evil.example)' d='M0 0'/>", "value", "fill"),
        ("<path style='background-image:url(x)' d='M0 0'/>", "attribute", "background-image"),
        ("<path d='M0 0&quot;/&gt;&lt;script&gt;'/>", "value", "d"),
        ("<linearGradient href='https://evil.example#g'/>", "value", "href"),
        ("<path id='\"><script>' d='M0 0'/>".replace('"', "&quot;").replace("<script", "&lt;script"), "value", "id"),
        ("<path transform='rotate(expression(1))' d='M0 0'/>", "value", "transform"),
    ],
)
def test_what_runs_or_loads_is_refused_with_line_and_name(inner: str, reason: str, what: str) -> None:
    error = refused(drawn("\n\n" + inner + PATH))
    assert (error.reason, error.line, error.what) == (reason, 3, what)
    assert error.message.startswith("Line 3: ")


def test_hidden_xlink_is_refused() -> None:
    raw = (
        f"<svg {NS} xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='0 0 1 1'>"
        f"<linearGradient id='a' xlink:href='https://evil.example'/>{PATH}</svg>"
    )
    assert refused(raw.encode()).reason == "value"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"GIF89a", "not_xml"),
        (b"<svg", "not_xml"),
        (b"<svg/>", "not_svg"),
        (b"<html/>", "not_svg"),
        (b"\xff\xfe\x00<", "not_xml"),
        (drawn(""), "empty"),
        (drawn("<g/>"), "empty"),
        (drawn(PATH, ""), "no_size"),
        (drawn(PATH, 'width="100%" height="auto"'), "value"),
        (drawn("<g>" * 40 + PATH + "</g>" * 40), "too_deep"),
        (drawn(PATH * 2100), "too_many"),
        (drawn(PATH * 9000), "too_large"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + drawn(PATH), "doctype"),
        (b'<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + drawn(PATH), "doctype"),
        (b'<?xml-stylesheet href="https://evil.example/x.css"?>' + drawn(PATH), "instruction"),
        (b'<?xml version="1.0" encoding="x-nothing"?>' + drawn(PATH), "not_xml"),
    ],
)
def test_what_is_no_drawing_is_refused(raw: bytes, reason: str) -> None:
    assert refused(raw).reason == reason


def test_entities_never_grow() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    raw = f'<!DOCTYPE svg [<!ENTITY l0 "ha">{laughs}]><svg {NS}>&l9;</svg>'.encode()
    assert refused(raw).reason == "doctype"


@pytest.mark.parametrize(
    ("name", "piece"),
    [("d", "1"), ("points", "1 "), ("transform", "scale(1) "), ("fill", "a"), ("x", "1"), ("stroke-dasharray", "1")],
)
def test_reading_a_value_takes_time_in_proportion_to_it(name: str, piece: str) -> None:
    def spent(length: int) -> float:
        raw = drawn(f'<path {name}="{piece * (length // len(piece))}x"/>')
        began = time.process_time()
        for _ in range(5):
            refused(raw)
        return time.process_time() - began

    # a pattern that goes back and forth would take a hundred times as long for ten times the text
    assert spent(50_000) < 30 * max(spent(5_000), 0.001)


def test_other_encodings_become_utf_8() -> None:
    raw = f'<?xml version="1.0" encoding="UTF-16"?><svg {NS} viewBox="0 0 1 1">{PATH}</svg>'.encode("utf-16")
    assert svg.clean(raw).startswith("<svg")


def test_what_was_cleaned_is_clean() -> None:
    once = svg.clean(drawn(PATH))
    assert svg.clean(once.encode()) == once


@given(st.text(max_size=80), st.sampled_from(["fill", "d", "id", "transform", "style", "class", "href", "viewBox"]))
def test_any_value_is_refused_or_safe(value: str, name: str) -> None:
    raw = f"<svg {NS} viewBox='0 0 1 1'><path {name}={quoteattr(value)}/></svg>".encode(errors="replace")
    try:
        text = svg.clean(raw)
    except svg.BadDrawing:
        return
    part = ET.fromstring(text)[0]
    for kept in part.attrib.values():
        assert not {"<", ">", '"', "\\"} & set(kept)
        assert "javascript" not in kept.lower().replace(" ", "") or name in {"id", "fill"}
        assert "//" not in kept
