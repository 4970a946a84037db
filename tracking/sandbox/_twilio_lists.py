"""Lists of messages as the API pages them. Filters are To, From and DateSent only; newest first."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from tracking.sandbox._twilio_messages import API_VERSION, Message
from tracking.sandbox._twilio_rules import Account

_EVER = datetime.max.replace(tzinfo=UTC)
_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


def page(account: Account, newest_first: Sequence[Message], args: MultiDict[str, str], now: datetime) -> dict[str, Any]:
    """One page as JSON. A page's token names the last message before it, so that new ones do not shift pages."""
    size = min(max(_whole(args.get("PageSize"), 50), 1), 1000)
    number = max(_whole(args.get("Page"), 0), 0)
    filters = {name: args[name] for name in _FILTERS if args.get(name)}
    found = [message for message in newest_first if _fits(message, filters, now)]
    start = _start(found, args.get("PageToken", ""), number * size)
    rows, more = found[start : start + size], len(found) > start + size

    def uri(at: int, token: str = "") -> str:
        query = {**filters, "PageSize": str(size), "Page": str(at)} | ({"PageToken": token} if token else {})
        return f"/{API_VERSION}/Accounts/{account.sid}/Messages.json?{urlencode(query)}"

    return {
        "first_page_uri": uri(0),
        "end": start + len(rows) - 1 if rows else 0,
        "previous_page_uri": uri(number - 1) if number else None,
        "messages": [message.resource(now) for message in rows],
        "uri": uri(number, args.get("PageToken", "")),
        "page_size": size,
        "start": start,
        "next_page_uri": uri(number + 1, f"PA{rows[-1].sid}") if more else None,
        "page": number,
    }


def _start(found: Sequence[Message], token: str, otherwise: int) -> int:
    for index, message in enumerate(found):
        if token == f"PA{message.sid}":
            return index + 1
    return otherwise


def _fits(message: Message, filters: dict[str, str], now: datetime) -> bool:
    if filters.get("To", message.to) != message.to or filters.get("From", message.sender) != message.sender:
        return False
    dated = {name: value for name, value in filters.items() if name.startswith("DateSent")}
    if not dated:
        return True
    sent = next((step.at for step in message.steps if step.status in {"sent", "received"} and step.at <= now), None)
    return sent is not None and all(_in_time(sent, name, value) for name, value in dated.items())


def _in_time(sent: datetime, name: str, value: str) -> bool:
    from_, until = _span(value)
    if name == "DateSent<":
        return sent < until
    if name == "DateSent>":
        return sent >= from_
    # a day, GMT, even if the client writes its first second
    return sent.date() == from_.date() or until == _EVER


def _span(value: str) -> tuple[datetime, datetime]:
    """A day (GMT) or an instant, as a half-open span; what cannot be read spans everything."""
    try:
        if len(value) == 10:
            start = datetime.combine(date.fromisoformat(value), time(), UTC)
            return start, start + timedelta(days=1)
        at = datetime.fromisoformat(value)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC), _EVER
    return at, at + timedelta(seconds=1)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else default
