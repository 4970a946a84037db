"""The page as a browser shows it: whole on small screens and in large text, accessible, updating itself."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.browser.conftest import RULES
from tests.factories import make_store
from tests.storefront.shop import AT, TODAY, on_its_way
from tracking.models import Order, Shipment
from tracking.models.order import touch_order
from tracking.platform import clock
from tracking.platform.clock import Anchor
from tracking.platform.status import Status

pytestmark = pytest.mark.browser
BRANDS = {
    "en": {"accent": "#2a6b45", "second": "#c98a2b", "paper": "warm"},
    "fr": {"accent": "#b3322a", "face": "serif", "radius_px": 3},
    "th": {"accent": "#1f5c7c", "second": "#c47a12", "face": "thai", "radius_px": 22},
}


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    """A real server at noon."""
    clock.set_anchor(Anchor(AT, clock.real_now().timestamp()))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(browser: Browser, url: str, *, width: int = 360, script: bool = True, dark: bool = False) -> Page:
    """The page on a screen; any fault on its console fails."""
    context = browser.new_context(
        viewport={"width": width, "height": 640},
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.on("console", lambda message: pytest.fail(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(url, wait_until="load")
    return page


def shop(session: Session, locale: str) -> tuple[Order, Shipment]:
    """A store in its own look, with an order on its way."""
    store = make_store(session, brand=BRANDS[locale], locales=[locale, *(tag for tag in BRANDS if tag != locale)])
    order, shipment = on_its_way(session, store)
    order.locale = locale
    session.commit()
    return order, shipment


def refresh(page: Page) -> None:
    """Ask for what has changed, as the page does from time to time; what asks is loaded last."""
    page.wait_for_load_state("networkidle")
    page.evaluate("htmx.trigger(document.getElementById('live'), 'refresh')")


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def labels_collide(page: Page) -> bool:
    """Two words of the route lie over one another."""
    return bool(
        page.evaluate(
            """() => { const b = [...document.querySelectorAll('.route b, .route .note')].map(e => {
                const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect(); });
                return b.some((x, i) => b.some((y, j) => i < j && x.left < y.right - 1 && y.left < x.right - 1
                    && x.top < y.bottom - 1 && y.top < x.bottom - 1)); }"""
        )
    )


@pytest.mark.parametrize("locale", ["en", "fr", "th"])
def test_page_is_accessible_in_light_and_dark(browser: Browser, base: str, session: Session, locale: str) -> None:
    order, _ = shop(session, locale)
    for dark in (False, True):
        page = opened(browser, f"{base}/t/{order.token}", dark=dark)
        found = Axe().run(page, options={"runOnly": RULES})
        assert found.violations_count == 0, found.generate_report()
        page.context.close()


@pytest.mark.parametrize("path", ["/s/{slug}/track", "/t/{token}/preferences", "/u/{leave}"])
def test_forms_are_accessible(browser: Browser, base: str, session: Session, path: str) -> None:
    order, _ = shop(session, "en")
    assert order.customer
    url = path.format(slug=order.store.slug, token=order.token, leave=order.customer.unsubscribe_token)
    page = opened(browser, base + url)
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    page.context.close()


@pytest.mark.parametrize("locale", ["en", "fr", "th"])
def test_nothing_overflows_or_collides(browser: Browser, base: str, session: Session, locale: str) -> None:
    order, _ = shop(session, locale)
    for width, text in ((320, "100%"), (360, "100%"), (360, "200%"), (1280, "100%"), (1280, "200%")):
        page = opened(browser, f"{base}/t/{order.token}", width=width)
        page.evaluate("size => document.documentElement.style.setProperty('font-size', size)", text)
        assert not overflows(page), (width, text)
        assert not labels_collide(page), (width, text)
        page.context.close()


@pytest.mark.parametrize("locale", ["en", "fr", "th"])
def test_first_screen_of_a_phone_answers(browser: Browser, base: str, session: Session, locale: str) -> None:
    order, _ = shop(session, locale)
    page = opened(browser, f"{base}/t/{order.token}")
    for part in ("h1", ".news", ".act", ".route"):
        box = page.locator(part).first.bounding_box()
        assert box
        assert box["y"] + box["height"] <= 640, part
    height, line = page.evaluate(
        "() => { const h = document.querySelector('h1');"
        " return [h.offsetHeight, parseFloat(getComputedStyle(h).lineHeight)] }"
    )
    assert round(height / line) <= 3
    page.context.close()


def test_targets_are_large_enough(browser: Browser, base: str, session: Session) -> None:
    order, _ = shop(session, "en")
    page = opened(browser, f"{base}/t/{order.token}")
    for part in (".act", ".lang summary", ".row", ".copy", ".more summary"):
        box = page.locator(part).first.bounding_box()
        assert box
        assert box["height"] >= 43.9, part
    page.context.close()


def test_page_needs_no_script(browser: Browser, base: str, session: Session) -> None:
    order, _ = shop(session, "en")
    page = opened(browser, f"{base}/t/{order.token}", script=False)
    assert page.locator("h1").inner_text() == "Arriving Thursday 26 November"
    assert not page.locator("[data-copy]").is_visible()
    page.locator("#more summary").click()
    assert page.locator("#more li").first.is_visible()
    page.locator(".lang summary").click()
    page.get_by_role("link", name="Français").click()
    assert page.locator("html").get_attribute("lang") == "fr"
    page.context.close()


def test_open_page_updates_itself_and_says_so_once(browser: Browser, base: str, session: Session) -> None:
    order, shipment = shop(session, "en")
    page = opened(browser, f"{base}/t/{order.token}")
    page.locator("#more summary").click()
    with page.expect_response("**/live") as first:
        refresh(page)
    assert first.value.status == 304
    assert page.locator("#say").inner_text() == ""
    shipment.status, shipment.status_at, shipment.carrier_latest_on = Status.OUT_FOR_DELIVERY, AT, TODAY
    touch_order(session, order.id)
    session.commit()
    refresh(page)
    expect(page.locator("h1")).to_have_text("Coming today")
    expect(page.locator("#say")).to_have_text("Coming today")
    assert page.title().startswith("Coming today")
    assert page.locator("#more").get_attribute("open") is not None, "what was open stays open"
    with page.expect_response("**/live") as again:
        refresh(page)
    assert again.value.status == 304
    page.context.close()


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("en", "No connection right now. This is what was known 1 minute ago."),
        ("fr", "Pas de connexion pour le moment. Voici ce que nous savions il y a 1 minute."),
        ("th", "ขณะนี้เชื่อมต่อไม่ได้ นี่คือข้อมูลเมื่อ 1 นาทีที่ผ่านมา"),
    ],
)
def test_page_says_its_age_while_nobody_answers(
    browser: Browser, base: str, session: Session, locale: str, told: str
) -> None:
    order, _ = shop(session, locale)
    page = browser.new_context().new_page()
    page.goto(f"{base}/t/{order.token}", wait_until="networkidle")
    headline = page.locator("h1").inner_text()
    assert not page.locator("#stale").is_visible()
    page.context.set_offline(True)
    expect(page.locator("#stale")).to_have_text(told)
    expect(page.locator("#say")).to_have_text(told)
    assert page.locator("h1").inner_text() == headline, "the last state stays"
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    page.context.set_offline(False)
    with page.expect_response("**/live"):
        refresh(page)
    expect(page.locator("#stale")).to_be_hidden()
    page.route("**/live", lambda route: route.fulfill(status=503))
    refresh(page)
    expect(page.locator("#stale")).to_be_visible()
    page.context.close()


def test_checked_becomes_relative_by_the_business_clock(browser: Browser, base: str, session: Session) -> None:
    order, _ = shop(session, "en")
    page = opened(browser, f"{base}/t/{order.token}")
    assert page.locator("time[data-ago]").inner_text() == "checked 8 minutes ago"
    page.context.close()


def test_number_can_be_copied(browser: Browser, base: str, session: Session) -> None:
    order, shipment = shop(session, "en")
    page = opened(browser, f"{base}/t/{order.token}")
    page.locator("[data-copy]").click()
    expect(page.locator("#say")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == shipment.number
    page.context.close()


def test_nothing_is_asked_of_anybody_else(browser: Browser, base: str, session: Session) -> None:
    order, _ = shop(session, "en")
    context = browser.new_context()
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{base}/t/{order.token}", wait_until="networkidle")
    assert asked
    assert all(url.startswith(base) for url in asked)
    assert context.cookies() == []
    context.close()
