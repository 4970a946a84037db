"""The web application under granian, as `waypost serve` runs it, with one bare view beside it to compare with.

    python served.py PORT WORKERS THREADS        (settings in the environment)

`/bare/<token>` does one indexed read on the same database and answers a few bytes: the least that a page costs here.
`/cold/…` forgets every kept page first.
"""

import logging
import sys
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from sqlalchemy import select

from tracking import create_app
from tracking.models import Order
from tracking.platform import logs
from tracking.platform.db import db
from tracking.storefront.cache import Pages


def app() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The application, and the two additions."""
    logs.configure(level=logging.WARNING)
    made = create_app()
    bare = Flask("bare")
    bare.config["SQLALCHEMY_DATABASE_URI"] = made.config["SQLALCHEMY_DATABASE_URI"]
    bare.config["SQLALCHEMY_ENGINE_OPTIONS"] = made.config["SQLALCHEMY_ENGINE_OPTIONS"]
    db.init_app(bare)

    @bare.get("/bare/<token>")
    def one_read(token: str) -> str:
        return str(db.session.scalar(select(Order.number).where(Order.token == token)))

    def choose(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/bare/"):
            return bare(environ, start_response)
        if path.startswith("/cold/"):
            made.extensions["waypost-pages"] = Pages()
            environ["PATH_INFO"] = path.removeprefix("/cold")
        return made(environ, start_response)

    return choose


def main() -> None:
    """Serve."""
    port, workers, threads = (int(argument) for argument in sys.argv[1:4])
    Granian(
        "rig.served:app",
        factory=True,
        interface=Interfaces.WSGI,
        port=port,
        workers=workers,
        blocking_threads=threads,
        log_level="warning",
    ).serve()


if __name__ == "__main__":
    main()
