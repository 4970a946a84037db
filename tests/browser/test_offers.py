"""What a real browser reports of suggestions, and how one is sent away, with a script and without."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.browser.conftest import RULES
from tests.browser.test_tracking_page import base, opened, overflows
from tests.storefront.shop import AT, on_its_way
from tests.suggestions.shop import buy
from tracking import suggestions
from tracking.models import (
    Order,
    Product,
    RecommendationDismissal,
    RecommendationSettings,
    RecommendationTrial,
    RecommendationUse,
)

pytestmark = pytest.mark.browser
__all__ = ["base"]


@pytest.fixture
def order(app: Flask, session: Session, tmp_path: Path) -> Order:
    """On its way, in a shop with three things that go with it."""
    made, _parcel = on_its_way(session)
    mug = made.lines[0].product
    assert mug
    extra = [
        Product(store_id=made.store_id, ref=ref, title=ref.title(), url=f"/p/{ref}", price_minor=500, currency="GBP")
        for ref in ("KETTLE", "TEA", "JAM")
    ]
    for product in extra:
        product.url = f"http://127.0.0.1:9/{product.ref}"
    session.add_all(extra)
    session.flush()
    for number in (3, 3, 3, 2, 1):
        buy(session, made.store, None, mug, *extra[:number], placed_at=AT - timedelta(days=9))
    suggestions.fit_store(session, made.store_id, tmp_path)
    session.add(RecommendationSettings(store_id=made.store_id, held_out_percent=0, since=AT))
    session.commit()
    return made


def path_of(session: Session, order: Order) -> str:
    path = f"/t/{order.token}"
    session.rollback()
    return path


def uses(session: Session) -> dict[str, tuple[int, int, int]]:
    rows = session.execute(
        select(Product.ref, RecommendationUse.place, RecommendationUse.shown, RecommendationUse.clicks).join(
            Product, Product.id == RecommendationUse.product_id
        )
    ).all()
    # no lock is kept while the server writes
    session.rollback()
    return {ref: (place, shown, clicks) for ref, place, shown, clicks in rows}


def entered(session: Session) -> list[bool]:
    """Who was: held out or not."""
    found = list(session.scalars(select(RecommendationTrial.held_out)))
    session.rollback()
    return found


def until(met: Callable[[], Any], page: Page) -> None:
    """Wait for the server to have heard; fails after some seconds."""
    end = time.monotonic() + 8
    while not met():
        assert time.monotonic() < end, "nothing was reported"
        page.wait_for_timeout(100)


def test_only_what_came_into_view_for_a_second_is_reported(
    browser: Browser, base: str, session: Session, order: Order
) -> None:
    page = opened(browser, f"{base}{path_of(session, order)}")
    until(lambda: len(entered(session)) == 1, page)
    assert uses(session) == {}, "it is below the fold"
    # past it, and back at once
    page.evaluate("document.getElementById('offers').scrollIntoView()")
    page.wait_for_timeout(300)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1800)
    assert uses(session) == {}, "a glance is no view"
    page.evaluate("document.querySelector('#offers li').scrollIntoView({block: 'end'})")
    until(lambda: "KETTLE" in uses(session), page)
    assert uses(session)["KETTLE"] == (0, 1, 0)
    page.evaluate("document.querySelector('#offers li:last-child').scrollIntoView({block: 'end'})")
    until(lambda: len(uses(session)) == 3, page)
    page.context.close()


def test_what_is_followed_is_reported_though_the_page_is_left(
    browser: Browser, base: str, session: Session, order: Order
) -> None:
    page = opened(browser, f"{base}{path_of(session, order)}", width=1280)
    page.route("http://127.0.0.1:9/**", lambda route: route.fulfill(body="the shop"))
    page.locator("#offers li a").nth(1).click()
    page.wait_for_url("**/TEA")
    until(lambda: uses(session).get("TEA") == (1, 1, 1), page)
    page.context.close()


@pytest.mark.parametrize("wish", ["doNotTrack", "globalPrivacyControl"])
def test_who_asks_for_silence_sends_nothing(
    browser: Browser, base: str, session: Session, order: Order, wish: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    value = "'1'" if wish == "doNotTrack" else "true"
    context.add_init_script(f"Object.defineProperty(navigator, '{wish}', {{get: () => {value}}})")
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.goto(f"{base}{path_of(session, order)}")
    page.evaluate("document.getElementById('offers').scrollIntoView()")
    page.wait_for_timeout(2500)
    assert sent == []
    assert entered(session) == []
    context.close()


def test_it_is_sent_away_in_place_and_taken_back(browser: Browser, base: str, session: Session, order: Order) -> None:
    page = opened(browser, f"{base}{path_of(session, order)}")
    page.wait_for_load_state("networkidle")
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Not for me – Tea").click()
    back = page.get_by_role("button", name="Undo – Tea")
    expect(back).to_be_focused()
    assert page.locator("#offers h3").all_inner_texts() == ["Kettle", "Jam"]
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    assert not overflows(page)
    back.click()
    expect(page.locator("#offers h3")).to_have_count(3)
    assert page.evaluate("window.stayed"), "the page was not loaded again"
    session.rollback()
    assert session.scalars(select(RecommendationDismissal)).all() == []
    page.context.close()


def test_what_is_shown_after_one_was_sent_away_is_reported_in_its_new_place(
    browser: Browser, base: str, session: Session, order: Order
) -> None:
    page = opened(browser, f"{base}{path_of(session, order)}", width=1280)
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Not for me – Kettle").click()
    expect(page.locator("#offers h3")).to_have_count(2)
    page.evaluate("document.getElementById('offers').scrollIntoView()")
    until(lambda: uses(session).get("TEA", (9,))[0] == 0, page)
    page.context.close()


def test_without_a_script_it_is_sent_away_by_a_form(
    browser: Browser, base: str, session: Session, order: Order
) -> None:
    page = opened(browser, f"{base}{path_of(session, order)}", script=False)
    page.get_by_role("button", name="Not for me – Kettle").click()
    page.wait_for_url("**#offers")
    assert page.locator("#offers h3").all_inner_texts() == ["Tea", "Jam"]
    page.get_by_role("button", name="Undo – Kettle").click()
    assert page.locator("#offers h3").all_inner_texts() == ["Kettle", "Tea", "Jam"]
    page.context.close()


def test_who_is_held_out_reports_alike_and_has_nothing_to_see(
    browser: Browser, base: str, session: Session, order: Order
) -> None:
    settings = session.get(RecommendationSettings, order.store_id)
    assert settings
    settings.held_out_percent = 100
    session.commit()
    page = opened(browser, f"{base}{path_of(session, order)}")
    until(lambda: len(entered(session)) == 1, page)
    assert page.locator("#offers").bounding_box() is None
    assert "Goes with your order" not in page.inner_text("body")
    assert entered(session) == [True]
    page.context.close()


def test_targets_are_large_enough_in_each_language(browser: Browser, base: str, session: Session, order: Order) -> None:
    for lang in ("en", "fr", "th"):
        for width in (320, 360, 1280):
            page = opened(browser, f"{base}{path_of(session, order)}?lang={lang}", width=width)
            for box in page.locator("#offers button").all():
                size = box.bounding_box()
                assert size
                assert size["height"] >= 43.9
            assert not overflows(page), (lang, width)
            page.context.close()
