"""Adapter and sandbox were written from the same documents and share no code: they must understand each other.

Where a carrier has no word for something, its SOURCES.toml lists the nearest it can say, with the reason.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tracking.carriers._base import Account, Carrier, Parcel, all_slugs, get_carrier
from tracking.platform import clock
from tracking.platform.facts import ResultCode, TrackingResult
from tracking.platform.status import Status
from tracking.sandbox import Sandbox
from tracking.sandbox.scans import Kind

START = datetime(2026, 12, 1, 15, tzinfo=UTC)
NOW = START + timedelta(days=30)
SAMPLES = Path(__file__).parent.parent / "samples" / "carriers"
# what is asked through a library has no wire format of its own
SLUGS = [slug for slug in all_slugs() if get_carrier(slug).base_url]


@dataclass(frozen=True)
class Spoken:
    """What a carrier can say, from the table `[sandbox]` of its SOURCES.toml.

    number   one of its numbers; `series` makes more of them, with {index}
    place    where its parcels are
    untold   of "name", "estimate", and "number" (which parcel it is) those its answers have no word for
    nearest  kinds of scans it has no word for, with the status of the nearest that it can say
    calls_each  calls for each parcel of a batch that has news, beside the one about all
    """

    number: str
    series: str = ""
    place: str = "Boulder"
    untold: Sequence[str] = ()
    calls_each: int = 0
    nearest: Mapping[str, str] = field(default_factory=dict)

    def numbers(self, count: int) -> list[str]:
        series = self.series or self.number[:-3] + "{index:03}"
        return [series.format(index=index) for index in range(count)]


def spoken(slug: str) -> Spoken:
    return Spoken(**tomllib.loads((SAMPLES / slug / "SOURCES.toml").read_text())["sandbox"])


SPOKEN = {slug: spoken(slug) for slug in SLUGS}
TELLING = {what: [slug for slug in SLUGS if what not in SPOKEN[slug].untold] for what in ("name", "estimate")}
# some carriers fetch tokens only where an account asks for it
TOKENS = [
    slug
    for slug in SLUGS
    if get_carrier(slug)(Account(slug, {field.name: "given" for field in get_carrier(slug).credentials})).token_call()
]
CLOSED = [slug for slug in SLUGS if any(field.required for field in get_carrier(slug).credentials)]

MEANS = {
    Kind.LABEL: Status.INFO_RECEIVED,
    Kind.ACCEPTED: Status.IN_TRANSIT,
    Kind.DEPARTED: Status.IN_TRANSIT,
    Kind.ARRIVED: Status.IN_TRANSIT,
    Kind.IN_TRANSIT: Status.IN_TRANSIT,
    Kind.CUSTOMS_IN: Status.IN_TRANSIT,
    Kind.CUSTOMS_HELD: Status.EXCEPTION,
    Kind.CUSTOMS_OUT: Status.IN_TRANSIT,
    Kind.AT_DEPOT: Status.IN_TRANSIT,
    Kind.OUT_FOR_DELIVERY: Status.OUT_FOR_DELIVERY,
    Kind.ATTEMPT_FAILED: Status.ATTEMPT_FAIL,
    Kind.READY_TO_COLLECT: Status.AVAILABLE_FOR_PICKUP,
    Kind.COLLECTED: Status.DELIVERED,
    Kind.DELIVERED: Status.DELIVERED,
    Kind.WEATHER_DELAY: Status.EXCEPTION,
    Kind.DELAYED: Status.EXCEPTION,
    Kind.ADDRESS_PROBLEM: Status.EXCEPTION,
    Kind.DAMAGED: Status.EXCEPTION,
    Kind.REFUSED: Status.EXCEPTION,
    Kind.RETURNING: Status.RETURNING,
    Kind.RETURNED: Status.RETURNED,
    Kind.MISROUTED: Status.EXCEPTION,
    Kind.LOST: Status.EXCEPTION,
    Kind.CANCELLED: Status.EXCEPTION,
    # neither moves the status of a parcel on its way
    Kind.NOTE: Status.IN_TRANSIT,
    Kind.UNHEARD: Status.IN_TRANSIT,
}


def adapter(sandbox: Sandbox, slug: str) -> Carrier:
    account = Account(slug, sandbox.credentials(slug), sandbox.carrier_url(slug))
    return get_carrier(slug)(account)


def asked(sandbox: Sandbox, slug: str, number: str) -> TrackingResult:
    answer = adapter(sandbox, slug).track([Parcel(number)])
    assert answer.errors == ()
    (found,) = answer.results
    assert found.number == number
    return found


@pytest.fixture(autouse=True)
def _now():
    with clock.frozen(NOW):
        yield


def test_every_carrier_of_the_sandbox_has_an_adapter_and_the_other_way_round(sandbox: Sandbox) -> None:
    assert sandbox.carriers == SLUGS


def test_credentials_of_the_sandbox_are_those_an_adapter_needs(sandbox: Sandbox) -> None:
    for slug in SLUGS:
        needed = {field.name for field in get_carrier(slug).credentials if field.required}
        assert set(sandbox.credentials(slug)) == needed


@pytest.mark.parametrize("slug", SLUGS)
def test_adapter_understands_every_kind_of_scan(sandbox: Sandbox, slug: str) -> None:
    understood, expected = {}, {}
    for kind in Kind:
        sandbox.state.parcels.clear()
        before = ["label"] if kind is Kind.LABEL else ["label", "accepted"]
        before += ["returning"] if kind is Kind.RETURNED else []
        kinds = [*before, kind] if kind is not Kind.LABEL else before
        scans = [{"kind": kind, "at": START + timedelta(hours=7 * step)} for step, kind in enumerate(kinds)]
        sandbox.parcel(carrier=slug, number=SPOKEN[slug].number, scans=scans)
        result = asked(sandbox, slug, SPOKEN[slug].number)
        assert len(result.events) == len(scans)
        understood[kind], expected[kind] = result.status, SPOKEN[slug].nearest.get(kind, MEANS[kind])
    assert understood == expected


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("language", ["en", "fr", "th"])
def test_times_of_events_survive_the_way(sandbox: Sandbox, slug: str, language: str) -> None:
    place = SPOKEN[slug].place
    kinds = ["label", "accepted", "departed", "at_depot", "out_for_delivery", "delivered"]
    instants = [START + timedelta(hours=9 * step, minutes=7) for step in range(len(kinds))]
    scans = [{"kind": kind, "at": at, "place": place} for kind, at in zip(kinds, instants, strict=True)]
    sandbox.parcel(carrier=slug, number=SPOKEN[slug].number, origin=place, destination=place, scans=scans)
    account = Account(slug, sandbox.credentials(slug), sandbox.carrier_url(slug), language)
    (found,) = get_carrier(slug)(account).track([Parcel(SPOKEN[slug].number, {"destination_country": "US"})]).results
    assert [event.at for event in found.events] == instants
    assert found.delivered_at == instants[-1]


@pytest.mark.parametrize("slug", TELLING["name"])
def test_proof_and_name_survive_the_way(sandbox: Sandbox, slug: str) -> None:
    scan = {"kind": "delivered", "at": START, "proof": "signature", "signed_by": "SMITH"}
    sandbox.parcel(carrier=slug, number=SPOKEN[slug].number, scans=[scan])
    found = asked(sandbox, slug, SPOKEN[slug].number)
    assert found.signed_by == "SMITH"


@pytest.mark.parametrize("slug", TELLING["estimate"])
def test_estimates_survive_the_way(sandbox: Sandbox, slug: str) -> None:
    place = SPOKEN[slug].place
    latest = NOW + timedelta(days=2)
    sandbox.parcel(
        carrier=slug,
        number=SPOKEN[slug].number,
        destination=place,
        scans=[{"kind": "label", "at": START}, {"kind": "accepted", "at": START + timedelta(hours=3)}],
        estimated={"earliest": latest - timedelta(hours=3), "latest": latest, "said_at": START},
    )
    estimated = asked(sandbox, slug, SPOKEN[slug].number).estimated
    assert estimated is not None
    if isinstance(estimated.latest, datetime):
        assert estimated.latest == latest
    else:
        assert (
            estimated.latest == latest.astimezone(sandbox.state.parcels.get(SPOKEN[slug].number).destination.tz).date()
        )


@pytest.mark.parametrize("slug", SLUGS)
def test_unknown_number_is_not_found(sandbox: Sandbox, slug: str) -> None:
    answer = adapter(sandbox, slug).track([Parcel(SPOKEN[slug].number)])
    assert [(error.number, error.code) for error in answer.errors] == [(SPOKEN[slug].number, ResultCode.NOT_FOUND)]


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(
    ("fault", "code", "retryable"),
    [
        ("429", ResultCode.RATE_LIMITED, True),
        ("500", ResultCode.UNAVAILABLE, True),
        ("503", ResultCode.UNAVAILABLE, True),
        ("garbage", ResultCode.UNREADABLE, False),
        ("html", ResultCode.UNREADABLE, False),
        ("cut", ResultCode.UNAVAILABLE, True),
        ("timeout", ResultCode.UNAVAILABLE, True),
    ],
)
def test_trouble_is_understood(sandbox: Sandbox, slug: str, fault: str, code: ResultCode, retryable: bool) -> None:
    sandbox.parcel(carrier=slug, number=SPOKEN[slug].number, route="no_scan")
    sandbox.fault(slug, kind=fault, seconds=0.05, retry_after=9)
    answer = adapter(sandbox, slug).track([Parcel(SPOKEN[slug].number)])
    assert answer.results == ()
    assert {(error.code, error.retryable) for error in answer.errors} == {(code, retryable)}
    if fault == "429":
        assert {error.retry_after for error in answer.errors} == {9.0}


@pytest.mark.parametrize("slug", SLUGS)
def test_half_an_answer_and_an_answer_about_another_parcel_move_nothing(sandbox: Sandbox, slug: str) -> None:
    sandbox.parcel(carrier=slug, number=SPOKEN[slug].number, scans=[{"kind": "delivered", "at": START}])
    # an aggregator is told of a number first
    asked(sandbox, slug, SPOKEN[slug].number)
    for fault in ("half", "wrong_number") if "number" not in SPOKEN[slug].untold else ("half",):
        sandbox.fault(slug, kind=fault, count=1)
        answer = adapter(sandbox, slug).track([Parcel(SPOKEN[slug].number)])
        assert not [result for result in answer.results if result.status is Status.DELIVERED]
        assert answer.errors


@pytest.mark.parametrize("slug", TOKENS)
def test_expired_token_is_renewed_within_the_same_question(sandbox: Sandbox, slug: str) -> None:
    sandbox.parcel(carrier=slug, number=SPOKEN[slug].number, scans=[{"kind": "label", "at": START}])
    asking = adapter(sandbox, slug)
    assert asking.track([Parcel(SPOKEN[slug].number)]).errors == ()
    assert len(sandbox.calls(slug, "token")) == 1
    sandbox.state.tokens.expire(slug)
    assert asking.track([Parcel(SPOKEN[slug].number)]).errors == ()
    assert len(sandbox.calls(slug, "token")) == 2


@pytest.mark.parametrize("slug", CLOSED)
def test_wrong_credentials_are_unauthorized(sandbox: Sandbox, slug: str) -> None:
    wrong = dict.fromkeys(sandbox.credentials(slug), "wrong")
    answer = get_carrier(slug)(Account(slug, wrong, sandbox.carrier_url(slug))).track([Parcel(SPOKEN[slug].number)])
    assert [error.code for error in answer.errors] == [ResultCode.UNAUTHORIZED]


@pytest.mark.parametrize("slug", SLUGS)
def test_whole_batch_is_answered_number_by_number(sandbox: Sandbox, slug: str) -> None:
    numbers = SPOKEN[slug].numbers(get_carrier(slug).batch_size)
    for number in numbers[::2]:
        sandbox.parcel(carrier=slug, number=number, scans=[{"kind": "label", "at": START}])
    answer = adapter(sandbox, slug).track([Parcel(number) for number in numbers])
    assert sorted(result.number for result in answer.results) == sorted(numbers[::2])
    assert sorted(str(error.number) for error in answer.errors) == sorted(numbers[1::2])
    assert len(sandbox.calls(slug, "track")) == 1 + SPOKEN[slug].calls_each * len(answer.results)
