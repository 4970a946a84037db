"""What shoppers open: the tracking page, lookup, preferences, unsubscribe, and the brand's stylesheet."""

from flask import Flask, Response, request

from tracking.platform.errors import NotFound, WaypostError
from tracking.storefront import errors, looks, lookup, preferences, tracking, uses
from tracking.storefront.cache import Pages
from tracking.storefront.frame import asset, unbroken


def _refuse_nul() -> None:
    """No name, number or link of ours holds a NUL, and PostgreSQL takes none."""
    given = (*(request.view_args or {}).values(), *request.args.values(), *request.form.values())
    if any("\0" in str(value) for value in given):
        raise NotFound


_PARTS = (looks.bp, tracking.bp, lookup.bp, preferences.bp, uses.bp)
for _part in _PARTS:
    _part.register_error_handler(WaypostError, errors.refused)
    _part.before_request(_refuse_nul)


def init_app(app: Flask) -> None:
    """Mount the shopper's pages."""
    app.extensions["waypost-pages"] = Pages()
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.filters["unbroken"] = unbroken
    for part in _PARTS:
        app.register_blueprint(part)
    app.after_request(_keep_static)
    errors.install(app)


def _keep_static(response: Response) -> Response:
    """A static file asked for by its content's version never changes."""
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
