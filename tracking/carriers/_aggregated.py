"""What aggregators have in common: they follow a number once it was entered with them, and speak of others' parcels.

Reading comes first: a number that is followed already costs one call. What is not followed is entered, and what the
answer to that says is told at once. Estimates are those of the carriers; an aggregator's own guesses are left out.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from tracking.carriers import _reading as read
from tracking.carriers._base import CredentialField, Parcel, failed
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._push import Pushes, Told
from tracking.platform.errors import UpstreamError
from tracking.platform.facts import Answer, ResultCode, TrackingEvent, TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

CARRIERS: Final = CredentialField(
    "carriers",
    "Its names of carriers where they are not known here or have changed, each as slug=name with commas between, such "
    "as gls=gls_us; an empty name leaves it to find out whose number it is.",
    secret=False,
    required=False,
)
# what concerns the account or the whole service concerns every number
_FOR_ALL: Final = frozenset({ResultCode.UNAUTHORIZED, ResultCode.RATE_LIMITED, ResultCode.UNAVAILABLE})
_NO_DATA: Final = frozenset({Status.PENDING, Status.UNKNOWN})
_TO_SENDER: Final = frozenset({Status.RETURNING, Status.RETURNED})
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Followed:
    """What is said of one number that is followed.

    carrier  the aggregator's name of its carrier, "" if it does not say
    answer   one result, or the error "not found" while there is no news yet
    """

    number: str
    carrier: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Found:
    """An answer, and the numbers in it that are not followed yet; each of them is among the errors as well."""

    answer: Answer
    absent: frozenset[str] = field(default_factory=frozenset)


class Aggregator(Pushes):
    """Speaks of other carriers' parcels.

    theirs       its name of a carrier by our slug; those that are not named it tells by the number
    enters       numbers that one call enters
    """

    aggregates = True
    theirs: ClassVar[Mapping[str, str]] = {}
    enters: ClassVar[int] = 1

    @classmethod
    @abstractmethod
    def read(cls, reply: Reply, numbers: Sequence[str], carriers: Mapping[str, str]) -> Found:
        """What an answer to `call` means.

        carriers  its name of the carrier by number, where known: of two parcels with one number that one is meant
        raises    nothing
        """

    @abstractmethod
    def enter_call(self, parcels: Sequence[Parcel]) -> Call:
        """The request that has 1..enters numbers followed from now on. raises BadCredentials"""

    @classmethod
    @abstractmethod
    def read_entered(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """What came of it: news, if the answer has some; "not found" for a number that is followed now."""

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read what is known of the numbers."""
        return cls.read(reply, numbers, {}).answer

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """As every carrier's; numbers that are not followed yet are entered."""
        numbers = [parcel.number for parcel in parcels]
        try:
            reply = self._upstream.send(self.call(parcels, None))
        except UpstreamError as error:
            return failed(numbers, error)
        found = self.read(reply, numbers, {p.number: name for p in parcels if (name := self.their_name(p))})
        answer = found.answer
        if new := [parcel for parcel in parcels if parcel.number in found.absent]:
            known = tuple(error for error in answer.errors if error.number not in found.absent)
            answer = read.merged([replace(answer, errors=known), self._enter(new)])
        # the page of a parcel's own carrier is better than one that the aggregator knows
        own = {parcel.number for parcel in parcels if parcel.extra.get("carrier", self.slug) != self.slug}
        results = tuple(replace(r, carrier_url=None) if r.number in own else r for r in answer.results)
        if any(error.code is ResultCode.UNREADABLE for error in answer.errors):
            return Answer(results, answer.errors, reply.body, reply.status)
        return Answer(results, answer.errors)

    @classmethod
    def news(cls, followed: Followed, event_id: str = "") -> list[Told]:
        """What a push tells of a number; nothing while there is no news."""
        carrier = cls.our_slug(followed.carrier)
        return [Told(replace(result, carrier_url=None), event_id, carrier) for result in followed.answer.results]

    def their_name(self, parcel: Parcel) -> str:
        """Its name of the parcel's carrier; "" to have it find out."""
        ours = parcel.extra.get("carrier", "")
        pairs = [pair.partition("=") for pair in (self.option(CARRIERS.name) or "").split(",") if "=" in pair]
        told = {slug.strip().lower(): name.strip() for slug, _, name in pairs}
        return told.get(ours, self.theirs.get(ours, ""))

    @classmethod
    def our_slug(cls, name: str) -> str:
        """The slug of the carrier that it calls so; "" if that is none of those named here."""
        return next((slug for slug, theirs in cls.theirs.items() if theirs.lower() == name.lower()), "")

    def _enter(self, parcels: Sequence[Parcel]) -> Answer:
        answers: list[Answer] = []
        for start in range(0, len(parcels), self.enters):
            some = parcels[start : start + self.enters]
            numbers = [parcel.number for parcel in some]
            try:
                answers.append(self.read_entered(self._upstream.send(self.enter_call(some)), numbers))
            except UpstreamError as error:
                answers.append(failed(numbers, error))
            stopped = next((error for error in answers[-1].errors if error.code in _FOR_ALL), None)
            if stopped is not None:
                rest = parcels[start + self.enters :]
                answers.append(Answer(errors=tuple(replace(stopped, number=parcel.number) for parcel in rest)))
                break
        return read.merged(answers)


