"""A store with a key, and a client that shows it."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import make_store
from tracking.models import ApiKey, Store
from tracking.platform import security


@dataclass
class Caller:
    """Asks the API with the key of a store."""

    client: FlaskClient
    key: str
    store: Store

    def ask(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", **kwargs.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.ask("GET", path, **kwargs)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> TestResponse:
        return self.ask("POST", path, json=body, **kwargs)


def make_caller(app: Flask, session: Session, **values: Any) -> Caller:
    store = make_store(session, **values)
    key, prefix, key_hash = security.new_api_key()
    session.add(ApiKey(store_id=store.id, name="tests", prefix=prefix, key_hash=key_hash))
    session.commit()
    return Caller(app.test_client(), key, store)


@pytest.fixture
def shop(app: Flask, session: Session) -> Caller:
    """A shop's own program."""
    return make_caller(app, session)


@pytest.fixture
def other_shop(app: Flask, session: Session) -> Caller:
    """Another shop of the same installation."""
    return make_caller(app, session)
