"""`waypost store`: make, show and change the stores of this installation."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tracking.cli import _said
from tracking.cli._opened import get_store, opened
from tracking.models import Audit, Store
from tracking.notifications.offers import RULES
from tracking.orders import normalise
from tracking.platform.db import db
from tracking.platform.errors import InputError

# what can be set: name -> how it is read; "brand.accent" is "accent" in the column "brand"
FIELDS: Mapping[str, _said.Read] = {
    "name": _said.words(120),
    "domain": _said.domain,
    "url": _said.url,
    "locales": _said.locales,
    "time_zone": _said.time_zone,
    "country": normalise.country,
    "currency": normalise.currency,
    "sender_name": _said.words(120),
    "sender_email": normalise.email,
    "reply_to": normalise.email,
    "sms_sender": _said.words(40),
    "handling_days": _said.whole(0, 60),
    "transit_days_min": _said.whole(0, 60),
    "transit_days_max": _said.whole(0, 90),
    "scan_grace_h": _said.whole(1, 240),
    "quiet_from_h": _said.whole(0, 23),
    "quiet_until_h": _said.whole(0, 23),
    "brand.accent": _said.colour,
    "brand.second": _said.colour,
    "brand.face": _said.face,
    "brand.paper": _said.paper,
    "brand.radius_px": _said.whole(0, 28),
    "support.email": normalise.email,
    "support.phone": lambda value: normalise.phone(value, None),
    "support.url": _said.url,
    "policies.returns_url": _said.url,
    "policies.returns_days": _said.whole(0, 365),
    "policies.shipping_url": _said.url,
    "policies.privacy_url": _said.url,
    "policies.lost": _said.one_of("replace", "refund"),
    "policies.email_offers": _said.one_of(*RULES),
}
_NEEDED = frozenset(
    {"name", "locales", "time_zone", "country", "currency"} | {n for n in FIELDS if n.endswith(("_h", "_days"))}
)


@click.group()
def store() -> None:
    """Stores of this installation.

    Example: waypost store show
    """


@store.command()
@click.argument("slug")
@click.option("--name", required=True, help="As shoppers know it.")
@click.option("--country", required=True, help="Two letters: GB.")
@click.option("--currency", required=True, help="Three letters: GBP.")
@click.option("--time-zone", required=True, help="Its home: Europe/London.")
@click.option("--locales", default="en", show_default=True, help="Languages of its pages, the home language first.")
@click.argument("more", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def create(slug: str, more: tuple[str, ...], as_json: bool, **first: str) -> None:
    """Make a store called SLUG; the slug stands in addresses and never changes.

    \b
    Example:
      waypost store create fell-and-ridge --name "Fell & Ridge" --country GB --currency GBP \\
        --time-zone Europe/London --locales en,fr domain=track.fell.example brand.accent=#2f6b4f
    """
    said = {**first, **_pairs(more)}
    with opened():
        made = Store(slug=_read("slug", _said.slug, slug), brand={}, support={}, policies={})
        with _committed():
            _set(made, said)
            _note(made, "store.created", said)
        _tell(made, as_json, f"The store {slug} is made. Next: waypost key create --store {slug}")


@store.command()
@click.argument("slug", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def show(slug: str | None, as_json: bool) -> None:
    """Show the store SLUG, or list all.

    \b
    Example:
      waypost store show fell-and-ridge --json
    """
    with opened():
        if slug is not None:
            _tell(get_store(slug), as_json, None)
            return
        stores = list(db.session.scalars(select(Store).order_by(Store.slug)))
        if as_json:
            click.echo(json.dumps([_facts(one) for one in stores], ensure_ascii=False))
            return
        table = Table("Store", "Name", "Languages", "Home", "Domain", box=None)
        for one in stores:
            table.add_row(one.slug, one.name, ", ".join(one.locales), one.time_zone, one.domain or "–")
        Console().print(table if stores else "There is no store yet. Make one: waypost store create --help")


@store.command("set")
@click.argument("slug")
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def set_values(slug: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Change the store SLUG. KEY= without a value clears it; docs/settings.md lists the keys.

    \b
    Example:
      waypost store set fell-and-ridge domain=track.fell.example policies.returns_days=60
    """
    said = _pairs(pairs)
    with opened():
        found = get_store(slug)
        with _committed():
            _set(found, said)
            found.version += 1
            _note(found, "store.changed", said)
        _tell(found, as_json, f"The store {slug} is changed.")


def _pairs(pairs: tuple[str, ...]) -> dict[str, str]:
    said: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or key not in FIELDS:
            raise click.UsageError(f"“{pair[:60]}” is not KEY=VALUE with one of these keys: {', '.join(FIELDS)}.")
        said[key] = value
    return said


def _set(to: Store, said: Mapping[str, str]) -> None:
    """Set all of it or nothing. raises ClickException with every fault"""
    faults: list[str] = []
    found: dict[str, Any] = {}
    for key, value in said.items():
        try:
            if not value.strip() and key in _NEEDED:
                raise InputError("This cannot be empty.")
            found[key] = FIELDS[key](value) if value.strip() else None
        except InputError as error:
            faults.append(f"{key}: {error.message}")
    if faults:
        raise click.ClickException("\n".join(faults))
    for key, read in found.items():
        column, dot, name = key.partition(".")
        if not dot:
            setattr(to, column, read)
            continue
        kept = {**getattr(to, column), name: read}
        setattr(to, column, {each: one for each, one in kept.items() if one is not None})
    db.session.add(to)
    db.session.flush()
    if to.transit_days_min > to.transit_days_max:
        raise click.ClickException("transit_days_min is larger than transit_days_max.")


def _read(name: str, read: _said.Read, value: str) -> Any:
    try:
        return read(value)
    except InputError as error:
        raise click.ClickException(f"{name}: {error.message}") from None


@contextmanager
def _committed() -> Iterator[None]:
    try:
        yield
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise click.ClickException("Another store has this slug or domain.") from None


def _note(about: Store, action: str, said: Mapping[str, str]) -> None:
    db.session.flush()
    db.session.add(
        Audit(store_id=about.id, actor="cli", action=action, subject=about.public_id, detail={"keys": [*said]})
    )


def _facts(about: Store) -> dict[str, Any]:
    columns = dict.fromkeys(key.partition(".")[0] for key in FIELDS)
    facts: dict[str, Any] = {"id": about.public_id, "slug": about.slug}
    for column in columns:
        value = getattr(about, column)
        # a logo is a whole picture
        facts[column] = {k: v for k, v in value.items() if k != "logo_svg"} if isinstance(value, dict) else value
    return facts | {"hook_account": about.hook_account, "version": about.version}


def _tell(about: Store, as_json: bool, done: str | None) -> None:
    if as_json:
        click.echo(json.dumps(_facts(about), ensure_ascii=False))
    elif done is not None:
        click.echo(done)
    else:
        for key, value in _facts(about).items():
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            click.echo(f"{key}: {shown if shown not in (None, '', {}) else '–'}")
