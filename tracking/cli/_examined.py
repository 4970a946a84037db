"""What `waypost doctor` looks at: each part by itself, so that one that fails hides no other."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from tracking import create_app, suggestions
from tracking.carriers import Account, Carrier, all_slugs, get_carrier
from tracking.carriers import _settings as carrier_settings
from tracking.channels._base import all_slugs as all_channels
from tracking.channels._base import get_channel
from tracking.models import CarrierAccount, ModelFit, Store, UnknownCode
from tracking.models.carrier_account import ENVIRONMENT
from tracking.platform import clock, schema, security, settings
from tracking.platform.db import db
from tracking.platform.engine import make_queue
from tracking.platform.errors import ConfigError, UpstreamError, WaypostError
from tracking.platform.settings import Environment, Settings

LOW_DISK_BYTES = 500 * 1024 * 1024
MOST_SKEW_S = 30
# a model is made anew every day
OLD_MODEL_S = 3 * 24 * 3600.0
_LOOK_AT_WORKER = (
    "A worker learns anew within the hour. If it does not, look for recommendations.fit_failed in its log."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. `state`: "ok", "note" (works, but look) or "fault"; `fix`: what to do, "" if nothing."""

    part: str
    state: Literal["ok", "note", "fault"]
    what: str
    fix: str = ""


def examine(*, offline: bool = False) -> list[Finding]:
    """Look at everything; with `offline`, at nothing beyond this machine and the database."""
    try:
        loaded = settings.load(need=frozenset({"keys"}))
    except ConfigError as error:
        return [Finding("settings", "fault", fault) for fault in error.faults]
    found = [Finding("settings", "ok", "can be read"), *_addresses(loaded), *_disk(loaded)]
    app = create_app(loaded)
    with app.app_context():
        database = list(_safely("database", _database))
        found += database
        found += _safely("queue", lambda: _queue(loaded))
        if not any(finding.state == "fault" for finding in database):
            found += _safely("clock", _clock)
            found += _safely("stores", _stores)
            found += _safely("recommendations", lambda: _models(loaded))
            found += _safely("carriers", lambda: _stored_accounts(offline=offline))
            found += _safely("carriers", _codes)
        db.session.remove()
        db.engine.dispose()
    found += _safely("carriers", lambda: _own_accounts(loaded, offline=offline))
    return found + list(_safely("senders", lambda: _channels(loaded, offline=offline)))


