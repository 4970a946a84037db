"""A batch that was refused as a whole, asked again number by number: one bad number costs the others nothing."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tracking.carriers import _reading as read
from tracking.carriers._base import Parcel
from tracking.platform.facts import Answer, ResultCode

_WEARY = frozenset({ResultCode.UNAUTHORIZED, ResultCode.RATE_LIMITED, ResultCode.UNAVAILABLE})
# so many refusals from the start, and it is not a number that is refused
_IN_VAIN = 3
WITHIN_S = 20.0


def is_refused(answer: Answer) -> bool:
    """Whether nothing came of it but that the question was refused."""
    refused = [error.code is ResultCode.REFUSED for error in answer.errors]
    return not answer.results and bool(refused) and all(refused)


def is_weary(answer: Answer) -> bool:
    """Whether more questions are in vain for now, whatever they are about."""
    return any(error.code in _WEARY for error in answer.errors)


def one_by_one(ask: Callable[[Parcel], Answer], parcels: Sequence[Parcel], refused: Answer) -> Answer:
    """Ask about each parcel of a refused batch by itself.

    refused  the answer about the batch; what is not asked again keeps its errors: when the carrier wants no more
             questions, when the time is up, or when it turns out that no number is to blame
    """
    until = time.monotonic() + WITHIN_S
    answers: list[Answer] = []
    for parcel in parcels:
        in_vain = len(answers) >= _IN_VAIN and all(map(is_refused, answers))
        if in_vain or time.monotonic() > until or (answers and is_weary(answers[-1])):
            break
        answers.append(ask(parcel))
    left = {parcel.number for parcel in parcels[len(answers) :]}
    return joined([*answers, Answer(errors=tuple(error for error in refused.errors if error.number in left))])


def joined(answers: Sequence[Answer]) -> Answer:
    """Several answers as one; of those that could not be read the first is kept as it came."""
    raw = next((answer for answer in answers if answer.raw is not None), Answer())
    return replace(read.merged(answers), raw=raw.raw, http_status=raw.http_status)
