"""Purolator: E-Ship TrackingService 1.2, `TrackPackagesByPin`, SOAP; several PINs a call.

Not for: tracking by a reference, the images of signatures.
Source: TrackingService.xsd as karrio keeps it, Purolator's own example clients; the texts were seen in the public web
feed; read 2026-11-22. A scan has a type and a text: the type counts, and the text where the type leaves it open. No
document lists error codes or the texts.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._oauth import basic
from tracking.carriers._purolator_words import meaning, refusal_of
from tracking.carriers._soap import Fault, envelope, headers, leaf, read_soap
from tracking.carriers._times import moment, read_clock, read_date, window
from tracking.platform.facts import Answer, Location, ResultCode, TrackingError, TrackingEvent, TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "Purolator"
_ZONE = "America/Toronto"
_TYPES = "http://purolator.com/pws/datatypes/v1"
_ACTION = "http://purolator.com/pws/service/v1/TrackPackagesByPin"
_PROVINCES = frozenset(["AB", "BC", "MB", "NB", "NF", "NL", "NS", "NT", "NU", "ON", "PE", "PQ", "QC", "SK", "YT"])
_AMERICAN = frozenset(
    [
        *("AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS", "KY"),
        *("LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH"),
        *("OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY"),
    ]
)


class Adapter(Carrier):
    """Purolator, ten PINs a call."""

    slug = "purolator"
    name = _NAME
    base_url = "https://webservices.purolator.com"
    credentials = (
        CredentialField(
            "key",
            "Key of E-Ship Web Services; development and production have keys of their own.",
        ),
        CredentialField("password", "Password of the key."),
        CredentialField("user_token", "UserToken of the E-Ship account, if it has one.", required=False),
        CredentialField(
            "language",
            "Language of the texts, “en” or “fr”; French texts cannot be read for what they mean.",
            secret=False,
            required=False,
        ),
    )
    batch_size = 10
    limits = (Limit("calls", 60, 60, source="assumed: Purolator publishes none"),)
    home_zone = _ZONE
    weak = (
        "60 calls a minute is assumed; an account may be given another figure.",
        "The schema allows several PINs a call and no document says how many; ten are asked at once.",
        "A batch that is refused as a whole is asked again number by number.",
        "A PIN without scans is read as not found; what an unknown one gets is not documented.",
        "Times are taken as local to the depot's province or state; nothing says so.",
        "Scans of the types Other and Undeliverable are read by their English texts; an account may ask for French.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """`POST /PWS/V1/Tracking/TrackingService.asmx`, the account in Basic and in the SOAP header."""
        language = "fr" if (self.option("language") or "").lower().startswith("fr") else "en"
        context = "".join(
            (
                leaf("Version", "1.2"),
                leaf("Language", language),
                leaf("GroupID", ""),
                leaf("RequestReference", "tracking"),
                leaf("UserToken", self.option("user_token") or ""),
            )
        )
        pins = "".join(f"<PIN>{leaf('Value', parcel.number)}</PIN>" for parcel in parcels)
        return Call(
            "POST",
            "/PWS/V1/Tracking/TrackingService.asmx",
            {**headers(_ACTION), "Authorization": basic(self.credential("key"), self.credential("password"))},
            data=envelope(
                f'<TrackPackagesByPinRequest xmlns="{_TYPES}"><PINs>{pins}</PINs></TrackPackagesByPinRequest>',
                f'<RequestContext xmlns="{_TYPES}">{context}</RequestContext>',
            ),
        )

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """As every carrier's; a batch refused as a whole, perhaps for one of its PINs, is asked again one by one."""
        answer = super().track(parcels)
        if len(parcels) > 1 and not answer.results and any(_is_about_the_question(error) for error in answer.errors):
            return read.merged([super(Adapter, self).track([parcel]) for parcel in parcels])
        return answer

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the list of PINs with their scans; errors stand beside it, under HTTP 200."""
        try:
            document = read_soap(reply.body)
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        if isinstance(document, Fault):
            return _faulty(document, reply, numbers)
        answer = read.mapping(document.get("TrackPackagesByPinResponse"))
        refused = read.refusal(_NAME, reply, numbers)
        if refused or not answer:
            return refused or read.unreadable(_NAME, numbers, "an answer it does not document")
        told = _by_pin(read.walk(answer, "TrackingInformationList", "TrackingInformation"))
        errors = _errors(answer)
        results = [_one(pin, infos, numbers) for pin, infos in told.items() if not numbers or pin in numbers]
        missing = [number for number in numbers if number not in told]
        if missing or not results:
            results.append(Answer(errors=_why_missing(errors, missing or numbers, numbers)))
        return read.merged(results)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - it asks for the language itself
        """Purolator's own page for a number."""
        return f"https://www.purolator.com/en/shipping/tracker?searchValue={quote(number, safe='')}"


def _is_about_the_question(error: TrackingError) -> bool:
    return error.code in (ResultCode.REFUSED, ResultCode.INVALID_NUMBER)


