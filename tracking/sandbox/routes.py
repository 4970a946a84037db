"""Plausible journeys: hubs, hours and last miles for a named route between two places.

A plan is made once, from the parcel's number (the same number gives the same journey), and holds instants of the
future; time alone reveals them. Last miles keep local hours: out for delivery about 07:30-09:00, delivery 10:00-18:00.
"""

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from tracking.platform.errors import BadPayload
from tracking.sandbox.places import Place, crosses_customs, distance_km, gateway, hub_between, other_hub
from tracking.sandbox.scans import Estimate, Kind, Scan

_TRUCK_KMH, _PLANE_KMH = 68.0, 750.0
_BY_AIR_KM = 1_600.0
_POSTS = frozenset({"usps", "la-poste", "thailand-post", "australia-post", "royal-mail", "canada-post"})
_SIGNERS: Mapping[str, tuple[str, ...]] = {
    "FR": ("DUBOIS", "MOREAU", "LEROY"),
    "DE": ("WEBER", "SCHULZ", "KRAUSE"),
    "TH": ("สมชาย", "มาลี", "วิภา"),
}


@dataclass(frozen=True, slots=True)
class Trip:
    """What a journey is made from. `pace` 2.0 is twice as fast as real life, from `start` on."""

    number: str
    carrier: str
    origin: Place
    destination: Place
    start: datetime
    pace: float = 1.0


class Journey:
    """Scans being written down, with a cursor in time."""

    def __init__(self, trip: Trip) -> None:
        """Start at the label."""
        self.trip = trip
        self.now = trip.start
        self.scans: list[Scan] = []
        self.rng = random.Random(hashlib.sha256(trip.number.encode()).digest())

    def scan(self, kind: Kind, place: Place | None, **detail: str) -> None:
        """Note a scan at the cursor."""
        at = self.now.replace(microsecond=0)
        self.scans.append(Scan(at, kind, place, **detail))

    def wait(self, least_h: float, most_h: float) -> None:
        """Let some hours pass."""
        self.now += timedelta(hours=self.rng.uniform(least_h, most_h))

    def until(self, place: Place, from_h: float, to_h: float) -> None:
        """Wait for the next working day's local hours; from inside them, goes on a little."""
        zone = place.tz
        local = self.now.astimezone(zone)
        day = local.date()
        while True:
            opens = datetime.combine(day, time(), zone) + timedelta(hours=from_h)
            closes = datetime.combine(day, time(), zone) + timedelta(hours=to_h)
            if local < closes and not (day.weekday() == 6 and place.country != "TH"):
                earliest = max(opens, local + timedelta(minutes=12))
                if earliest < closes:
                    span = (closes - earliest).total_seconds()
                    self.now = (earliest + timedelta(seconds=self.rng.uniform(0, span))).astimezone(self.now.tzinfo)
                    return
            day += timedelta(days=1)

    def haul(self, start: Place, end: Place) -> None:
        """Travel from site to site."""
        km = distance_km(start, end)
        far = km > _BY_AIR_KM or start.country != end.country
        slow = 1.5 if self.trip.carrier in _POSTS else 1.0
        hours = km / (_PLANE_KMH if far else _TRUCK_KMH) + (5.0 if far else 1.0) * slow
        self.wait(hours, hours * 1.25 + 0.5)


def _handed_over(trip: Trip) -> Journey:
    journey = Journey(trip)
    journey.scan(Kind.LABEL, trip.origin)
    journey.now += timedelta(minutes=45)
    journey.until(trip.origin, 15.5, 18.5)
    journey.scan(Kind.ACCEPTED, trip.origin)
    journey.wait(1.0, 2.5)
    journey.scan(Kind.DEPARTED, trip.origin)
    return journey


# something that happens at a site; returns where the parcel is afterwards
Mishap = Callable[[Journey, Place], Place]


