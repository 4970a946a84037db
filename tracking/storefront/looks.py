"""A shop's stylesheet, window icon and logo, each under an address that changes with it and may be kept for ever."""

from flask import Blueprint, Response, current_app

from tracking.models.store import find_store
from tracking.platform import brand
from tracking.platform.db import db
from tracking.platform.errors import NotFound

bp = Blueprint("looks", __name__)
# a drawing opened by itself runs nothing and loads nothing
_DRAWING = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@bp.get("/brand-<version>.css")
@bp.get("/s/<store>/brand-<version>.css")
def stylesheet(version: str, store: str | None = None) -> Response:
    """The colours; an old address gets the newest ones, and is not kept."""
    look = _look(store)
    return _kept(Response(brand.stylesheet(look), mimetype="text/css"), fresh=version == brand.version(look))


@bp.get("/icon-<version>.svg")
@bp.get("/s/<store>/icon-<version>.svg")
def icon(version: str, store: str | None = None) -> Response:
    """The route as a picture of its own, in the shop's colours."""
    look = _look(store)
    colours = brand.palette(look, dark=False)
    drawn = current_app.jinja_env.get_template("storefront/_route.html").make_module().tile  # type: ignore[attr-defined]
    body = drawn(colours.accent, colours.mark, colours.surface)
    return _kept(_drawing(str(body)), fresh=version == brand.version(look))


@bp.get("/s/<store>/logo-<version>.svg")
def logo(store: str, version: str) -> Response:
    """The shop's own mark."""
    found = find_store(db.session(), store)
    drawn = found.brand.get("logo_svg") if found else None
    if not isinstance(drawn, str) or not drawn:
        raise NotFound
    return _kept(_drawing(drawn), fresh=version == brand.digest(drawn))


def _look(slug: str | None) -> brand.Brand:
    """A shop's look; without a shop, the plain one of pages that belong to nobody."""
    if slug is None:
        return brand.Brand()
    store = find_store(db.session(), slug)
    if store is None:
        raise NotFound
    return brand.Brand.read(store.brand)


def _drawing(body: str) -> Response:
    response = Response(body, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = _DRAWING
    return response


def _kept(response: Response, *, fresh: bool) -> Response:
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "public, max-age=60"
    return response
