"""Two stores that must never see each other, their users, and a browser that logs in as a person does."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import NOON, make_customer, make_order, make_shipment, make_store
from tracking import news
from tracking.models import Order, Role, Shipment, Store, StoreUser, User
from tracking.platform import clock, security
from tracking.platform.db import db

PASSWORD = "four plain words here"


def make_user(session: Session, email: str, *roles: tuple[Store, Role], **values: Any) -> User:
    """A user with that role in each store; the password is PASSWORD."""
    hashed = security.hash_password(PASSWORD)
    user = User(**{"email": email, "name": "Sam Example", "password_hash": hashed, **values})
    session.add(user)
    session.flush()
    session.add_all(StoreUser(user_id=user.id, store_id=store.id, role=role) for store, role in roles)
    session.flush()
    return user


class FreshClient(FlaskClient):
    """Gives every request a context of its own, as a server does: the tests' own one would keep who is logged in.

    What a test has not committed is not there, and its transaction holds no lock.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.rollback()
        with self.application.app_context():
            return super().open(*args, **kwargs)


class Person:
    """Somebody with a browser without JavaScript."""

    def __init__(self, client: FlaskClient, **headers: str) -> None:
        self.client = client
        self.headers = headers
        self._tokens: dict[str, str] = {}

    def get(self, url: str, **more: Any) -> TestResponse:
        return self.client.get(url, headers={**self.headers, **more.pop("headers", {})}, **more)

    def token(self, url: str = "/console/login") -> str:
        page = self.get(url).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page[:500]
        return found[1]

    def post(self, url: str, data: dict[str, Any] | None = None, *, at: str = "/console/account", **more: Any) -> Any:
        """Send a form as it stands on the page `at`."""
        headers = {"Sec-Fetch-Site": "same-origin", **self.headers, **more.pop("headers", {})}
        token = self._tokens.get(at) or self._tokens.setdefault(at, self.token(at))
        return self.client.post(url, data={"csrf_token": token, **(data or {})}, headers=headers, **more)

    def log_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Tokens belong to a session, and this begins one."""
        answer = self.post("/console/login", {"email": email, "password": password}, at="/console/login")
        self._tokens.clear()
        return answer


@dataclass
class Scene:
    """Fell & Ridge with orders, and another store that holds one of everything too."""

    app: Flask
    session: Session
    store: Store
    other: Store
    order: Order
    shipment: Shipment
    foreign: Order
    foreign_shipment: Shipment
    owner: User

    @property
    def base(self) -> str:
        return f"/console/s/{self.store.slug}"

    def person(self, role: Role | None = Role.OWNER, **headers: str) -> Person:
        """Logged in with that role in the first store; None: in none."""
        person = Person(self.app.test_client(), **headers)
        email = "owner@example.com"
        if role is not Role.OWNER:
            email = f"{role or 'nobody'}@example.com"
            make_user(self.session, email, *([(self.store, role)] if role else []))
            self.session.commit()
        assert person.log_in(email).status_code == 303
        return person


def reads_of(view: Callable[[], object]) -> int:
    """How many statements a view sends to the database."""
    found: list[str] = []

    def heard(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", heard)
    view()
    event.remove(db.engine, "before_cursor_execute", heard)
    return len(found)


@pytest.fixture(autouse=True)
def cheap_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing at its real cost is tested where it matters."""
    if "real_hashing" not in request.fixturenames:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        monkeypatch.setattr(security, "_hasher", quick)
        monkeypatch.setattr(security, "_NOBODY", quick.hash("nobody"))


@pytest.fixture
def real_hashing() -> None:
    """Passwords cost what they cost in production."""


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates, compiled once for all tests."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.frozen(NOON + timedelta(hours=1)):
        yield


@pytest.fixture
def scene(app: Flask, session: Session, noon: None, compiled: FileSystemBytecodeCache) -> Scene:
    app.jinja_env.bytecode_cache = compiled
    app.test_client_class = FreshClient
    store = make_store(session, name="Fell & Ridge", slug="fell")
    other = make_store(session, name="Maison Papier", slug="maison", time_zone="Europe/Paris", country="FR")
    orders = []
    for shop, name in ((store, "Zoé Müller"), (other, "Foreign Person")):
        customer = make_customer(session, shop, name=name, email=f"{shop.slug}@example.com")
        order = make_order(session, shop, customer, lines=2, number=f"{shop.slug}-77", recipient=name)
        shipment = make_shipment(session, order, number=f"1Z999AA10{shop.id:09d}")
        news.order_news(session, order, [shipment])
        orders.append((order, shipment))
    owner = make_user(session, "owner@example.com", (store, Role.OWNER))
    make_user(session, "foreign@example.com", (other, Role.OWNER))
    session.commit()
    return Scene(app, session, store, other, orders[0][0], orders[0][1], orders[1][0], orders[1][1], owner)


@pytest.fixture
def owner(scene: Scene) -> Person:
    return scene.person()