def _faulty(fault: Fault, reply: Reply, numbers: Sequence[str]) -> Answer:
    """A fault comes with HTTP 500, or with 200; another status says more."""
    if reply.status not in (200, 500):
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, "a fault")
    code = ResultCode.REFUSED if fault.is_ours else ResultCode.UNAVAILABLE
    wait = reply.retry_after if code is ResultCode.UNAVAILABLE else None
    sentence = read.sentence(_NAME, code, numbers, fault.text)
    return Answer(errors=read.errors(numbers, code, sentence, retry_after=wait))


_Info = Mapping[str, Any]


def _by_pin(listed: object) -> dict[str, list[_Info]]:
    """The entries by PIN, which comes back in upper case; a PIN may have several."""
    found: dict[str, list[_Info]] = {}
    for info in read.mappings(listed):
        pin = read.number(read.walk(info, "PIN", "Value"))
        if pin:
            found.setdefault(pin, []).append(info)
    return found


def _errors(answer: _Info) -> list[tuple[str, str]]:
    """Code and words of each error of an answer or of one entry."""
    listed = read.mappings(read.walk(answer, "ResponseInformation", "Errors", "Error"))
    rows = [
        (
            read.text(one.get("Code"), 40),
            read.text(one.get("Description")) or read.text(one.get("AdditionalInformation")),
        )
        for one in listed
    ]
    return [row for row in rows if any(row)]


def _why_missing(
    errors: Sequence[tuple[str, str]], missing: Sequence[str], numbers: Sequence[str]
) -> tuple[TrackingError, ...]:
    if not errors:
        return read.not_found(_NAME, missing)
    code, words = errors[0]
    meant = refusal_of(words)
    return read.errors(missing, meant, read.sentence(_NAME, meant, numbers, words, code))


def _one(pin: str, infos: Sequence[_Info], numbers: Sequence[str]) -> Answer:
    listed = [read.walk(info, "Scans", "Scan") for info in infos]
    raw = [scan for scans in listed for scan in read.mappings(scans) if "@nil" not in scan]
    readable = [(event, scan) for scan in raw if (event := _event(scan))]
    left_out = sum(unread(scans, len(read.mappings(scans))) for scans in listed) + len(raw) - len(readable)
    if not readable and not left_out:
        errors = [error for info in infos for error in _errors(info)]
        return Answer(errors=_why_missing(errors, [pin], numbers or [pin]))
    events = oldest_first([event for event, _ in readable], newest_first=True)
    status, reason = suggested(events)
    details = [inside for _, scan in sorted(readable, key=lambda pair: pair[0].at) if (inside := _details(scan))]
    delivered = next((e.at for e in reversed(events) if e.status is Status.DELIVERED), None)
    signer = _last(details, "DeliverySignature")
    signed = bool(signer or _last(details, "SignatureImage"))
    result = TrackingResult(
        number=pin,
        status=status,
        events=events,
        reason=reason,
        service=_last(details, "ProductTypeText"),
        estimated=None if status.is_final else window(_committed(details), None),
        delivered_at=delivered if status is Status.DELIVERED else None,
        signed_by=signer if status is Status.DELIVERED else None,
        proof=("signature",) if signed and status is Status.DELIVERED else (),
    )
    return Answer((result,), read.left_out(_NAME, pin, left_out))


def _details(scan: _Info) -> dict[str, Any]:
    """What a scan of a special type adds, under `ScanDetails` or `DeliveryScanDetails` and the like."""
    return next((read.mapping(inside) for name, inside in scan.items() if name.endswith("ScanDetails")), {})


def _last(details: Sequence[_Info], name: str) -> str | None:
    told = [text for inside in details if (text := read.text(inside.get(name), 120))]
    return told[-1] if told else None


def _committed(details: Sequence[_Info]) -> date | None:
    """The day promised at the pickup; the schema spells it so."""
    return read_date(_last(details, "CommitedDeliveryDate"))


def _event(scan: _Info) -> TrackingEvent | None:
    day, clock_time = read_date(scan.get("ScanDate")), read_clock(scan.get("ScanTime"))
    if day is None or clock_time is None:
        return None
    where = _place(read.text(read.walk(scan, "Depot", "Name"), 120))
    when = moment(datetime.combine(day, clock_time), where, _ZONE)
    # the type stands in an element, and again as the type of the schema
    kind = read.text(scan.get("ScanType"), 40) or read.text(scan.get("@type"), 40).removesuffix("Scan")
    words = read.text(scan.get("Description")) or read.text(scan.get("Comment"))
    means = meaning(kind, words)
    return TrackingEvent(when.at, when.zone, kind, means.status, words, means.reason, where)


def _place(depot: str) -> Location:
    """A depot as “TORONTO, ON”; behind the comma a province, a state, or a country's name."""
    city, _, region = (part.strip() for part in depot.rpartition(","))
    if not city:
        return read.place(region)
    if region.upper() in _PROVINCES:
        return read.place(city, region, None, "CA")
    if len(region) == 2:
        return read.place(city, region, None, "US" if region.upper() in _AMERICAN else None)
    country = read.country_code(region)
    return read.place(city, None if country else region, None, country)
