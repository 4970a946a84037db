"""What pages load: from us alone, small, and kept by browsers under addresses that change with the content."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories import make_store
from tests.storefront.shop import on_its_way
from tracking.models.store import own_picture
from tracking.platform.brand import Brand, version
from tracking.storefront.frame import STATIC, asset, unbroken, web_url

HTMX_SHA256 = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
TEMPLATES = Path(STATIC).parent / "templates" / "storefront"


def squeezed(content: bytes) -> int:
    return len(gzip.compress(content, 9))


def test_htmx_is_the_one_that_was_looked_at() -> None:
    file = STATIC / "vendor" / "htmx.min.js"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == HTMX_SHA256
    assert (STATIC / "vendor" / "htmx.LICENSE").exists()
    assert HTMX_SHA256 in (STATIC / "vendor" / "README.md").read_text()


def test_scripts_weigh_little() -> None:
    assert squeezed((STATIC / "page.js").read_bytes()) < 3 * 1024
    both = squeezed((STATIC / "page.js").read_bytes()) + squeezed((STATIC / "vendor" / "htmx.min.js").read_bytes())
    assert both <= 20 * 1024


def test_page_and_styles_weigh_little(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    page = client.get(f"/t/{order.token}?lang=th").data
    styles = (STATIC / "waypost.css").read_bytes() + client.get(f"/s/{order.store.slug}/brand-x.css").data
    assert squeezed(page) + squeezed(styles) <= 20 * 1024


def test_page_loads_only_from_us(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    page = client.get(f"/t/{order.token}").text
    loaded = re.findall(r'<(?:script|img|link|source)[^>]+(?:src|href)="([^"]+)"', page)
    assert loaded
    for url in loaded:
        assert url.startswith("/")
        assert not url.startswith("//")
        with client.get(url) as answer:
            assert answer.status_code == 200


def test_static_files_are_kept_for_ever_under_their_version(client: FlaskClient, session: Session) -> None:
    with client.get(asset("waypost.css")) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    with client.get("/static/waypost.css") as answer:
        assert "immutable" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.html")), ids=lambda file: file.name)
def test_templates_need_no_inline_style_or_script(file: Path) -> None:
    html = file.read_text(encoding="utf-8")
    if file.name == "_route.html":
        html = html.split("{%- macro email_route")[0]  # mail programs know no stylesheet
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|<script(?! src=)", html)


def test_brand_sheet_is_kept_for_ever_under_its_version(client: FlaskClient, session: Session) -> None:
    store = make_store(session, brand={"accent": "#b3322a"})
    session.commit()
    newest = client.get(f"/s/{store.slug}/brand-{version(Brand('#b3322a'))}.css")
    assert newest.mimetype == "text/css"
    assert "immutable" in newest.headers["Cache-Control"]
    assert "--accent:#b3322a" in newest.text
    assert "immutable" not in client.get(f"/s/{store.slug}/brand-old.css").headers["Cache-Control"]
    assert client.get("/s/nobody/brand-old.css").status_code == 404


def test_icon_is_the_route_in_the_shops_colours(client: FlaskClient, session: Session) -> None:
    store = make_store(session, brand={"accent": "#b3322a"})
    session.commit()
    icon = client.get(f"/s/{store.slug}/icon-{version(Brand('#b3322a'))}.svg")
    assert icon.mimetype == "image/svg+xml"
    assert "#b3322a" in icon.text


def test_logo_can_run_nothing(client: FlaskClient, session: Session) -> None:
    store = make_store(session, brand={"logo_svg": "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"})
    session.commit()
    logo = client.get(f"/s/{store.slug}/logo-x.svg")
    assert logo.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in logo.headers["Content-Security-Policy"]
    plain = make_store(session)
    session.commit()
    assert client.get(f"/s/{plain.slug}/logo-x.svg").status_code == 404


def test_static_addresses_carry_their_content() -> None:
    assert re.fullmatch(r"/static/waypost\.css\?v=[0-9a-f]{12}", asset("waypost.css"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://shop.example/a.jpg", True),
        ("https://cdn.shop.example/a.jpg", True),
        ("/static/demo/a.svg", True),
        ("https://evilshop.example/a.jpg", False),
        ("https://cdn.example/a.jpg", False),
        ("//cdn.example/a.jpg", False),
        ("javascript:alert(1)", False),
        ("data:image/svg+xml,<svg/>", False),
        (None, False),
    ],
)
def test_pictures_come_from_us_or_the_shop(session: Session, url: str | None, shown: bool) -> None:
    store = make_store(session, url="https://www.shop.example")
    assert (own_picture(store, url) is not None) is shown


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example", "/\\evil.example", "https://", "mailto:x", ""]
)
def test_links_lead_to_the_web_or_to_us(url: str) -> None:
    assert web_url(url) is None


def test_thai_days_are_not_torn() -> None:
    day = '<span class="nb">วันพุธ</span>'
    assert unbroken("วันพุธที่ 2") == f'{day}<span class="nb">ที่ 2</span>'
    assert unbroken("วันพุธที่ 25 พ.ย. นี้") == f'{day}<span class="nb">ที่ 25 พ.ย.</span> นี้'
    assert unbroken("พรุ่งนี้หรือ") == '<span class="nb">พรุ่งนี้</span>หรือ'
    assert unbroken("วันนี้") == "วันนี้"


def test_number_of_a_day_stays_with_its_month() -> None:
    assert unbroken("Friday 25 – Monday 28 May") == (
        'Friday <span class="nb">25 –</span> Monday <span class="nb">28 May</span>'
    )
    assert unbroken("mardi 1er mai à 14:30") == 'mardi <span class="nb">1er mai</span> à 14:30'
    assert unbroken("1 <b> & 12:30 today") == "1 &lt;b&gt; &amp; 12:30 today"
