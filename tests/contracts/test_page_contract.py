"""What a shopper's page keeps: no undefined name, every fact explained, whole without a script, in each language."""

import dataclasses
import inspect
import re
from html.parser import HTMLParser

import jinja2
import pytest
from flask import Flask, render_template
from markupsafe import Markup

from tests.storefront.situations import LANGUAGES, NOW, ROWS, speaking
from tracking.platform import i18n
from tracking.storefront import deck, facts, journey
from tracking.storefront.facts import (
    Action,
    Fact,
    Frame,
    HelpLink,
    ItemFacts,
    Language,
    Missing,
    Offers,
    OtherParcel,
    PageFacts,
    ParcelFacts,
    SentAway,
    Sentence,
    StoreFacts,
    Suggestion,
    strong,
)
from tracking.storefront.frame import asset, unbroken
from tracking.storefront.situation import State

FACTS = [kind for _, kind in inspect.getmembers(facts, inspect.isclass) if dataclasses.is_dataclass(kind)]
VOID = {"meta", "link", "input", "img", "br", "path", "rect", "circle"}


class Outline(HTMLParser):
    """Headings, ids, and whether tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)
        named = dict(attrs)
        if named.get("id"):
            self.ids.append(named["id"] or "")
        for reference in ("aria-labelledby", "aria-describedby", "for"):
            self.references.extend((named.get(reference) or "").split())
        if tag == "a" and (named.get("href") or "").startswith("#"):
            self.references.append((named["href"] or "")[1:])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture
def pages() -> Flask:
    """Only templates, strict about names."""
    app = Flask("tracking")
    i18n.init_app(app)
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.filters["unbroken"] = unbroken
    return app


OFFERS = Offers(
    "Goes with",
    (Suggestion("Bottle", Sentence.of(f"Bought with {strong('Mug')}"), "£1", None, "/x"),),
    (SentAway("Pot", "note"),),
    "note",
    "/wish",
    "/seen",
)


def page_of(state: State, *, full: bool) -> PageFacts:
    """A page in that state, with everything it may show, or nothing that it may leave out."""
    order, parcel = ROWS[state]
    said = deck.say(state, order, parcel, NOW)
    store = StoreFacts("Fell & Ridge", "fell", "/logo.svg", "https://shop.example", "/brand.css", "/icon.svg", "Kendal")
    languages = tuple(Language(tag, tag, f"?lang={tag}", tag == "en") for tag in LANGUAGES)
    if not full:
        store = dataclasses.replace(store, logo_url=None, home_url=None, imprint="")
    return PageFacts(
        frame=Frame(store, i18n.locale(), "Title", languages if full else (), "Order 1" if full else ""),
        state=state.value,
        mark=deck.mark_of(state),
        headline=Sentence.of(said.headline),
        second=Sentence.of(said.second) if said.second else None,
        confidence="Likely" if full else "",
        how_we_know=("One.", "Two.") if full else (),
        last_seen="Last seen" if full else "",
        checked_at=NOW.at if full else None,
        checked="checked 12:00" if full else "",
        checked_ago="checked {ago}",
        action=Action("Write to us", "#help", outside=True) if full else None,
        summary="2 parcels" if full else "",
        route=journey.route(state, order, parcel, [], NOW),
        parcel=ParcelFacts("ref", "DHL", "12 34", "1234", "https://dhl.example", "its own page") if full else None,
        items_title="In this parcel",
        items=(ItemFacts("Mug", "tin", 2, "/a.svg", "/p", "/g", "Care"), ItemFacts("Pan", "", 1, None, None, None, "")),
        others=(OtherParcel("Parcel 2", "Arriving", "Pan", "?parcel=x", deck.mark_of(state)),) if full else (),
        events=tuple(facts.EventFacts(NOW.at, "today", f"Event {n}", "") for n in range(5)) if full else (),
        shown=3,
        facts=(Fact("To", "Kendal"),) if full else (),
        missing=Missing((Fact("When", "today"),), ("Door",), "Then") if full else None,
        preferences="/prefs" if full else None,
        preferences_note="all news",
        help=(HelpLink("mail", "Write", "mailto:a@b.c", "3 h"),) if full else (),
        offers=OFFERS if full else Offers(),
        live_url="/live",
        refresh_s=30,
        changes_at=None,
    )


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.__name__)
def test_every_fact_is_frozen_and_explained(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert kind.__doc__
    if kind in {PageFacts, StoreFacts}:
        for field in dataclasses.fields(kind):
            assert re.search(rf"\b{field.name}\b", kind.__doc__), f"{kind.__name__}.{field.name} is not explained"


@pytest.mark.parametrize("full", [True, False], ids=["everything", "least"])
@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("state", list(State), ids=str)
def test_page_is_sound_in_every_state_and_language(pages: Flask, state: State, locale: str, full: bool) -> None:
    with pages.test_request_context(), speaking(locale):
        page = page_of(state, full=full)
        context = {"page": page, "frame": page.frame, "checked": Markup("checked"), "etag": '"x"', "clock": None}
        html = render_template("storefront/tracking.html", **context)
        fragment = render_template("storefront/_live.html", **context)
    assert fragment.strip() in html
    outline = Outline()
    outline.feed(html.replace("<!doctype html>", ""))
    assert not outline.open
    assert outline.headings[0] == "h1"
    assert outline.headings.count("h1") == 1
    assert len(outline.ids) == len(set(outline.ids))
    if full:
        assert set(outline.references) <= set(outline.ids)
    assert html.count('aria-current="step"') == 1
    assert "\ue000" not in html


def test_page_is_whole_without_scripts(pages: Flask) -> None:
    with pages.test_request_context(), speaking("en"):
        page = page_of(State.IN_TRANSIT, full=True)
        context = {"page": page, "frame": page.frame, "checked": "", "etag": '"x"', "clock": None}
        html = render_template("storefront/tracking.html", **context)
    bare = re.sub(r"<script.*?</script>", "", html)
    for shown in ("Arriving", "Event 4", "Write", "/prefs", "12 34", "?lang=th"):
        assert shown in bare
    assert re.search(r'<button class="copy"[^>]* hidden', bare), "a button that cannot work is not shown"
