"""What an open page may report, what a form sends away, and what everybody else cannot do."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

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
from tracking.models.recommendation_policy import default_policy
from tracking.platform import clock
from tracking.storefront.tracking import pages
from tracking.suggestions import exposure


@pytest.fixture
def order(app: Flask, session: Session, tmp_path: Path) -> Order:
    """On its way, in a shop where people bought tea and jam with what it holds."""
    made, _parcel = on_its_way(session)
    store = made.store
    mug = made.lines[0].product
    assert mug
    tea, jam = (
        Product(
            store_id=store.id,
            ref=ref,
            title=ref.title(),
            url=f"https://shop.example/{ref}",
            price_minor=500,
            currency=store.currency,
        )
        for ref in ("TEA", "JAM")
    )
    session.add_all([tea, jam])
    session.flush()
    for extra in ([tea, jam], [tea, jam], [tea]):
        buy(session, store, None, mug, *extra, placed_at=AT - timedelta(days=9))
    suggestions.fit_store(session, store.id, tmp_path)
    session.commit()
    return made


@pytest.fixture
def page(client: FlaskClient, order: Order) -> str:
    with clock.frozen(AT):
        return client.get(f"/t/{order.token}").text


def note(page: str) -> str:
    found = re.search(r'data-note="([^"]+)"', page)
    assert found
    return unescape(found[1])


def titles(page: str) -> list[str]:
    listed = re.search(r'<ul class="offers.*?</ul>', page, re.DOTALL)
    return re.findall(r"<h3>(.*?)</h3>", listed[0]) if listed else []


def report(client: FlaskClient, order: Order, data: dict[str, object], **headers: str) -> int:
    with clock.frozen(AT):
        answer = client.post(f"/t/{order.token}/suggestions/seen", data=data, headers=headers)
    assert answer.data == b"" or answer.status_code != 204
    return answer.status_code


def wish(client: FlaskClient, order: Order, data: dict[str, object], **headers: str) -> str:
    with clock.frozen(AT):
        answer = client.post(f"/t/{order.token}/suggestions", data=data, headers=headers)
        assert answer.status_code in {200, 303}
        return answer.text if answer.status_code == 200 else client.get(answer.headers["Location"]).text


def uses(session: Session) -> list[tuple[str, int, int, int]]:
    session.expire_all()
    rows = session.execute(
        select(Product.ref, RecommendationUse.place, RecommendationUse.shown, RecommendationUse.clicks)
        .join(Product, Product.id == RecommendationUse.product_id)
        .order_by(RecommendationUse.place)
    )
    return [tuple(row) for row in rows]


def count(session: Session, row: type) -> int:
    return session.scalar(select(func.count()).select_from(row)) or 0


def test_looking_at_a_page_writes_nothing(client: FlaskClient, session: Session, page: str) -> None:
    assert titles(page) == ["Tea", "Jam"]
    assert uses(session) == []
    assert count(session, RecommendationTrial) == 0


def test_the_name_in_a_reason_is_marked_as_one_and_the_price_is_the_shops(page: str, order: Order) -> None:
    mug = order.lines[0].product
    assert mug
    assert f'<p>Bought with your <span class="name">{mug.title}</span> ' in page
    assert '<p class="price num">£5.00</p>' in page


def test_what_was_seen_and_followed_is_counted(client: FlaskClient, session: Session, order: Order, page: str) -> None:
    assert report(client, order, {"showing": note(page), "seen": ["0", "1"]}) == 204
    assert report(client, order, {"showing": note(page), "followed": "1"}) == 204
    assert uses(session) == [("TEA", 0, 1, 0), ("JAM", 1, 1, 1)]


def test_reports_that_are_not_ours_count_nothing_and_are_answered_alike(
    client: FlaskClient, session: Session, order: Order, page: str
) -> None:
    other, _parcel = on_its_way(session, number="JJD000390011488")
    good = note(page)
    reports: list[dict[str, object]] = [
        {},
        {"showing": "x", "seen": "0"},
        {"showing": good[:-2] + "xx", "seen": "0"},
        {"showing": good, "seen": ["7", "-1", "x", "", "00"]},
        {"showing": good, "followed": "9"},
    ]
    assert {report(client, order, data) for data in reports} == {204}
    # a good note beside another order
    assert report(client, other, {"showing": good, "seen": "0"}) == 204
    assert uses(session) == []
    assert report(client, Order(token="no-such-token"), {"showing": good}) == 404


def test_a_report_from_another_site_is_refused(client: FlaskClient, session: Session, order: Order, page: str) -> None:
    data: dict[str, object] = {"showing": note(page), "seen": "0", "not": "0"}
    assert report(client, order, data, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert report(client, order, data, Origin="https://evil.example") == 403
    refused = client.post(f"/t/{order.token}/suggestions", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert uses(session) == []
    assert count(session, RecommendationDismissal) == 0


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_who_asks_not_to_be_tracked_is_not_counted_but_is_obeyed(
    client: FlaskClient, session: Session, order: Order, page: str, header: str
) -> None:
    # a comparison in which this shopper is one of those who see some
    share = int(exposure.draw(order.store, order) * 100)
    session.add(RecommendationSettings(store_id=order.store_id, held_out_percent=share))
    session.commit()
    assert report(client, order, {"showing": note(page), "seen": "0", "followed": "0"}, **{header: "1"}) == 204
    assert uses(session) == []
    assert count(session, RecommendationTrial) == 0
    assert titles(wish(client, order, {"showing": note(page), "not": "0"}, **{header: "1"})) == ["Jam"]


def test_what_is_sent_away_is_gone_at_once_and_can_be_taken_back(
    client: FlaskClient, session: Session, order: Order, page: str
) -> None:
    shown = wish(client, order, {"showing": note(page), "not": "0"})
    assert titles(shown) == ["Jam"]
    assert "“Tea” will not be shown to you again." in shown
    back = re.search(r'name="back" value="([^"]+)"', shown)
    assert back
    shown = wish(client, order, {"back": unescape(back[1])})
    assert titles(shown) == ["Tea", "Jam"]
    assert "will not be shown" not in shown
    assert count(session, RecommendationDismissal) == 0


def test_a_way_back_is_offered_for_half_an_hour(client: FlaskClient, order: Order, page: str) -> None:
    wish(client, order, {"showing": note(page), "not": "0"})
    with clock.frozen(AT + timedelta(minutes=29)):
        assert "will not be shown" in client.get(f"/t/{order.token}").text
    with clock.frozen(AT + timedelta(minutes=31)):
        later = client.get(f"/t/{order.token}").text
    assert "will not be shown" not in later
    assert titles(later) == ["Jam"]


def test_a_script_gets_the_suggestions_alone_as_the_page_has_them(
    client: FlaskClient, app: Flask, order: Order, page: str
) -> None:
    fragment = wish(client, order, {"showing": note(page), "not": "0"}, **{"HX-Request": "true"})
    assert fragment.startswith('\n<section class="l suggestions"')
    assert "<html" not in fragment
    pages()._kept.clear()
    with clock.frozen(AT):
        whole = client.get(f"/t/{order.token}").text
    unsigned = re.compile(r'(data-note|value)="[^"]{20,}"')
    assert unsigned.sub("", fragment).replace(" autofocus", "").strip() in unsigned.sub("", whole)


def test_the_last_one_sent_away_leaves_a_way_back_and_then_nothing(
    client: FlaskClient, order: Order, page: str
) -> None:
    shown = wish(client, order, {"showing": note(page), "not": "0"})
    shown = wish(client, order, {"showing": note(shown), "not": "0"})
    assert titles(shown) == []
    assert shown.count("will not be shown to you again") == 2
    with clock.frozen(AT + timedelta(hours=1)):
        assert 'id="offers"' not in client.get(f"/t/{order.token}").text


def test_forged_and_foreign_wishes_change_nothing_and_lead_back(
    client: FlaskClient, session: Session, order: Order, page: str
) -> None:
    other, _parcel = on_its_way(session, number="JJD000390011488")
    for data in ({}, {"not": "0"}, {"showing": "x", "not": "0"}, {"showing": note(page), "not": "9"}, {"back": "x"}):
        assert titles(wish(client, order, dict(data))) == ["Tea", "Jam"]
    wish(client, other, {"showing": note(page), "not": "0"})
    assert count(session, RecommendationDismissal) == 0
    # a way back fits its own order alone
    back = re.search(r'name="back" value="([^"]+)"', wish(client, order, {"showing": note(page), "not": "0"}))
    assert back
    wish(client, other, {"back": unescape(back[1])})
    assert count(session, RecommendationDismissal) == 1


def test_wishes_and_reports_are_limited(client: FlaskClient, order: Order, page: str) -> None:
    for path, amount in (("suggestions", 60), ("suggestions/seen", 240)):
        statuses = [client.post(f"/t/{order.token}/{path}").status_code for _ in range(amount + 1)]
        assert set(statuses[:-1]) <= {204, 303}
        assert statuses[-1] == 429


def test_under_a_store_s_path_everything_stays_there(client: FlaskClient, order: Order) -> None:
    base = f"/s/{order.store.slug}/t/{order.token}"
    with clock.frozen(AT):
        shown = client.get(f"{base}?lang=fr").text
        assert f'action="{base}/suggestions?lang=fr"' in shown
        assert f'data-to="{base}/suggestions/seen?lang=fr"' in shown
        answer = client.post(f"{base}/suggestions?lang=fr", data={"showing": note(shown), "not": "0"})
    assert answer.headers["Location"] == f"{base}?lang=fr#offers"
    assert client.post(f"/s/other/t/{order.token}/suggestions").status_code == 404


def test_who_is_held_out_sees_nothing_and_is_entered_by_the_same_report(
    client: FlaskClient, session: Session, order: Order
) -> None:
    session.add(RecommendationSettings(store_id=order.store_id, held_out_percent=100))
    session.commit()
    pages()._kept.clear()
    with clock.frozen(AT):
        shown = client.get(f"/t/{order.token}").text
    assert titles(shown) == []
    assert "Goes with your order" not in shown
    assert report(client, order, {"showing": note(shown), "seen": ["0"], "followed": "0"}) == 204
    assert uses(session) == []
    assert [row.held_out for row in session.scalars(select(RecommendationTrial))] == [True]


def test_a_merchant_who_wants_none_on_the_page_has_none_and_compares_nobody(
    client: FlaskClient, session: Session, order: Order
) -> None:
    policy = default_policy(order.store_id)
    policy.on_page = False
    session.add(policy)
    session.commit()
    with clock.frozen(AT):
        assert 'id="offers"' not in client.get(f"/t/{order.token}").text


def test_a_parcel_found_by_its_number_offers_nothing(client: FlaskClient, order: Order) -> None:
    with clock.frozen(AT):
        answer = client.post(f"/s/{order.store.slug}/track", data={"number": "JJD000390011487"})
        shown = client.get(answer.headers["Location"]).text
    assert "suggestions" not in shown


def test_links_hold_nothing_of_what_is_offered(page: str) -> None:
    # addresses are the page's own or the shop's products; the note travels in forms alone
    for url in re.findall(r'(?:href|action|hx-post|data-to)="([^"]+)"', page):
        assert note(page)[:20] not in url
