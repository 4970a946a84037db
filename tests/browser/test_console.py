"""The console as a browser shows it: by keyboard alone, without a script, accessible, whole on a phone."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.browser.conftest import RULES
from tests.console.conftest import PASSWORD, make_user
from tests.factories import NOON, make_account, make_customer, make_order, make_shipment, make_store
from tracking import news
from tracking.models import Role, Store
from tracking.platform import clock
from tracking.platform.clock import Anchor
from tracking.platform.status import Reason, Status

pytestmark = pytest.mark.browser


@pytest.fixture
def store(session: Session) -> Store:
    """A shop with parcels in several states and a user."""
    with clock.frozen(NOON):
        shop = make_store(session, slug="fell", brand={"accent": "#2a6a4b", "second": "#b45f06", "radius_px": 14})
        account = make_account(session, "ups", budgets=500)
        for n, (status, reason) in enumerate(
            (
                (Status.IN_TRANSIT, None),
                (Status.EXCEPTION, Reason.WEATHER),
                (Status.DELIVERED, None),
                (Status.AVAILABLE_FOR_PICKUP, None),
                (Status.PENDING, None),
            )
        ):
            customer = make_customer(session, shop, name=f"Zoé Müller {n}")
            order = make_order(session, shop, customer, number=f"1000{n}")
            parcel = make_shipment(session, order, carrier_account_id=account.id)
            news.order_news(session, order, [parcel])
            parcel.status, parcel.reason, parcel.status_at = status, reason, NOON
            parcel.delivered_at = NOON if status is Status.DELIVERED else None
        make_user(session, "owner@example.com", (shop, Role.OWNER))
        session.commit()
    return shop


@pytest.fixture
def base(app: Flask, store: Store) -> Iterator[str]:
    """A real server, an hour past noon."""
    clock.set_anchor(Anchor(NOON + timedelta(hours=1), clock.real_now().timestamp()))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/console"
    server.shutdown()
    thread.join()
    server.server_close()


def on_a_screen(browser: Browser, *, width: int = 1280, script: bool = True, dark: bool = False) -> Page:
    """An empty page on which any fault of a script or the policy fails."""
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 720},
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
        locale="en-GB",
    )
    page = context.new_page()
    page.on("console", lambda message: pytest.fail(message.text) if _is_fault(message.text, message.type) else None)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


def _is_fault(text: str, kind: str) -> bool:
    # a refused form is an answer, which Chromium writes down as an error
    return kind == "error" and "the server responded with a status of 4" not in text


def log_in(page: Page, base: str) -> None:
    page.goto(f"{base}/login")
    page.fill("#email", "owner@example.com")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/s/fell/")


def test_list_is_walked_and_an_order_opened_by_keyboard_alone(browser: Browser, base: str) -> None:
    page = on_a_screen(browser)
    log_in(page, base)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("a.open").first).to_be_focused()
    page.keyboard.press("j")
    number = page.locator("a.open").nth(1).inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/**")
    expect(page.locator("main")).to_contain_text(f"Order {number}")


def test_slash_goes_to_the_search_and_escape_leaves_it(browser: Browser, base: str) -> None:
    page = on_a_screen(browser)
    log_in(page, base)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("j10003")
    expect(page.locator("#q")).to_have_value("j10003")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("10003")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/**")
    assert "10003" not in page.url
    expect(page.locator("h1")).to_contain_text("Ready to collect")


def test_filters_follow_the_choice_and_stand_in_the_address(browser: Browser, base: str) -> None:
    page = on_a_screen(browser)
    log_in(page, base)
    page.select_option("#status", "delivered")
    page.wait_for_url("**/?status=delivered")
    expect(page.locator("a.open")).to_have_count(1)
    page.go_back()
    expect(page.locator("a.open")).to_have_count(5)


def test_everything_works_without_a_script(browser: Browser, base: str) -> None:
    page = on_a_screen(browser, script=False)
    log_in(page, base)
    page.select_option("#status", "trouble")
    page.click(".filters button")
    page.wait_for_url("**status=trouble**")
    page.locator("a.open").first.click()
    expect(page.locator("h1")).to_contain_text("Held up")
    page.locator(".danger summary").click()
    page.fill("#reason", "weather")
    page.click(".danger button")
    expect(page.locator("main")).to_contain_text("is cancelled")
    page.goto(f"{base}/s/fell/brand")
    page.fill("#accent", "#a8322a")
    page.click("text=Preview >> visible=true")
    expect(page.locator("#accent")).to_have_value("#a8322a")
    page.locator("details.me summary").click()
    page.click("text=Log out")
    page.wait_for_url("**/login")


def test_preview_follows_the_typing_and_saves_nothing(browser: Browser, base: str, store: Store) -> None:
    page = on_a_screen(browser)
    log_in(page, base)
    page.goto(f"{base}/s/fell/brand")

    def button() -> str:
        return str(page.locator(".look.light .act").evaluate("element => getComputedStyle(element).backgroundColor"))

    assert button() == "rgb(42, 106, 75)"
    page.fill("#accent", "#8a1c2b")
    expect(page.locator("link[href*='8a1c2b']")).to_have_count(1)
    page.wait_for_function(
        "getComputedStyle(document.querySelector('.look.light .act')).backgroundColor != 'rgb(42, 106, 75)'"
    )
    assert button() == "rgb(138, 28, 43)"
    page.fill("#accent", "#8a1c")
    expect(page.locator("#preview .fault")).to_contain_text("Write a colour like")
    page.reload()
    expect(page.locator("#accent")).to_have_value("#2a6a4b")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_is_accessible_and_fits_the_screen(browser: Browser, base: str, width: int, dark: bool) -> None:
    page = on_a_screen(browser, width=width, dark=dark)
    page.goto(f"{base}/login")
    found = {"login": _faults(page)}
    log_in(page, base)
    first = page.locator("a.open").first.get_attribute("href")
    paths = ["", "?status=trouble", "messages", "carriers", "brand", "languages", "senders", "help", "keys", "done"]
    for path in [
        *(f"{base}/s/fell/{part}" for part in paths),
        f"{base}/account",
        f"{base.removesuffix('/console')}{first}",
    ]:
        page.goto(path)
        found[path] = _faults(page)
    assert not {path: faults for path, faults in found.items() if faults}


def _faults(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than the screen."""
    report = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    faults = [
        f"{fault['id']}: {fault['nodes'][0]['html'][:160]} {fault['nodes'][0]['failureSummary'][:200]}"
        for fault in report.response["violations"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*faults, f"{wide} px too wide"] if wide > 0 else faults
