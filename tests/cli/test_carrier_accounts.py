"""`waypost carriers connect`, `accounts`, `disconnect`."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.cli.conftest import Waypost
from tests.factories import make_order, make_shipment
from tracking.models import Audit, CarrierAccount, Store
from tracking.platform import security

TOLD = json.dumps({"client_id": "an id", "client_secret": "kept to ourselves"})


def test_account_is_connected_listed_and_disconnected(waypost: Waypost, session: Session, store: Store) -> None:
    made = waypost("carriers", "connect", "ups", "--store", "fell", "--credentials", "-", "--json", stdin=TOLD)
    assert made.exit_code == 0, made.output
    facts = json.loads(made.stdout)
    assert (facts["carrier"], facts["store"], facts["enabled"]) == ("ups", "fell", True)
    assert "kept to ourselves" not in made.output
    row = session.scalars(select(CarrierAccount)).one()
    assert security.unseal(row.credentials) == json.loads(TOLD)
    parcel = make_shipment(session, make_order(session, store), carrier="ups", carrier_account_id=row.id)
    session.commit()
    assert [one["id"] for one in json.loads(waypost("carriers", "accounts", "--json").stdout)] == [facts["id"]]
    assert "fell" in waypost("carriers", "accounts", "--store", "fell").stdout
    assert waypost("carriers", "disconnect", facts["id"]).exit_code == 0
    session.expire_all()
    assert (row.enabled, row.credentials, parcel.carrier_account_id) == (False, b"", None)
    assert session.scalars(select(Audit.action).order_by(Audit.id)).all() == [
        "carrier.connected",
        "carrier.disconnected",
    ]


def test_credentials_are_asked_for_and_not_shown(waypost: Waypost, session: Session) -> None:
    made = waypost("carriers", "connect", "dhl", stdin="a-secret-key\n\n")
    assert made.exit_code == 0, made.output
    assert "a-secret-key" not in made.output
    row = session.scalars(select(CarrierAccount)).one()
    assert (row.store_id, security.unseal(row.credentials)) == (None, {"api_key": "a-secret-key"})


@pytest.mark.parametrize(
    ("arguments", "stdin", "word"),
    [
        ("nobody", TOLD, "No carrier"),
        ("ups --store nowhere", TOLD, "No store"),
        ("ups", "[]", "every value a text"),
        ("ups", "no json", "no JSON"),
        ("ups", "{}", "client_secret"),
        ("ups --base-url ftp://x", TOLD, "address looks like"),
    ],
)
def test_what_cannot_be_is_refused(waypost: Waypost, session: Session, arguments: str, stdin: str, word: str) -> None:
    refused = waypost("carriers", "connect", *arguments.split(), "--credentials", "-", stdin=stdin)
    assert refused.exit_code in {1, 2}
    assert word in f"{refused.output} {refused.exception}"
    assert session.scalars(select(CarrierAccount)).all() == []


def test_unknown_account_is_told(waypost: Waypost) -> None:
    refused = waypost("carriers", "disconnect", "nothing")
    assert refused.exit_code == 1
    assert "waypost carriers accounts" in str(refused.exception)
    assert "No carrier is connected" in waypost("carriers", "accounts").stdout
