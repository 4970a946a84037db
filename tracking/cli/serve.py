"""`waypost serve`: the web server."""

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from tracking import create_app
from tracking.platform import schema, settings
from tracking.platform.db import db
from tracking.platform.errors import ConfigError

# measured best on a small machine: two processes of eight threads
WORKERS, THREADS = 2, 8
_STOP_WITHIN_S = 15


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=WORKERS, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--threads", default=THREADS, show_default=True, type=click.IntRange(1, 256), help="Threads a process.")
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serve pages, the console and the API, until stopped.

    Example: waypost serve --host 0.0.0.0 --port 8000
    """
    loaded = settings.load(need=frozenset({"keys"}))
    app = create_app(loaded)
    with app.app_context():
        with db.engine.connect() as connection:
            if schema.current(connection) != schema.newest():
                raise ConfigError(["The database's schema is not the newest. Run: waypost db upgrade"])
        # the server's processes open connections of their own
        db.engine.dispose()
    Granian(
        "tracking.wsgi:app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_WITHIN_S,
    ).serve()
