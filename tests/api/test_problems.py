"""Every error of the API is one shape, whatever raised it."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.api.conftest import Caller
from tracking.models import ApiKey, Order, RateLimit


def check(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    body = answer.json
    assert set(body) == {"type", "title", "status", "detail", "code", "errors"}
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"].endswith((".", "”.")) or body["detail"]
    return body


def test_unknown_address(shop: Caller) -> None:
    check(shop.get("/nothing"), 404, "not_found")
    check(shop.get("/orders/nothing"), 404, "not_found")


def test_wrong_method_names_the_right_ones(shop: Caller) -> None:
    answer = shop.ask("DELETE", "/orders")
    check(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_wrong_media_type(shop: Caller) -> None:
    answer = shop.ask("POST", "/orders", data="number=1", content_type="application/x-www-form-urlencoded")
    check(answer, 415, "unsupported_media_type")


def test_body_that_is_too_large(app: Flask, shop: Caller) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 100
    check(shop.post("/orders", {"number": "1", "note": "x" * 200}), 413, "too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"number": NaN}',
        b'{"number": "\\ud800"}',
        b"[" * 100_000,
        b'{"total": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "broken", "not UTF-8", "NaN", "half a character", "deep", "a huge number"],
)
def test_unreadable_body(shop: Caller, body: bytes) -> None:
    check(shop.ask("POST", "/orders", data=body, content_type="application/json"), 400, "bad_payload")


@pytest.mark.parametrize("body", [[], "x", 1, None, {"number": {}}, {"number": "1", "lines": {}}, {"number": ""}])
def test_wrong_shape(shop: Caller, body: Any) -> None:
    answer = shop.ask("POST", "/orders", data=json.dumps(body), content_type="application/json")
    assert check(answer, 422, "invalid_fields")["errors"]


def test_hostile_text_is_kept_as_text(shop: Caller, session: Session) -> None:
    note = "<script>alert(1)</script>\x00\x1b[31m\u202eevil =cmd|' /C calc'!A0 {{ 7*7 }} '; DROP TABLE orders; --"
    answer = shop.post("/orders", {"number": "1", "note": note, "metadata": {"a\x00b": "c\x00d"}})
    assert answer.status_code == 201
    assert answer.json["note"] == note.replace("\x00", "").replace("\x1b", "").replace("\u202e", "")
    assert answer.json["metadata"] == {"ab": "cd"}
    assert session.scalar(select(func.count()).select_from(Order)) == 1


def test_nul_is_refused_wherever_it_stands(shop: Caller) -> None:
    check(shop.get("/orders/a%00b"), 404, "not_found")
    check(shop.get("/products?category=a%00b"), 422, "bad_input")
    check(shop.post("/shipments", {"order": "a\x00b", "number": "1Z999AA10123456784"}), 404, "not_found")


def test_too_many_requests_are_told_when_to_come_back(app: Flask, shop: Caller, other_shop: Caller) -> None:
    app.config["API_RATE"] = (3, 3600)
    for _ in range(3):
        assert shop.get("/orders").status_code == 200
    answer = shop.get("/orders")
    check(answer, 429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600
    assert other_shop.get("/orders").status_code == 200


def test_counting_names_no_key(shop: Caller, session: Session) -> None:
    shop.get("/orders")
    row = session.scalars(select(RateLimit)).one()
    assert shop.key not in row.key
    assert row.used == 1


def test_key_remembers_when_it_was_used_but_not_each_time(shop: Caller, session: Session) -> None:
    shop.get("/orders")
    first = session.scalars(select(ApiKey.last_used_at)).one()
    session.rollback()
    assert first is not None
    shop.get("/orders")
    assert session.scalars(select(ApiKey.last_used_at)).one() == first


def test_our_own_failure_shows_nothing_of_itself(
    app: Flask, shop: Caller, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tracking import news

    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(news, "order_news", fail)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = shop.post("/orders", {"number": "1"}, headers={"Idempotency-Key": "k"})
    body = check(answer, 500, "internal_error")
    assert "secret" not in str(body)
    assert session.scalar(select(func.count()).select_from(Order)) == 0


def test_pages_keep_their_own_errors(app: Flask) -> None:
    answer = app.test_client().get("/nothing-here")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
