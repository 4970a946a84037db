"""The way in, the way out, and what nobody may learn or do on the way."""

import re
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.console.conftest import PASSWORD, Person, Scene, make_user
from tracking.console import login, session
from tracking.models import RateLimit, Role, User
from tracking.platform import clock
from tracking.platform.db import random_id


def test_owner_logs_in_and_lands_on_the_shipments(scene: Scene) -> None:
    person = Person(scene.app.test_client())
    answer = person.log_in("OWNER@example.com ")
    assert answer.status_code == 303
    landed = person.get(person.get(answer.location).location)
    assert landed.status_code == 200
    assert "Fell &amp; Ridge" in landed.text
    scene.session.expire_all()
    assert scene.owner.last_login_at is not None


def test_unknown_address_and_wrong_password_get_the_same_answer(scene: Scene) -> None:
    person = Person(scene.app.test_client())
    answers = [person.log_in("owner@example.com", "wrong"), person.log_in("nobody@example.com", "wrong")]
    assert [answer.status_code for answer in answers] == [422, 422]
    bodies = [re.sub(r'value="[^"]*"', "", answer.text) for answer in answers]
    assert bodies[0] == bodies[1]


def test_a_miss_takes_as_long_as_a_hit(real_hashing: None, scene: Scene) -> None:
    def took(email: str) -> float:
        person = Person(scene.app.test_client())
        token = person.token()
        began = time.perf_counter()
        person.client.post("/console/login", data={"csrf_token": token, "email": email, "password": "wrong"})
        return time.perf_counter() - began

    hits, misses = [], []
    for _ in range(3):
        hits.append(took("owner@example.com"))
        misses.append(took("nobody@example.com"))
    # both hash; without it a miss would be ten times as quick
    assert min(misses) > 0.4 * min(hits)


def test_inactive_user_stays_outside(scene: Scene) -> None:
    make_user(scene.session, "gone@example.com", (scene.store, Role.OWNER), is_active=False)
    scene.session.commit()
    assert Person(scene.app.test_client()).log_in("gone@example.com").status_code == 422


def test_tries_are_limited_and_the_right_password_does_not_help(scene: Scene) -> None:
    person = Person(scene.app.test_client())
    for _ in range(login.TRIES_OF_ONE_AT_ONE):
        assert person.log_in("owner@example.com", "wrong").status_code == 422
    answer = person.log_in("owner@example.com")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= login.PER_S + 1
    keys = scene.session.scalars(select(RateLimit.key)).all()
    assert keys
    assert not any("@" in key for key in keys)


def test_many_addresses_from_one_place_are_limited_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "TRIES_OF_ONE", 3)
    person = Person(scene.app.test_client())
    codes = [person.log_in(f"somebody{n}@example.com", "wrong").status_code for n in range(4)]
    assert codes == [422, 422, 422, 429]


@pytest.mark.parametrize("path", ["", "/", "/account", "/s/fell/", "/s/fell/brand", "/s/nowhere/", "/no/such/page"])
def test_nothing_is_seen_without_a_login(scene: Scene, path: str) -> None:
    answer = scene.app.test_client().get(f"/console{path}")
    assert answer.status_code == 303
    assert answer.location.startswith("/console/login")
    assert "Fell" not in answer.text


def test_login_leads_on_to_the_page_that_was_wanted(scene: Scene) -> None:
    person = Person(scene.app.test_client())
    asked = person.get("/console/s/fell/?status=trouble")
    answer = person.post(asked.location, {"email": "owner@example.com", "password": PASSWORD}, at=asked.location)
    assert answer.location == "/console/s/fell/?status=trouble"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example/console", "/consoleevil", "/t/token", "/console\\@evil", "/console/\n/x"],
)
def test_login_leads_nowhere_else(scene: Scene, target: str) -> None:
    person = Person(scene.app.test_client())
    data = {"email": "owner@example.com", "password": PASSWORD, "next": target}
    assert person.post("/console/login", data, at="/console/login").location == "/console/"


def test_session_begins_anew_at_login(scene: Scene) -> None:
    client = scene.app.test_client()
    person = Person(client)
    before = person.token()
    with client.session_transaction(path="/console") as planted:
        planted["planted"] = "by somebody else"
    assert person.log_in("owner@example.com").status_code == 303
    with client.session_transaction(path="/console") as now:
        assert "planted" not in now
    assert person.token("/console/account") != before
    # a token of the time before is of no use
    answer = client.post("/console/account", data={"csrf_token": before, "name": "x"})
    assert answer.status_code == 400


def test_cookie_is_for_the_console_alone_and_out_of_scripts_reach(scene: Scene) -> None:
    cookie = scene.app.test_client().get("/console/login").headers["Set-Cookie"]
    assert "Path=/console" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    for path in ("/track", "/healthz", f"/s/{scene.store.slug}/track", "/api/v1/openapi.json"):
        answer = scene.app.test_client().get(path)
        assert "Set-Cookie" not in answer.headers, path
        assert "Cookie" not in answer.headers.get("Vary", ""), path


def test_logout_is_a_post_and_ends_the_session(owner: Person) -> None:
    assert owner.get("/console/logout").status_code == 404
    assert owner.get("/console/account").status_code == 200
    assert owner.post("/console/logout").status_code == 303
    assert owner.get("/console/account").status_code == 303


def test_epoch_that_changed_ends_the_session(scene: Scene, owner: Person) -> None:
    scene.owner.session_epoch = random_id()
    scene.session.commit()
    assert owner.get("/console/account").status_code == 303


def test_user_who_was_switched_off_is_out_at_once(scene: Scene, owner: Person) -> None:
    scene.owner.is_active = False
    scene.session.commit()
    assert owner.get("/console/account").status_code == 303


def test_session_ends_after_a_week_in_any_case(scene: Scene, owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.real_now() + session.AT_MOST + timedelta(minutes=1)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    assert owner.get("/console/account").status_code == 303


def test_session_ends_after_half_a_day_without_a_request(scene: Scene, owner: Person) -> None:
    assert scene.app.permanent_session_lifetime == session.IDLE
    cookie = owner.get("/console/account").headers["Set-Cookie"]
    assert "Expires=" in cookie


def test_expired_session_sends_a_fragment_to_the_login(scene: Scene) -> None:
    person = Person(scene.app.test_client())
    token = person.token()
    answer = person.client.post(
        f"{scene.base}/brand/preview", data={"csrf_token": token}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/console/login"


def test_pages_are_kept_by_nobody_and_not_indexed(owner: Person, scene: Scene) -> None:
    answer = owner.get(f"{scene.base}/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_user_of_no_store_is_told_so(scene: Scene) -> None:
    person = scene.person(None)
    assert "No store is yours yet" in person.get("/console/").text


def test_new_login_leaves_no_password_in_the_page(scene: Scene) -> None:
    answer = Person(scene.app.test_client()).log_in("owner@example.com", "a wrong secret")
    assert "a wrong secret" not in answer.text
    assert isinstance(scene.session.scalar(select(User).where(User.email == "owner@example.com")), User)
