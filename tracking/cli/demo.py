"""`waypost demo`: everything in one command."""

import json
import os
import signal
import sys
import threading
from pathlib import Path

import click
from rich.console import Console

from tracking.cli import main, serve, worker
from tracking.demo.furnish import CONSOLE_EMAIL
from tracking.demo.processes import Demo, Running
from tracking.demo.shops import SHOPS


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1024, 65534))
@click.option(
    "--speed", default=600.0, show_default=True, type=click.FloatRange(0.1, 100_000), help="Simulated seconds a second."
)
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Written when it serves, as JSON.")
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".waypost/demo"),
    show_default=True,
    help="Emptied at every start.",
)
def demo(port: int, speed: float, ready_file: Path | None, state_dir: Path) -> None:
    """Carriers, three furnished shops, a worker and the web in one go, until Ctrl-C.

    Example: waypost demo --port 8000 --speed 600
    """
    console = Console(stderr=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    running = Demo(port, speed, state_dir.resolve(), lambda text: console.print(text, style="dim"), _run)
    with running as told:
        if ready_file is not None:
            _write(ready_file, told)
        _show(Console(), told, speed)
        while not stop.wait(0.5):
            dead = running.watch()
            if dead is not None:
                raise click.ClickException(f"The {dead} ended by itself. Its log is in {state_dir}.")
        console.print("Stopping …", style="dim")
    console.print("Stopped.", style="dim")


# imported here, once, instead of in each of the processes that run them
_COMMANDS = (serve, worker)


def _run(arguments: list[str]) -> None:
    """Be another `waypost`: with these arguments, and the environment of this process."""
    sys.argv = ["waypost", *arguments]
    main()


def _facts(told: Running) -> dict[str, object]:
    locales = {shop.slug: shop.row["locales"][0] for shop in SHOPS}
    return {
        "base_url": told.base_url,
        "sandbox_url": told.sandbox_url,
        "stores": [{"slug": slug, "locale": locales[slug], "api_key": key} for slug, key in told.made.api_keys.items()],
        "console": {"url": f"{told.base_url}/console", "email": CONSOLE_EMAIL, "password": told.made.password},
        "orders": [
            {
                "state": order.state,
                "live": order.live,
                "store": order.store,
                "locale": order.locale,
                "order_number": order.order_number,
                "email": order.email,
                "postcode": order.postcode,
                "tracking_number": order.tracking_number,
                "carrier": order.carrier,
                "url": f"{told.base_url}/t/{order.token}",
            }
            for order in told.made.orders
        ],
    }


def _write(file: Path, told: Running) -> None:
    """Whole or not at all: somebody may be waiting for it."""
    half = file.with_name(file.name + ".part")
    half.write_text(json.dumps(_facts(told), ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(half, file)  # noqa: PTH105 - atomic on every system


def _show(console: Console, told: Running, speed: float) -> None:
    console.print("\n[bold]Waypost is running.[/bold] Open one of these; Ctrl-C stops it.\n")
    for shop in SHOPS:
        console.print(f"[bold]{shop.row['name']}[/bold]")
        for order in told.made.orders:
            if order.store == shop.slug:
                state = f"{order.state:26}" if not order.live else f"[green]{'live, moving':26}[/green]"
                console.print(f"  {state}{told.base_url}/t/{order.token}", soft_wrap=True, highlight=False)
        console.print()
    for name, url, hint in (
        ("Console", f"{told.base_url}/console", f"{CONSOLE_EMAIL}, password {told.made.password}"),
        ("Lookup", f"{told.base_url}/s/{SHOPS[0].slug}/track", "an order number and its email, or a tracking number"),
        ("Mailbox", f"{told.sandbox_url}/_sandbox/mail", "every email that was sent"),
        ("Phones", f"{told.sandbox_url}/_sandbox/messages", "every SMS; answer STOP there"),
        ("Carriers", f"{told.sandbox_url}/_sandbox/", f"parcels, calls, faults; {speed:g}× as fast as life"),
    ):
        console.print(f"  [bold]{name:10}[/bold]{url}  [dim]{hint}[/dim]", soft_wrap=True, highlight=False)
