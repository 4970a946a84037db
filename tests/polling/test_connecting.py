"""Accounts at carriers: connected by a merchant, described by the environment, or of carriers that ask for none."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_order, make_shipment, make_store
from tracking.carriers import get_carrier
from tracking.models import CarrierAccount
from tracking.platform import clock, security
from tracking.platform.errors import ConfigError
from tracking.polling import due
from tracking.polling.connecting import connect, keep_environment, open_account

UPS = {"WAYPOST_UPS_CLIENT_ID": "id", "WAYPOST_UPS_CLIENT_SECRET": "secret"}


def accounts(session: Session) -> dict[str, CarrierAccount]:
    return {one.carrier: one for one in session.scalars(select(CarrierAccount).order_by(CarrierAccount.id))}


def test_the_environments_accounts_are_taken_up_once_with_their_budgets(session: Session) -> None:
    values = {**UPS, "WAYPOST_DHL_API_KEY": "key", "WAYPOST_DHL_BASE_URL": "https://dhl.example/"}
    assert keep_environment(session, values) == ["dhl", "ups"]
    assert keep_environment(session, values) == ["dhl", "ups"]
    made = accounts(session)
    assert len(session.scalars(select(CarrierAccount)).all()) == 2
    assert security.unseal(made["ups"].credentials) == {"client_id": "id", "client_secret": "secret"}
    assert made["dhl"].base_url == "https://dhl.example"
    limits = {(limit.unit, limit.amount, limit.per_s) for limit in get_carrier("dhl").limits}
    assert {(one.unit, one.amount, one.per_s) for one in made["dhl"].budgets} == limits


def test_what_the_environment_no_longer_describes_is_switched_off_and_comes_back(session: Session) -> None:
    keep_environment(session, UPS)
    made = accounts(session)["ups"]
    made.failures, made.open_until = 9, clock.real_now()
    keep_environment(session, {})
    assert not made.enabled
    keep_environment(session, {**UPS, "WAYPOST_UPS_CLIENT_SECRET": "another"})
    assert (made.enabled, made.failures, made.open_until) == (True, 0, None)
    assert security.unseal(made.credentials)["client_secret"] == "another"


def test_every_fault_of_the_environment_is_told_and_nothing_changed(session: Session) -> None:
    with pytest.raises(ConfigError) as told:
        keep_environment(session, {"WAYPOST_UPS_CLIENT_ID": "id", "WAYPOST_FEDEX_CLIENT_SECRET": "x"})
    assert "WAYPOST_UPS_CLIENT_SECRET" in told.value.message
    assert "WAYPOST_FEDEX_CLIENT_ID" in told.value.message
    assert accounts(session) == {}


def test_a_stores_own_account_comes_before_the_installations(session: Session) -> None:
    keep_environment(session, UPS)
    store, other = make_store(session), make_store(session)
    own = connect(session, get_carrier("ups"), {"client_id": "a", "client_secret": "b"}, store=store)
    parcels = [make_shipment(session, make_order(session, one), carrier="ups") for one in (store, other)]
    session.flush()
    assert due.adopt(session) == 2
    for parcel in parcels:
        session.refresh(parcel)
    shared = next(one for one in session.scalars(select(CarrierAccount)) if one.store_id is None)
    assert [one.carrier_account_id for one in parcels] == [own.id, shared.id]


@pytest.mark.parametrize(
    ("credentials", "word"),
    [
        ({}, "client_id"),
        ({"client_id": "a", "client_secret": " "}, "client_secret"),
        ({"client_id": "a\n", "client_secret": "b"}, "cannot be sent"),
        ({"client_id": "a", "client_secret": "b", "token": "c"}, "knows no"),
    ],
)
def test_credentials_that_cannot_be_right_are_refused(session: Session, credentials: dict[str, str], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        connect(session, get_carrier("ups"), credentials)
    assert accounts(session) == {}


def test_a_carrier_that_asks_for_credentials_is_never_open(session: Session) -> None:
    assert open_account(session, "ups") is None
    assert open_account(session, "no such carrier") is None
    assert accounts(session) == {}
