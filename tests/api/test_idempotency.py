"""The same request twice is one change with one answer."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.api.conftest import Caller
from tests.api.test_orders import ORDER
from tracking.models import IdempotencyKey, Order
from tracking.platform import clock


def test_answer_is_replayed(shop: Caller, session: Session) -> None:
    headers = {"Idempotency-Key": "a-1"}
    first = shop.post("/orders", ORDER, headers=headers)
    shop.post("/orders", {"number": "1001", "note": "later"})
    again = shop.post("/orders", ORDER, headers=headers)
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers


def test_same_key_with_another_body_is_refused(shop: Caller) -> None:
    headers = {"Idempotency-Key": "a-1"}
    shop.post("/orders", ORDER, headers=headers)
    other = shop.post("/orders", {**ORDER, "number": "1002"}, headers=headers)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    elsewhere = shop.post("/orders/1001/cancel", ORDER, headers=headers)
    assert elsewhere.status_code == 422


def test_key_is_free_again_after_an_error(shop: Caller) -> None:
    headers = {"Idempotency-Key": "a-1"}
    assert shop.post("/orders", {"number": "1", "currency": "X"}, headers=headers).status_code == 422
    assert shop.post("/orders", {"number": "1"}, headers=headers).status_code == 201


def test_keys_of_stores_are_apart(shop: Caller, other_shop: Caller) -> None:
    headers = {"Idempotency-Key": "a-1"}
    assert shop.post("/orders", {"number": "1"}, headers=headers).status_code == 201
    assert other_shop.post("/orders", {"number": "2"}, headers=headers).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "é"])
def test_unusable_key_is_refused(shop: Caller, key: str) -> None:
    answer = shop.post("/orders", {"number": "1"}, headers={"Idempotency-Key": key.encode("utf-8").decode("latin-1")})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "Idempotency-Key"


def test_concurrent_use_is_one_change(shop: Caller, session: Session) -> None:
    answers: list[TestResponse] = []
    begin = threading.Barrier(4)

    def ask() -> None:
        begin.wait(20)
        answers.append(shop.post("/orders", ORDER, headers={"Idempotency-Key": "a-1"}))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert sum("Idempotency-Replayed" not in answer.headers for answer in done) == 1
    assert len({answer.data for answer in done}) == 1
    assert session.scalar(select(func.count()).select_from(Order)) == 1


def test_request_in_progress_is_told(shop: Caller, session: Session) -> None:
    headers = {"Idempotency-Key": "a-1"}
    shop.post("/orders", ORDER, headers=headers)
    row = session.scalars(select(IdempotencyKey)).one()
    row.status, row.body, row.created_at = 0, b"", clock.real_now()
    session.commit()
    answer = shop.post("/orders", ORDER, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (409, "request_in_progress")


def test_what_a_dead_process_left_is_taken_over(shop: Caller, session: Session) -> None:
    headers = {"Idempotency-Key": "a-1"}
    shop.post("/orders", ORDER, headers=headers)
    row = session.scalars(select(IdempotencyKey)).one()
    row.status, row.created_at = 0, clock.real_now() - timedelta(minutes=2)
    session.commit()
    assert shop.post("/orders", ORDER, headers=headers).status_code == 200
    assert session.scalar(select(func.count()).select_from(Order)) == 1
