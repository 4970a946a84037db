"""What the sandbox's pages of SMS and mail share: headers, JSON or HTML, faults, cut connections."""

import secrets
import socket
import struct
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from tracking.sandbox.mishaps import Mishaps


def wants_json() -> bool:
    """True for `?format=json`, or if the client would rather have JSON."""
    if request.args.get("format"):
        return request.args["format"] == "json"
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="application/json")
    return best == "application/json" or (
        request.accept_mimetypes["application/json"] >= request.accept_mimetypes["text/html"]
    )


def page(template: str, *, frames: bool = False, **context: Any) -> Response:
    """A page that loads nothing from anywhere and runs no script; only `frames` of our own, if asked."""
    nonce = secrets.token_urlsafe(12)
    framed = "'self'" if frames else "'none'"
    answer = Response(render_template(template, nonce=nonce, **context), content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; frame-src {framed}"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def problem(status: int, detail: str) -> Response:
    """An error as problem+json."""
    answer = jsonify({"status": status, "title": "Bad request" if status == 400 else "Not found", "detail": detail})
    answer.status_code = status
    answer.content_type = "application/problem+json"
    return answer


def add_faults(routes: Blueprint, rule: str, mishaps: Mishaps) -> None:
    """GET what may go wrong and does; POST a rule; DELETE all rules."""

    def show() -> Response:
        return jsonify({"kinds": mishaps.kinds, "faults": mishaps.dump()})

    def add() -> Response:
        given = request.get_json(silent=True)
        if not isinstance(given, dict):
            return problem(400, "a JSON object with a kind is expected")
        try:
            mishaps.add(**given)
        except (TypeError, ValueError) as error:
            return problem(400, str(error))
        answer = show()
        answer.status_code = 201
        return answer

    def clear() -> Response:
        mishaps.clear()
        return Response(status=204)

    routes.add_url_rule(rule, f"{mishaps.service}_faults", show, methods=["GET"])
    routes.add_url_rule(rule, f"{mishaps.service}_faults_add", add, methods=["POST"])
    routes.add_url_rule(rule, f"{mishaps.service}_faults_clear", clear, methods=["DELETE"])


def cut(connection: socket.socket) -> None:
    """Drop a connection as a dying machine does: with a reset, without a goodbye."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
