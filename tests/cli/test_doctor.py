"""`waypost doctor`: what is at fault is named with what to do."""

import json
import os
import time
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.cli.conftest import Waypost
from tests.factories import make_account
from tracking.models import ModelFit, Store
from tracking.platform import security
from tracking.suggestions import fit_store


def examined(waypost: Waypost, **env: str) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    result = waypost("doctor", "--json", env=env)
    found: dict[str, list[tuple[str, str]]] = {}
    for finding in json.loads(result.stdout):
        found.setdefault(finding["part"], []).append((finding["state"], f"{finding['what']} {finding['fix']}"))
    return result.exit_code, found


def test_installation_that_is_fit_has_no_fault(waypost: Waypost, store: Store) -> None:
    code, found = examined(waypost)
    assert code == 0
    parts = {"settings", "address", "disk", "database", "queue", "clock", "stores", "recommendations", "senders"}
    assert set(found) == parts
    assert all(state != "fault" for findings in found.values() for state, _ in findings)
    assert "Fit for work." in waypost("doctor").stdout


def test_settings_are_told_all_at_once(waypost: Waypost) -> None:
    code, found = examined(
        waypost, WAYPOST_SECRET_KEY="short", WAYPOST_ENCRYPTION_KEY="none", WAYPOST_TRUSTED_PROXIES="x"
    )
    assert code == 1
    assert len(found["settings"]) == 3


def test_new_key_can_be_used_as_it_is(waypost: Waypost) -> None:
    printed = waypost("doctor", "--new-key").stdout.strip()
    assert Fernet(printed)


def test_old_schema_says_what_to_run(waypost: Waypost, tmp_path: Path) -> None:
    code, found = examined(waypost, WAYPOST_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert code == 1
    assert found["database"][0][0] == "fault"
    assert "waypost db upgrade" in found["database"][0][1]
    assert "stores" not in found


def test_database_that_is_away_is_told(waypost: Waypost, tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    code, found = examined(waypost, WAYPOST_DATABASE_URL=url, WAYPOST_QUEUE_URL=f"sqlite:///{tmp_path / 'q.db'}")
    assert code == 1
    assert "cannot be reached" in found["database"][0][1]


def test_store_without_a_sender_is_told(waypost: Waypost, store: Store, session: Session) -> None:
    store.sender_email = None
    session.commit()
    code, found = examined(waypost)
    assert code == 1
    assert "waypost store set fell sender_email=" in found["stores"][0][1]


def test_carrier_credentials_are_looked_at(waypost: Waypost, store: Store, session: Session) -> None:
    make_account(session, "dhl", credentials={"api_key": "k"}, name="main")
    make_account(session, "usps", credentials={"client_id": "a"}, name="half")
    session.commit()
    code, found = examined(waypost, WAYPOST_LA_POSTE_API_KEY="", WAYPOST_UPS_CLIENT_ID="only half")
    assert code == 1
    assert [state for state, _ in found["carriers"]] == ["ok", "fault", "fault"]
    assert "client_secret" in found["carriers"][1][1]
    assert "WAYPOST_UPS_CLIENT_SECRET is not set" in found["carriers"][2][1]


def test_credentials_under_a_lost_key_are_told(waypost: Waypost, store: Store, session: Session) -> None:
    account = make_account(session, "dhl", credentials={"api_key": "k"})
    security.use_keys(["x" * 40], [Fernet.generate_key().decode()])
    account.credentials = security.seal({"api_key": "k"})
    session.commit()
    code, found = examined(waypost)
    assert code == 1
    assert "another key" in found["carriers"][0][1]


def test_senders_that_cannot_be_reached_are_told(waypost: Waypost, store: Store) -> None:
    code, found = examined(
        waypost, WAYPOST_SMTP_URL="smtp://127.0.0.1:1", TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN="t"
    )
    assert code == 1
    assert [state for state, _ in found["senders"]] == ["fault"] * len(found["senders"])
    offline = waypost("doctor", "--json", "--offline", env={"WAYPOST_SMTP_URL": "smtp://127.0.0.1:1"})
    assert offline.exit_code == 0


def test_folder_that_cannot_be_written_is_told(waypost: Waypost, store: Store, tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    code, found = examined(waypost, WAYPOST_STATE_DIR=str(blocked / "state"))
    assert code == 1
    assert found["disk"][0][0] == "fault"


def test_clock_of_a_demonstration_is_noted(waypost: Waypost, store: Store) -> None:
    assert "WAYPOST_CLOCK" not in os.environ
    _, found = examined(waypost, WAYPOST_CLOCK="2026-01-01T00:00:00+00:00|0.0|600.0")
    assert found["clock"][0][0] == "note"


def test_what_was_learnt_is_told_with_its_age_and_its_faults(
    waypost: Waypost, store: Store, session: Session, tmp_path: Path
) -> None:
    def told() -> tuple[str, str]:
        [found] = examined(waypost, WAYPOST_STATE_DIR=str(tmp_path))[1]["recommendations"]
        return found

    assert told()[0] == "note"
    assert "nothing was learnt yet" in told()[1]
    for _ in range(2):
        path = fit_store(session, store.id, tmp_path).path
    session.commit()
    assert told()[0] == "ok"
    assert "fell: learnt from 0 orders, 0 min ago" in told()[1]
    long_ago = time.time() - 4 * 86_400
    os.utime(path, (long_ago, long_ago))
    assert told()[0] == "note"
    assert "4 days ago" in told()[1]
    session.execute(update(ModelFit).values(failures=2))
    session.commit()
    assert "since then 2 tries failed" in told()[1]
    path.write_bytes(b"WAYPOST")
    assert told()[0] == "fault"
    assert "the one before is used" in told()[1]
