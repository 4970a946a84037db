"""A refused batch is asked again number by number, as long as that helps."""

from collections.abc import Mapping

import pytest

from tracking.carriers import Parcel
from tracking.carriers._one_by_one import is_refused, is_weary, joined, one_by_one
from tracking.carriers._reading import error
from tracking.platform.facts import Answer, ResultCode, TrackingResult
from tracking.platform.status import Status

FOUND = Status.IN_TRANSIT


def _answer(number: str, told: Status | ResultCode) -> Answer:
    if isinstance(told, Status):
        return Answer((TrackingResult(number, told),))
    return Answer(errors=(error(number, told, "So it is."),))


def _asked(told: Mapping[str, Status | ResultCode]) -> tuple[str, Answer]:
    """The numbers asked about again, and the answer, for a carrier that says this of each."""
    asked: list[str] = []

    def ask(parcel: Parcel) -> Answer:
        asked.append(parcel.number)
        return _answer(parcel.number, told[parcel.number])

    refused = Answer(errors=tuple(error(number, ResultCode.REFUSED, "No.") for number in told))
    answer = one_by_one(ask, [Parcel(number) for number in told], refused)
    return "".join(asked), answer


def test_a_bad_number_among_good_ones_is_the_only_one_refused() -> None:
    asked, answer = _asked({"A": FOUND, "B": ResultCode.REFUSED, "C": ResultCode.NOT_FOUND, "D": FOUND})
    assert asked == "ABCD"
    assert [result.number for result in answer.results] == ["A", "D"]
    assert [(e.number, e.code) for e in answer.errors] == [("B", ResultCode.REFUSED), ("C", ResultCode.NOT_FOUND)]


def test_three_refusals_from_the_start_are_enough() -> None:
    asked, answer = _asked(dict.fromkeys("ABCDEF", ResultCode.REFUSED))
    assert asked == "ABC"
    assert [(e.number, e.message) for e in answer.errors] == [
        *((number, "So it is.") for number in "ABC"),
        *((number, "No.") for number in "DEF"),
    ]


def test_three_bad_numbers_after_a_good_one_stop_nothing() -> None:
    asked, _ = _asked({"A": FOUND, **dict.fromkeys("BCDE", ResultCode.REFUSED), "F": FOUND})
    assert asked == "ABCDEF"


@pytest.mark.parametrize("code", [ResultCode.RATE_LIMITED, ResultCode.UNAVAILABLE, ResultCode.UNAUTHORIZED])
def test_a_carrier_that_wants_no_more_questions_gets_none(code: ResultCode) -> None:
    asked, answer = _asked({"A": FOUND, "B": code, "C": FOUND})
    assert asked == "AB"
    assert [(e.number, e.code) for e in answer.errors] == [("B", code), ("C", ResultCode.REFUSED)]


def test_what_is_refused_or_weary() -> None:
    assert is_refused(_answer("A", ResultCode.REFUSED))
    assert not is_refused(_answer("A", FOUND))
    assert not is_refused(Answer())
    assert not is_refused(joined([_answer("A", ResultCode.REFUSED), _answer("B", ResultCode.NOT_FOUND)]))
    assert is_weary(joined([_answer("A", FOUND), _answer("B", ResultCode.UNAVAILABLE)]))
    assert not is_weary(_answer("A", ResultCode.NOT_FOUND))


def test_the_first_answer_that_could_not_be_read_is_kept_as_it_came() -> None:
    broken = [Answer(raw=body, http_status=status) for body, status in ((b"one", 200), (b"two", 207))]
    answer = joined([_answer("A", FOUND), *broken])
    assert (answer.raw, answer.http_status, len(answer.results)) == (b"one", 200, 1)
