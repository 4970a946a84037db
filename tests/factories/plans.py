"""Bending the database's planner, to see that what is asked does not depend on its plan."""

from sqlalchemy import text
from sqlalchemy.orm import Session

_OTHERWISE = ("enable_hashjoin", "enable_mergejoin", "enable_hashagg", "enable_material", "enable_sort")


def nested_loops_only(session: Session) -> None:
    """Until its transaction ends PostgreSQL joins by nested loops, which may run the inner side once a row."""
    if session.get_bind().dialect.name == "postgresql":
        for setting in _OTHERWISE:
            session.execute(text(f"SET LOCAL {setting} = off"))
