"""`waypost db`: the schema, and the key that what is secret in the tables is encrypted with."""

import json

import click
from sqlalchemy import create_engine

from tracking import create_app
from tracking.cli._opened import opened
from tracking.platform import schema, settings
from tracking.platform.db import db as database
from tracking.polling.resealing import reseal_some

# accounts in a commit: workers wait no longer than that
_AT_ONCE = 50


@click.group()
def db() -> None:
    """The database's schema, and the key of its secrets.

    Example: waypost db upgrade
    """


@db.command()
def upgrade() -> None:
    """Bring the schema to the newest version; safe to repeat.

    Example: waypost db upgrade
    """
    loaded = settings.load()
    loaded.state_dir.mkdir(parents=True, exist_ok=True)
    app = create_app(loaded)
    with app.app_context():
        before, after = schema.upgrade(database.engine)
    click.echo(
        f"The schema is at {after}." if before == after else f"The schema went from {before or 'nothing'} to {after}."
    )


@db.command()
def check() -> None:
    """Exit 1 if the schema is not the newest.

    Example: waypost db check
    """
    loaded = settings.load()
    engine = create_engine(loaded.database_url)
    with engine.connect() as connection:
        at, newest = schema.current(connection), schema.newest()
    click.echo(f"The schema is at {at or 'nothing'}; the newest is {newest}.")
    if at != newest:
        raise SystemExit(1)


@db.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def reencrypt(as_json: bool) -> None:
    """Encrypt stored credentials and tokens with the newest key of WAYPOST_ENCRYPTION_KEY; safe to repeat.

    Processes may run meanwhile if they have the same keys. Exit 1 if something needs a key that is not in the list:
    everything else is done, and that is left as it is.

    Example: waypost db reencrypt
    """
    accounts = resealed = kept = 0
    unreadable: list[str] = []
    with opened():
        last: int | None = 0
        while last is not None:
            done = reseal_some(database.session(), last, _AT_ONCE)
            database.session.commit()
            accounts, resealed, kept = accounts + done.accounts, resealed + done.resealed, kept + done.kept
            unreadable += done.unreadable
            last = done.last_id
    if as_json:
        facts = {"accounts": accounts, "reencrypted": resealed, "unchanged": kept, "unreadable": unreadable}
        click.echo(json.dumps(facts))
    else:
        click.echo(f"{accounts} accounts: {resealed} values were encrypted anew, {kept} had the newest key already.")
    for name in unreadable:
        click.echo(f"No key opens {name}. Put its key back where it stood in the list, or set it anew.", err=True)
    if unreadable:
        raise SystemExit(1)
