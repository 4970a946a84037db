"""Accounts at carriers as rows: a merchant's, the environment's, and those of carriers that ask for no credentials.

Workers ask for whatever has a row here. Credentials are sealed; documented limits become budgets.
"""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from tracking.carriers import Account, Carrier, all_slugs, get_carrier
from tracking.carriers import _settings as settings_of_carriers
from tracking.models import CarrierAccount, Store
from tracking.models.carrier_account import ENVIRONMENT
from tracking.platform import security
from tracking.platform.db import insert_new
from tracking.platform.errors import ConfigError
from tracking.polling import budgets


def connect(
    session: Session,
    carrier: type[Carrier],
    credentials: Mapping[str, str],
    *,
    store: Store | None = None,
    name: str = "",
    base_url: str | None = None,
    locale: str = "en",
) -> CarrierAccount:
    """Give a store, or with None the whole installation, an account at a carrier. Flushes.

    raises  ConfigError with every credential that is missing or that the carrier does not know
    """
    check(carrier, credentials)
    account = CarrierAccount(
        store_id=store.id if store else None,
        carrier=carrier.slug,
        name=name[:120],
        credentials=security.seal(dict(credentials)),
        base_url=base_url,
        locale=locale,
    )
    budgets.furnish(account, carrier.limits)
    session.add(account)
    session.flush()
    return account


def check(carrier: type[Carrier], credentials: Mapping[str, str]) -> None:
    """Are these the credentials the carrier needs? raises ConfigError with every fault"""
    known = {field.name: field for field in carrier.credentials}
    faults = [f"{carrier.name} knows no “{name}”. It needs: {', '.join(known)}." for name in credentials.keys() - known]
    for name, field in known.items():
        value = credentials.get(name, "")
        if field.required and not value.strip():
            faults.append(f"“{name}” is missing. {field.help.rstrip('.')}.")
        elif not value.isprintable() or len(value) > 4000:
            faults.append(f"“{name}” holds characters that cannot be sent, or too many.")
    if faults:
        raise ConfigError(sorted(faults))


def keep_environment(session: Session, values: Mapping[str, str]) -> list[str]:
    """Make the installation's accounts what the environment describes. Repeating it changes nothing. Flushes.

    An account that the environment describes no longer is switched off; its parcels keep their history.
    returns  slugs of the carriers that it describes
    raises   ConfigError with every fault of every carrier, and nothing is changed
    """
    described, faults = dict[str, Account](), list[str]()
    for slug in all_slugs():
        if settings_of_carriers.is_mentioned(slug, values):
            try:
                described[slug] = settings_of_carriers.account(get_carrier(slug), values)
            except ConfigError as error:
                faults += error.faults
    if faults:
        raise ConfigError(faults)
    insert_new(session, CarrierAccount, [_new_row(slug) for slug in described])
    mine = select(CarrierAccount).where(CarrierAccount.name == ENVIRONMENT, CarrierAccount.store_id.is_(None))
    for account in session.scalars(mine.with_for_update()):
        told = described.get(account.carrier)
        account.enabled = told is not None or _is_open(account.carrier)
        if told is None:
            continue
        if not account.credentials or security.unseal(account.credentials) != told.credentials:
            account.credentials = security.seal(dict(told.credentials))
            account.token, account.failures, account.open_until = None, 0, None
        account.base_url = told.base_url
        budgets.furnish(account, get_carrier(account.carrier).limits)
    session.flush()
    return list(described)


def open_account(session: Session, carrier: str) -> int | None:
    """The id of the installation's account at a carrier that answers without credentials; None at any other."""
    if not _is_open(carrier):
        return None
    if insert_new(session, CarrierAccount, [_new_row(carrier)]):
        made = session.scalars(select(CarrierAccount).where(_is_environments(carrier))).one()
        budgets.furnish(made, get_carrier(carrier).limits)
        session.flush()
    return session.scalar(select(CarrierAccount.id).where(_is_environments(carrier), CarrierAccount.enabled))


def _is_environments(carrier: str) -> ColumnElement[bool]:
    return (CarrierAccount.carrier == carrier) & (CarrierAccount.name == ENVIRONMENT)


def _is_open(slug: str) -> bool:
    return slug in all_slugs() and not any(field.required for field in get_carrier(slug).credentials)


def _new_row(slug: str) -> dict[str, object]:
    return {"carrier": slug, "name": ENVIRONMENT, "credentials": security.seal({})}
