"""GLS Group: Track And Trace V1, up to ten parcels a call.

Not for: its parcel shop details, which need the recipient's postal code. A parcel's own status is authoritative: GLS
gives its list of event codes to accounts only and may change it, so a last event that no table knows is read by it.
Source: GLS Track And Trace V1, specification 1.0.7, and Authentication Service v2; event codes from its examples and
from answers of 2026. Read 2026-11-22.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel, Token
from tracking.carriers._codes import CodeTable
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._oauth import client_credentials, read_token
from tracking.carriers._pieces import hindmost
from tracking.carriers._times import Moment, moment, read_iso
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "GLS"
CODES = CodeTable.load("gls")
# inside a parcel, under HTTP 200
_ERRORS: Mapping[str, ResultCode] = {
    "E_400_01": ResultCode.INVALID_NUMBER,
    "E_400_02": ResultCode.REFUSED,
    "E_400_03": ResultCode.REFUSED,
    "E_404_01": ResultCode.NOT_FOUND,
    "E_404_02": ResultCode.NOT_FOUND,
    "E_500_01": ResultCode.UNAVAILABLE,
}
_SECOND = timedelta(seconds=1)
_BACK = frozenset({Status.RETURNING, Status.RETURNED})


class Adapter(Carrier):
    """GLS in Europe."""

    slug = "gls"
    name = _NAME
    base_url = "https://api.gls-group.net"
    credentials = (
        CredentialField("client_id", "Client id (API key) of an app at dev-portal.gls-group.net.", secret=False),
        CredentialField("client_secret", "Client secret of that app."),
    )
    batch_size = 10
    limits = (Limit("calls", 500, 86_400, source="GLS specification: 500 requests a day unless agreed otherwise"),)
    weak = (
        "When the day of the 500 requests begins is not documented; any 24 hours are counted.",
        "Of the event codes only those of examples and answers are known; the parcel's status speaks for the others.",
        "GLS has no status for parcels that go back to the sender.",
    )

    def token_call(self) -> Call:
        """`POST /oauth2/v2/token` with the credentials in Basic."""
        return client_credentials(
            "/oauth2/v2/token", self.credential("client_id"), self.credential("client_secret"), "basic"
        )

    @classmethod
    def parse_token(cls, reply: Reply) -> Token:
        """Read the token."""
        return read_token(cls.slug, _NAME, reply)

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """`GET …/simple/trackids/{numbers}` with commas between; texts are German for accounts that are."""
        numbers = ",".join(quote(parcel.number, safe="") for parcel in parcels)
        language = "DE" if self.account.locale.lower().startswith("de") else "EN"
        return Call(
            "GET",
            f"/track-and-trace-v1/tracking/simple/trackids/{numbers}",
            {"Authorization": f"Bearer {token}", "Accept-Language": language},
            {"showEvents": "true"},
        )

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the parcels; one that GLS does not know has an error of its own."""
        try:
            document = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        refused = _refused(reply, document, numbers)
        if refused:
            return refused
        parcels = read.mappings(document.get("parcels"))
        if not parcels:
            return read.unreadable(_NAME, numbers, "an answer without parcels")
        if not numbers:
            return read.merged(_of(number, [parcel]) for number, parcel in _named(parcels))
        return read.merged(_of(number, [p for p in parcels if number in _numbers(p)]) for number in numbers)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - the group's page is English
        """GLS's own page for a parcel."""
        return f"https://gls-group.com/GROUP/en/parcel-tracking?match={quote(number, safe='')}"


def _refused(reply: Reply, document: Mapping[str, Any], numbers: Sequence[str]) -> Answer | None:
    """An error of the whole call: a problem document, or a fault of the gateway."""
    fault = read.mapping(document.get("fault"))
    code = read.text(read.walk(fault, "detail", "errorcode"), 60) or read.text(document.get("title"), 60)
    words = read.text(document.get("detail"), 200)
    # a parcel that is not known is told under 200; a problem under 404 is about the address
    overrule = {404: ResultCode.REFUSED} if document.get("title") and document.get("instance") else None
    return read.refusal(_NAME, reply, numbers, overrule=overrule, detail=words, detail_code=code)


