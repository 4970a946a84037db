"""A Twilio that the official client talks to, and the phones it sends to.

    /2010-04-01/Accounts/<sid>.json, …/Messages.json, …/Messages/<sid>.json      as Twilio documents them
    /_sandbox/messages            what phones got: a page of threads, or JSON
    /_sandbox/messages/inbound    POST: a phone answers
    /_sandbox/messages/account    POST: senders, services and webhooks of an account
    /_sandbox/messages/faults     GET, POST, DELETE: what goes wrong

Point the client at it with `client.api.base_url`. Source: Messages API description of 2026-04 (twilio-oai).
"""

import hmac
import json
import secrets
import threading
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from tracking.sandbox import _pages, _phones, _twilio_lists
from tracking.sandbox._twilio_errors import ApiError
from tracking.sandbox._twilio_exchange import Exchange
from tracking.sandbox._twilio_messages import API_VERSION
from tracking.sandbox._twilio_rules import ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID, Account
from tracking.sandbox.mishaps import Mishap
from tracking.sandbox.state import State

__all__ = ["ACCOUNT_SID", "AUTH_TOKEN", "SERVICE_SID", "Exchange", "blueprint"]

_BEFORE = ("error", "too_many_requests", "server_error", "timeout")
_AFTER = ("server_error_after", "timeout_after", "hangup_after", "garbage_after", "half_after")


def blueprint(state: State) -> Blueprint:
    """The routes, around a new exchange; it is `state.parts["twilio"]`."""
    exchange = Exchange(state)
    routes = Blueprint("twilio", __name__)
    _add_rest(routes, exchange)
    _pages.add_faults(routes, "/_sandbox/messages/faults", exchange.mishaps)
    _phones.add_routes(routes, exchange)
    return routes


def _add_rest(routes: Blueprint, exchange: Exchange) -> None:
    base = f"/{API_VERSION}/Accounts/<account_sid>"

    def add(rule: str, method: str, view: Callable[..., Response]) -> None:
        def answer(account_sid: str, **named: str) -> Response:
            try:
                return view(_authenticated(exchange, account_sid), **named)
            except ApiError as error:
                return _error(error)

        routes.add_url_rule(base + rule, f"api_{view.__name__}", answer, methods=[method])

    def account(account: Account) -> Response:
        return _json(200, {"sid": account.sid, "friendly_name": "Sandbox", "status": "active", "type": "Full"})

    def create(account: Account) -> Response:
        return _create(exchange, account)

    def listed(account: Account) -> Response:
        _lookup_fault(exchange)
        return _json(200, _twilio_lists.page(account, exchange.listed(account), request.args, exchange.state.now()))

    def fetch(account: Account, sid: str) -> Response:
        _lookup_fault(exchange)
        return _json(200, exchange.find(account, sid).resource(exchange.state.now()))

    def update(account: Account, sid: str) -> Response:
        return _json(200, exchange.update(account, sid, request.form).resource(exchange.state.now()))

    def delete(account: Account, sid: str) -> Response:
        exchange.delete(account, sid)
        return Response(status=204)

    add(".json", "GET", account)
    add("/Messages.json", "POST", create)
    add("/Messages.json", "GET", listed)
    add("/Messages/<sid>.json", "GET", fetch)
    add("/Messages/<sid>.json", "POST", update)
    add("/Messages/<sid>.json", "DELETE", delete)


def _authenticated(exchange: Exchange, account_sid: str) -> Account:
    given, account = request.authorization, exchange.accounts.get(account_sid)
    if given is None or given.type != "basic" or account is None:
        raise ApiError(20003)
    user = given.username or ""
    # an API key's SID and secret are as good as the account's own
    if user != account_sid and not user.startswith("SK"):
        raise ApiError(20003)
    if not hmac.compare_digest((given.password or "").encode(), account.auth_token.encode()):
        raise ApiError(20003)
    if account.is_test and not (request.method == "POST" and request.path.endswith("/Messages.json")):
        raise ApiError(20008)
    return account


def _create(exchange: Exchange, account: Account) -> Response:
    to = request.form.get("To", "")
    before = exchange.mishaps.take(_BEFORE, to)
    if before is not None:
        return _refused(exchange.state.stopping, before)
    after = exchange.mishaps.take(_AFTER, to)
    message = exchange.create(account, request.form.to_dict(flat=False))
    answer = _json(201, message.resource(message.created_at))
    return answer if after is None else _spoilt(exchange.state.stopping, after, answer)


def _refused(stopping: threading.Event, mishap: Mishap) -> Response:
    if mishap.kind == "timeout":
        return _hang_up(stopping, mishap.seconds)
    code = {"too_many_requests": 20429, "server_error": 20500}.get(mishap.kind, mishap.code or 21610)
    return _error(ApiError(code, request.form.get("To", ""), mishap.retry_after))


def _spoilt(stopping: threading.Event, mishap: Mishap, answer: Response) -> Response:
    if mishap.kind == "server_error_after":
        return _error(ApiError(20500))
    if mishap.kind == "garbage_after":
        return Response("<html><body>Bad gateway</body></html>", status=201, content_type="text/html")
    if mishap.kind == "half_after":
        answer.set_data(answer.get_data()[: len(answer.get_data()) // 2])
        return answer
    return _hang_up(stopping, mishap.seconds if mishap.kind == "timeout_after" else 0.0)


def _hang_up(stopping: threading.Event, seconds: float) -> Response:
    """Close the connection without an answer, after so many real seconds."""
    stopping.wait(seconds)
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        _pages.cut(connection)
    return Response(status=500)


def _lookup_fault(exchange: Exchange) -> None:
    if exchange.mishaps.take(("lookup_error",), request.args.get("To", "")):
        raise ApiError(20500)


def _json(status: int, body: dict[str, Any]) -> Response:
    answer = Response(json.dumps(body), status=status, content_type="application/json")
    answer.headers["Twilio-Request-Id"] = f"RQ{secrets.token_hex(16)}"
    return answer


def _error(error: ApiError) -> Response:
    answer = _json(error.status, error.body())
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return answer
