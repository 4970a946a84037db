"""`waypost store`, `user` and `key`: an installation without the console."""

import json

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.cli.conftest import Waypost
from tracking.models import ApiKey, Audit, Role, Store, StoreUser, User
from tracking.models.user import find_api_key
from tracking.platform import security

NEW = ("--name", "Papier & Co", "--country", "France", "--currency", "eur", "--time-zone", "Europe/Paris")


def test_store_is_made_shown_and_changed(waypost: Waypost, session: Session, store: Store) -> None:
    made = waypost("store", "create", "papier", *NEW, "--locales", "fr,en", "brand.accent=#abc", "--json")
    assert made.exit_code == 0, made.output
    facts = json.loads(made.stdout)
    assert (facts["slug"], facts["country"], facts["currency"], facts["locales"]) == (
        "papier",
        "FR",
        "EUR",
        ["fr", "en"],
    )
    assert facts["brand"] == {"accent": "#aabbcc"}
    changed = waypost(
        "store", "set", "papier", "domain=Track.Papier.example", "policies.returns_days=60", "brand.accent=", "--json"
    )
    facts = json.loads(changed.stdout)
    assert (facts["domain"], facts["policies"], facts["brand"]) == ("track.papier.example", {"returns_days": 60}, {})
    assert facts["version"] == 2
    assert [one["slug"] for one in json.loads(waypost("store", "show", "--json").stdout)] == ["fell", "papier"]
    assert "Papier & Co" in waypost("store", "show", "papier").stdout
    assert session.scalars(select(Audit.action).order_by(Audit.id)).all() == ["store.created", "store.changed"]


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        (["handling_days=many"], "whole number"),
        (["time_zone=Mars/Olympus"], "time zone"),
        (["locales=en,xx"], "languages"),
        (["name="], "cannot be empty"),
        (["brand.accent=reddish"], "colour"),
        (["domain=https://x.example/"], "host name"),
        (["url=javascript:alert(1)"], "web address"),
        (["support.phone=12"], "phone"),
        (["transit_days_min=9", "transit_days_max=3"], "larger"),
        (["handling_days=x", "support.email=y"], "support.email"),
    ],
)
def test_wrong_values_are_refused_all_at_once(
    waypost: Waypost, session: Session, store: Store, pairs: list[str], word: str
) -> None:
    result = waypost("store", "set", "fell", *pairs)
    assert result.exit_code == 1
    assert word in result.output
    session.refresh(store)
    assert store.version == 1


def test_wrong_keys_and_taken_names_are_refused(waypost: Waypost, store: Store) -> None:
    assert waypost("store", "set", "fell", "token=x").exit_code == 2
    assert waypost("store", "set", "fell").exit_code == 2
    assert "Another store" in waypost("store", "create", "fell", *NEW).output
    assert waypost("store", "create", "Not A Slug", *NEW).exit_code == 1


def test_user_is_made_with_a_password_that_is_no_argument(waypost: Waypost, session: Session, store: Store) -> None:
    made = waypost("user", "create", "Jo@Example.com", "--store", "fell", "--password-stdin", stdin="correct horse 1\n")
    assert made.exit_code == 0, made.output
    person = session.scalars(select(User)).one()
    epoch = person.session_epoch
    assert person.email == "jo@example.com"
    assert security.is_password("correct horse 1", person.password_hash)
    assert person.stores[0].role is Role.OWNER
    assert "correct horse" not in made.output
    session.rollback()
    again = waypost(
        *("user", "create", "jo@example.com", "--store", "fell", "--role", "viewer", "--password-stdin", "--json"),
        stdin="another password\n",
    )
    assert json.loads(again.stdout)["role"] == "viewer"
    session.expire_all()
    person = session.scalars(select(User)).one()
    assert security.is_password("another password", person.password_hash)
    assert person.session_epoch != epoch
    assert session.scalars(select(StoreUser.role)).all() == [Role.VIEWER]


@pytest.mark.parametrize(
    ("arguments", "stdin", "code"),
    [
        (["jo@example.com", "--store", "fell", "--password-stdin"], "short\n", 1),
        (["jo@example.com", "--store", "fell"], "", 2),
        (["jo", "--store", "fell", "--password-stdin"], "long enough to do\n", 1),
        (["jo@example.com", "--store", "nope", "--password-stdin"], "long enough to do\n", 1),
        (["jo@example.com", "--password-stdin"], "long enough to do\n", 2),
        (["jo@example.com", "--store", "fell", "--password", "x"], "", 2),
    ],
)
def test_user_that_cannot_be_made_is_refused(
    waypost: Waypost, session: Session, store: Store, *, arguments: list[str], stdin: str, code: int
) -> None:
    assert waypost("user", "create", *arguments, stdin=stdin).exit_code == code
    assert session.scalar(select(func.count()).select_from(User)) == 0


def test_key_is_shown_once_and_only_its_hash_is_kept(waypost: Waypost, session: Session, store: Store) -> None:
    made = waypost("key", "create", "--store", "fell", "--name", "export", "--json")
    secret = json.loads(made.stdout)["key"]
    plain = waypost("key", "create", "--store", "fell").stdout.strip()
    assert plain.startswith("wp_")
    found = find_api_key(session, security.hash_api_key(secret))
    assert found is not None
    assert (found.name, found.store_id) == ("export", store.id)
    session.rollback()
    listed = waypost("key", "list", "--store", "fell", "--json")
    assert secret not in listed.stdout
    assert [one["name"] for one in json.loads(listed.stdout)] == ["api", "export"]
    assert waypost("key", "revoke", secret[:10], "--store", "fell").exit_code == 0
    assert waypost("key", "revoke", secret[:10], "--store", "fell").exit_code == 0
    assert find_api_key(session, security.hash_api_key(secret)) is None
    assert waypost("key", "revoke", "wp_unknown", "--store", "fell").exit_code == 1
    assert session.scalar(select(func.count()).where(ApiKey.revoked_at.is_not(None))) == 1
    assert session.scalar(select(func.count()).where(Audit.action == "key.revoked")) == 1
