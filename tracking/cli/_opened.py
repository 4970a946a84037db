"""The application behind a command: settings checked, database reachable, schema newest."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy.exc import OperationalError

from tracking import create_app
from tracking.models import Store
from tracking.models.store import find_store
from tracking.platform import schema
from tracking.platform.db import db, reading
from tracking.platform.errors import ConfigError, NotFound
from tracking.platform.settings import Settings


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Flask]:
    """The application, inside its context.

    raises  ConfigError if settings, database or schema are not fit for work
    """
    app = create_app(settings)
    with app.app_context():
        try:
            check_schema()
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def check_schema() -> None:
    """Compare the database's schema with the code's. raises ConfigError"""
    try:
        with reading(), db.engine.connect() as connection:
            at = schema.current(connection)
    except OperationalError:
        raise ConfigError(["The database cannot be reached. Check WAYPOST_DATABASE_URL, and that it runs."]) from None
    if at != schema.newest():
        raise ConfigError(["The database's schema is not the newest. Run: waypost db upgrade"])


def get_store(slug: str) -> Store:
    """The store of that slug. raises NotFound, naming those there are"""
    found = find_store(db.session(), slug)
    if found is None:
        known = ", ".join(db.session.scalars(db.select(Store.slug).order_by(Store.slug).limit(20)))
        raise NotFound(
            f"No store is called “{slug[:60]}”. Known: {known or 'none yet; make one with waypost store create'}."
        )
    return found
