"""Royal Mail: Tracking API v2, for mail pieces.

Two questions: the last event of up to thirty pieces, and the whole history of one. A batch is asked for its last
events, and then the history of those pieces only whose last event is another one than before.
Source: Royal Mail's OpenAPI 1.0.36; event and error codes as told by elliotjreed/royal-mail-tracking and as seen in
use, because there is no official list; read 2026-11-22.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import Account, Carrier, CredentialField, Limit, Parcel, Tokens
from tracking.carriers._one_by_one import WITHIN_S, is_refused, is_weary, joined, one_by_one
from tracking.carriers._royal_mail_piece import NAME, read_piece
from tracking.platform.facts import Answer, ResultCode, TrackingResult
from tracking.platform.upstream import Call, Reply, Upstream

_ERRORS: Mapping[str, ResultCode] = MappingProxyType(
    {
        "E1142": ResultCode.NOT_FOUND,
        # no news of a delivery yet
        "E1284": ResultCode.NOT_FOUND,
        "E1308": ResultCode.NOT_FOUND,
        # proof of delivery; of another product than one that is tracked
        "E1144": ResultCode.REFUSED,
        "E1145": ResultCode.REFUSED,
        "E1283": ResultCode.REFUSED,
        "E0004": ResultCode.REFUSED,
        "E0013": ResultCode.REFUSED,
        "E0016": ResultCode.UNAUTHORIZED,
        "E0010": ResultCode.RATE_LIMITED,
        "E1307": ResultCode.UNAVAILABLE,
        "E0009": ResultCode.UNAVAILABLE,
        "E0001": ResultCode.UNAVAILABLE,
    }
)
_REMEMBERED = 20_000


class Adapter(Carrier):
    """Royal Mail, up to thirty numbers a call."""

    slug = "royal-mail"
    name = NAME
    base_url = "https://api.royalmail.net/mailpieces/v2"
    credentials = (
        CredentialField("client_id", "Client id of an app with “Tracking” at developer.royalmail.net."),
        CredentialField("client_secret", "Client secret of that app."),
    )
    batch_size = 30
    limits = (Limit("numbers", 120, 60, source="assumed: the figures of the plans are not published"),)
    home_zone = "Europe/London"
    weak = (
        "The plans' limits are not published; 120 numbers a minute is assumed, each with a call of its own at most.",
        "There is no complete official list of event codes.",
        "A last event whose code nobody knows is read by its status category, of which two are known.",
        "A code that nobody knows beside the words “returned to sender” is read as returned.",
        "Held by Keepsafe is read as in transit.",
    )

    def __init__(self, account: Account, *, tokens: Tokens | None = None, upstream: Upstream | None = None) -> None:
        """As every carrier's; remembers the last event of each piece whose history it has."""
        super().__init__(account, tokens=tokens, upstream=upstream)
        self._told: dict[str, tuple[str, str]] = {}

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - static credentials
        """`GET /{id}/events` for one number; `GET /summary?mailPieceId=a,b` for up to thirty."""
        headers = {
            "X-IBM-Client-Id": self.credential("client_id"),
            "X-IBM-Client-Secret": self.credential("client_secret"),
            "X-Accept-RMG-Terms": "yes",
        }
        numbers = [quote(_bare(parcel.number), safe="") for parcel in parcels]
        path = f"/{numbers[0]}/events" if len(numbers) == 1 else f"/summary?mailPieceId={','.join(numbers)}"
        return Call("GET", path, headers)

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """As every carrier's, with the whole history of pieces that have news."""
        answer = super().track(parcels)
        if len(parcels) == 1:
            return answer
        if is_refused(answer):
            # one malformed number may have spoilt it for all
            return one_by_one(lambda parcel: super(Adapter, self).track([parcel]), parcels, answer)
        return self._with_histories(answer, {parcel.number: parcel for parcel in parcels})

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the piece of an events answer, the pieces of a summary, or an error."""
        try:
            document = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            return read.refusal(NAME, reply, numbers) or read.unreadable(NAME, numbers, what)
        listed = document.get("mailPieces")
        pieces = read.mappings(listed)
        if reply.status >= 300 or not pieces:
            none_known = reply.status < 300 and listed == []
            return Answer(errors=read.not_found(NAME, numbers)) if none_known else _refused(reply, document, numbers)
        asked = list(numbers) or [name for piece in pieces if (name := read.number(piece.get("mailPieceId")))]
        if not asked:
            return read.unreadable(NAME, numbers, "pieces without their numbers")
        by_name = _by_name(pieces)
        return read.merged(_answer(number, by_name.get(_bare(number), ())) for number in dict.fromkeys(asked))

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - the page is English
        """Royal Mail's own page for a number."""
        return f"https://www.royalmail.com/track-your-item#/tracking-results/{quote(_bare(number), safe='')}"

    # a batch

    def _with_histories(self, answer: Answer, parcels: Mapping[str, Parcel]) -> Answer:
        until, weary = time.monotonic() + WITHIN_S, False
        answers: list[Answer] = []
        for result in answer.results:
            told = Answer((result,))
            stamp = _stamp(result)
            if not weary and time.monotonic() < until and (not stamp or self._told.get(result.number) != stamp):
                history = super().track([parcels[result.number]])
                weary = is_weary(history)
                if history.results:
                    told = history
                    self._remember(result.number, stamp)
                elif weary:
                    # the account has to know; the parcel has its last event all the same
                    told = Answer((result,), history.errors)
            answers.append(told)
        rest = replace(answer, results=())
        return joined([*answers, rest])

    def _remember(self, number: str, stamp: tuple[str, str] | None) -> None:
        if len(self._told) >= _REMEMBERED:
            self._told.clear()
        if stamp:
            self._told[number] = stamp


