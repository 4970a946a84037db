"""The `waypost` command: a module a group; a file that is there exists.

Each module holds a click command of its own name (`_` where the command has `-`). They are imported when called, so
that `waypost carriers parse` does not pay for the web.
"""

import importlib
import sys
from importlib.metadata import version

import click

from tracking.platform import logs, registry
from tracking.platform.errors import ConfigError, WaypostError


class Commands(click.Group):
    """Finds commands by listing this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands, sorted."""
        return list(registry.modules("tracking.cli"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name, or None."""
        module = registry.modules("tracking.cli").get(cmd_name)
        if module is None:
            return None
        found = getattr(importlib.import_module(module), cmd_name.replace("-", "_"))
        return found if isinstance(found, click.Command) else None


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("waypost"), prog_name="waypost")
def cli() -> None:
    """Waypost answers “Where is my order?” before it is asked.

    Example: waypost demo
    """
    logs.configure()


def main() -> None:
    """Run the command line. Exit 0 done, 1 the thing failed, 2 wrong use."""
    try:
        cli()
    except ConfigError as error:
        click.echo("These settings need attention:", err=True)
        for fault in error.faults:
            click.echo(f"  • {fault}", err=True)
        sys.exit(1)
    except WaypostError as error:
        click.echo(error.message, err=True)
        sys.exit(1)
