"""The user's own account: password, language, other sessions."""

import pytest

from tests.console.conftest import PASSWORD, Person, Scene
from tracking.console import account
from tracking.platform import security

NEW = "another four plain words"


def change(person: Person, current: str = PASSWORD, new: str = NEW, again: str | None = None) -> object:
    data = {"current": current, "new": new, "again": new if again is None else again}
    return person.post("/console/account/password", data)


def test_password_changes_and_ends_every_other_session(scene: Scene, owner: Person) -> None:
    other = scene.person()
    assert change(owner).status_code == 303
    assert owner.get("/console/account").status_code == 200, "this session goes on"
    assert other.get("/console/account").status_code == 303
    scene.session.expire_all()
    assert security.is_password(NEW, scene.owner.password_hash)
    assert Person(scene.app.test_client()).log_in("owner@example.com").status_code == 422
    assert Person(scene.app.test_client()).log_in("owner@example.com", NEW).status_code == 303


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"current": "wrong"}, "not your password of now"),
        ({"new": "short"}, "at least 12"),
        ({"new": "x" * 300}, "at most 256"),
        ({"new": "owner@example.com"}, "too easy"),
        ({"new": "aaaaaaaaaaaaaaaa"}, "too easy"),
        ({"again": "something else"}, "not the same"),
    ],
)
def test_password_that_is_no_good_is_refused_with_its_reason(
    scene: Scene, owner: Person, values: dict[str, str], told: str
) -> None:
    answer = change(owner, **values)
    assert answer.status_code == 422
    assert told in answer.text
    assert NEW not in answer.text
    scene.session.expire_all()
    assert security.is_password(PASSWORD, scene.owner.password_hash)


def test_guessing_the_password_from_inside_is_limited(scene: Scene, owner: Person) -> None:
    for _ in range(account.TRIES):
        assert change(owner, "wrong").status_code == 422
    assert change(owner).status_code == 429


def test_other_sessions_can_be_ended(scene: Scene, owner: Person) -> None:
    other = scene.person()
    assert owner.post("/console/account/sessions").status_code == 303
    assert owner.get("/console/account").status_code == 200
    assert other.get("/console/account").status_code == 303


def test_users_language_wins_over_the_browsers(scene: Scene) -> None:
    person = scene.person(**{"Accept-Language": "th"})
    assert 'lang="th"' in person.get(f"{scene.base}/").text
    assert person.post("/console/account", {"name": "Sam", "locale": "fr"}).status_code == 303
    page = person.get(f"{scene.base}/").text
    assert 'lang="fr"' in page
    assert "Envois" in page
    assert person.post("/console/account", {"name": "Sam", "locale": "xx"}).status_code == 303
    assert 'lang="th"' in person.get(f"{scene.base}/").text


def test_name_is_text(scene: Scene, owner: Person) -> None:
    owner.post("/console/account", {"name": "<script>x</script>", "locale": ""})
    assert "<script>x" not in owner.get("/console/account").text
    assert owner.post("/console/account", {"name": "x" * 200}).status_code == 422
