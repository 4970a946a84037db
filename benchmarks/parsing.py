"""What it costs to understand a carrier's answer, and that the cost grows with the size of the answer and no faster.

    python benchmarks/parsing.py [--rounds 15]

For each carrier an answer about one number is composed in its documented format, with 10, 100 and 1000 events. Given
are CPU microseconds a parse (the median of the rounds, which take turns), the share of it that only decoding the JSON
takes, and the growth: how many times longer ten times the events take. Linear is at most 10; what does not depend on
the events makes it less.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.rig import report
from tracking.carriers import get_carrier
from tracking.platform.upstream import Reply

SIZES = (10, 100, 1000)
TYPICAL = SIZES[0]
LINEAR = 10.0
# lots: what a clock tick cannot tell apart is measured many times
EVENTS_A_RUN = 4000
START = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


def _times(count: int) -> list[datetime]:
    """Newest first, as most carriers list them."""
    return [START + timedelta(minutes=37 * place) for place in reversed(range(count))]


def ups(count: int) -> Any:
    """An answer of UPS."""
    place = {"city": "Louisville", "stateProvince": "KY", "countryCode": "US", "country": "US"}
    status = {"type": "I", "code": "DP", "statusCode": "005", "description": "Departed from Facility "}
    activity = [
        {
            "location": {"address": place, "slic": "4009"},
            "status": status,
            "date": f"{at:%Y%m%d}",
            "time": f"{at:%H%M%S}",
            "gmtDate": f"{at:%Y%m%d}",
            "gmtTime": f"{at:%H%M%S}",
            "gmtOffset": "+00:00",
        }
        for at in _times(count)
    ]
    package = {"trackingNumber": "1Z5R89390357567127", "activity": activity}
    return {"trackResponse": {"shipment": [{"inquiryNumber": "1Z5R89390357567127", "package": [package]}]}}


def fedex(count: int) -> Any:
    """An answer of FedEx."""
    place = {"city": "MEMPHIS", "stateOrProvinceCode": "TN", "postalCode": "38118", "countryCode": "US"}
    scans = [
        {"date": at.isoformat(), "eventType": "AR", "eventDescription": "Arrived", "scanLocation": place}
        for at in _times(count)
    ]
    result = {"latestStatusDetail": {"code": "IT"}, "scanEvents": scans}
    return {"output": {"completeTrackResults": [{"trackingNumber": "986578788855", "trackResults": [result]}]}}


def usps(count: int) -> Any:
    """An answer of USPS."""
    events = [
        {
            "eventType": "Arrived at USPS Regional Facility",
            "eventTimestamp": f"{at:%Y-%m-%dT%H:%M:00}",
            "GMTTimestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "GMTOffset": "-05:00",
            "eventCity": "HERNANDO",
            "eventState": "FL",
            "eventZIP": "34442",
            "eventCode": "10",
        }
        for at in _times(count)
    ]
    return {"trackingNumber": "9400111206206406260787", "statusCategory": "In Transit", "trackingEvents": events}


def dhl(count: int) -> Any:
    """An answer of DHL, with times that need the zone of their place."""
    place = {"address": {"countryCode": "DE", "postalCode": "53113", "addressLocality": "Bonn"}}
    words = "The shipment has been processed in the parcel center"
    events = [
        {"timestamp": f"{at:%Y-%m-%dT%H:%M:%S}", "statusCode": "transit", "status": words, "location": place}
        for at in _times(count)
    ]
    return {"shipments": [{"id": "00340434292135100124", "service": "parcel-de", "events": events}]}


def la_poste(count: int) -> Any:
    """An answer of La Poste."""
    events = [
        {"code": "ET1", "label": "Votre colis est en transit.", "date": f"{at:%Y-%m-%dT%H:%M:%S}+01:00"}
        for at in _times(count)
    ]
    return {"returnCode": 200, "shipment": {"idShip": "6A18987970674", "product": "colissimo", "event": events}}


def thailand_post(count: int) -> Any:
    """An answer of Thailand Post in Thai, with Buddhist years."""
    events = [
        {
            "barcode": "EY145587896TH",
            "status": "201",
            "status_description": "ส่งออกจากที่ทำการกลางทาง",
            "status_date": f"{at:%d/%m}/{at.year + 543} {at:%H:%M:%S}+07:00",
            "location": "ศป.เชียงใหม่",
            "postcode": "50010",
        }
        for at in reversed(_times(count))
    ]
    return {"response": {"items": {"EY145587896TH": events}}, "message": "successful", "status": True}


ANSWERS: dict[str, Callable[[int], Any]] = {
    "ups": ups,
    "fedex": fedex,
    "usps": usps,
    "dhl": dhl,
    "la-poste": la_poste,
    "thailand-post": thailand_post,
}


def _timed(work: Callable[[], object], times: int) -> Callable[[], float]:
    """Runs `work` some times; CPU microseconds each."""

    def run() -> float:
        started = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - started) / times * 1e6

    return run


def _parse(slug: str, body: bytes, count: int) -> Callable[[], object]:
    adapter, reply = get_carrier(slug), Reply(200, body)
    (result,) = adapter.parse(reply, ()).results
    assert len(result.events) == count
    return lambda: adapter.parse(reply, ())


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    runs: dict[str, Callable[[], float]] = {}
    sizes: dict[str, int] = {}
    for slug, compose in ANSWERS.items():
        for count in SIZES:
            body = json.dumps(compose(count), ensure_ascii=False).encode()
            sizes[f"{slug} {count}"] = len(body)
            times = max(EVENTS_A_RUN // count, 1)
            runs[f"{slug} {count}"] = _timed(_parse(slug, body, count), times)
            runs[f"{slug} {count} json"] = _timed(lambda body=body: json.loads(body), times)  # type: ignore[misc]
    report.interleaved(1, runs)
    values = report.interleaved(rounds, runs)
    rows = []
    for slug in ANSWERS:
        costs = [median(values[f"{slug} {count}"]) for count in SIZES]
        growth = [report.ratio(values, f"{slug} {b}", f"{slug} {a}") for a, b in pairwise(SIZES)]
        share = report.ratio(values, f"{slug} {TYPICAL} json", f"{slug} {TYPICAL}")
        rows.append([slug, sizes[f"{slug} {TYPICAL}"], costs[0], share, costs[-1] / SIZES[-1], *growth])
    columns = [
        "carrier",
        "bytes of 10",
        "µs of 10 events",
        "JSON alone",
        "µs an event of 1000",
        "×10: 100",
        "×10: 1000",
    ]
    report.show("parsing", columns, rows, linear=LINEAR, rounds=values)


if __name__ == "__main__":
    main()
