"""Whether this process lives (/healthz), whether it can serve (/readyz), and how much waits (/metrics).

What /metrics says comes from the tables, not from counters of a process, so that every web process says the same.
"""

import hmac
import shutil
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, abort, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text

from tracking import suggestions
from tracking.models import CarrierAccount, CarrierBudget, Message, ModelFit, Store, UnknownCode
from tracking.platform import clock, schema
from tracking.platform.db import db
from tracking.platform.engine import make_queue
from tracking.platform.web import settings

blueprint = Blueprint("health", __name__)

_LOW_DISK_BYTES = 200 * 1024 * 1024


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Each part by name: "ok", or what is wrong. 503 if pages cannot be served; a part that only degrades is 200."""
    parts = {name: _tried(check) for name, check in _CHECKS.items()}
    serves = all(parts[name] == "ok" for name in ("database", "schema"))
    return jsonify(ready=serves, parts=parts), 200 if serves else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus. With WAYPOST_METRICS_TOKEN set, only for those who bear it."""
    token = settings().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and not hmac.compare_digest(given.encode(), token.encode()):
        abort(401)
    registry = CollectorRegistry()
    registry.register(_Waiting())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Waiting(Collector):
    """Figures of the moment, from indexed reads."""

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        session = db.session()
        now, real = clock.now(), clock.real_now()
        due = select(func.count(), func.min(Message.next_at)).where(Message.next_at <= now)
        count, oldest = session.execute(due).one()
        yield GaugeMetricFamily("waypost_messages_due", "Messages that may go out now.", value=count)
        wait = (now - oldest).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("waypost_messages_due_oldest_seconds", "How long the oldest of them waits.", value=wait)
        accounts = session.scalars(select(CarrierAccount)).all()
        is_open = GaugeMetricFamily(
            "waypost_carrier_open", "1: the account is left alone.", labels=["carrier", "account"]
        )
        for account in accounts:
            resting = any(until is not None and until > real for until in (account.open_until, account.paused_until))
            is_open.add_metric([account.carrier, account.public_id], float(resting))
        yield is_open
        used = GaugeMetricFamily(
            "waypost_carrier_budget_used", "Share of a budget's window.", labels=["carrier", "account", "unit", "per_s"]
        )
        names = {account.id: (account.carrier, account.public_id) for account in accounts}
        for budget in session.scalars(select(CarrierBudget)):
            used.add_metric(
                [*names[budget.account_id], budget.unit, str(budget.per_s)], budget.used / max(budget.amount, 1)
            )
        yield used
        unknown = GaugeMetricFamily(
            "waypost_unknown_codes", "Codes that no table knows, by carrier.", labels=["carrier"]
        )
        for carrier, codes in session.execute(select(UnknownCode.carrier, func.count()).group_by(UnknownCode.carrier)):
            unknown.add_metric([carrier], codes)
        yield unknown
        yield from _models()


def _models() -> Iterator[Metric]:
    """What was learnt for each store's recommendations. Looks at the files without reading them."""
    age = GaugeMetricFamily("waypost_model_age_seconds", "Since a store's model was written.", labels=["store"])
    size = GaugeMetricFamily("waypost_model_bytes", "Size of a store's model; 0: there is none.", labels=["store"])
    for store in db.session.scalars(select(Store).order_by(Store.id)):
        artefact = suggestions.artefact_of(settings().state_dir, store)
        size.add_metric([store.slug], artefact.size_bytes)
        if artefact.version:
            age.add_metric([store.slug], artefact.age_s)
    yield from (age, size)
    failures = GaugeMetricFamily("waypost_model_fit_failures", "Fits in a row that did not end well.", labels=["store"])
    now = clock.real_now()
    for slug, fit in db.session.execute(select(Store.slug, ModelFit).join(ModelFit, ModelFit.store_id == Store.id)):
        failures.add_metric([slug], fit.failed(now))
    yield failures


def _tried(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever a part does, the others are still told
        return f"failed: {type(error).__name__}"


def _database() -> str:
    db.session().execute(text("SELECT 1"))
    return "ok"


def _schema() -> str:
    at, newest = schema.current(db.session().connection()), schema.newest()
    return "ok" if at == newest else f"is {at}, needs {newest}: waypost db upgrade"


def _queue() -> str:
    make_queue(settings().queue_url).pending_count()
    return "ok"


def _disk() -> str:
    folder = settings().state_dir
    free = shutil.disk_usage(folder if folder.exists() else current_app.root_path).free
    return "ok" if free > _LOW_DISK_BYTES else f"only {free // 1024**2} MB left"


_CHECKS = {"database": _database, "schema": _schema, "queue": _queue, "disk": _disk}
