"""Liveness, readiness and metrics."""

from dataclasses import replace

from sqlalchemy import text

from tests.factories import make_account, make_store
from tracking.platform.db import db
from tracking.platform.web import settings_of
from tracking.suggestions import fit_store


def test_a_living_process_says_so(client) -> None:
    assert client.get("/healthz").data == b"ok\n"


def test_ready_names_every_part(client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "ready": True,
        "parts": {"database": "ok", "schema": "ok", "queue": "ok", "disk": "ok"},
    }


def test_an_old_schema_is_not_ready_and_says_what_to_do(client, session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "waypost db upgrade" in answer.json["parts"]["schema"]


def test_a_queue_that_is_gone_degrades_only(app, client) -> None:
    app.extensions["waypost"] = replace(app.extensions["waypost"], queue_url="sqlite:////proc/none/queue.db")
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["parts"]["queue"].startswith("failed")


def test_metrics_come_from_the_tables(client, session) -> None:
    make_account(session, "ups", budgets=250)
    session.commit()
    told = client.get("/metrics").text
    assert "waypost_messages_due 0.0" in told
    assert 'waypost_carrier_budget_used{account="' in told


def test_metrics_are_kept_from_strangers_where_a_token_is_set(app, client) -> None:
    app.extensions["waypost"] = replace(app.extensions["waypost"], metrics_token="s3cret")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer s3cret"}).status_code == 200
    db.session.remove()


def test_metrics_say_how_old_what_was_learnt_is(app, client, session) -> None:
    store, other = make_store(session), make_store(session)
    path = fit_store(session, store.id, settings_of(app).state_dir).path
    session.commit()
    text = client.get("/metrics").text
    assert f'waypost_model_age_seconds{{store="{store.slug}"}} ' in text
    assert f'waypost_model_age_seconds{{store="{other.slug}"}} ' not in text
    assert f'waypost_model_bytes{{store="{store.slug}"}} {float(path.stat().st_size)}' in text
    assert f'waypost_model_bytes{{store="{other.slug}"}} 0.0' in text
    assert f'waypost_model_fit_failures{{store="{store.slug}"}} 0.0' in text
