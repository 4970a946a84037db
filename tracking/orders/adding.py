"""Adds a row unless another transaction has added it first."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tracking.platform.db import Base

Row = TypeVar("Row", bound=Base)


def add_new(session: Session, kind: type[Row], values: Mapping[str, Any]) -> Row | None:
    """Insert a row, with its defaults, in one statement. None if a unique key of it is taken; then nothing changed."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    adding = insert(kind).values(**values).on_conflict_do_nothing().returning(kind)
    return session.scalars(adding, execution_options={"populate_existing": True}).one_or_none()
