"""The merchant's rules as a browser shows them: without a script, accessible, whole on a phone, seen at once."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.browser.conftest import RULES
from tests.browser.test_console import log_in, on_a_screen
from tests.console.conftest import make_user
from tests.factories import NOON, make_product, make_store
from tests.suggestions.shop import buy
from tracking.models import Role
from tracking.platform import clock
from tracking.platform.clock import Anchor
from tracking.platform.web import settings_of
from tracking.suggestions import fit_store

pytestmark = pytest.mark.browser


@pytest.fixture
def base(app: Flask, session: Session) -> Iterator[str]:
    """A real server with a shop whose newest order shows a jug."""
    with clock.frozen(NOON):
        shop = make_store(session, slug="fell", brand={"accent": "#2a6a4b", "second": "#b45f06", "radius_px": 14})
        mug, jug, _red, _blue = (
            make_product(session, shop, ref=ref, title=title, category=category)
            for ref, title, category in (
                ("MUG", "Enamel mug", "Mugs"),
                ("JUG", "Glass jug", "Jugs"),
                ("CLOTH-1", "Linen cloth, red", "Linen and other things for the table"),
                ("CLOTH-2", "Linen cloth, blue", "Linen and other things for the table"),
            )
        )
        for _ in range(2):
            buy(session, shop, None, mug, jug, placed_at=NOON - timedelta(days=9))
        buy(session, shop, None, mug, number="10421")
        make_user(session, "owner@example.com", (shop, Role.OWNER))
        session.commit()
        fit_store(session, shop.id, settings_of(app).state_dir)
        session.commit()
    clock.set_anchor(Anchor(NOON + timedelta(hours=1), clock.real_now().timestamp()))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/console"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(browser: Browser, base: str, *, width: int = 360, dark: bool = False) -> Page:
    page = on_a_screen(browser, width=width, script=False, dark=dark)
    log_in(page, base)
    page.goto(f"{base}/s/fell/recommendations")
    return page


def test_a_rule_is_added_by_some_words_and_seen_at_once(browser: Browser, base: str) -> None:
    page = opened(browser, base)
    expect(page.locator("#now")).to_contain_text("Bought with your Enamel mug by 2 people")
    page.locator("#first summary").click()
    page.fill("#first-what", "linen cloth")
    page.fill("#first-beside", "mug")
    page.locator("#first").get_by_role("button", name="Add").click()
    # both cloths fit: the form asks which, stays open and is where the eye is
    expect(page.locator("#first-what")).to_be_in_viewport()
    page.get_by_label("Linen cloth, blue").check()
    page.locator("#first").get_by_role("button", name="Add").click()
    expect(page.locator("#first")).to_contain_text("beside Enamel mug")
    expect(page.locator("#now li").first).to_contain_text("Linen cloth, blue")
    expect(page.locator("#now")).to_contain_text("for your Enamel mug")
    page.locator("#first").get_by_role("button", name="Take away").click()
    expect(page.locator("#now")).not_to_contain_text("Linen cloth")


@pytest.mark.parametrize(("width", "dark"), [(360, False), (360, True), (1280, False)])
def test_it_is_accessible_and_whole_on_every_screen(browser: Browser, base: str, width: int, dark: bool) -> None:
    page = on_a_screen(browser, width=width, dark=dark)
    log_in(page, base)
    page.goto(f"{base}/s/fell/recommendations")
    for summary in page.locator(".add summary").all():
        summary.click()
    page.fill("#never-what", "cloth")
    page.locator("#never").get_by_role("button", name="Add").click()
    expect(page.get_by_text("Which one?")).to_be_visible()
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
