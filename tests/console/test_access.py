"""Nobody sees or changes another store's things, whatever the route; forms are the console's own; viewers only look."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from tests.console.conftest import Person, Scene, make_user
from tracking.models import ApiKey, Audit, Order, Role, Shipment, Store
from tracking.platform import security

# forms that only show something
_LOOKS = {"console-search.results", "console-brand.preview", "console-recommendations.preview"}


def store_rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route of a store's console, with each method it takes."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/console/s/<store>"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def filled(rule: Rule, scene: Scene, *, store: Store, foreign: bool) -> str:
    """The address of a route, with the ids of the first store or of the other one."""
    order = scene.foreign if foreign else scene.order
    parcel = scene.foreign_shipment if foreign else scene.shipment
    values = {"<store>": store.slug, "<order>": order.public_id, "<parcel>": parcel.public_id, "<prefix>": "wp_foreign"}
    values["<kind>"] = "first"
    path = rule.rule
    for name, value in values.items():
        path = path.replace(name, value)
    assert "<" not in path, f"give {path} a value, so that its isolation is tested"
    return path


def foreign_words(scene: Scene) -> list[str]:
    return [
        scene.foreign.number,
        scene.foreign.token,
        scene.foreign.public_id,
        scene.foreign_shipment.number,
        scene.foreign_shipment.public_id,
        "Foreign Person",
        "maison@example.com",
        "Maison Papier",
        "A foreign key",
    ]


def counted(scene: Scene) -> tuple[object, ...]:
    """What must not change: the other store's rows."""
    scene.session.expire_all()
    other = scene.other
    return (
        other.version,
        dict(other.brand),
        scene.foreign.state,
        scene.foreign.version,
        scene.foreign_shipment.next_poll_at,
        scene.session.scalar(select(func.count()).select_from(ApiKey).where(ApiKey.revoked_at.is_not(None))),
        scene.session.scalar(select(func.count()).select_from(Audit).where(Audit.store_id == other.id)),
    )


@pytest.fixture
def foreign_key(scene: Scene) -> None:
    scene.session.add(
        ApiKey(store_id=scene.other.id, name="A foreign key", prefix="wp_foreign", key_hash=security.hash_api_key("x"))
    )
    scene.session.commit()


def test_there_is_a_route_for_everything(scene: Scene) -> None:
    assert len(list(store_rules(scene.app))) >= 20


@pytest.mark.usefixtures("foreign_key")
def test_another_store_does_not_exist(scene: Scene, owner: Person) -> None:
    before = counted(scene)
    for rule, method in store_rules(scene.app):
        path = filled(rule, scene, store=scene.other, foreign=True)
        answer = owner.get(path) if method == "GET" else owner.post(path)
        assert answer.status_code == 404, (method, path)
        if method == "GET":
            assert not [word for word in foreign_words(scene) if word in answer.text], path
    assert counted(scene) == before


@pytest.mark.usefixtures("foreign_key")
def test_another_stores_things_are_not_found_through_ones_own_store(scene: Scene, owner: Person) -> None:
    before = counted(scene)
    for rule, method in store_rules(scene.app):
        path = filled(rule, scene, store=scene.store, foreign=True)
        answer = owner.get(path) if method == "GET" else owner.post(path)
        if "<order>" in rule.rule or "<prefix>" in rule.rule:
            assert answer.status_code == 404, (method, path)
        assert not [word for word in foreign_words(scene) if word in answer.text], (method, path)
    assert counted(scene) == before


@pytest.mark.parametrize("query", ["maison-77", "maison@example.com", "Foreign", "foreign person"])
def test_search_finds_nothing_of_another_store(scene: Scene, owner: Person, query: str) -> None:
    answer = owner.post(f"{scene.base}/search", {"q": query})
    assert answer.status_code == 404
    assert scene.foreign.public_id not in answer.text
    number = owner.post(f"{scene.base}/search", {"q": scene.foreign_shipment.number})
    assert number.status_code == 404


def test_another_stores_cursor_leads_nowhere(scene: Scene, owner: Person) -> None:
    answer = owner.get(f"{scene.base}/?after={scene.foreign_shipment.public_id}")
    assert scene.order.number in answer.text


