"""The API's description (OpenAPI 3.1) and what its resources share: blueprints, parsing, documented errors."""

import http
import json
from collections.abc import Callable
from threading import Lock
from typing import Any, NoReturn, TypeVar, cast

import marshmallow as ma
from flask import Flask, Request, Response
from flask_smorest import Api, Blueprint
from flask_smorest.utils import prepare_response
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from tracking.api import _auth, _problems
from tracking.platform.errors import BadPayload

View = TypeVar("View", bound=Callable[..., Any])

PREFIX = "/api/v1"
_NAMES = {422: "UNPROCESSABLE_ENTITY", 413: "REQUEST_ENTITY_TOO_LARGE"}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1 to 255 characters; the same request with the same key within 24 hours gets the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of what you read and changed; * to change whatever is there now.",
    "schema": {"type": "string"},
}


class Schema(ma.Schema):
    """A body or a query; what it does not know is refused, so that a typing error is seen."""

    class Meta:
        """Refuse unknown fields."""

        unknown = ma.RAISE


class ErrorItem(ma.Schema):
    """One field that is wrong."""

    field = ma.fields.String(required=True, metadata={"description": "a path, like lines.0.quantity"})
    reason = ma.fields.String(required=True)
    code = ma.fields.String(required=True)


class Problem(ma.Schema):
    """What went wrong (RFC 9457)."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    code = ma.fields.String(required=True, metadata={"description": "stable, snake_case"})
    errors = ma.fields.List(ma.fields.Nested(ErrorItem), required=True)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


class Parser(FlaskParser):
    """Reads bodies strictly: JSON as RFC 8259 has it, in a body that says it is JSON."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": ma.RAISE}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:  # noqa: ARG002 - webargs' signature
        """The body. raises UnsupportedMediaType, BadPayload"""
        if not req.is_json:
            raise UnsupportedMediaType("Send the body as application/json.")
        body = req.get_data(cache=True)
        try:
            # surrogates cannot be stored; encoding again finds them
            said = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
            json.dumps(said, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError):
            raise BadPayload("The body is not JSON in UTF-8.") from None
        return said


class Resource(Blueprint):  # type: ignore[misc]
    """A blueprint whose requests are authenticated."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, import_name: str, description: str) -> None:
        """Mounted at /api/v1/<name>."""
        super().__init__(name, import_name, url_prefix=f"{PREFIX}/{name}", description=description)
        self.before_request(_auth.authenticate)
        self.before_request(_auth.refuse_nul)

    def arguments(self, schema: type[ma.Schema], *, location: str = "json") -> Callable[[View], View]:
        """Read and check what is sent; the view gets it before its other arguments."""
        return cast("Callable[[View], View]", super().arguments(schema, location=location))

    def response(
        self, status_code: int, schema: type[ma.Schema] | None = None, *, description: str | None = None
    ) -> Callable[[View], View]:
        """What the view's return value is written as."""
        return cast("Callable[[View], View]", super().response(status_code, schema, description=description))

    def alt_response(
        self,
        status_code: int,
        response: str | None = None,
        *,
        schema: type[ma.Schema] | None = None,
        description: str | None = None,
        success: bool = False,
    ) -> Callable[[View], View]:
        """Document another answer: one named in the description, or with a schema of its own."""
        documented = super().alt_response(
            status_code, response, schema=schema, description=description, success=success
        )
        return cast("Callable[[View], View]", documented)

    def errors(self, *statuses: int, change: bool = False, if_match: bool = False) -> Callable[[View], View]:
        """Document which errors an operation may answer with, beside those that all have, and headers it reads.

        change    it takes a body and an Idempotency-Key;  if_match  it changes only what the sender has read
        """
        wanted = {401, 429, 503, *statuses} | ({400, 409, 413, 415, 422} if change else set())
        wanted |= {412, 428} if if_match else set()
        headers = [_IDEMPOTENCY_KEY] * change + [_IF_MATCH] * if_match

        def decorate(view: View) -> View:
            for status in sorted(wanted):
                view = self.alt_response(status, _NAMES.get(status, http.HTTPStatus(status).name))(view)
            if headers:
                view = self.doc(parameters=headers)(view)
            return view

        return decorate


class Docs(Api):  # type: ignore[misc]
    """flask-smorest's API with our error shape; the description is written when somebody asks for it.

    Most processes are never asked, and writing it costs more than all else of making the application.
    """

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask) -> None:
        """Serves the description at /api/v1/openapi.json."""
        self._undescribed: list[Resource] = []
        self._describing = Lock()
        super().__init__(app)

    def mount(self, blueprint: Resource) -> None:
        """Serve a blueprint, and describe it in its turn."""
        self._app.register_blueprint(blueprint)
        self._undescribed.append(blueprint)

    def _openapi_json(self) -> Response:
        with self._describing:
            if self._undescribed:
                self._describe_responses()
            while self._undescribed:
                blueprint = self._undescribed.pop(0)
                blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
                self.spec.tag({"name": blueprint.name, "description": blueprint.description})
        return cast("Response", super()._openapi_json())

    def _register_error_handlers(self) -> None:
        """Errors are `_problems`' part."""

    def _register_responses(self) -> None:
        """They are described with the rest."""

    def _describe_responses(self) -> None:
        for status in http.HTTPStatus:
            response: dict[str, Any] = {"description": status.phrase}
            if status >= 400:
                response["schema"] = self.ERROR_SCHEMA
            prepare_response(response, self.spec, _problems.MEDIA_TYPE)
            self.spec.components.response(_NAMES.get(int(status), status.name), response, lazy=True)


CONFIG = {
    "API_TITLE": "Waypost",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "Orders in, and what became of their parcels out. A key belongs to one store and sees "
            "nothing of any other.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"bearer": []}],
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    },
}
