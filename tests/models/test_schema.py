"""The migrated schema is the one the models describe, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

from tests.factories import make_order, make_shipment, make_store
from tracking.models import Order
from tracking.platform import schema
from tracking.platform.db import Base, db


def test_migrated_schema_equals_models(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_current_head_file_names_the_newest_migration() -> None:
    assert (schema.MIGRATIONS / ".current-alembic-head").read_text().strip() == schema.newest()


def test_every_foreign_key_of_a_growing_table_is_indexed(app: Flask) -> None:
    inspector = inspect(db.engine)
    for table in ("shipments", "tracking_events", "messages", "milestones", "promises", "order_lines", "orders"):
        leading = {next(iter(i["column_names"])) for i in inspector.get_indexes(table)}
        leading |= {c["column_names"][0] for c in inspector.get_unique_constraints(table)}
        leading.add(inspector.get_pk_constraint(table)["constrained_columns"][0])
        keys = {k["constrained_columns"][0] for k in inspector.get_foreign_keys(table)} - {"store_id"}
        assert keys <= leading, f"{table}: {keys - leading}"


def test_rows_come_back_as_they_went_in(session) -> None:
    order = make_order(session, make_store(session), lines=2)
    make_shipment(session, order)
    session.commit()
    session.expire_all()
    back = session.get(Order, order.id)
    assert back.placed_at.utcoffset() is not None
    assert [line.position for line in back.lines] == [0, 1]
    assert back.shipments[0].status.value == "pending"
