"""Write the migration for what changed in the models: python -m tracking.migrations "add x to y".

It compares the models with a database made by the migrations there are. Read what it wrote before you commit it.
"""

import re
import sys
import tempfile
from pathlib import Path

import click
from alembic import command
from sqlalchemy import create_engine

from tracking.platform import schema


def write(message: str) -> Path:
    """The file of the new migration. Its number follows the newest; `.current-alembic-head` names it."""
    number = f"{int(schema.newest()) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/models.db")
        schema.upgrade(engine)
        with engine.begin() as connection:
            config = schema.config()
            config.attributes["connection"] = connection
            command.revision(config, message=message, autogenerate=True, rev_id=number)
        engine.dispose()
    (made,) = (schema.MIGRATIONS / "versions").glob(f"{number}*.py")
    file = made.with_name(f"{number}_{re.sub(r'[^a-z0-9]+', '_', message.lower()).strip('_')}.py")
    made.rename(file)
    (schema.MIGRATIONS / ".current-alembic-head").write_text(f"{number}\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit(__doc__)
    click.echo(str(write(sys.argv[1].strip())))
