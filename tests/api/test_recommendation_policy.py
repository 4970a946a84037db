"""What the merchant wants of recommendations, set by the shop's own programs."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.api.conftest import Caller
from tests.factories import make_product
from tracking.models import Audit, RecommendationPolicy
from tracking.notifications import offers
from tracking.suggestions.policy import as_policy

PATH = "/recommendation-policy"
DEFAULTS = {
    "on_page": True,
    "in_emails": True,
    "email_offers": "law",
    "margin_weight": 0,
    "step_up_percent": 200,
    "shown_most": 8,
    "pinned": [],
    "excluded": [],
    "excluded_categories": [],
    "boosts": [],
    "category_boosts": [],
    "apart": [],
    "consumables": [],
}
ALL = {
    "on_page": False,
    "in_emails": False,
    "email_offers": "if_agreed",
    "margin_weight": 40,
    "step_up_percent": 150,
    "shown_most": 3,
    "pinned": [{"ref": "TEA", "beside": "MUG"}, {"ref": "JAM", "beside": None}],
    "excluded": ["AXE", "ปืน"],
    "excluded_categories": ["Weapons"],
    "boosts": [{"ref": "OIL", "percent": 50}],
    "category_boosts": [{"category": "Thé", "percent": 400}],
    "apart": [["Baby", "Gin"]],
    "consumables": ["Teas"],
}


def put(shop: Caller, body: Any, match: str | None = "*", **headers: str) -> TestResponse:
    conditions = {"If-Match": match} if match is not None else {}
    return shop.ask("PUT", PATH, json=body, headers={**conditions, **headers})


def rows(session: Session) -> list[RecommendationPolicy]:
    session.rollback()
    return list(session.scalars(select(RecommendationPolicy)))


def notes(session: Session) -> list[Any]:
    session.rollback()
    found = session.scalars(select(Audit).where(Audit.action.like("recommendations.%")).order_by(Audit.id))
    return [row.detail["changed"] for row in found]


def test_before_anybody_said_anything_it_shows_the_defaults_and_keeps_nothing(shop: Caller, session: Session) -> None:
    answer = shop.get(PATH)
    assert answer.status_code == 200
    assert answer.json == DEFAULTS
    assert rows(session) == []


def test_everything_can_be_said_and_is_shown_as_it_was_said(shop: Caller, session: Session) -> None:
    answer = put(shop, ALL)
    assert (answer.status_code, answer.json) == (200, ALL)
    assert shop.get(PATH).json == ALL
    assert shop.get(PATH).headers["ETag"] == answer.headers["ETag"]
    (row,) = rows(session)
    policy = as_policy(row)
    assert policy.pinned == {"MUG": ["TEA"], "": ["JAM"]}
    assert policy.boosts == {"OIL": 0.5, "Thé": 4.0}
    session.refresh(shop.store)
    assert offers.rule_of(shop.store) == "if_agreed"


def test_what_is_absent_stays_and_a_named_list_is_replaced(shop: Caller) -> None:
    put(shop, ALL)
    answer = put(shop, {"excluded": ["BOW"], "apart": [], "margin_weight": None})
    assert answer.json == {**ALL, "excluded": ["BOW"], "apart": []}
    assert put(shop, {"email_offers": "law"}).json["email_offers"] == "law"


def test_pins_stand_in_the_order_in_which_they_are_sent(shop: Caller, session: Session) -> None:
    pins = [{"ref": ref, "beside": None} for ref in ("TEA", "JAM", "OIL")]
    put(shop, {"pinned": pins})
    put(shop, {"pinned": [pins[2], pins[0]]})
    assert shop.get(PATH).json["pinned"] == [pins[2], pins[0]]
    assert notes(session) == [["pinned"], ["pinned"]]


def test_the_same_again_changes_nothing(shop: Caller, session: Session) -> None:
    first = put(shop, ALL)
    session.refresh(shop.store)
    version = shop.store.version
    again = put(shop, ALL, first.headers["ETag"])
    assert (again.status_code, again.headers["ETag"]) == (200, first.headers["ETag"])
    session.refresh(shop.store)
    assert shop.store.version == version
    assert notes(session) == [sorted(ALL)]


def test_a_change_is_written_down_and_pages_are_made_anew(shop: Caller, session: Session) -> None:
    version = shop.store.version
    put(shop, {"shown_most": 5, "on_page": True})
    session.refresh(shop.store)
    assert shop.store.version == version + 1
    (note,) = session.scalars(select(Audit).where(Audit.action == "recommendations.saved"))
    assert note.actor.startswith("key:wp_")
    assert note.detail == {"changed": ["shown_most"]}


def test_nothing_is_saved_over_what_somebody_else_said_meanwhile(shop: Caller, session: Session) -> None:
    read = shop.get(PATH)
    assert put(shop, {"excluded": ["AXE"]}).status_code == 200
    late = put(shop, {"excluded": ["BOW"]}, read.headers["ETag"])
    assert (late.status_code, late.json["code"]) == (412, "changed_meanwhile")
    assert shop.get(PATH).json["excluded"] == ["AXE"]
    assert put(shop, {"excluded": ["BOW"]}, shop.get(PATH).headers["ETag"]).status_code == 200


def test_other_settings_of_the_store_are_no_change(shop: Caller, session: Session) -> None:
    read = shop.get(PATH)
    shop.store.name, shop.store.version = "Another name", shop.store.version + 1
    session.commit()
    assert put(shop, {"shown_most": 5}, read.headers["ETag"]).status_code == 200


@pytest.mark.parametrize("match", ['"nonsense"', "nonsense", 'W/"x"', '""'])
def test_an_etag_of_nothing_changes_nothing(shop: Caller, match: str) -> None:
    assert put(shop, {"shown_most": 5}, match).status_code == 412
    assert shop.get(PATH).json == DEFAULTS


def test_a_change_says_what_it_is_based_on(shop: Caller) -> None:
    answer = put(shop, {"shown_most": 5}, None)
    assert (answer.status_code, answer.json["code"]) == (428, "if_match_needed")
    assert answer.mimetype == "application/problem+json"
    assert shop.get(PATH).json == DEFAULTS


def test_a_repeated_request_is_answered_alike_though_its_etag_is_old(shop: Caller, session: Session) -> None:
    match = shop.get(PATH).headers["ETag"]
    first = put(shop, {"excluded": ["AXE"]}, match, **{"Idempotency-Key": "one"})
    again = put(shop, {"excluded": ["AXE"]}, match, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert notes(session) == [["excluded"]]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"margin_weight": 101}, "margin_weight"),
        ({"step_up_percent": 100}, "step_up_percent"),
        ({"shown_most": 0}, "shown_most"),
        ({"shown_most": "3"}, "shown_most"),
        ({"on_page": "yes"}, "on_page"),
        ({"email_offers": "always"}, "email_offers"),
        ({"excluded": ["A", ""]}, "excluded.1"),
        ({"excluded": ["A", " \u202e "]}, "excluded.1"),
        ({"excluded": ["A", "A"]}, "excluded.1"),
        ({"excluded": [f"R{number}" for number in range(501)]}, "excluded"),
        ({"boosts": [{"ref": "A", "percent": 24}]}, "boosts.0.percent"),
        ({"boosts": [{"ref": "A", "percent": 50}, {"ref": "A", "percent": 200}]}, "boosts.1"),
        ({"category_boosts": [{"ref": "A", "percent": 50}]}, "category_boosts.0.category"),
        ({"pinned": [{"ref": "A", "beside": "A"}]}, "pinned.0"),
        ({"pinned": [{"beside": "A"}]}, "pinned.0.ref"),
        ({"pinned": [{"ref": "A"}], "excluded": ["A"]}, "pinned.0"),
        ({"apart": [["One"]]}, "apart.0"),
        ({"apart": [["One", "Two"], ["Two", "One"]]}, "apart.1"),
        ({"never": []}, "never"),
    ],
)
def test_what_is_no_wish_is_named_and_nothing_is_kept(
    shop: Caller, session: Session, wrong: dict[str, Any], field: str
) -> None:
    answer = put(shop, {"consumables": ["Teas"], **wrong})
    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.json["errors"]}
    assert shop.get(PATH).json == DEFAULTS
    assert notes(session) == []


def test_what_is_never_shown_is_not_shown_first(shop: Caller) -> None:
    put(shop, {"excluded": ["AXE"]})
    refused = put(shop, {"pinned": [{"ref": "AXE"}]})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "pinned.0")
    assert refused.json["code"] == "never_shown"
    # in one request the rule that stands in its way may go
    assert put(shop, {"pinned": [{"ref": "AXE"}], "excluded": []}).status_code == 200


def test_what_was_read_can_be_sent_back_whatever_it_is(shop: Caller) -> None:
    put(shop, {"pinned": [{"ref": "AXE"}]})
    # as in the console: what was pinned may be excluded later, and the exclusion counts
    read = put(shop, {"excluded": ["AXE"]})
    assert put(shop, read.json, read.headers["ETag"]).json == read.json


def test_names_are_kept_as_the_catalogue_keeps_them(shop: Caller, session: Session) -> None:
    make_product(session, shop.store, ref="Café")
    session.commit()
    assert put(shop, {"excluded": ["  Cafe\u0301 "]}).json["excluded"] == ["Café"]


def test_another_store_has_its_own(app: Flask, shop: Caller, other_shop: Caller, session: Session) -> None:
    put(shop, ALL)
    assert other_shop.get(PATH).json == DEFAULTS
    put(other_shop, {"excluded": ["BOW"]})
    assert shop.get(PATH).json == ALL
    assert len(rows(session)) == 2
