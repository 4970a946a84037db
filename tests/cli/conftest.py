"""Commands run in this process, with the environment of an installation."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy.orm import Session

from tests.conftest import ENCRYPTION_KEY
from tests.factories import make_store
from tracking.cli import cli
from tracking.models import Store
from tracking.platform.settings import Settings

Waypost = Callable[..., Result]


@pytest.fixture
def waypost(settings: Settings) -> Waypost:
    """Runs `waypost …` against the test's database."""
    environment = {
        "WAYPOST_DATABASE_URL": settings.database_url,
        "WAYPOST_QUEUE_URL": settings.queue_url,
        "WAYPOST_STATE_DIR": str(settings.state_dir),
        "WAYPOST_SECRET_KEY": "k" * 40,
        "COLUMNS": "200",
        "WAYPOST_ENCRYPTION_KEY": ENCRYPTION_KEY,
        "WAYPOST_BASE_URL": "https://track.example.com",
    }

    def run(*arguments: str, stdin: str | None = None, env: dict[str, str] | None = None) -> Result:
        group = cli.get_command(None, arguments[0])  # type: ignore[arg-type]
        assert group is not None
        # without `waypost` itself around it, which sets up logging for a process of its own
        return CliRunner(env={**environment, **(env or {})}).invoke(group, arguments[1:], input=stdin)

    return run


@pytest.fixture
def store(app: Flask, session: Session) -> Store:
    """A store called fell."""
    made = make_store(session, slug="fell")
    session.commit()
    return made