def _numbers(parcel: Mapping[str, Any]) -> tuple[str, str]:
    return read.number(parcel.get("requested")), read.number(parcel.get("unitno"))


def _named(parcels: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each parcel with what was asked for, or with its own number where that is a reference of several."""
    counted = Counter(_numbers(parcel)[0] for parcel in parcels)
    for parcel in parcels:
        asked, own = _numbers(parcel)
        yield (asked if asked and (counted[asked] == 1 or not own) else own), parcel


def _of(number: str, parcels: Sequence[Mapping[str, Any]]) -> Answer:
    about = [number] if number else []
    answers = [_parcel(number, parcel) for parcel in parcels]
    told = [answer for answer in answers if answer.results]
    if not told or not number:
        return next(iter(answers), None) or read.unreadable(_NAME, about, "an answer without this number")
    chosen = hindmost([answer.results[0] for answer in told])
    return next(answer for answer in told if answer.results[0] is chosen)


def _parcel(number: str, raw: Mapping[str, Any]) -> Answer:
    about = [number] if number else []
    code = read.text(raw.get("errorCode"), 60)
    if code:
        known = _ERRORS.get(code.upper(), ResultCode.REFUSED)
        if known is ResultCode.NOT_FOUND:
            return Answer(errors=read.not_found(_NAME, about))
        said = read.sentence(_NAME, known, about, read.text(raw.get("errorMessage"), 200), code)
        return Answer(errors=read.errors(about, known, said))
    if not number or not (raw.get("status") or raw.get("events")):
        return read.unreadable(_NAME, about, "a parcel without a status")
    listed = raw.get("events")
    told = [event for one in read.mappings(listed) if (event := _event(one))]
    events = _with_own_status(oldest_first(told, newest_first=True), raw)
    status, reason = suggested(events)
    delivered = [event.at for event in events if event.status is Status.DELIVERED]
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        delivered_at=delivered[-1] if delivered and status is Status.DELIVERED else None,
        carrier_url=Adapter.public_url(number, "en"),
        extra=_extra(number, raw),
    )
    return Answer((result,), read.left_out(_NAME, number, unread(listed, len(told))))


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    where = read.place(raw.get("city"), None, raw.get("postalCode"), raw.get("country"))
    when = _when(raw.get("eventDateTime"), where)
    if when is None:
        return None
    code = read.text(raw.get("code"), 60)
    meaning = CODES.meaning(code, "event")
    words = read.text(raw.get("description")) or meaning.text
    return TrackingEvent(when.at, when.zone, code, meaning.status, words, meaning.reason, where)


def _when(raw: object, where: Location) -> Moment | None:
    at = read_iso(raw)
    return moment(at, where) if at else None


def _with_own_status(events: tuple[TrackingEvent, ...], raw: Mapping[str, Any]) -> tuple[TrackingEvent, ...]:
    """The events, and behind them what the parcel's own status says beyond them.

    A last event of a code that no table knows is read by the status of its time. A later status is told as an event of
    its own, as events that are kept do not change; an older one says nothing.
    """
    stated = read.text(raw.get("status"), 40)
    own = CODES.meaning(stated, "status")
    before, _ = suggested(events)
    if own.status in (Status.UNKNOWN, before) or before in _BACK:
        return events
    last = events[-1] if events else None
    when = _when(raw.get("statusDateTime"), Location())
    if last and last.status is Status.UNKNOWN and (when is None or when.at <= last.at):
        return (*events[:-1], replace(last, status=own.status, reason=own.reason))
    if when is None or (last and when.at < last.at):
        return events
    # a second apart, which orders the two wherever they are kept
    at = last.at + _SECOND if last and when.at == last.at else when.at
    return (*events, TrackingEvent(at, when.zone, stated, own.status, own.text, own.reason))


def _extra(number: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The parcel's own number, where another was asked for."""
    own = read.number(raw.get("unitno"))
    return {"parcel_number": own} if own and own != number else {}
