"""Every error of the API as one JSON shape: application/problem+json (RFC 9457).

    type      "about:blank", or the section of docs/api.md that explains the code
    title     the HTTP status in words
    status    the HTTP status
    detail    one sentence: what happened and what to do
    code      stable, snake_case
    errors    [{"field": "lines.0.quantity", "reason": "…", "code": "…"}], [] if it is about no field

Pages have their own errors: only what lies under /api/ and /hooks/ is answered here.
"""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, cast

import structlog
from flask import Flask, Response, json, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as AnyResponse

from tracking.orders.reading import Faulty
from tracking.platform.db import db
from tracking.platform.errors import NotAllowed, WaypostError

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_OURS = ("/api/", "/hooks/")
_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_fields",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This method is not offered here.",
    413: "The body is too large.",
    500: "Something failed on our side. It was noted; please try again.",
}


class Unauthorized(NotAllowed):
    """Send a bearer key: Authorization: Bearer wp_…"""

    code = "unauthorized"
    http_status = 401


def problem(
    status: int,
    detail: str,
    *,
    code: str | None = None,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer that says what is wrong."""
    code = code or _CODES.get(status, "error")
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
    }
    return Response(json.dumps(body), status, headers, mimetype=MEDIA_TYPE)


def of_error(error: WaypostError) -> Response:
    """The problem of one of our own errors."""
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    if error.http_status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    errors: list[dict[str, str]] = []
    if isinstance(error, Faulty):
        errors = [{"field": fault.field, "reason": fault.reason, "code": fault.code} for fault in error.faults]
    elif error.field:
        errors = [{"field": error.field, "reason": error.message, "code": error.code}]
    detail = "Some fields are wrong." if isinstance(error, Faulty) else error.message
    status = 422 if errors and error.http_status == 400 else error.http_status
    return problem(status, detail, code=error.code, errors=errors, headers=headers)


def of_http(error: HTTPException) -> Response:
    """The problem of an error of the web framework, with its headers (Allow, Retry-After …)."""
    if error.response is not None:
        return cast("Response", error.response)
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages") if isinstance(getattr(error, "data", None), dict) else None
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    if messages is not None:
        errors = [{"field": field, "reason": reason, "code": "bad_input"} for field, reason in flat(messages)]
        return problem(status, "Some fields are wrong.", errors=errors, headers=headers)
    detail = _SENTENCES.get(status) or (error.description or HTTPStatus(status).phrase)
    return problem(status, detail, headers=headers)


def install(app: Flask) -> None:
    """Answer errors under /api/ and /hooks/ here; whatever handlers pages have installed before go on for the rest."""
    app.register_error_handler(WaypostError, _ours(app, WaypostError, of_error))
    app.register_error_handler(OperationalError, _ours(app, OperationalError, _of_database))
    app.register_error_handler(HTTPException, _ours(app, HTTPException, of_http))
    for status, by_class in list(app.error_handler_spec[None].items()):
        for kind, handler in list(by_class.items()):
            if status is not None and issubclass(kind, HTTPException):
                by_class[kind] = _wrapped(handler, of_http)


def _ours(app: Flask, kind: type[Exception], answer: Callable[[Any], Response]) -> Callable[[Any], Any]:
    return _wrapped(app.error_handler_spec[None].get(None, {}).get(kind), answer)


def _wrapped(others: Callable[[Any], Any] | None, answer: Callable[[Any], Response]) -> Callable[[Any], Any]:
    def handle(error: Exception) -> Any:
        if request.path.startswith(_OURS):
            db.session.rollback()
            if isinstance(error, InternalServerError):
                log.error("api.failed", error=type(error.original_exception).__name__)
            return answer(error)
        if others is not None:
            return others(error)
        if isinstance(error, HTTPException | AnyResponse):
            return error
        raise error

    return handle


def _of_database(error: OperationalError) -> Response:
    log.error("api.database_failed", error=type(error.orig).__name__)
    return problem(503, "The database is busy. Try again in a moment.", headers={"Retry-After": "2"})


def flat(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Marshmallow's nested messages as (path, sentence); the place of the value ("json", "query") is left out."""
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            name = "" if not path and key in {"json", "query", "headers"} else str(key)
            if name == "_schema":
                name = ""
            yield from flat(value, ".".join(part for part in (path, name) if part))
    elif isinstance(messages, list | tuple):
        for value in messages:
            yield from flat(value, path)
    else:
        yield path, str(messages)
