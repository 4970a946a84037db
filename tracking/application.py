"""The web application, put together from its parts."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from tracking import api, console, storefront
from tracking.platform import i18n, security, web
from tracking.platform.db import db
from tracking.platform.settings import Settings, load

MAX_BODY_BYTES = 5 * 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The web application; workers and commands use it too, for its database and its languages.

    raises  ConfigError with every fault of the settings
    """
    settings = settings or load(need=frozenset({"keys"}))
    app = Flask("tracking")
    app.config.update(
        SECRET_KEY=settings.secret_keys[0] if settings.secret_keys else None,
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        SESSION_COOKIE_NAME="waypost",
        SESSION_COOKIE_PATH="/console",
        PREFERRED_URL_SCHEME=settings.base_url.split(":", 1)[0],
    )
    app.extensions["waypost"] = settings
    security.use_keys(settings.secret_keys, settings.encryption_keys)
    db.init_app(app)
    i18n.init_app(app)
    web.init_app(app)
    for part in (storefront, console, api):
        part.init_app(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _engine_options(settings: Settings) -> dict[str, object]:
    if settings.database_url.startswith("sqlite"):
        return {"pool_size": 16, "max_overflow": 64, "connect_args": {"check_same_thread": False}}
    return {"pool_size": 8, "max_overflow": 32, "pool_pre_ping": True}