def _through(journey: Journey, start: Place, end: Place, mishap: Mishap | None = None) -> None:
    """From one site of a country to another, by a hub if there is one on the way."""
    here = start
    hub = hub_between(journey.trip.carrier, start, end)
    if hub is not None:
        here = hub
        journey.haul(start, hub)
        journey.scan(Kind.ARRIVED, hub)
        journey.wait(1.5, 5)
    if mishap is not None:
        here = mishap(journey, here)
    if here is not start:
        journey.scan(Kind.DEPARTED, here)
    journey.haul(here, end)


def _line_haul(
    journey: Journey,
    *,
    mishap: Mishap | None = None,
    held: bool = False,
) -> None:
    """From the first site to the door of the last one, over borders if need be; `mishap` happens at the last hub."""
    trip = journey.trip
    start, end = trip.origin, trip.destination
    if start.country == end.country:
        _through(journey, start, end, mishap)
        return
    leaves, enters = gateway(trip.carrier, start.country) or start, gateway(trip.carrier, end.country) or end
    if leaves.city != start.city:
        journey.haul(start, leaves)
        journey.scan(Kind.ARRIVED, leaves)
    journey.wait(3, 9)
    journey.scan(Kind.DEPARTED, leaves)
    journey.haul(leaves, enters)
    journey.scan(Kind.ARRIVED, enters)
    if held or crosses_customs(start.country, end.country):
        _clear(journey, enters, held)
    journey.wait(1, 4)
    journey.scan(Kind.DEPARTED, enters)
    _through(journey, enters, end, mishap)


def _clear(journey: Journey, enters: Place, held: bool) -> None:
    journey.wait(0.5, 3)
    journey.scan(Kind.CUSTOMS_IN, enters)
    if held:
        journey.wait(3, 6)
        journey.scan(Kind.CUSTOMS_HELD, enters)
        journey.wait(40, 60)
    else:
        least, most = (10, 28) if journey.trip.carrier in _POSTS else (2, 7)
        journey.wait(least, most)
    journey.scan(Kind.CUSTOMS_OUT, enters)


def _to_depot(journey: Journey) -> None:
    journey.until(journey.trip.destination, 4.0, 6.75)
    journey.scan(Kind.AT_DEPOT, journey.trip.destination)


def _on_the_round(journey: Journey) -> None:
    journey.until(journey.trip.destination, 7.5, 9.0)
    journey.scan(Kind.OUT_FOR_DELIVERY, journey.trip.destination)


def _delivery(journey: Journey) -> None:
    journey.until(journey.trip.destination, 10.0, 18.0)
    rng = journey.rng
    proof = rng.choice(("signature", "photo", "none"))
    signer = rng.choice(_SIGNERS.get(journey.trip.destination.country, ("SMITH", "GARCIA", "LEE")))
    left_at = "recipient" if proof == "signature" else rng.choice(("front_door", "mailbox", "neighbour"))
    journey.scan(
        Kind.DELIVERED,
        journey.trip.destination,
        proof=proof,
        left_at=left_at,
        signed_by=signer if proof == "signature" else "",
    )


def _attempt(journey: Journey, reason: str = "not_home") -> None:
    journey.until(journey.trip.destination, 10.0, 17.5)
    journey.scan(Kind.ATTEMPT_FAILED, journey.trip.destination, reason=reason)


def _next_day(journey: Journey) -> None:
    zone = journey.trip.destination.tz
    tomorrow = journey.now.astimezone(zone).date() + timedelta(days=1)
    journey.now = datetime.combine(tomorrow, time(0, 30), zone).astimezone(journey.now.tzinfo)


def _arrive(trip: Trip, mishap: Mishap | None = None, held: bool = False) -> Journey:
    journey = _handed_over(trip)
    _line_haul(journey, mishap=mishap, held=held)
    _to_depot(journey)
    return journey


def _standard(trip: Trip) -> Journey:
    journey = _arrive(trip)
    _on_the_round(journey)
    _delivery(journey)
    return journey


