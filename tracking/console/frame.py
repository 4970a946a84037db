"""What stands around every page of the console: whose store it is, where one can go, and what was just done."""

from dataclasses import replace
from typing import Any, cast
from urllib.parse import quote

from flask import Response, flash, get_flashed_messages, render_template, url_for

from tracking.console import access
from tracking.console.facts import Frame, Link, Said
from tracking.models import Store, User
from tracking.platform import brand, i18n
from tracking.platform.gettext import _

SETTINGS = (
    "console-brand",
    "console-shop",
    "console-senders",
    "console-help",
    "console-recommendations",
    "console-keys",
    "console-done",
)


def say(text: str, *, is_good: bool = True) -> None:
    """Say this on the next page."""
    flash(text, "good" if is_good else "bad")


def frame(title: str, *, part: str = "", query: str = "") -> Frame:
    """The frame of a page of the open store. `part`: the endpoint's blueprint that is current in the navigation."""
    here = access.here()
    store = here.store
    look = brand.Brand.read(store.brand)
    base = f"/s/{quote(store.slug)}"
    logo = store.brand.get("logo_svg")
    return Frame(
        title=title,
        locale=i18n.locale(),
        css_url=f"{base}/brand-{brand.version(look)}.css",
        icon_url=f"{base}/icon-{brand.version(look)}.svg",
        store=store.name,
        logo_url=f"{base}/logo-{brand.digest(logo)}.svg" if isinstance(logo, str) and logo else None,
        stores=tuple(_store_link(one, store) for one in here.stores),
        nav=_nav(store, part),
        user=here.user.name or here.user.email,
        search=url_for("console-search.results", store=store.slug),
        query=query,
        said=_said(),
    )


def bare_frame(title: str, user: User | None = None, stores: tuple[Store, ...] = ()) -> Frame:
    """The frame of a page that belongs to no store."""
    version = brand.version(brand.Brand())
    return Frame(
        title=title,
        locale=i18n.locale(),
        css_url=f"/brand-{version}.css",
        icon_url=f"/icon-{version}.svg",
        stores=tuple(_store_link(one, None) for one in stores),
        user=(user.name or user.email) if user else "",
        said=_said(),
    )


def tabs(current: str) -> tuple[Link, ...]:
    """The parts of the settings that the user may open."""
    here = access.here()
    parts = [
        ("console-brand", _("Brand")),
        ("console-shop", _("Languages and times")),
        ("console-senders", _("Senders")),
        ("console-help", _("Help and policies")),
        ("console-recommendations", _("Recommendations")),
    ]
    if here.is_owner:
        parts.append(("console-keys", _("API keys")))
    parts.append(("console-done", _("What was done")))
    return tuple(Link(label, url_for(f"{name}.page", store=here.store.slug), name == current) for name, label in parts)


def render(template: str, page: Any, status: int = 200) -> Response:
    """A page of the console from its facts."""
    return Response(render_template(f"console/{template}.html", page=page), status, mimetype="text/html")


def with_said(frame: Frame, text: str, *, is_good: bool = True) -> Frame:
    """The frame, and this said on it at once."""
    return replace(frame, said=(*frame.said, Said(text, is_good)))


def _store_link(store: Store, current: Store | None) -> Link:
    return Link(store.name, url_for("console-shipments.page", store=store.slug), store is current)


def _nav(store: Store, part: str) -> tuple[Link, ...]:
    found = [
        ("console-shipments", _("Shipments"), "truck"),
        ("console-messages", _("Messages"), "mail"),
        ("console-carriers", _("Carriers"), "box"),
        ("console-brand", _("Settings"), "sliders"),
    ]
    current = "console-brand" if part in SETTINGS else part
    return tuple(
        Link(label, url_for(f"{name}.page", store=store.slug), name == current, icon=icon)
        for name, label, icon in found
    )


def _said() -> tuple[Said, ...]:
    flashed = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    return tuple(Said(text, kind != "bad") for kind, text in flashed)
