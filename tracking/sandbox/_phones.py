"""Phones: what each of them got and said, as threads on a page and as JSON; and a way to answer from one."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from markupsafe import Markup, escape

from tracking.sandbox import _gsm, _pages
from tracking.sandbox._twilio_exchange import Exchange
from tracking.sandbox._twilio_messages import Message
from tracking.sandbox._twilio_rules import ACCOUNT_SID, Account, Service

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Thread:
    """A phone and its messages. `last` is the newest of them."""

    phone: str
    count: int
    last: Message
    opted_out: bool


def add_routes(routes: Blueprint, exchange: Exchange) -> None:
    """Under /_sandbox/messages."""

    def messages() -> Response:
        phone = re.sub(r"\s", "", request.args.get("to", ""))
        if phone and phone[0].isdigit():
            phone = f"+{phone}"
        kept = [m for m in exchange.phones() if not phone or _phone_of(m) == phone]
        if _pages.wants_json():
            return _as_json(exchange, kept)
        return _pages.page("sandbox_messages.html", **_context(exchange, phone))

    def inbound() -> Response:
        given: Any = request.get_json(silent=True) if request.is_json else request.form.to_dict()
        if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
            return _pages.problem(400, "from, to and body are expected, each a string")
        sender, to, body = (given.get(name, "").strip() for name in ("from", "to", "body"))
        if not sender or not to or not body:
            return _pages.problem(400, "from, to and body are expected")
        account_sid = given.get("account_sid", ACCOUNT_SID)
        if account_sid not in exchange.accounts:
            return _pages.problem(400, "there is no such account")
        message = exchange.inbound(sender, to, body[:1600], url=given.get("url", ""), account_sid=account_sid)
        if not request.is_json:
            answer: Any = redirect(url_for("twilio.messages", to=sender), 303)
            return answer  # type: ignore[no-any-return]
        created = jsonify(_facts(exchange, message))
        created.status_code = 201
        return created

    def account() -> Response:
        given = request.get_json(silent=True)
        try:
            return jsonify(_configure(exchange, given))
        except (TypeError, ValueError, AttributeError) as error:
            return _pages.problem(400, f"cannot read this account: {error}")

    def forget() -> Response:
        exchange.forget()
        return Response(status=204)

    routes.add_url_rule("/_sandbox/messages", "messages", messages, methods=["GET"])
    routes.add_url_rule("/_sandbox/messages", "forget_messages", forget, methods=["DELETE"])
    routes.add_url_rule("/_sandbox/messages/inbound", "inbound", inbound, methods=["POST"])
    routes.add_url_rule("/_sandbox/messages/account", "account", account, methods=["POST"])


def _as_json(exchange: Exchange, kept: list[Message]) -> Response:
    limit = request.args.get("limit", "")
    newest = kept[-min(int(limit) if limit.isdecimal() and len(limit) < 7 else 1000, 20_000) or len(kept) :]
    return jsonify(
        {
            "total": len(kept),
            "phones": sorted({_phone_of(m) for m in kept}),
            "messages": [_facts(exchange, m) for m in newest],
        }
    )


def _facts(exchange: Exchange, message: Message) -> dict[str, Any]:
    step = message.step(exchange.state.now())
    return {
        "sid": message.sid,
        "direction": message.direction,
        "from": message.sender,
        "to": message.to,
        "phone": _phone_of(message),
        "text": message.text,
        "status": step.status,
        "error_code": step.code,
        "segments": message.segments,
        "encoding": _gsm.count(message.text)[0],
        "created_at": message.created_at.isoformat(),
        "status_at": step.at.isoformat(),
        "messaging_service_sid": message.service_sid,
        "status_callback": message.callback or None,
        "opted_out": exchange.is_opted_out(_phone_of(message), _ours(message), message.service_sid or ""),
        "deleted": message.deleted,
        "notes": list(message.notes),
    }


def _context(exchange: Exchange, phone: str) -> dict[str, Any]:
    threads: dict[str, list[Message]] = {}
    for message in exchange.phones():
        threads.setdefault(_phone_of(message), []).append(message)
    rows = [
        Thread(name, len(kept), kept[-1], exchange.is_opted_out(name, _ours(kept[-1]), kept[-1].service_sid or ""))
        for name, kept in threads.items()
    ]
    rows.sort(key=lambda thread: thread.last.created_at, reverse=True)
    chosen = phone or (rows[0].phone if rows else "")
    open_ = threads.get(chosen, [])
    return {
        "threads": rows[:200],
        "chosen": chosen,
        "bubbles": open_[-_SHOWN:],
        "hidden": max(0, len(open_) - _SHOWN),
        "reply_to": _ours(open_[-1]) if open_ else "",
        "now": exchange.state.now(),
        "encoding": lambda text: _gsm.count(text)[0],
        "linked": linked,
    }


def linked(text: str) -> Markup:
    """A text with its links made links; everything else escaped."""
    parts, at = [], 0
    for found in _LINK.finditer(text):
        parts += [escape(text[at : found.start()]), _anchor(found.group())]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def _anchor(url: str) -> Markup:
    return Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(url)


def _phone_of(message: Message) -> str:
    return message.sender if message.direction == "inbound" else message.to


def _ours(message: Message) -> str:
    return message.to if message.direction == "inbound" else message.sender


def _configure(exchange: Exchange, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise TypeError("a JSON object is expected")
    sid = str(given.get("account_sid", ACCOUNT_SID))
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", sid):
        raise ValueError("an account's SID is AC and 32 hexadecimal digits")
    with exchange.state.lock:
        account = exchange.accounts.setdefault(sid, Account(sid, ""))
        account.auth_token = str(given.get("auth_token", account.auth_token))
        account.numbers = tuple(map(str, given.get("numbers", account.numbers)))
        account.inbound_url = str(given.get("inbound_url", account.inbound_url))
        for service_sid, facts in dict(given.get("services", {})).items():
            if not re.fullmatch(r"MG[0-9a-fA-F]{32}", service_sid):
                raise ValueError("a Messaging Service's SID is MG and 32 hexadecimal digits")
            account.services[service_sid] = _service(account.services.get(service_sid, Service()), facts)
    return {"account_sid": sid, "numbers": account.numbers, "services": sorted(account.services)}


def _service(known: Service, facts: dict[str, Any]) -> Service:
    return Service(
        pool=tuple(map(str, facts.get("pool", known.pool))) or known.pool,
        inbound_url=str(facts.get("inbound_url", known.inbound_url)),
        status_callback=str(facts.get("status_callback", known.status_callback)),
        advanced_opt_out=bool(facts.get("advanced_opt_out", known.advanced_opt_out)),
    )