def _international(trip: Trip) -> Journey:
    if trip.origin.country == trip.destination.country:
        raise BadPayload("An international route needs an origin and a destination in two countries.")
    return _standard(trip)


def _customs(trip: Trip) -> Journey:
    if trip.origin.country == trip.destination.country:
        raise BadPayload("Customs need an origin and a destination in two countries.")
    journey = _arrive(trip, held=True)
    _on_the_round(journey)
    _delivery(journey)
    return journey


def _failed_attempt(trip: Trip) -> Journey:
    journey = _arrive(trip)
    _on_the_round(journey)
    _attempt(journey)
    _next_day(journey)
    _on_the_round(journey)
    _delivery(journey)
    return journey


def _pickup(trip: Trip) -> Journey:
    journey = _arrive(trip)
    _on_the_round(journey)
    journey.until(trip.destination, 12.0, 17.0)
    journey.scan(Kind.READY_TO_COLLECT, trip.destination)
    journey.wait(20, 50)
    journey.until(trip.destination, 10.0, 18.5)
    journey.scan(Kind.COLLECTED, trip.destination, proof="signature", signed_by="SMITH")
    return journey


def _stopped(kind: Kind | None, least_h: float, most_h: float) -> Callable[[Trip], Journey]:
    """Stands still at the last hub for some hours, with a scan that says so, or without a word."""

    def stop(journey: Journey, hub: Place) -> Place:
        if kind is not None:
            journey.wait(0.4, 1.2)
            journey.scan(kind, hub)
        journey.wait(least_h, most_h)
        return hub

    def route(trip: Trip) -> Journey:
        journey = _arrive(trip, stop)
        _on_the_round(journey)
        _delivery(journey)
        return journey

    return route


def _exception_address(trip: Trip) -> Journey:
    journey = _arrive(trip)
    _on_the_round(journey)
    journey.until(trip.destination, 11.0, 16.0)
    journey.scan(Kind.ADDRESS_PROBLEM, trip.destination)
    _next_day(journey)
    journey.wait(24, 30)
    _on_the_round(journey)
    _delivery(journey)
    return journey


def _damaged(trip: Trip) -> Journey:
    journey = _arrive(trip)
    journey.wait(1, 3)
    journey.scan(Kind.DAMAGED, trip.destination)
    return journey


def _home_again(journey: Journey) -> None:
    trip = journey.trip
    journey.wait(3, 20)
    journey.scan(Kind.RETURNING, trip.destination)
    journey.haul(trip.destination, trip.origin)
    journey.wait(10, 30)
    journey.until(trip.origin, 10.0, 16.0)
    journey.scan(Kind.RETURNED, trip.origin)


def _returned(trip: Trip) -> Journey:
    journey = _arrive(trip)
    for _ in range(2):
        _on_the_round(journey)
        _attempt(journey)
        _next_day(journey)
    _home_again(journey)
    return journey


def _refused(trip: Trip) -> Journey:
    journey = _arrive(trip)
    _on_the_round(journey)
    journey.until(trip.destination, 10.0, 17.0)
    journey.scan(Kind.REFUSED, trip.destination)
    _home_again(journey)
    return journey


def _lost(trip: Trip) -> Journey:
    journey = _handed_over(trip)
    _line_haul(journey)
    return journey


def _misrouted(trip: Trip) -> Journey:
    def stray(journey: Journey, hub: Place) -> Place:
        wrong = other_hub(trip.carrier, trip.destination, hub)
        journey.haul(hub, wrong)
        journey.scan(Kind.MISROUTED, wrong)
        journey.wait(6, 14)
        return wrong

    journey = _arrive(trip, stray)
    _on_the_round(journey)
    _delivery(journey)
    return journey


def _no_scan(trip: Trip) -> Journey:
    journey = Journey(trip)
    journey.scan(Kind.LABEL, trip.origin)
    return journey


