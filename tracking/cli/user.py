"""`waypost user`: people who may open the console."""

import json
import sys

import click
from sqlalchemy import select

from tracking.cli._opened import get_store, opened
from tracking.models import Audit, Role, StoreUser, User
from tracking.orders import normalise
from tracking.platform import security
from tracking.platform.db import db, random_id
from tracking.platform.errors import InputError

LEAST_LENGTH = 10


@click.group()
def user() -> None:
    """People who may open the console.

    Example: waypost user create jo@example.com --store fell-and-ridge
    """


@user.command()
@click.argument("email")
@click.option("--store", "slugs", multiple=True, required=True, help="A store to open; repeat it for several.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.OWNER.value,
    show_default=True,
    help="What they may do.",
)
@click.option("--name", default="", help="As it is shown in the console.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, not from the terminal.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def create(email: str, *, slugs: tuple[str, ...], role: str, name: str, password_stdin: bool, as_json: bool) -> None:
    """Make a user, or give the one with this EMAIL a new password and these stores.

    The password is asked, or read from standard input; it is never an argument, which others on the machine could see.

    \b
    Examples:
      waypost user create jo@example.com --store fell-and-ridge
      pass show waypost | waypost user create jo@example.com --store fell-and-ridge --password-stdin
    """
    try:
        address = normalise.email(email).lower()
    except InputError as error:
        raise click.ClickException(error.message) from None
    with opened():
        stores = [get_store(slug) for slug in dict.fromkeys(slugs)]
        hashed = security.hash_password(_password(from_stdin=password_stdin))
        found = db.session.scalar(select(User).where(User.email == address))
        person = found or User(email=address, name=name, password_hash=hashed)
        if found is None:
            db.session.add(person)
        else:
            person.password_hash, person.session_epoch, person.is_active = hashed, random_id(), True
            person.name = name or person.name
        known = {one.store_id: one for one in person.stores}
        for store in stores:
            if store.id in known:
                known[store.id].role = Role(role)
            else:
                person.stores.append(StoreUser(store_id=store.id, role=Role(role)))
        db.session.flush()
        action = "user.changed" if found else "user.created"
        for store in stores:
            db.session.add(Audit(store_id=store.id, actor="cli", action=action, subject=person.public_id))
        db.session.commit()
        facts = {"id": person.public_id, "email": address, "role": role, "stores": [store.slug for store in stores]}
        done = "has a new password" if found else "is made"
        click.echo(json.dumps(facts) if as_json else f"The user {address} {done}; role {role} in {', '.join(slugs)}.")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        raise click.UsageError("There is no terminal to ask on. Send the password with --password-stdin.")
    if not LEAST_LENGTH <= len(password) <= 200:
        raise click.ClickException(f"A password has {LEAST_LENGTH} characters or more.")
    return str(password)
