"""`waypost track`: asks a carrier now, with the account in the environment. No database."""

import json
import os
import re
import sys
from collections.abc import Sequence

import click
from rich.console import Console
from rich.markup import escape

from tracking.carriers import Carrier, Parcel, detect, get_carrier, plausible
from tracking.carriers._settings import account, configured, setting
from tracking.cli.carriers import answer_json, show_answer
from tracking.platform.errors import UnknownCarrier
from tracking.platform.facts import Answer, ResultCode

# the carrier understood and answered: it has no such parcel
_ANSWERED = frozenset({ResultCode.NOT_FOUND, ResultCode.INVALID_NUMBER})
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{2,63}", re.ASCII)


@click.command()
@click.argument("number")
@click.option(
    "--carrier", "slug", help="Carrier to ask, as `waypost carriers list` names it; without it the number tells."
)
@click.option(
    "--locale", default="en", show_default=True, help="Language of the carrier's texts, where it has a choice."
)
@click.option(
    "--fact",
    "facts",
    multiple=True,
    metavar="NAME=VALUE",
    help="Something else the carrier can use, such as service=parcel-de or destination_postcode=53113; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, as from `carriers parse`.")
def track(number: str, slug: str | None, locale: str, facts: Sequence[str], as_json: bool) -> None:
    """Ask the carrier where the parcel NUMBER is, and print its timeline.

    Without --carrier those with an account that use such numbers are asked in turn, the likeliest first, until one
    knows it.
    The account comes from WAYPOST_<CARRIER>_<NAME> settings; WAYPOST_<CARRIER>_<NAME>_FILE names a file instead.
    An unknown number is an answer too; the command fails when the carrier could not be asked.

    \b
    Example:
      WAYPOST_DHL_API_KEY=… waypost track 00340434292135100124 --carrier dhl
    """
    parcel = Parcel(_normalised(number), dict(_fact(fact) for fact in facts))
    carriers = [_named(slug)] if slug is not None else _likely(parcel.number)
    for carrier in carriers:
        adapter = carrier(account(carrier, os.environ, locale=locale))
        with Console(stderr=True).status(f"Asking {carrier.name} …"):
            answer = adapter.track([parcel])
        if not _is_unknown(answer):
            break
    if as_json:
        click.echo(json.dumps(answer_json(carrier.slug, answer)))
    else:
        console = Console()
        console.print(
            f"[bold]{escape(carrier.name)}[/bold]  {carrier.public_url(parcel.number, locale)}", soft_wrap=True
        )
        show_answer(console, answer)
    if _failed(answer):
        sys.exit(1)


def _named(slug: str) -> type[Carrier]:
    try:
        return get_carrier(slug)
    except UnknownCarrier as error:
        raise click.BadParameter(error.message, param_hint="--carrier") from error


def _likely(number: str) -> list[type[Carrier]]:
    """Carriers with an account that use such numbers, the likeliest first."""
    ready = configured(os.environ)
    guesses = plausible(detect(number, known=ready))
    likely = [guess.carrier for guess in guesses if guess.carrier in ready]
    if likely:
        return [get_carrier(slug) for slug in likely]
    if guesses:
        names = ", ".join(guess.carrier for guess in guesses)
        raise click.UsageError(f"This looks like a number of: {names}. {_which_carrier(ready)}")
    raise click.UsageError(_which_carrier(ready))


def _which_carrier(ready: Sequence[str]) -> str:
    if ready:
        return f"Say which carrier to ask with --carrier. Accounts are set for: {', '.join(ready)}."
    return (
        "Say which carrier to ask with --carrier. No carrier account is set yet: `waypost carriers list` names what "
        f"each one needs, and the settings are called like {setting('dhl', 'api_key')}."
    )


def _is_unknown(answer: Answer) -> bool:
    return not answer.results and bool(answer.errors) and all(error.code in _ANSWERED for error in answer.errors)


def _normalised(number: str) -> str:
    known = "".join(number.upper().split())
    if not _NUMBER.fullmatch(known):
        raise click.BadParameter("A tracking number has 3 to 64 letters and digits.", param_hint="NUMBER")
    return known


def _fact(fact: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in fact.partition("="))
    if not (name and equals and value):
        raise click.BadParameter(f"“{fact}” is not NAME=VALUE.", param_hint="--fact")
    return name, value


def _failed(answer: Answer) -> bool:
    return not answer.results and any(error.code not in _ANSWERED for error in answer.errors)
