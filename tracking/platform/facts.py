"""What a carrier tells us, in one shape for all carriers. Only the standard library; no row, no request."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from tracking.platform.status import Reason, Status


class Zone(StrEnum):
    """How we know the offset of an event's time."""

    # the carrier stated an offset or UTC
    STATED = "stated"
    # it gave local time; the offset was assumed from the place or the carrier's country
    ASSUMED = "assumed"
    # it gave local time and nothing to assume from; taken as UTC
    UNKNOWN = "unknown"


class ResultCode(StrEnum):
    """Why there is no result for a number, as the command line and the ledger name it."""

    # the carrier does not know it yet
    NOT_FOUND = "not_found"
    # the carrier says this is not a number of its
    INVALID_NUMBER = "invalid_number"
    # our credentials, rights or agreement
    UNAUTHORIZED = "unauthorized"
    # slow down
    RATE_LIMITED = "rate_limited"
    # out of order, timed out, unreachable
    UNAVAILABLE = "unavailable"
    # understood and refused for another reason
    REFUSED = "refused"
    # not what the carrier documents
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Location:
    """Where an event happened; every part may be missing. `country` is ISO 3166-1 alpha-2."""

    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None

    def __bool__(self) -> bool:
        """True if any part is known."""
        return any((self.city, self.region, self.postal_code, self.country))


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """One scan or notice of a carrier.

    at           aware instant, with the offset that the carrier stated or we assumed
    zone         how that offset is known
    code         the carrier's raw code, "" if it gives none
    status       what the code means; UNKNOWN keeps the shipment's status as it is
    description  the carrier's raw text
    """

    at: datetime
    zone: Zone
    code: str
    status: Status
    description: str
    reason: Reason | None = None
    location: Location = Location()


@dataclass(frozen=True, slots=True)
class EstimatedDelivery:
    """When the carrier thinks it arrives: aware datetimes, or dates without a time. `earliest` <= `latest`."""

    earliest: date | datetime
    latest: date | datetime


@dataclass(frozen=True, slots=True)
class TrackingResult:
    """All a carrier says of one number. Events are oldest first, each once.

    status        the fold the adapter suggests for `carriers parse`; the timeline folds again over all known events
    delivered_at  aware; only if the carrier says delivered
    proof         what evidence the carrier has: any of "signature", "photo", "code"
    pickup        where and until when it can be collected, if the carrier says
    """

    number: str
    status: Status
    events: tuple[TrackingEvent, ...] = ()
    reason: Reason | None = None
    service: str | None = None
    estimated: EstimatedDelivery | None = None
    delivered_at: datetime | None = None
    signed_by: str | None = None
    proof: tuple[str, ...] = ()
    pickup_place: str | None = None
    pickup_until: date | None = None
    carrier_url: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrackingError:
    """Why there is no (whole) result. `number` is None when it concerns the whole answer; `retry_after` in seconds."""

    number: str | None
    code: ResultCode
    message: str
    retryable: bool = False
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call: results and errors side by side, so that one bad number costs the others nothing.

    raw, http_status  the answer itself where something of it could not be read, to be kept and replayed
    """

    results: tuple[TrackingResult, ...] = ()
    errors: tuple[TrackingError, ...] = ()
    raw: bytes | None = None
    http_status: int | None = None
