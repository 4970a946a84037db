"""`waypost worker`: a background worker; start as many as wanted."""

import click

from tracking import create_app
from tracking.cli._opened import check_schema
from tracking.platform import settings
from tracking.platform.db import db
from tracking.polling.connecting import keep_environment
from tracking.workers import worker as background


@click.command()
@click.option("--threads", default=background.TASK_THREADS, show_default=True, type=click.IntRange(1, 64))
def worker(threads: int) -> None:
    """Ask carriers, send messages and tidy up, until stopped. Carriers' accounts in the environment are taken up first.

    Example: waypost worker --threads 8
    """
    loaded = settings.load(need=frozenset({"keys"}))
    app = create_app(loaded)
    with app.app_context():
        check_schema()
        keep_environment(db.session(), loaded.environment)
        db.session.commit()
    background.run(app, threads)
