"""The report on recommendations as a browser shows it: accessible and whole on every screen, in each language."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.browser.conftest import RULES
from tests.browser.test_console import log_in, on_a_screen
from tests.console.conftest import make_user
from tests.factories import NOON, make_product, make_store
from tracking.models import (
    RecommendationDay,
    RecommendationSettings,
    RecommendationSwitch,
    RecommendationTrialDay,
    Role,
    Surface,
    SwitchScope,
    User,
)
from tracking.platform import clock
from tracking.platform.clock import Anchor

pytestmark = pytest.mark.browser


@pytest.fixture
def base(app: Flask, session: Session) -> Iterator[str]:
    """A real server with a shop that has compared for two months, and where the guard turned something off."""
    with clock.frozen(NOON):
        shop = make_store(session, slug="fell", locales=["en", "fr", "th"])
        make_product(session, shop, ref="MUG", title="A mug whose name goes on for longer than those of most mugs do")
        make_user(session, "owner@example.com", (shop, Role.OWNER))
        day = (NOON - timedelta(days=20)).date()
        session.add(RecommendationSettings(store_id=shop.id, held_out_percent=10, since=NOON - timedelta(days=60)))
        for held_out, shoppers, came_back in ((False, 4100, 640), (True, 450, 61)):
            spent = came_back * 4000.0
            session.add(
                RecommendationTrialDay(
                    store_id=shop.id,
                    day=day,
                    held_out=held_out,
                    shoppers=shoppers,
                    came_back=came_back,
                    orders=came_back,
                    spent=spent,
                    spent_squares=spent * 4000,
                )
            )
        for surface in (Surface.PAGE, Surface.EMAIL):
            for kind in ("bought_together", "picked", "like_bought"):
                counts = {"shown": 12345, "clicked": 600, "dismissed": 12, "followed": 180, "followed_minor": 1234500}
                row = RecommendationDay(store_id=shop.id, day=day, surface=surface, kind=kind, place=0, **counts)
                session.add(row)
        for scope, subject in ((SwitchScope.PRODUCT, "MUG"), (SwitchScope.KIND, "popular")):
            numbers = {"shown": 900.0, "seen": 2.0, "expected": 27.0}
            session.add(
                RecommendationSwitch(
                    store_id=shop.id, scope=scope, subject=subject, why="unwanted", numbers=numbers, off_at=NOON
                )
            )
        session.commit()
    clock.set_anchor(Anchor(NOON + timedelta(hours=1), clock.real_now().timestamp()))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/console"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(browser: Browser, base: str, *, width: int, dark: bool = False, script: bool = True) -> Page:
    page = on_a_screen(browser, width=width, dark=dark, script=script)
    log_in(page, base)
    page.goto(f"{base}/s/fell/recommendations/report")
    return page


@pytest.mark.parametrize(("width", "dark"), [(360, False), (360, True), (1280, False), (1280, True)])
def test_it_is_accessible_and_whole_on_every_screen(browser: Browser, base: str, width: int, dark: bool) -> None:
    page = opened(browser, base, width=width, dark=dark)
    expect(page.get_by_role("heading", level=1)).to_have_text("No difference can be told yet")
    expect(page.locator("main svg[width='100%']")).to_be_visible()
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("locale", ["fr", "th"])
def test_long_words_of_other_languages_fit_a_phone(browser: Browser, base: str, session: Session, locale: str) -> None:
    session.scalars(select(User)).one().locale = locale
    session.commit()
    page = opened(browser, base, width=360)
    assert page.locator("html").get_attribute("lang") == locale
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_the_guard_turned_off_is_turned_on_without_a_script(browser: Browser, base: str) -> None:
    page = opened(browser, base, width=360, script=False)
    buttons = page.get_by_role("button", name="Turn on again")
    expect(buttons).to_have_count(2)
    for box in buttons.all():
        size = box.bounding_box()
        assert size
        assert size["height"] >= 43.9
    buttons.first.click()
    expect(page.get_by_text("Turned on again.")).to_be_visible()
    expect(page.get_by_role("button", name="Turn on again")).to_have_count(1)
