"""The description of the API is true: every generated request gets an answer that the description names."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from tests.api.conftest import Caller
from tests.api.test_orders import ORDER

# a phone number or a tracking number can be in the described shape and still not exist; so can an ETag
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404", "409", "412", "422"]}},
        "generation": {"with-security-parameters": False},
    }
)


def operations(app: Flask) -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=CONFIG)
    for found in schema.get_all_operations():
        yield found.ok()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_generated_requests_get_described_answers(app: Flask, shop: Caller, mode: GenerationMode) -> None:
    app.config["API_RATE"] = (10**9, 60)
    shop.post("/orders", ORDER)
    for operation in operations(app):

        @settings(
            max_examples=8,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {shop.key}"})

        try:
            run()
        except Unsatisfiable:
            # any text is a good path: there is nothing to get wrong
            assert not operation.query
            assert not operation.body


def test_description_names_every_route(app: Flask) -> None:
    described = {(op.method.upper(), op.path) for op in operations(app)}
    served = {
        (method, rule.rule.replace("<path:", "{").replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert described == served


def test_description_is_open(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json["openapi"] == "3.1.0"
    assert answer.json["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
