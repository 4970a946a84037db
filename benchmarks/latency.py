"""News to phone: from the carrier's answer to a message handed to the channel, on a real worker process.

    python benchmarks/latency.py [--parcels 40] [--database sqlite|postgresql]

Parcels become due one by one, two a second; each answer brings "out for delivery", which is told by email and SMS.
Measured from the real time at which the sandbox answered the carrier's call to the one at which the message was handed
to its channel (`attempted_at`): everything in between is Waypost's.
"""

import argparse
import json
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig import places, report

from tests.factories import make_account, make_order, make_shipment, make_store
from tracking.models import Channel, Consent, ConsentState, Message, MessageState, Shipment
from tracking.platform import clock, security

TARGET_S = 2.0
APART_S, LEAD_S, WITHIN_S = 0.5, 3.0, 45.0
# yesterday's noon: nothing waits for quiet hours, and what the carrier says lies in the past on the sandbox's clock too
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--parcels", type=int, default=40)
    parser.add_argument("--database", choices=list(places.DATABASES), default="sqlite")
    arguments = parser.parse_args()
    with places.folder() as folder, places.sandbox() as sandbox, places.DATABASES[arguments.database]() as url:
        anchor = clock.Anchor(NOON, time.time())
        clock.set_anchor(anchor)
        services = {
            name: value for name, value in sandbox["settings"].items() if name.startswith(("TWILIO_", "WAYPOST_SMTP"))
        }
        env = places.environment(url, folder, {**services, "WAYPOST_CLOCK": anchor.dump()})
        places.loaded(env)
        engine = create_engine(url)
        with places.process(["-m", "tracking.cli", "worker"], env, folder / "worker.log"):
            _until_started(folder / "worker.log")
            _furnish(engine, sandbox, arguments.parcels)
            _wait(engine, arguments.parcels)
        asked = _answered(sandbox)
        waits = _waits(engine, asked)
    rows = [
        [channel, len(values), report.percentile(values, 0.5), report.percentile(values, 0.99), TARGET_S]
        for channel, values in waits.items()
    ]
    columns = ["channel", "messages", "p50 s", "p99 s", "target p99 ≤"]
    report.show("latency", columns, rows, database=arguments.database, seconds=waits)


def _until_started(log: Path) -> None:
    until = time.monotonic() + WITHIN_S
    while "worker.started" not in log.read_text(encoding="utf-8"):
        if time.monotonic() > until:
            raise RuntimeError("the worker did not start in time")
        time.sleep(0.1)


def _furnish(engine, sandbox, count: int) -> None:  # type: ignore[no-untyped-def]
    """Parcels at the sandbox and in the database, due one after the other."""
    numbers = [f"1Z999AA10{n:09d}" for n in range(count)]
    scans = [
        {"at": (NOON - timedelta(hours=20)).isoformat(), "kind": "accepted"},
        {"at": (NOON - timedelta(hours=2)).isoformat(), "kind": "out_for_delivery"},
    ]
    rows = [{"number": number, "carrier": "ups", "scans": scans} for number in numbers]
    places.tell(f"{sandbox['url']}/_sandbox/parcels", rows)
    with Session(engine) as session:
        ups = sandbox["carriers"]["ups"]
        account = make_account(session, "ups", credentials=ups["credentials"], base_url=ups["base_url"])
        store = make_store(session)
        begin = clock.now() + timedelta(seconds=LEAD_S)
        for place, number in enumerate(numbers):
            order = make_order(session, store)
            at = begin + timedelta(seconds=APART_S * place)
            make_shipment(session, order, number=number, carrier_account_id=account.id, next_poll_at=at)
            subject = security.subject_key(order.phone or "")
            agreed = {"channel": Channel.SMS, "state": ConsentState.GRANTED, "method": "checkout"}
            session.add(Consent(store_id=store.id, subject=subject, **agreed))
        session.commit()


def _wait(engine, count: int) -> None:  # type: ignore[no-untyped-def]
    until = time.monotonic() + LEAD_S + APART_S * count + WITHIN_S
    sent = select(func.count()).select_from(Message).where(
        Message.state.in_([MessageState.SENT, MessageState.DELIVERED])
    )  # fmt: skip
    while time.monotonic() < until:
        with Session(engine) as session:
            if (session.scalar(sent) or 0) >= 2 * count:
                return
        time.sleep(0.2)
    raise RuntimeError("the worker did not send everything in time")


def _answered(sandbox) -> dict[str, datetime]:  # type: ignore[no-untyped-def]
    """When the carrier's sandbox had answered about each number."""
    with urllib.request.urlopen(f"{sandbox['url']}/_sandbox/calls?carrier=ups", timeout=30) as answer:
        calls = json.load(answer)["calls"]
    return {
        number: datetime.fromisoformat(call["real_at"]) + timedelta(seconds=call["took_s"])
        for call in calls
        if call["kind"] == "track"
        for number in call["numbers"]
    }


def _waits(engine, asked) -> dict[str, list[float]]:  # type: ignore[no-untyped-def]
    """Seconds from the answer to the attempt's end, by channel: the ledger's real time of the hand-over."""
    waits: dict[str, list[float]] = {}
    with Session(engine) as session:
        rows = session.execute(
            select(Shipment.number, Message.channel, Message.attempted_at).join(
                Shipment, Shipment.id == Message.shipment_id
            )
        )
        for number, channel, at in rows:
            if at is not None:
                waits.setdefault(channel.value, []).append((at - asked[number]).total_seconds())
    return waits


if __name__ == "__main__":
    main()
