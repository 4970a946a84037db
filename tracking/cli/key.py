"""`waypost key`: API keys of a store."""

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from tracking.cli._opened import get_store, opened
from tracking.models import ApiKey, Audit
from tracking.platform import clock, security
from tracking.platform.db import db


@click.group()
def key() -> None:
    """API keys of a store.

    Example: waypost key create --store fell-and-ridge
    """


@key.command()
@click.option("--store", "slug", required=True, help="The store the key is for.")
@click.option("--name", default="api", show_default=True, help="To know it again: what uses it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def create(slug: str, name: str, as_json: bool) -> None:
    """Make a key. It is shown once; only its hash is kept.

    \b
    Example:
      waypost key create --store fell-and-ridge --name "order export"
    """
    with opened():
        store = get_store(slug)
        secret, prefix, key_hash = security.new_api_key()
        made = ApiKey(store_id=store.id, name=name[:120], prefix=prefix, key_hash=key_hash)
        db.session.add(made)
        db.session.add(Audit(store_id=store.id, actor="cli", action="key.created", subject=f"key:{prefix}"))
        db.session.commit()
        if as_json:
            click.echo(json.dumps({**_facts(made), "key": secret}))
            return
        click.echo("Keep this key now, it is not shown again:", err=True)
        click.echo(secret)


@key.command("list")
@click.option("--store", "slug", required=True, help="The store.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def list_keys(slug: str, as_json: bool) -> None:
    """List the keys of a store, the newest first.

    \b
    Example:
      waypost key list --store fell-and-ridge
    """
    with opened():
        store = get_store(slug)
        keys = list(db.session.scalars(select(ApiKey).where(ApiKey.store_id == store.id).order_by(ApiKey.id.desc())))
        if as_json:
            click.echo(json.dumps([_facts(one) for one in keys]))
            return
        table = Table("Key", "Name", "Made", "Last used", "", box=None)
        for one in keys:
            used = f"{one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never"
            table.add_row(
                f"{one.prefix}…", one.name, f"{one.created_at:%Y-%m-%d}", used, "revoked" * bool(one.revoked_at)
            )
        Console().print(table if keys else "This store has no key yet.")


@key.command()
@click.argument("prefix")
@click.option("--store", "slug", required=True, help="The store.")
def revoke(prefix: str, slug: str) -> None:
    """End the key that begins with PREFIX, for good.

    \b
    Example:
      waypost key revoke wp_Xk3f9aQ --store fell-and-ridge
    """
    with opened():
        store = get_store(slug)
        mine = (ApiKey.store_id == store.id) & (ApiKey.prefix == prefix.strip().rstrip("…")[:10])
        found = db.session.scalars(select(ApiKey).where(mine)).all()
        if not found:
            raise click.ClickException("This store has no key that begins so. See: waypost key list")
        for one in found:
            if one.revoked_at is None:
                one.revoked_at = clock.real_now()
                db.session.add(Audit(store_id=store.id, actor="cli", action="key.revoked", subject=f"key:{one.prefix}"))
        db.session.commit()
        click.echo("The key is revoked. Whoever used it is refused from now on.")


def _facts(about: ApiKey) -> dict[str, Any]:
    def text(at: Any) -> str | None:
        return at.isoformat() if at else None

    return {
        "prefix": about.prefix,
        "name": about.name,
        "created_at": text(about.created_at),
        "last_used_at": text(about.last_used_at),
        "revoked_at": text(about.revoked_at),
    }
