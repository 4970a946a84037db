"""The parcels of the sandbox: read from control requests, kept by number, moved along their routes."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tracking.platform import clock
from tracking.platform.errors import BadPayload, Conflict, NotFound
from tracking.sandbox.faults import number as number_of
from tracking.sandbox.places import Place, find_place
from tracking.sandbox.routes import Trip, plan
from tracking.sandbox.scans import LEFT_AT, PROOFS, REASONS, Estimate, Kind, Parcel, Scan

MAX_PARCELS = 2_000_000
_HOME: Mapping[str, str] = {
    "dhl": "DE",
    "la-poste": "FR",
    "chronopost": "FR",
    "dpd": "NL",
    "hermes-de": "DE",
    "thailand-post": "TH",
    "australia-post": "AU",
    "canada-post": "CA",
    "canpar": "CA",
    "royal-mail": "GB",
    "purolator": "CA",
    "sendle": "AU",
    "inpost": "PL",
    "sf-express": "CN",
    "jt-express": "EG",
    "postnord": "SE",
    "gls": "DE",
    "delhivery": "IN",
    "aramex": "JO",
}
_AWAY: Mapping[str, tuple[str, str]] = {
    "US": ("Portland, ME", "Boulder"),
    "DE": ("Berlin", "Bonn"),
    "FR": ("Paris", "Annecy"),
    "TH": ("Chiang Mai", "Bangkok"),
    "NL": ("Amsterdam", "Eindhoven"),
    "AU": ("Sydney", "Melbourne"),
    "CA": ("Montreal", "Toronto"),
    "GB": ("London", "Manchester"),
    "PL": ("Warsaw", "Krakow"),
    "CN": ("Shanghai", "Shenzhen"),
    "EG": ("Cairo", "Alexandria"),
    "SE": ("Malmo", "Stockholm"),
    "IN": ("Mumbai", "Bengaluru"),
    "JO": ("Aqaba", "Amman"),
}


class Parcels:
    """All parcels, by number; the last created of a number counts."""

    def __init__(self) -> None:
        """Start with none."""
        self._by_number: dict[str, Parcel] = {}
        self._lock = threading.Lock()

    def create(self, spec: Mapping[str, Any], *, replace_existing: bool = False) -> Parcel:
        """Make a parcel from a control request (`docs/sandbox.md`).

        raises  BadPayload naming the field; Conflict when the number is taken
        """
        parcel = read_parcel(spec)
        with self._lock:
            if parcel.number in self._by_number and not replace_existing:
                raise Conflict(f"There is a parcel {parcel.number} already.", field="number")
            if len(self._by_number) >= MAX_PARCELS:
                raise Conflict(f"The sandbox holds {MAX_PARCELS} parcels at most.")
            self._by_number[parcel.number] = parcel
        return parcel

    def get(self, number: str) -> Parcel:
        """A parcel by its number. raises NotFound"""
        found = self._by_number.get(normal(number))
        if found is None:
            raise NotFound("The sandbox has no parcel of that number.")
        return found

    def of(self, carrier: str, number: str) -> Parcel | None:
        """The parcel that carrier has under that number, already normalised; None if it has none."""
        found = self._by_number.get(number)
        return found if found is not None and found.carrier == carrier else None

    def delete(self, number: str) -> None:
        """Forget a parcel. raises NotFound"""
        with self._lock:
            if self._by_number.pop(normal(number), None) is None:
                raise NotFound("The sandbox has no parcel of that number.")

    def clear(self) -> int:
        """Forget all; how many there were."""
        with self._lock:
            count = len(self._by_number)
            self._by_number = {}
        return count

    def __len__(self) -> int:
        """How many there are."""
        return len(self._by_number)

    def __iter__(self) -> Iterator[Parcel]:
        """Over a copy, in the order they were made."""
        with self._lock:
            return iter(list(self._by_number.values()))


def normal(number: str) -> str:
    """A number as it is kept: upper case, no blanks."""
    return "".join(number.split()).upper()


def read_parcel(spec: Mapping[str, Any]) -> Parcel:
    """A parcel from a control request. raises BadPayload naming the field"""
    tracking_number, carrier = normal(str(spec.get("number") or "")), str(spec.get("carrier") or "").strip().lower()
    if not 4 <= len(tracking_number) <= 40 or not tracking_number.isascii():
        raise BadPayload("“number” has 4 to 40 letters and digits.", field="number")
    if not carrier:
        raise BadPayload("“carrier” is a slug, such as ups.", field="carrier")
    start = read_time(spec["start"], "start") if spec.get("start") else clock.now()
    country = _HOME.get(carrier, "US")
    default_from, default_to = _AWAY[country]
    origin = find_place(spec.get("origin") or default_from, fallback_country=country)
    destination = find_place(spec.get("destination") or default_to, fallback_country=country)
    if spec.get("scans") is not None and spec.get("route"):
        raise BadPayload("Give a route or scans, not both.", field="scans")
    scans: tuple[Scan, ...]
    estimates: tuple[Estimate, ...] = ()
    route = str(spec.get("route") or ("scans" if spec.get("scans") is not None else "standard"))
    if route == "scans":
        scans = _read_scans(spec["scans"], origin, destination)
    else:
        pace = number_of(dict(spec), "pace", 0.01, 100_000.0, 1.0)
        scans, estimates = plan(route, Trip(tracking_number, carrier, origin, destination, start, pace))
    if spec.get("estimated") is not None:
        estimates = _read_estimates(spec["estimated"], start)
    service = str(spec.get("service") or "")[:80]
    return Parcel(tracking_number, carrier, origin, destination, service, route, clock.now(), scans, estimates)


def read_time(value: object, name: str) -> datetime:
    """An aware time from ISO 8601. raises BadPayload naming the field"""
    if isinstance(value, datetime):
        at = value
    else:
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError as error:
            raise BadPayload(f"“{name}” is a time such as 2026-12-03T10:00:00+01:00.", field=name) from error
    if at.tzinfo is None:
        raise BadPayload(f"“{name}” needs a zone or an offset.", field=name)
    return at


def _read_scans(rows: object, origin: Place, destination: Place) -> tuple[Scan, ...]:
    if not isinstance(rows, list) or len(rows) > 500:
        raise BadPayload("“scans” is a list of at most 500.", field="scans")
    return tuple(read_scan(row, origin, destination) for row in rows)


def read_scan(row: object, origin: Place, destination: Place) -> Scan:
    """One scan of a control request; without `at` it happens now. raises BadPayload naming the field"""
    if not isinstance(row, Mapping):
        raise BadPayload("A scan is an object with kind, at and place.", field="scans")
    try:
        kind = Kind(str(row.get("kind")))
    except ValueError as error:
        raise BadPayload(f"“kind” is one of {', '.join(Kind)}.", field="kind") from error
    at = read_time(row["at"], "at") if row.get("at") else clock.now()
    near_home = kind in {Kind.LABEL, Kind.ACCEPTED, Kind.RETURNED, Kind.CANCELLED}
    place: Place | None = origin if near_home else destination
    if "place" in row:
        place = find_place(row["place"], fallback_country=destination.country) if row["place"] else None
    return Scan(
        at=at,
        kind=kind,
        place=place,
        proof=_one_of(row, "proof", PROOFS, "none"),
        left_at=_one_of(row, "left_at", LEFT_AT, "recipient"),
        signed_by=str(row.get("signed_by") or "")[:80],
        reason=_one_of(row, "reason", REASONS, "not_home"),
    )


def _one_of(row: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = str(row.get(name) or default)
    if value not in allowed:
        raise BadPayload(f"“{name}” is one of {', '.join(allowed)}.", field=name)
    return value


def _read_estimates(value: object, start: datetime) -> tuple[Estimate, ...]:
    rows = value if isinstance(value, list) else [value]
    read = []
    for row in rows:
        if not isinstance(row, Mapping):
            raise BadPayload("“estimated” is {earliest, latest, said_at, timed}, or a list of them.", field="estimated")
        earliest = read_time(row.get("earliest"), "estimated.earliest")
        latest = read_time(row.get("latest") or row.get("earliest"), "estimated.latest")
        if latest < earliest:
            raise BadPayload("An estimate ends after it begins.", field="estimated.latest")
        said_at = read_time(row["said_at"], "estimated.said_at") if row.get("said_at") else start
        read.append(Estimate(said_at, earliest, latest, bool(row.get("timed", True))))
    return tuple(sorted(read, key=lambda estimate: estimate.said_at))


def move(parcel: Parcel, spec: Mapping[str, Any]) -> list[Scan]:
    """Let something happen to a parcel now.

    spec     {}: the next scan of its plan; {"steps": 3}; {"to": "delivered"}: all up to the first of that kind;
             {"scan": {kind, …}}: a scan that was not planned
    returns  the scans that happened
    raises   BadPayload; Conflict when nothing is left to happen
    """
    now = clock.now()
    if spec.get("scan") is not None:
        extra = read_scan(spec["scan"], parcel.origin, parcel.destination)
        parcel.replan((*parcel.plan, extra))
        return [extra]
    done = parcel.visible()
    ahead = parcel.plan[done:]
    if not ahead and parcel.route == "unknown" and not done:
        label = Scan(now, Kind.LABEL, parcel.origin)
        parcel.replan((label,))
        return [label]
    if not ahead:
        raise Conflict("Nothing is left to happen to this parcel.")
    take = int(number_of(dict(spec), "steps", 1, 500, 1))
    if spec.get("to"):
        kinds = [scan.kind for scan in ahead]
        if str(spec["to"]) not in kinds:
            raise Conflict(f"No “{str(spec['to'])[:40]}” is ahead of this parcel.", field="to")
        take = kinds.index(Kind(str(spec["to"]))) + 1
    since = parcel.plan[done - 1].at if done else now - timedelta(hours=1)
    happened = [
        replace(scan, at=since + (now - since) * (index + 1) / min(take, len(ahead)))
        for index, scan in enumerate(ahead[:take])
    ]
    parcel.estimates = tuple(
        replace(estimate, said_at=min(estimate.said_at, now))
        if estimate.said_at <= ahead[len(happened) - 1].at
        else estimate
        for estimate in parcel.estimates
    )
    parcel.replan((*parcel.plan[:done], *happened, *ahead[take:]))
    return happened
