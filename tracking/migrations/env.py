"""Alembic's entry: runs the migrations on the connection it is given (see `platform.schema`)."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from tracking import models
from tracking.platform.db import Base, UtcDateTime

_ = models  # the rows must be known before their metadata is read


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as plain SQLAlchemy ones: a migration outlives the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and "JSONB" in repr(getattr(item, "mapping", "")) + repr(item._variant_mapping):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=render_item,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