def _safely(part: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except ConfigError as error:
        yield from (Finding(part, "fault", fault) for fault in error.faults)
    except (WaypostError, SQLAlchemyError, OSError) as error:
        what = error.message if isinstance(error, WaypostError) else type(error).__name__
        yield Finding(part, "fault", f"cannot be looked at: {what}")


def _addresses(loaded: Settings) -> Iterator[Finding]:
    parts = urlsplit(loaded.base_url)
    if parts.hostname in {"127.0.0.1", "localhost", "::1"}:
        yield Finding(
            "address",
            "note",
            f"links lead to {loaded.base_url}, which only this machine can open",
            "Set WAYPOST_BASE_URL to the address that shoppers use: https://track.example.com.",
        )
    elif parts.scheme != "https":
        yield Finding("address", "fault", f"{loaded.base_url} is not encrypted", "Serve it by https.")
    else:
        yield Finding("address", "ok", loaded.base_url)


def _disk(loaded: Settings) -> Iterator[Finding]:
    folder = loaded.state_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        yield Finding(
            "disk", "fault", f"{folder} cannot be written to ({type(error).__name__})", "Set WAYPOST_STATE_DIR."
        )
        return
    left = f"{free // 1024**2} MB free in {folder}"
    state: Literal["ok", "fault"] = "ok" if free >= LOW_DISK_BYTES else "fault"
    yield Finding(
        "disk", state, left, "" if state == "ok" else "Make room; SQLite stops writing when the disk is full."
    )


def _database() -> Iterator[Finding]:
    kind = db.engine.dialect.name
    try:
        with db.engine.connect() as connection:
            at = schema.current(connection)
    except SQLAlchemyError:
        hint = "Check WAYPOST_DATABASE_URL, that the server runs, and that it lets this user in."
        yield Finding("database", "fault", f"{kind} cannot be reached", hint)
        return
    newest = schema.newest()
    if at != newest:
        what = f"the schema of {kind} is at {at or 'nothing'}, {newest} is needed"
        yield Finding("database", "fault", what, "Run: waypost db upgrade")
        return
    yield Finding("database", "ok", f"{kind}, schema {at}")


def _queue(loaded: Settings) -> Iterator[Finding]:
    try:
        waiting = make_queue(loaded.queue_url).pending_count()
    except Exception as error:  # noqa: BLE001 - each storage has errors of its own
        yield Finding("queue", "fault", f"cannot be reached ({type(error).__name__})", "Check WAYPOST_QUEUE_URL.")
        return
    yield Finding("queue", "ok", f"{waiting} tasks wait")


def _clock() -> Iterator[Finding]:
    if os.environ.get("WAYPOST_CLOCK"):
        what = f"business time is {clock.now():%Y-%m-%d %H:%M} and runs {clock.speed():g} times as fast"
        yield Finding("clock", "note", what, "Unset WAYPOST_CLOCK unless this is a demo.")
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        skew = abs((theirs.astimezone(UTC) - clock.real_now()).total_seconds())
        if skew > MOST_SKEW_S:
            what = f"this machine and the database differ by {skew:.0f} s"
            yield Finding("clock", "fault", what, "Set both by NTP; leases depend on it.")
            return
    yield Finding("clock", "ok", f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")


def _stores() -> Iterator[Finding]:
    stores = db.session.scalars(select(Store).order_by(Store.slug)).all()
    if not stores:
        yield Finding("stores", "note", "there is none yet", "Make one: waypost store create --help")
    for store in stores:
        if not store.sender_email:
            fix = f"Run: waypost store set {store.slug} sender_email=orders@…"
            yield Finding("stores", "fault", f"{store.slug} has no sender address, so it sends no email", fix)
        elif not store.reply_to and not store.support.get("email"):
            fix = f"Run: waypost store set {store.slug} reply_to=help@…"
            yield Finding("stores", "note", f"answers to {store.slug} reach no person", fix)
        else:
            yield Finding("stores", "ok", store.slug)


def _models(loaded: Settings) -> Iterator[Finding]:
    """What was learnt for each store: sound, and not too old."""
    stores = db.session.scalars(select(Store).order_by(Store.slug)).all()
    fits = {fit.store_id: fit for fit in db.session.scalars(select(ModelFit))}
    db.session.expunge_all()
    # the files may be large: no transaction stays open while they are read
    db.session.rollback()
    for store in stores:
        fit = fits.get(store.id)
        artefact = suggestions.artefact_of(loaded.state_dir, store)
        if not artefact.version:
            what = f"nothing was learnt yet for {store.slug}"
            yield Finding("recommendations", "note", what, "Run a worker; it learns once there are orders.")
            continue
        orders = fit.orders if fit is not None else 0
        failed = fit.failed(clock.real_now()) if fit is not None else 0
        learnt = f"{store.slug}: learnt from {orders} orders, {_age(artefact.age_s)} ago"
        why = suggestions.unsound(loaded.state_dir, store)
        if why:
            rest = "the one before is used" if artefact.previous else "what sells well is shown instead"
            yield Finding("recommendations", "fault", f"{store.slug}: {why}; {rest}", _LOOK_AT_WORKER)
        elif failed:
            what = f"{learnt}; since then {failed} tries failed"
            yield Finding("recommendations", "note", what, _LOOK_AT_WORKER)
        elif artefact.age_s > OLD_MODEL_S:
            yield Finding("recommendations", "note", learnt, _LOOK_AT_WORKER)
        else:
            yield Finding("recommendations", "ok", learnt)


def _age(seconds: float) -> str:
    hours = seconds / 3600
    return f"{seconds / 60:.0f} min" if hours < 2 else f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


def _stored_accounts(*, offline: bool) -> Iterator[Finding]:
    # those of the environment are looked at there
    connected = CarrierAccount.enabled & (CarrierAccount.name != ENVIRONMENT)
    accounts = db.session.scalars(select(CarrierAccount).where(connected).order_by(CarrierAccount.id)).all()
    for row in accounts:
        db.session.expunge(row)
    # nothing stays open while others are asked
    db.session.rollback()
    for row in accounts:
        name = f"{row.carrier} {row.name}".strip()
        if row.carrier not in all_slugs():
            yield Finding("carriers", "fault", f"there is no adapter for {name}", "Disable the account.")
            continue
        credentials = {key: str(value) for key, value in security.unseal(row.credentials).items()}
        account = Account(str(row.id), credentials, row.base_url, row.locale)
        yield _account(get_carrier(row.carrier)(account), name, offline=offline)


def _codes() -> Iterator[Finding]:
    unknown = db.session.scalar(select(func.count()).select_from(UnknownCode)) or 0
    if unknown:
        what = "1 code that no table knows" if unknown == 1 else f"{unknown} codes that no table knows"
        yield Finding("carriers", "note", f"sent {what}", "See them: waypost carriers unknown")


def _own_accounts(loaded: Settings, *, offline: bool) -> Iterator[Finding]:
    for slug in all_slugs():
        carrier = get_carrier(slug)
        if not carrier_settings.is_mentioned(slug, loaded.environment):
            continue
        try:
            account = carrier_settings.account(carrier, loaded.environment)
        except ConfigError as error:
            yield from (Finding("carriers", "fault", fault) for fault in error.faults)
            continue
        yield _account(carrier(account), f"{slug} (environment)", offline=offline)


def _account(carrier: Carrier, name: str, *, offline: bool) -> Finding:
    try:
        for needed in carrier.credentials:
            if needed.required:
                carrier.credential(needed.name)
        if offline or carrier.token_call() is None:
            why = "not tried" if offline else "complete; only a real question could try them"
            return Finding("carriers", "ok", f"{name}: credentials {why}")
        carrier.check()
    except UpstreamError as error:
        fix = "Try again later." if error.retryable else "Correct the credentials of the account."
        return Finding("carriers", "fault", f"{name}: {error.message}", fix)
    return Finding("carriers", "ok", f"{name}: credentials accepted")


def _channels(loaded: Settings, *, offline: bool) -> Iterator[Finding]:
    env = Environment(loaded.environment)
    for slug in all_channels():
        kind = get_channel(slug)
        values = {setting.name: env.text(setting.name) or "" for setting in kind.settings}
        missing = [setting.name for setting in kind.settings if setting.required and not values[setting.name]]
        if missing:
            yield Finding("senders", "note", f"no {slug} is sent", f"Set {', '.join(missing)} to send some.")
            continue
        try:
            channel = kind.from_settings(values)
            if not offline:
                channel.check()
                channel.close()
        except ConfigError as error:
            yield from (Finding("senders", "fault", f"{slug}: {fault}") for fault in error.faults)
            continue
        except UpstreamError as error:
            fix = "Try again later." if error.retryable else "Correct the account."
            yield Finding("senders", "fault", f"{slug}: {error.message}", fix)
            continue
        yield Finding("senders", "ok", f"{slug}: {'not tried' if offline else 'account accepted'}")
