"""`waypost worker`: a background worker; start as many as wanted."""

import click

from tracking import create_app
from tracking.platform import schema, settings
from tracking.platform.db import db
from tracking.platform.errors import ConfigError
from tracking.workers import worker as background


@click.command()
@click.option("--threads", default=background.TASK_THREADS, show_default=True, type=click.IntRange(1, 64))
def worker(threads: int) -> None:
    """Ask carriers, send messages and tidy up, until stopped.

    Example: waypost worker --threads 8
    """
    loaded = settings.load(need=frozenset({"keys"}))
    app = create_app(loaded)
    with app.app_context(), db.engine.connect() as connection:
        if schema.current(connection) != schema.newest():
            raise ConfigError(["The database's schema is not the newest. Run: waypost db upgrade"])
    background.run(app, threads)