def _early_delivered_scan(trip: Trip) -> Journey:
    journey = _arrive(trip)
    journey.wait(0.3, 0.5)
    journey.scan(Kind.DELIVERED, trip.destination, proof="none", left_at="front_door")
    _on_the_round(journey)
    _delivery(journey)
    return journey


_ROUTES: Mapping[str, Callable[[Trip], Journey]] = {
    "standard": _standard,
    "international": _international,
    "customs": _customs,
    "failed_attempt": _failed_attempt,
    "pickup": _pickup,
    "exception_weather": _stopped(Kind.WEATHER_DELAY, 20, 28),
    "exception_address": _exception_address,
    "damaged": _damaged,
    "returned": _returned,
    "refused": _refused,
    # never heard of again after the last hub
    "lost": _lost,
    # five days without a word, then it comes after all
    "silent": _stopped(None, 110, 125),
    "misrouted": _misrouted,
    "no_scan": _no_scan,
    # the carrier does not know the number, until somebody moves it
    "unknown": Journey,
    "early_delivered_scan": _early_delivered_scan,
    "late": _stopped(Kind.DELAYED, 44, 52),
}

ROUTES: tuple[str, ...] = tuple(_ROUTES)
_KEEPS_PROMISE = {"standard", "international", "pickup", "early_delivered_scan", "no_scan", "unknown"}


def plan(route: str, trip: Trip) -> tuple[tuple[Scan, ...], tuple[Estimate, ...]]:
    """The scans of a named route, oldest first, and what the carrier says about its arrival at which time.

    raises  BadPayload for a name that is not in ROUTES, or a border that is missing
    """
    make = _ROUTES.get(route)
    if make is None:
        raise BadPayload(f"There is no route “{route[:40]}”. There are: {', '.join(ROUTES)}.", field="route")
    scans = _paced(make(trip).scans, trip)
    promised = scans if route in _KEEPS_PROMISE else _paced(_standard(trip).scans, trip)
    return scans, _estimates(promised, scans, trip)


def _paced(scans: list[Scan], trip: Trip) -> tuple[Scan, ...]:
    if trip.pace == 1.0:
        return tuple(scans)
    return tuple(replace(scan, at=trip.start + (scan.at - trip.start) / trip.pace) for scan in scans)


def _estimates(promised: tuple[Scan, ...], scans: tuple[Scan, ...], trip: Trip) -> tuple[Estimate, ...]:
    """A day from acceptance on, three hours on the morning of the round, and a new day when the first is missed."""
    accepted = next((scan for scan in scans if scan.kind is Kind.ACCEPTED), None)
    arrival = next((scan.at for scan in reversed(promised) if scan.kind in _HANDED_OUT), None)
    if accepted is None or arrival is None:
        return ()
    said = [_whole_day(accepted.at, arrival, trip.destination)]
    real = next((scan.at for scan in reversed(scans) if scan.kind in _HANDED_OUT), None)
    for scan in scans:
        if scan.kind in _UPSETS and real is not None and real > said[-1].latest:
            said.append(_whole_day(scan.at, real, trip.destination))
        elif scan.kind is Kind.OUT_FOR_DELIVERY and real is not None and real - scan.at < timedelta(hours=14):
            opens = real.astimezone(trip.destination.tz).replace(minute=0, second=0) - timedelta(hours=1)
            said.append(Estimate(scan.at, opens, opens + timedelta(hours=3)))
    return tuple(said)


_HANDED_OUT = frozenset({Kind.DELIVERED, Kind.READY_TO_COLLECT})
_UPSETS = frozenset(
    {Kind.DELAYED, Kind.WEATHER_DELAY, Kind.MISROUTED, Kind.CUSTOMS_HELD, Kind.ATTEMPT_FAILED, Kind.ADDRESS_PROBLEM}
)


def _whole_day(said_at: datetime, arrival: datetime, place: Place) -> Estimate:
    day = arrival.astimezone(place.tz).date()
    opens = datetime.combine(day, time(), place.tz)
    return Estimate(said_at, opens, opens + timedelta(hours=23, minutes=59), timed=False)
