"""What every page of the console keeps: frozen and explained facts, no undefined name, each language, sound HTML."""

import dataclasses
import gzip
import inspect
import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest

import tracking
from tests.console.conftest import Person, Scene
from tests.factories import make_account
from tracking.console import facts
from tracking.models import Message, MessageState, Role
from tracking.notifications import ledger

FACTS = [kind for _, kind in inspect.getmembers(facts, inspect.isclass) if dataclasses.is_dataclass(kind)]
VOID = {"meta", "link", "input", "img", "br", "path", "rect", "circle"}
PARTS = (
    "/",
    "/?status=trouble",
    "/messages",
    "/carriers",
    "/brand",
    "/languages",
    "/senders",
    "/help",
    "/recommendations",
    "/keys",
    "/done",
)
LANGUAGES = ("en", "fr", "th")
STATIC = Path(tracking.__file__).parent / "static"


class Outline(HTMLParser):
    """Headings, ids, what refers to them, controls and their names, and whether tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)
        if named.get("id"):
            self.ids.append(named["id"] or "")
        for reference in ("aria-labelledby", "aria-describedby", "for"):
            self.references.extend((named.get(reference) or "").split())
        self.inline += [name for name in named if name == "style" or name.startswith("on")]
        self.inline += ["script"] if tag == "script" and not named.get("src") else []
        for name in ("src", "href", "action"):
            url = named.get(name) or ""
            if name != "href" or tag == "link":
                assert not url.startswith(("http", "//")), url

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def outlined(html: str) -> Outline:
    outline = Outline()
    outline.feed(html.replace("<!doctype html>", ""))
    return outline


def sound(html: str) -> None:
    outline = outlined(html)
    assert not outline.open
    assert outline.headings[0] == "h1"
    assert outline.headings.count("h1") == 1
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.references) <= set(outline.ids)
    assert not outline.inline, "a strict policy runs nothing that stands in the page"


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.__name__)
def test_every_fact_is_frozen_and_explained(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert (kind.__doc__ or "").endswith((".", "\n    "))
    assert not (kind.__doc__ or "").startswith(f"{kind.__name__}("), "dataclasses write this where nobody did"


@pytest.fixture
def strict(scene: Scene) -> Scene:
    """Every page has something to say, and a name that is not there is a failure."""
    scene.app.jinja_env.undefined = jinja2.StrictUndefined
    scene.app.jinja_env.bytecode_cache = None
    message = scene.session.query(Message).filter_by(order_id=scene.order.id).first()
    ledger.move(scene.session, message, MessageState.FAILED, "refused", detail="x")
    scene.shipment.carrier_account_id = make_account(scene.session, "ups", budgets=10, failures=9).id
    scene.session.commit()
    return scene


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_page_is_sound_in_every_language(strict: Scene, locale: str) -> None:
    person = strict.person(**{"Accept-Language": locale})
    person.post(f"{strict.base}/keys", {"name": "Server"})
    pages = [f"{strict.base}{part}" for part in PARTS]
    pages += ["/console/account", f"{strict.base}/orders/{strict.order.public_id}"]
    for url in pages:
        answer = person.get(url)
        assert answer.status_code == 200, url
        assert f'lang="{locale}"' in answer.text
        sound(answer.text)
        if locale == "th":
            # nothing but names and the words of shops and carriers is left in Latin letters
            assert not re.search(r">(Save|Shipments|Settings|Log out|Carriers)<", answer.text), url
    for body in ({"q": "nothing like it"}, {"q": "zoe"}):
        person.post(f"{strict.base}/search", body)
    sound(person.post(f"{strict.base}/search", {"q": "nothing like it"}).text)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_doors_and_refusals_are_sound_too(strict: Scene, locale: str) -> None:
    person = Person(strict.app.test_client(), **{"Accept-Language": locale})
    sound(person.get("/console/login").text)
    sound(person.log_in("nobody@example.com").text)
    viewer = strict.person(Role.VIEWER, **{"Accept-Language": locale})
    for url, status in (("/console/nowhere", 404), (f"{strict.base}/keys", 403), ("/console/s/maison/", 404)):
        answer = viewer.get(url)
        assert answer.status_code == status
        sound(answer.text)
    sound(viewer.client.post("/console/account").text)


def test_forms_with_faults_are_sound(strict: Scene) -> None:
    owner = strict.person()
    for part in ("brand", "languages", "senders", "help", "keys"):
        answer = owner.post(f"{strict.base}/{part}", {"accent": "x", "sender_email": "x", "email": "x", "name": ""})
        assert answer.status_code == 422
        sound(answer.text)
    sound(owner.post("/console/account/password", {"current": "x", "new": "x"}).text)


def test_pages_are_light(strict: Scene) -> None:
    page = strict.person().get(f"{strict.base}/").data
    sheets = [(STATIC / name).read_bytes() for name in ("waypost.css", "console.css")]
    assert sum(len(gzip.compress(part)) for part in (page, *sheets)) < 20_000
    assert len(gzip.compress((STATIC / "console.js").read_bytes())) < 4_000
