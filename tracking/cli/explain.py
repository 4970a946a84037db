"""`waypost explain`: why each message was or was not sent."""

import json
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tracking import create_app
from tracking.models import Message, MessageState, Order, Store
from tracking.models.store import find_store
from tracking.notifications.explanation import Explanation, Told, of_message, of_order
from tracking.notifications.reasons import state_words
from tracking.platform import db as database
from tracking.platform import i18n
from tracking.platform.db import db

_COLOURS = {
    MessageState.SENT: "green",
    MessageState.DELIVERED: "green",
    MessageState.FAILED: "red",
    MessageState.UNDELIVERABLE: "red",
    MessageState.UNCERTAIN: "yellow",
    MessageState.HELD: "yellow",
}


@click.command()
@click.argument("what", metavar="MESSAGE_ID|ORDER")
@click.option("--store", "slug", help="Whose order it is, if several stores have one of that number.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def explain(what: str, slug: str | None, as_json: bool) -> None:
    """Tell why each message of an order, or one message, was or was not sent.

    Takes a message's id, an order's number or its id. Addresses are shown in part.

    \b
    Example:
      waypost explain 10482 --store fell-and-ridge
    """
    app = create_app()
    with app.app_context(), database.reading():
        try:
            _explain(db.session(), what, slug, as_json=as_json)
        finally:
            db.session.remove()
            db.engine.dispose()


def _explain(session: Session, what: str, slug: str | None, *, as_json: bool) -> None:
    store = _store(session, slug)
    message = _message(session, what, store)
    order = session.get_one(Order, message.order_id) if message is not None else _order(session, what, store)
    if order is None:
        raise click.ClickException(f"There is no message and no order “{what}”.")
    with i18n.speaking("en", order.time_zone):
        explanation = of_message(session, message) if message is not None else of_order(session, order)
        if as_json:
            click.echo(json.dumps(_json(explanation), ensure_ascii=False))
        else:
            _print(explanation, order.time_zone)


def _store(session: Session, slug: str | None) -> Store | None:
    if slug is None:
        return None
    store = find_store(session, slug)
    if store is None:
        raise click.BadParameter(f"there is no store “{slug}”", param_hint="--store")
    return store


def _message(session: Session, what: str, store: Store | None) -> Message | None:
    found = session.scalar(select(Message).where(Message.public_id == what))
    return found if found is not None and (store is None or found.store_id == store.id) else None


def _order(session: Session, what: str, store: Store | None) -> Order | None:
    wanted = select(Order).where(or_(Order.number == what, Order.public_id == what))
    found = session.scalars(wanted.where(Order.store_id == store.id) if store else wanted).all()
    if len(found) > 1:
        slugs = ", ".join(sorted(order.store.slug for order in found))
        raise click.UsageError(f"Several stores have an order “{what}”: add --store with one of {slugs}.")
    return found[0] if found else None


def _print(explanation: Explanation, zone: str) -> None:
    console = Console()
    console.print(f"\n[bold]Order {escape(explanation.order)}[/]  [dim]times of {escape(zone)}[/]")
    if not explanation.messages:
        console.print("No message was written for it.")
    for told in explanation.messages:
        _print_message(console, told)
    if explanation.absent:
        table = Table("when", "what happened", "channel", "why there is no message", box=None, pad_edge=False)
        for one in explanation.absent:
            moment = one.moment.value.replace("_", " ")
            table.add_row(_when(one.at), moment, one.channel.value, one.sentence, style="dim")
        console.print()
        console.print(table)
    console.print()


def _print_message(console: Console, told: Told) -> None:
    colour = _COLOURS.get(told.state, "default")
    name = told.meaning.value.replace("_", " ")
    console.print(
        f"\n[bold]{name}[/] by {told.channel.value} to {escape(told.to or '–')}: "
        f"[{colour}]{state_words(told.state)}[/]. {escape(told.sentence)}  [dim]{told.id}[/]"
    )
    if told.title:
        console.print(Padding(f"[italic]{escape(told.title)}[/]", (0, 0, 0, 2)))
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for step in told.steps:
        detail = ", ".join(f"{name} {value}" for name, value in step.detail.items())
        table.add_row(_when(step.at), state_words(step.state), escape(step.sentence), f"[dim]{escape(detail)}[/]")
    console.print(Padding(table, (0, 0, 0, 2)))


def _when(at: datetime) -> str:
    return f"{i18n.local(at):%Y-%m-%d %H:%M:%S}"


def _json(explanation: Explanation) -> dict[str, Any]:
    return {
        "order": explanation.order,
        "messages": [
            {
                "id": told.id,
                "meaning": told.meaning.value,
                "channel": told.channel.value,
                "to": told.to,
                "state": told.state.value,
                "why": told.why,
                "sentence": told.sentence,
                "subject": told.title or None,
                "steps": [
                    {
                        "at": step.at.isoformat(),
                        "state": step.state.value,
                        "why": step.why,
                        "sentence": step.sentence,
                        "detail": step.detail,
                    }
                    for step in told.steps
                ],
            }
            for told in explanation.messages
        ],
        "absent": [
            {
                "moment": one.moment.value,
                "at": one.at.isoformat(),
                "channel": one.channel.value,
                "why": one.why,
                "sentence": one.sentence,
            }
            for one in explanation.absent
        ],
    }