def _bare(number: str) -> str:
    """A number as Royal Mail wants it: letters and digits only."""
    return re.sub(r"[^0-9A-Z]", "", number.upper())


def _stamp(result: TrackingResult) -> tuple[str, str] | None:
    """What tells a last event from another one; None if it could not be read."""
    last = result.events[-1] if result.events else None
    return (last.code, last.at.isoformat()) if last else None


# one answer


def _refused(reply: Reply, document: Mapping[str, Any], numbers: Sequence[str]) -> Answer:
    """An error of the whole call; `httpCode` in the body counts where HTTP says that all is well."""
    first = read.mapping(read.walk(document, "errors", 0))
    code = read.text(first.get("errorCode"), 20).upper()
    status = reply.status if reply.status >= 300 else read.whole(document.get("httpCode")) or reply.status
    known = _ERRORS.get(code)
    if known is ResultCode.NOT_FOUND and status == 400 and len(numbers) > 1:
        # of several numbers it does not say which it means
        known = ResultCode.REFUSED
    words = read.text(first.get("errorDescription")) or read.text(document.get("moreInformation"))
    words = words or read.text(document.get("httpMessage"))
    overrule = {status: known} if known else None
    refused = read.refusal(
        NAME, replace(reply, status=status), numbers, overrule=overrule, detail=words, detail_code=code
    )
    if refused is None and known:
        return Answer(errors=read.errors(numbers, known, read.sentence(NAME, known, numbers, words, code)))
    return refused or read.unreadable(NAME, numbers, "an answer without mail pieces")


def _answer(number: str, mine: Sequence[dict[str, Any]]) -> Answer:
    """What is said of one number; of several pieces for it the first that tells of an event."""
    if not mine:
        return read.unreadable(NAME, [number], "an answer without this number")
    for piece in mine:
        told = read_piece(number, piece, Adapter.public_url(number, "en"))
        if told is not None:
            return told
    error = read.mapping(mine[0].get("error"))
    code, words = read.text(error.get("errorCode"), 20).upper(), read.text(error.get("errorDescription"))
    if not error:
        return Answer(errors=read.not_found(NAME, [number]))
    known = _ERRORS.get(code, ResultCode.REFUSED)
    return Answer(errors=read.errors([number], known, read.sentence(NAME, known, [number], words, code)))


def _by_name(pieces: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Pieces by each name of theirs: what was asked for, the 2D identifier and the barcode."""
    found: dict[str, list[dict[str, Any]]] = {}
    for piece in pieces:
        summary = read.mapping(piece.get("summary"))
        told = (piece.get("mailPieceId"), summary.get("uniqueItemId"), summary.get("oneDBarcode"))
        for name in {_bare(read.number(one)) for one in told} - {""}:
            found.setdefault(name, []).append(piece)
    return found
