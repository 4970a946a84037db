"""No route shows or changes anything of another store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.api.conftest import Caller
from tests.api.test_orders import ORDER
from tracking.models import Order, Product, RecommendationPolicy, Shipment, TrackingEventRow
from tracking.platform.facts import Zone
from tracking.platform.status import Status

BODIES: dict[str, Any] = {
    "POST /api/v1/orders": {"number": "1001", "note": "mine now"},
    "POST /api/v1/orders/<key>/cancel": {},
    "POST /api/v1/orders/<key>/shipments": {"number": "1Z999AA10123456784", "carrier": "ups"},
    "POST /api/v1/shipments": {"order": "{order}", "number": "1Z999AA10123456784", "carrier": "ups"},
    "POST /api/v1/products": {"ref": "MINE", "title": "mine"},
    "POST /api/v1/products/bulk": {"products": [{"ref": "MINE", "title": "mine"}]},
    "PUT /api/v1/products/<path:ref>": {"title": "mine now"},
    "PUT /api/v1/recommendation-policy": {"excluded": ["MINE"], "email_offers": "never"},
}


@pytest.fixture
def furnished(shop: Caller, session: Session) -> dict[str, str]:
    """A store with one of everything; words by which it would be known."""
    order = shop.post("/orders", ORDER).json
    shop.post("/products", {"ref": "SECRET", "title": "Secret thing", "price": "1"})
    shop.ask("PUT", "/recommendation-policy", json={"excluded_categories": ["Secret thing"]}, headers={"If-Match": "*"})
    shipment = session.scalars(select(Shipment)).one()
    session.add(
        TrackingEventRow(
            shipment_id=shipment.id,
            store_id=shipment.store_id,
            month=202611,
            fingerprint="f" * 32,
            at=datetime(2026, 11, 21, tzinfo=UTC),
            zone=Zone.STATED,
            status=Status.IN_TRANSIT,
        )
    )
    session.commit()
    messages = shop.get("/messages").json["data"]
    assert messages, "an order plans messages"
    return {
        "order": order["id"],
        "shipment": shipment.public_id,
        "message": messages[0]["id"],
        "ref": "SECRET",
        "number": "1001",
    }


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule.rule


def keys_for(rule: str, furnished: dict[str, str]) -> list[str]:
    if "<path:ref>" in rule:
        return [furnished["ref"]]
    if "<key>" not in rule:
        return [""]
    return [furnished["shipment"], furnished["message"], furnished["order"], "1001"]


def test_every_route_hides_the_other_store(
    app: Flask, session: Session, furnished: dict[str, str], other_shop: Caller
) -> None:
    before = state(session)
    asked = 0
    for method, rule in routes(app):
        for key in keys_for(rule, furnished):
            path = rule.replace("<path:ref>", key).replace("<key>", key).removeprefix("/api/v1")
            body = BODIES.get(f"{method} {rule}")
            if body and "order" in body:
                body = {**body, "order": furnished["order"]}
            filters = [{}, {"order": furnished["order"]}, {"order": "1001"}, {"shipment": furnished["shipment"]}]
            for query in filters if method == "GET" else [{}]:
                headers = {"If-Match": "*"} if method == "PUT" else {}
                answer = other_shop.ask(method, path, json=body, query_string=query, headers=headers)
                asked += 1
                said = answer.get_data(as_text=True)
                assert answer.status_code < 500, (method, path, query, said)
                for secret in (furnished["shipment"], furnished["message"], "Secret thing", "Marie", "9AA10123456784x"):
                    assert secret not in said or secret in path or secret in str(query), (method, path, query)
                if key and method != "PUT":
                    assert answer.status_code == 404, (method, path, answer.status_code)
                elif method == "GET" and answer.status_code == 200:
                    # what a store always has is its own, with the words of nobody else
                    assert answer.json.get("data", []) == [], (method, path, query)
        if f"{method} {rule}" == "POST /api/v1/orders":
            # its own order of the same number is another order
            forget_own(session, other_shop)
        if method in {"PUT", "POST"} and "products" in rule:
            forget_own(session, other_shop)
    assert asked > 40
    assert state(session) == before


def state(session: Session) -> list[Any]:
    session.rollback()
    found = [
        sorted((row.public_id, row.note, row.state, row.version) for row in session.scalars(select(Order))),
        sorted((row.ref, row.title, row.store_id) for row in session.scalars(select(Product))),
        sorted(session.scalars(select(Shipment.public_id))),
        [row.excluded_categories for row in session.scalars(select(RecommendationPolicy)) if row.excluded_categories],
    ]
    session.rollback()
    return found


def forget_own(session: Session, caller: Caller) -> None:
    store_id = caller.store.id
    for kind in (Order, Product):
        for row in session.scalars(select(kind).where(kind.store_id == store_id)):
            session.delete(row)
    session.commit()


def test_every_route_needs_a_key(app: Flask, shop: Caller) -> None:
    client = app.test_client()
    for method, rule in routes(app):
        path = rule.replace("<path:ref>", "x").replace("<key>", "x")
        for headers in ({}, {"Authorization": "Bearer wp_nonsense"}, {"Authorization": f"Basic {shop.key}"}):
            answer = client.open(path, method=method, headers=headers, json={} if method in {"POST", "PUT"} else None)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.mimetype == "application/problem+json"


def test_revoked_key_is_refused(shop: Caller, session: Session) -> None:
    from tracking.models import ApiKey
    from tracking.platform import clock

    assert shop.get("/orders").status_code == 200
    session.scalars(select(ApiKey)).one().revoked_at = clock.now()
    session.commit()
    assert shop.get("/orders").status_code == 401
