"""`waypost carriers detect`: likely carriers of a number, best first, with why. No network, no database."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tracking.carriers import Guess, detect
from tracking.carriers._settings import configured
from tracking.orders import normalise
from tracking.platform.errors import InputError


@click.command("detect")
@click.argument("number")
@click.option("--country", metavar="XX", help="Country it goes to, ISO 3166-1 alpha-2.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def detect_carrier(number: str, country: str | None, as_json: bool) -> None:
    """Name likely carriers of the tracking number NUMBER, best first, and say why.

    A number that nobody is known to use is an answer too: the list is empty, and the command succeeds. Carriers with an
    account in the environment come before others that are as likely.

    \b
    Example:
      waypost carriers detect "320 606 146 993" --country CA
    """
    try:
        whole = normalise.tracking_number(number)
    except InputError as error:
        raise click.BadParameter(error.message, param_hint="NUMBER") from error
    try:
        goes_to = normalise.country(country) if country else None
    except InputError as error:
        raise click.BadParameter(error.message, param_hint="--country") from error
    # dashes are a part of some numbers: they are tried with and without
    guesses = detect(number, country=goes_to, known=configured(os.environ)) or detect(whole, country=goes_to)
    if as_json:
        click.echo(json.dumps({"number": whole, "country": goes_to, "carriers": [asdict(one) for one in guesses]}))
    else:
        _show(guesses)


def _show(guesses: Sequence[Guess]) -> None:
    if not guesses:
        click.echo("No carrier is known to use numbers like this one.")
        return
    table = Table("Carrier", "Name", "Confidence", "Why", box=SIMPLE_HEAD)
    for guess in guesses:
        why = guess.reasons if guess.trackable else (*guess.reasons, "there is no adapter: it cannot be asked")
        table.add_row(guess.carrier, escape(guess.name), guess.confidence, escape("; ".join(why)))
    console = Console()
    (console if console.is_terminal else Console(width=160)).print(table)
