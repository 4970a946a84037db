"""The adapters against the sandbox, which speaks the same documents and shares no code: both must read them alike."""

import pytest

from tracking.carriers import Parcel, get_carrier
from tracking.carriers._settings import account
from tracking.platform.status import Status
from tracking.sandbox import Sandbox

# what every one of these carriers has a word for
MEANS = {
    "label": Status.INFO_RECEIVED,
    "accepted": Status.IN_TRANSIT,
    "departed": Status.IN_TRANSIT,
    "arrived": Status.IN_TRANSIT,
    "customs_in": Status.IN_TRANSIT,
    "customs_out": Status.IN_TRANSIT,
    "at_depot": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "attempt_failed": Status.ATTEMPT_FAIL,
    "ready_to_collect": Status.AVAILABLE_FOR_PICKUP,
    "collected": Status.DELIVERED,
    "delivered": Status.DELIVERED,
    "returning": Status.RETURNING,
}
NUMBERS = {"dhl": "1234567890", "la-poste": "6A00000000017", "thailand-post": "EA000000005TH"}
CASES = [*((slug, number) for slug, number in NUMBERS.items()), ("dhl", "00340434000000000017")]


@pytest.mark.parametrize(("slug", "number"), CASES)
def test_scans_are_read_as_they_were_meant(sandbox: Sandbox, slug: str, number: str) -> None:
    adapter = get_carrier(slug)(account(get_carrier(slug), sandbox.settings()))
    read = {}
    for kind in MEANS:
        sandbox.state.parcels.clear()
        sandbox.parcel(number=number, carrier=slug, scans=[{"kind": kind, "at": "2026-07-01T10:00:00+00:00"}])
        answer = adapter.track([Parcel(number)])
        assert answer.errors == ()
        (event,) = answer.results[0].events
        assert event.at.isoformat() == "2026-07-01T" + (
            "17:00:00+07:00" if slug == "thailand-post" else "12:00:00+02:00"
        )
        read[kind] = event.status
    assert read == MEANS


@pytest.mark.parametrize(("slug", "number"), CASES)
def test_home_again_is_returned_and_not_delivered(sandbox: Sandbox, slug: str, number: str) -> None:
    kinds = ("attempt_failed", "returning", "returned")
    scans = [{"kind": kind, "at": f"2026-07-0{day}T10:00:00+00:00"} for day, kind in enumerate(kinds, 1)]
    sandbox.parcel(number=number, carrier=slug, scans=scans)
    adapter = get_carrier(slug)(account(get_carrier(slug), sandbox.settings()))
    (result,) = adapter.track([Parcel(number)]).results
    assert [event.status for event in result.events] == [Status.ATTEMPT_FAIL, Status.RETURNING, Status.RETURNED]
    assert (result.status, result.delivered_at) == (Status.RETURNED, None)


@pytest.mark.parametrize(("slug", "number"), CASES)
def test_an_unknown_number_is_not_found(sandbox: Sandbox, slug: str, number: str) -> None:
    adapter = get_carrier(slug)(account(get_carrier(slug), sandbox.settings()))
    assert [error.code for error in adapter.track([Parcel(number)]).errors] == ["not_found"]


@pytest.mark.parametrize("slug", NUMBERS)
def test_a_batch_of_the_documented_size_is_answered_whole(sandbox: Sandbox, slug: str) -> None:
    numbers = [f"EA{n:09}TH" for n in range(get_carrier(slug).batch_size)]
    for number in numbers[::2]:
        sandbox.parcel(number=number, carrier=slug, scans=[{"kind": "accepted", "at": "2026-07-01T10:00:00+00:00"}])
    answer = get_carrier(slug)(account(get_carrier(slug), sandbox.settings())).track([Parcel(n) for n in numbers])
    assert [result.number for result in answer.results] == numbers[::2]
    assert [error.number for error in answer.errors] == numbers[1::2]
    assert len(sandbox.calls(slug, "track")) == 1
