"""The entry for WSGI servers: `tracking.wsgi:app` is a factory (granian --factory, gunicorn 'tracking.wsgi:app()')."""

from flask import Flask

from tracking import create_app
from tracking.platform import logs


def app() -> Flask:
    """The application, from the environment. raises ConfigError with every fault"""
    logs.configure()
    return create_app()
