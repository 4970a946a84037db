"""The documentation names every setting, command, column and error code there is."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tracking.api import _idempotency, _problems
from tracking.carriers import all_slugs, get_carrier
from tracking.carriers._settings import setting
from tracking.channels._base import all_slugs as all_channels
from tracking.channels._base import get_channel
from tracking.cli import cli
from tracking.cli.store import FIELDS
from tracking.platform import errors, settings
from tracking.shops.csv import COLUMNS

DOCS = Path(__file__).parents[1] / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def all_settings() -> set[str]:
    names = set(re.findall(r'"((?:WAYPOST|TWILIO)_[A-Z_]+[A-Z])"', inspect.getsource(settings)))
    names |= {each.name for slug in all_channels() for each in get_channel(slug).settings}
    return names | {setting(slug, field.name) for slug in all_slugs() for field in get_carrier(slug).credentials}


def commands(group: click.Command = cli, path: str = "waypost") -> Iterator[tuple[str, click.Command]]:
    if not isinstance(group, click.Group):
        yield path, group
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        yield from commands(found, f"{path} {name}")


def test_every_setting_is_documented() -> None:
    assert len(all_settings()) > 20
    told = text("settings.md") + text("carriers.md")
    missing = [name for name in sorted(all_settings()) if f"`{name}`" not in told]
    assert missing == []


def test_no_setting_is_documented_that_does_not_exist() -> None:
    named = set(re.findall(r"`((?:WAYPOST|TWILIO)_[A-Z_]+)`", text("settings.md")))
    assert named - all_settings() == {"WAYPOST_CLOCK"}


def test_every_key_of_a_store_is_documented() -> None:
    assert [key for key in FIELDS if f"`{key}`" not in text("settings.md")] == []


def test_every_command_is_documented() -> None:
    missing = [path for path, _ in commands() if f"`{path}`" not in text("running.md")]
    assert missing == []


@pytest.mark.parametrize(("path", "command"), [*commands()], ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_has_help_with_an_example(path: str, command: click.Command) -> None:
    said = f"{command.help}\n{command.epilog}"
    assert "Example" in said, path
    assert path in said, path


def test_every_column_is_documented() -> None:
    assert [name for name in COLUMNS if f"`{name}`" not in text("csv.md")] == []


def test_every_code_of_an_error_is_documented() -> None:
    ours = {errors.NotFound, errors.Conflict, errors.BadPayload, errors.UnknownCarrier, errors.BadTrackingNumber}
    ours |= {errors.BadRecipient, errors.TooManyRequests, _idempotency.KeyReused, _idempotency.InProgress}
    codes = {kind.code for kind in ours} | {
        _problems.Unauthorized.code,
        "invalid_fields",
        "internal_error",
        "too_large",
    }
    codes |= {"unsupported_media_type", "method_not_allowed", "unavailable", "bad_input"}
    assert [code for code in sorted(codes) if f"`{code}`" not in text("api.md")] == []