def told(
    name: str,
    number: str,
    listed: object,
    events: Iterable[TrackingEvent | None],
    status: Status = Status.PENDING,
    **facts: Any,
) -> Answer:
    """The answer about one number that is followed.

    listed  the entries that the events were read from; those that could not be are reported
    events  None for an entry without a readable time
    status  what it says on the whole: counts when there are no events, and for a delivery
    facts   of TrackingResult, where the carrier said some
    returns the error "not found" if nothing is known of the parcel yet
    """
    readable = [event for event in events if event]
    dropped = unread(listed, len(readable))
    if not readable and (dropped or status in _NO_DATA):
        if dropped:
            return read.unreadable(name, [number], "events in a form it does not document")
        return Answer(errors=read.not_found(name, [number]))
    known = oldest_first(readable, newest_first=False)
    folded, reason = suggested(known) if known else (status, None)
    delivered = [event.at for event in known if event.status is Status.DELIVERED]
    waits = [event.location.city for event in known if event.status is Status.AVAILABLE_FOR_PICKUP]
    if status is Status.DELIVERED and delivered and folded not in _TO_SENDER:
        # said on the whole, whatever the times of its events
        folded, reason = status, next(event.reason for event in reversed(known) if event.status is status)
    is_delivered = folded is Status.DELIVERED
    result = TrackingResult(
        number=number,
        status=folded,
        events=known,
        reason=reason,
        delivered_at=delivered[-1] if is_delivered and delivered else None,
        pickup_place=waits[-1] if folded is Status.AVAILABLE_FOR_PICKUP and waits else None,
        **facts,
    )
    return Answer((result,), read.left_out(name, number, dropped))


def choose(name: str, entries: Iterable[Followed], numbers: Sequence[str], carriers: Mapping[str, str]) -> Found:
    """The entry that is meant for each number; a number without one is not followed yet.

    An entry about a number that was not asked for makes what is missing unreadable: the answer is another question's.
    """
    by_number: dict[str, list[Followed]] = {}
    for entry in entries:
        if entry.number:
            by_number.setdefault(entry.number, []).append(entry)
    asked = list(numbers) or list(by_number)
    missing = [number for number in asked if number not in by_number]
    answers = [_meant(by_number[number], carriers.get(number, "")) for number in asked if number in by_number]
    if set(by_number) - set(asked) and missing:
        return Found(read.merged([*answers, read.unreadable(name, missing, "an answer about other numbers")]))
    if missing or not asked:
        answers.append(Answer(errors=read.not_found(name, missing)))
    return Found(read.merged(answers), frozenset(missing))


def _meant(entries: Sequence[Followed], carrier: str) -> Answer:
    """That of the parcel's carrier; of several the one with news, and the newest of these."""
    fitting = [entry for entry in entries if carrier and entry.carrier.lower() == carrier.lower()] or entries
    return max((entry.answer for entry in fitting), key=_newest)


def _newest(answer: Answer) -> tuple[bool, datetime]:
    events = [event.at for result in answer.results for event in result.events]
    return bool(answer.results), max(events, default=_LONG_AGO)


def page(url: object) -> str | None:
    """The address of a page; None for anything else."""
    shown = url.strip() if isinstance(url, str) else ""
    fits = shown.startswith("https://") and len(shown) <= 1000 and shown.isascii() and shown.isprintable()
    return shown if fits and not set(shown) & set('"<> ') else None
