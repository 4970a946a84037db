"""Migrations (Alembic): to the newest schema, and which one a database has."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def config() -> Config:
    """Alembic's configuration, without a file."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("path_separator", "os")
    return made


def newest() -> str:
    """The revision the code needs."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def current(connection: Connection) -> str | None:
    """The revision a database has; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, to: str = "head") -> tuple[str | None, str | None]:
    """Migrate, all in one transaction where the database can. Returns the revisions before and after."""
    with engine.begin() as connection:
        before = current(connection)
        made = config()
        made.attributes["connection"] = connection
        command.upgrade(made, to)
        return before, current(connection)
