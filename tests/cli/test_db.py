"""`waypost db reencrypt`: stored credentials under the newest key."""

import json

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Session

from tests.cli.conftest import Waypost
from tests.conftest import ENCRYPTION_KEY
from tests.factories import make_account
from tracking.cli import db as command
from tracking.models import CarrierAccount, Store
from tracking.platform import clock, security
from tracking.platform.db import Base
from tracking.polling.resealing import SEALED

NEWER = Fernet.generate_key().decode()
LOST = Fernet.generate_key().decode()


def sealed_with(key: str, value: dict[str, str]) -> bytes:
    return Fernet(key).encrypt(json.dumps(value).encode())


def opens(key: str, sealed: bytes | None) -> dict[str, str]:
    assert sealed is not None
    return dict(json.loads(Fernet(key).decrypt(sealed)))


@pytest.fixture
def accounts(session: Session, store: Store) -> list[CarrierAccount]:
    """Three accounts under the older key; one of them with a token."""
    made = [make_account(session, carrier, store_id=store.id) for carrier in ("ups", "dhl", "fedex")]
    for number, account in enumerate(made):
        account.credentials = sealed_with(ENCRYPTION_KEY, {"client_id": f"id {number}"})
    made[0].token, made[0].token_expires_at = sealed_with(ENCRYPTION_KEY, {"token": "t"}), clock.real_now()
    session.commit()
    return made


def reencrypt(waypost: Waypost, session: Session, keys: str) -> tuple[int, dict[str, object], str]:
    # what this test has read or changed is no transaction that the command waits for
    session.commit()
    result = waypost("db", "reencrypt", "--json", env={"WAYPOST_ENCRYPTION_KEY": keys})
    session.expire_all()
    return result.exit_code, json.loads(result.stdout), result.stderr


def test_everything_is_under_the_newest_key_afterwards(
    waypost: Waypost, session: Session, accounts: list[CarrierAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_AT_ONCE", 2)
    code, told, _ = reencrypt(waypost, session, f"{NEWER},{ENCRYPTION_KEY}")
    assert (code, told) == (0, {"accounts": 3, "reencrypted": 4, "unchanged": 0, "unreadable": []})
    assert [opens(NEWER, account.credentials)["client_id"] for account in accounts] == ["id 0", "id 1", "id 2"]
    assert opens(NEWER, accounts[0].token) == {"token": "t"}
    assert accounts[1].token is None


def test_repeating_it_changes_nothing(waypost: Waypost, session: Session, accounts: list[CarrierAccount]) -> None:
    keys = f"{NEWER},{ENCRYPTION_KEY}"
    reencrypt(waypost, session, keys)
    before = session.scalars(select(CarrierAccount.credentials).order_by(CarrierAccount.id)).all()
    code, told, _ = reencrypt(waypost, session, keys)
    assert (code, told) == (0, {"accounts": 3, "reencrypted": 0, "unchanged": 4, "unreadable": []})
    assert session.scalars(select(CarrierAccount.credentials).order_by(CarrierAccount.id)).all() == before


def test_what_needs_a_lost_key_is_named_and_left_while_the_rest_is_done(
    waypost: Waypost, session: Session, accounts: list[CarrierAccount]
) -> None:
    lost = accounts[1].credentials = sealed_with(LOST, {"client_id": "id 1"})
    code, told, said = reencrypt(waypost, session, f"{NEWER},{ENCRYPTION_KEY}")
    name = f"dhl/{accounts[1].public_id}/credentials"
    assert (code, told["reencrypted"], told["unreadable"]) == (1, 3, [name])
    assert name in said
    assert accounts[1].credentials == lost
    assert opens(NEWER, accounts[2].credentials) == {"client_id": "id 2"}
    # with its key in the list, the next run does it
    code, told, _ = reencrypt(waypost, session, f"{NEWER},{LOST},{ENCRYPTION_KEY}")
    assert (code, told["reencrypted"], told["unchanged"]) == (0, 1, 3)


def test_it_says_in_words_how_many_and_prints_no_secret(
    waypost: Waypost, session: Session, accounts: list[CarrierAccount]
) -> None:
    result = waypost("db", "reencrypt", env={"WAYPOST_ENCRYPTION_KEY": f"{NEWER},{ENCRYPTION_KEY}"})
    assert result.stdout == "3 accounts: 4 values were encrypted anew, 0 had the newest key already.\n"
    assert NEWER not in result.output
    assert "id 0" not in result.output


def test_without_accounts_there_is_nothing_to_do(waypost: Waypost, session: Session, store: Store) -> None:
    code, told, _ = reencrypt(waypost, session, NEWER)
    assert (code, told["accounts"], told["reencrypted"]) == (0, 0, 0)


def test_every_encrypted_column_is_walked() -> None:
    # columns of bytes that are not encrypted: what carriers answered, and answers of ours
    plain = {"raw_answers.body", "idempotency_keys.body"}
    of_bytes = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert of_bytes - plain == {f"carrier_accounts.{name}" for name in SEALED}


def test_value_without_any_key_of_ours_is_not_the_newest() -> None:
    security.use_keys(("k" * 40,), (ENCRYPTION_KEY,))
    assert security.is_newest(security.seal({"a": 1}))
    assert not security.is_newest(sealed_with(LOST, {"a": "1"}))
