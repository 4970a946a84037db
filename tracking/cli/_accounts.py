"""`waypost carriers connect`, `accounts` and `disconnect`: accounts at carriers, of a store or of the installation."""

import json
from collections.abc import Mapping
from typing import IO, Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select, update

from tracking.carriers import Carrier, all_slugs, get_carrier
from tracking.carriers._push import Pushes
from tracking.cli._opened import get_store, opened
from tracking.models import Audit, CarrierAccount, Shipment, Store
from tracking.platform.db import db
from tracking.platform.errors import ConfigError, NotFound, UnknownCarrier
from tracking.platform.settings import Environment
from tracking.platform.web import settings_of
from tracking.polling.connecting import check, connect


@click.command("connect")
@click.argument("slug")
@click.option("--store", "store_slug", help="The store whose account it is; without it, every store's.")
@click.option("--name", default="", help="To know it again, where there are several.")
@click.option("--credentials", "file", type=click.File("r", encoding="utf-8"), help="JSON object of them; - is stdin.")
@click.option("--base-url", help="Where the API is, if not the carrier's own address: a test system, a country's.")
@click.option("--locale", default="en", show_default=True, help="Language of its texts, where the carrier offers some.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def connect_carrier(  # noqa: PLR0917 - click passes options by name
    slug: str,
    store_slug: str | None,
    name: str,
    file: IO[str] | None,
    base_url: str | None,
    locale: str,
    as_json: bool,
) -> None:
    """Connect an account at the carrier SLUG. Credentials are asked for, or read from a file, and kept encrypted.

    \b
    Examples:
      waypost carriers connect ups --store fell-and-ridge
      waypost carriers connect dhl --store papier-bleu --credentials dhl.json
    """
    try:
        carrier = get_carrier(slug)
    except UnknownCarrier as error:
        raise click.BadParameter(error.message, param_hint="SLUG") from error
    credentials = _read(file) if file else _ask(carrier)
    try:
        check(carrier, credentials)
    except ConfigError as error:
        raise click.BadParameter(" ".join(error.faults), param_hint="--credentials") from error
    address = Environment({"--base-url": base_url or ""}).url("--base-url", ("https", "http")) if base_url else None
    if base_url and address is None:
        raise click.BadParameter("An address looks like https://api.example.com.", param_hint="--base-url")
    with opened() as app:
        store = get_store(store_slug) if store_slug else None
        account = connect(
            db.session(), carrier, credentials, store=store, name=name, base_url=address, locale=locale[:16]
        )
        _note(account, "connected")
        db.session.commit()
        facts = _facts(account, store, settings_of(app).base_url)
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo(f"{carrier.name} is connected; workers ask it from now on. “waypost doctor” tries the credentials.")
    if facts["push_to"]:
        click.echo(f"It can also push its news, to {facts['push_to']} – see docs/pushes.md.")


@click.command("accounts")
@click.option("--store", "store_slug", help="Only the accounts of this store.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def list_accounts(store_slug: str | None, as_json: bool) -> None:
    """List the accounts at carriers, without their credentials.

    \b
    Example:
      waypost carriers accounts --store fell-and-ridge
    """
    with opened() as app:
        query = select(CarrierAccount, Store).outerjoin(Store, Store.id == CarrierAccount.store_id)
        if store_slug:
            query = query.where(CarrierAccount.store_id == get_store(store_slug).id)
        rows = db.session.execute(query.order_by(CarrierAccount.carrier, CarrierAccount.id)).all()
        found = [_facts(account, store, settings_of(app).base_url) for account, store in rows]
    if as_json:
        click.echo(json.dumps(found))
        return
    table = Table("Account", "Carrier", "Store", "Name", "", "Pushes to", box=None)
    for one in found:
        table.add_row(
            one["id"],
            one["carrier"],
            one["store"] or "every store",
            one["name"],
            "" if one["enabled"] else "off",
            one["push_to"] or "",
        )
    Console().print(table if found else "No carrier is connected. See: waypost carriers connect --help")


@click.command("disconnect")
@click.argument("account_id")
def disconnect(account_id: str) -> None:
    """Switch the account ACCOUNT_ID off and forget its credentials. What its parcels told stays.

    \b
    Example:
      waypost carriers disconnect 3fJx0cQkTq2m8vZ1nPq7Bw
    """
    with opened():
        account = db.session.scalars(select(CarrierAccount).where(CarrierAccount.public_id == account_id)).one_or_none()
        if account is None:
            raise NotFound("There is no such account. See: waypost carriers accounts")
        _note(account, "disconnected")
        account.enabled = False
        account.credentials, account.token = b"", None
        # another account of the carrier takes them over, if there is one
        waiting = (Shipment.carrier_account_id == account.id) & Shipment.next_poll_at.is_not(None)
        db.session.execute(update(Shipment).where(waiting).values(carrier_account_id=None))
        db.session.commit()
    click.echo("The account is switched off; its credentials are forgotten.")


def _ask(carrier: type[Carrier]) -> dict[str, str]:
    """Ask for each credential; nothing secret is shown."""
    told = {}
    for field in carrier.credentials:
        words = f"{field.name} – {field.help.rstrip('.')}{'' if field.required else ' (may be empty)'}"
        value = click.prompt(words, hide_input=field.secret, default=None if field.required else "", show_default=False)
        if value:
            told[field.name] = str(value).strip()
    return told


def _read(file: IO[str]) -> dict[str, str]:
    try:
        told = json.load(file)
    except ValueError as error:
        raise click.BadParameter("The file holds no JSON.", param_hint="--credentials") from error
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise click.BadParameter('Write {"name": "value", …}, every value a text.', param_hint="--credentials")
    return told


def _note(account: CarrierAccount, what: str) -> None:
    subject = f"carrier:{account.carrier}"
    db.session.add(Audit(store_id=account.store_id, actor="cli", action=f"carrier.{what}", subject=subject))


def _facts(account: CarrierAccount, store: Store | None, base_url: str) -> Mapping[str, Any]:
    return {
        "id": account.public_id,
        "carrier": account.carrier,
        "store": store.slug if store else None,
        "name": account.name,
        "enabled": account.enabled,
        "base_url": account.base_url,
        "push_to": f"{base_url}/hooks/carriers/{account.carrier}/{account.hook}" if _pushes(account.carrier) else None,
    }


def _pushes(slug: str) -> bool:
    return slug in all_slugs() and issubclass(get_carrier(slug), Pushes)
