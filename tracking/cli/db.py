"""`waypost db`: the schema."""

import click
from sqlalchemy import create_engine

from tracking import create_app
from tracking.platform import schema, settings
from tracking.platform.db import db as database


@click.group()
def db() -> None:
    """The database's schema.

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