def test_every_form_needs_its_token(scene: Scene, owner: Person) -> None:
    every = {(rule.rule, method) for rule, method in store_rules(scene.app) if method == "POST"}
    every |= {("/console/account", "POST"), ("/console/account/password", "POST"), ("/console/logout", "POST")}
    every |= {("/console/account/sessions", "POST"), ("/console/login", "POST")}
    for rule, _method in sorted(every):
        path = rule
        for name, value in {
            "<store>": scene.store.slug,
            "<order>": scene.order.public_id,
            "<parcel>": scene.shipment.public_id,
            "<prefix>": "wp_x",
            "<kind>": "first",
        }.items():
            path = path.replace(name, value)
        for data in ({}, {"csrf_token": "made-up"}):
            answer = owner.client.post(path, data=data)
            assert answer.status_code == 400, path
            assert "too old" in answer.text
    scene.session.expire_all()
    assert scene.order.state.value == "open"


def test_form_of_another_site_is_refused_even_with_a_token(scene: Scene, owner: Person) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = owner.post("/console/account", {"name": "Eve"}, headers=headers)
        assert answer.status_code == 403
    scene.session.expire_all()
    assert scene.owner.name == "Sam Example"


def test_viewer_looks_and_changes_nothing(scene: Scene) -> None:
    viewer = scene.person(Role.VIEWER)
    before = (scene.store.version, scene.order.version)
    for rule, method in store_rules(scene.app):
        path = filled(rule, scene, store=scene.store, foreign=False)
        if method == "GET":
            expected = {403} if rule.endpoint.startswith("console-keys") else {200}
            assert viewer.get(path).status_code in expected, path
        elif rule.endpoint in _LOOKS:
            assert viewer.post(path, {"q": "x"}).status_code in {200, 404}
        else:
            assert viewer.post(path, {"name": "x"}).status_code == 403, path
    scene.session.expire_all()
    assert (scene.store.version, scene.order.version) == before
    page = viewer.get(f"{scene.base}/orders/{scene.order.public_id}").text
    assert "Cancel the order" not in page
    assert "Ask now" not in page
    assert "disabled" in viewer.get(f"{scene.base}/brand").text


def test_merchant_changes_settings_and_makes_no_keys(scene: Scene) -> None:
    merchant = scene.person(Role.MERCHANT)
    assert merchant.get(f"{scene.base}/keys").status_code == 403
    assert merchant.post(f"{scene.base}/keys", {"name": "x"}).status_code == 403
    assert "API keys" not in merchant.get(f"{scene.base}/brand").text
    assert merchant.get(f"{scene.base}/senders").status_code == 200


def test_stores_of_the_user_are_switched_between(scene: Scene) -> None:
    make_user(scene.session, "both@example.com", (scene.store, Role.VIEWER), (scene.other, Role.OWNER))
    scene.session.commit()
    person = Person(scene.app.test_client())
    person.log_in("both@example.com")
    assert "/console/s/maison/" in person.get(f"{scene.base}/").text
    assert "maison-77" in person.get("/console/s/maison/").text
    # the role belongs to the store
    assert person.post(f"/console/s/fell/orders/{scene.order.public_id}/cancel").status_code == 403
    assert person.get("/console/s/maison/keys").status_code == 200


def test_text_that_no_database_takes_is_refused_at_every_door(scene: Scene, owner: Person) -> None:
    stranger = Person(scene.app.test_client())
    assert stranger.log_in("owner@example.com\x00").status_code == 400
    for query in ("status", "carrier", "channel", "after"):
        assert owner.get(f"{scene.base}/?{query}=a%00b").status_code == 400
    for path in ("/orders/a%00b", "/messages?after=%00", "/done?before=%00"):
        assert owner.get(f"{scene.base}{path}").status_code == 400
    for path, data in (("/search", {"q": "a\x00b"}), ("/languages", {"name": "a\x00b"}), ("/keys", {"name": "\x00"})):
        assert owner.post(f"{scene.base}{path}", data).status_code == 400
    assert owner.get("/console/s/fe%00ll/").status_code == 400


def test_unknown_addresses_are_answered_in_the_consoles_look(owner: Person) -> None:
    answer = owner.get("/console/no/such/page")
    assert answer.status_code == 404
    assert "console.css" in answer.text
    assert owner.client.delete("/console/account").status_code in {400, 404}


def test_no_get_changes_anything(scene: Scene, owner: Person) -> None:
    def everything() -> list[object]:
        scene.session.expire_all()
        return [
            *scene.session.execute(select(Order.id, Order.version, Order.updated_at).order_by(Order.id)).all(),
            *scene.session.execute(select(Shipment.id, Shipment.next_poll_at).order_by(Shipment.id)).all(),
            *scene.session.execute(select(Store.id, Store.version).order_by(Store.id)).all(),
            scene.session.scalar(select(func.count()).select_from(Audit)),
        ]

    before = everything()
    for rule, method in store_rules(scene.app):
        if method == "GET":
            assert owner.get(filled(rule, scene, store=scene.store, foreign=False)).status_code == 200
    assert everything() == before
