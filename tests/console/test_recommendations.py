"""The merchant's wishes in the console: found by title or SKU, saved whole, told plainly, nobody else's."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from recommendations import KeptOut, Kind
from tests.console.conftest import Person, Scene, reads_of
from tests.factories import NOON, make_product, make_store
from tests.suggestions.shop import buy
from tracking.console import choices
from tracking.models import Audit, Product, RecommendationPolicy, Role, StoreUser
from tracking.platform.web import settings_of
from tracking.suggestions import SuggestedProduct, fit_store, known
from tracking.suggestions.why import Considered
from tracking.suggestions.wishes import MOST_OF_A_KIND

NOTHING = SuggestedProduct("R", "Tea", None, None, None, None, "https://shop.example/", Kind.POPULAR, None, 0, 0)

NUMBERS = {"places": ["on_page", "in_emails"], "margin_weight": "0", "step_up_percent": "200", "shown_most": "8"}


@pytest.fixture
def goods(scene: Scene) -> Scene:
    """A few products in two categories, and a foreign one."""
    for ref, title, category in (
        ("POT-1", "Théière rouge", "Teapots"),
        ("POT-2", "Théière bleue", "Teapots"),
        ("TEA-1", "Green tea", "Teas"),
        ("ชา", "ชาเขียว", "Teas"),
    ):
        make_product(scene.session, scene.store, ref=ref, title=title, category=category)
    make_product(scene.session, scene.other, ref="FOREIGN", title="Foreign lamp", category="Lamps")
    scene.session.commit()
    return scene


def add(person: Person, scene: Scene, kind: str, **data: str) -> Any:
    return person.post(f"{scene.base}/recommendations/add/{kind}", data)


def policy(scene: Scene) -> Any:
    scene.session.expire_all()
    return known.of_store(scene.session, scene.store.id).policy


def save(person: Person, scene: Scene, **changed: Any) -> Any:
    page = person.get(f"{scene.base}/recommendations").text
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return person.post(f"{scene.base}/recommendations", {**NUMBERS, "version": found[1], **changed})


# ---- numbers and places


def test_places_and_numbers_are_saved_together(goods: Scene, owner: Person) -> None:
    before = goods.store.version
    answer = save(owner, goods, places=["on_page"], margin_weight="40", step_up_percent="150", shown_most="3")
    assert answer.status_code == 303, answer.text
    assert "Saved." in owner.get(answer.location).text
    kept = policy(goods)
    assert (kept.margin_boost, kept.step_up_most, kept.shown_most) == (0.4, 1.5, 3)
    row = goods.session.get_one(RecommendationPolicy, goods.store.id)
    assert (row.on_page, row.in_emails) == (True, False)
    assert goods.store.version == before + 1
    note = goods.session.scalars(select(Audit)).one()
    assert (note.action, note.detail["changed"]) == (
        "recommendations.saved",
        ["in_emails", "margin_weight", "shown_most", "step_up_percent"],
    )
    # the same again is no change
    assert (
        save(owner, goods, places=["on_page"], margin_weight="40", step_up_percent="150", shown_most="3").status_code
        == 303
    )
    goods.session.expire_all()
    assert goods.store.version == before + 1


def test_who_gets_any_below_emails_is_saved_with_them_and_written_down(goods: Scene, owner: Person) -> None:
    goods.store.policies = {"returns_days": 30}
    goods.session.commit()
    page = owner.get(f"{goods.base}/recommendations").text
    assert re.search(r'name="email_offers" value="" checked', page)
    assert "not legal advice" in page
    assert save(owner, goods, email_offers="unless_refused").status_code == 303
    goods.session.expire_all()
    assert goods.store.policies == {"returns_days": 30, "email_offers": "unless_refused"}
    note = goods.session.scalars(select(Audit)).one()
    assert (note.action, note.detail["changed"]) == ("recommendations.saved", ["email_offers"])
    page = owner.get(f"{goods.base}/recommendations").text
    assert re.search(r'name="email_offers" value="unless_refused" checked', page)
    # what is not asked stays, and the law's own rule is kept as nothing
    assert save(owner, goods).status_code == 303
    goods.session.expire_all()
    assert goods.store.policies["email_offers"] == "unless_refused"
    assert save(owner, goods, email_offers="").status_code == 303
    goods.session.expire_all()
    assert goods.store.policies == {"returns_days": 30}
    assert goods.other.policies.get("email_offers") is None


def test_a_rule_that_is_none_is_told_and_nothing_is_saved(goods: Scene, owner: Person) -> None:
    answer = save(owner, goods, email_offers="always", shown_most="3")
    assert answer.status_code == 422
    assert "Choose one of these" in answer.text
    goods.session.expire_all()
    assert "email_offers" not in goods.store.policies
    assert policy(goods).shown_most == 8


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("margin_weight", "101", "from 0 to 100"),
        ("margin_weight", "-1", "from 0 to 100"),
        ("step_up_percent", "100", "from 101 to 1000"),
        ("shown_most", "0", "from 1 to 100"),
        ("shown_most", "often", "from 1 to 100"),
    ],
)
def test_a_number_that_means_nothing_is_told_and_nothing_is_saved(
    goods: Scene, owner: Person, name: str, wrong: str, told: str
) -> None:
    answer = save(owner, goods, places=[], **{name: wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert goods.session.get(RecommendationPolicy, goods.store.id) is None


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(goods: Scene, owner: Person) -> None:
    answer = save(owner, goods, version="0", shown_most="2")
    assert answer.status_code == 409
    assert "somebody else changed this" in answer.text
    assert policy(goods).shown_most == 8


# ---- rules


def test_a_product_is_found_by_its_sku_or_title_without_accents(goods: Scene, owner: Person) -> None:
    answer = add(owner, goods, "first", **{"first-what": "theiere ROUGE", "first-beside": "TEA-1"})
    assert answer.status_code == 303, answer.text
    assert answer.location.endswith("/recommendations#first")
    assert add(owner, goods, "first", **{"first-what": "ชาเขียว", "first-beside": ""}).status_code == 303
    assert policy(goods).pinned == {"TEA-1": ["POT-1"], "": ["ชา"]}
    page = owner.get(f"{goods.base}/recommendations").text
    assert "Théière rouge" in page
    assert "beside Green tea" in page
    assert "beside every order" in page


def test_words_that_fit_several_products_become_a_choice(goods: Scene, owner: Person) -> None:
    asked = add(owner, goods, "never", **{"never-what": "theiere"})
    assert asked.status_code == 422
    assert "More than one thing fits" in asked.text
    assert 'value="product:POT-1"' in asked.text
    assert 'value="product:POT-2"' in asked.text
    assert not policy(goods).excluded
    chosen = add(owner, goods, "never", **{"never-what": "theiere", "never-what-meant": "product:POT-2"})
    assert chosen.status_code == 303
    assert policy(goods).excluded == {"POT-2"}


def test_a_category_is_a_thing_too(goods: Scene, owner: Person) -> None:
    assert add(owner, goods, "never", **{"never-what": "teapots"}).status_code == 303
    assert add(owner, goods, "weigh", **{"weigh-what": "Teas", "weigh-percent": "50"}).status_code == 303
    assert add(owner, goods, "weigh", **{"weigh-what": "TEA-1", "weigh-percent": "400"}).status_code == 303
    assert add(owner, goods, "apart", **{"apart-one": "Teas", "apart-other": "Packs"}).status_code == 303
    assert add(owner, goods, "again", **{"again-what": "Teas"}).status_code == 303
    kept = policy(goods)
    assert kept.excluded_categories == {"Teapots"}
    assert kept.boosts == {"Teas": 0.5, "TEA-1": 4.0}
    assert kept.apart == {("Packs", "Teas")}
    assert kept.consumables == {"Teas"}


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("first", {"first-what": ""}, "cannot be empty"),
        ("first", {"first-what": "unheard of"}, "No product in the catalogue fits “unheard of”"),
        ("first", {"first-what": "Teas"}, "More than one thing fits"),
        ("first", {"first-what": "TEA-1", "first-beside": "TEA-1"}, "beside itself"),
        ("first", {"first-what": "TEA-1", "first-beside": "nowhere"}, "No product in the catalogue fits “nowhere”"),
        ("never", {"never-what": "unheard of"}, "neither a product nor a category"),
        ("weigh", {"weigh-what": "TEA-1", "weigh-percent": "9000"}, "Choose one of these"),
        ("apart", {"apart-one": "Teas", "apart-other": ""}, "Choose one of these"),
        ("apart", {"apart-one": "Teas", "apart-other": "Lamps"}, "no category “Lamps”"),
        ("again", {"again-what": "<b>"}, "no category “&lt;b&gt;”"),
    ],
)
def test_what_is_not_understood_is_told_beside_its_question(
    goods: Scene, owner: Person, kind: str, data: dict[str, str], told: str
) -> None:
    answer = add(owner, goods, kind, **data)
    assert answer.status_code == 422
    assert told in answer.text
    assert '<details class="add" open>' in answer.text
    assert goods.session.get(RecommendationPolicy, goods.store.id) is None
    assert not goods.session.scalars(select(Audit)).all()


def test_another_stores_products_and_categories_do_not_exist(goods: Scene, owner: Person) -> None:
    for data in (
        {"never-what": "FOREIGN"},
        {"never-what": "Foreign lamp"},
        {"never-what": "Lamps"},
        {"never-what": "x", "never-what-meant": "product:FOREIGN"},
        {"never-what": "x", "never-what-meant": "category:Lamps"},
    ):
        assert add(owner, goods, "never", **data).status_code == 422
    assert "Foreign" not in owner.get(f"{goods.base}/recommendations").text


def test_one_stores_wishes_never_touch_anothers(goods: Scene, owner: Person) -> None:
    goods.session.add(RecommendationPolicy(store_id=goods.other.id, excluded=["TEA-1"], shown_most=3))
    goods.session.commit()
    assert "Green tea" not in owner.get(f"{goods.base}/recommendations").text
    add(owner, goods, "again", **{"again-what": "Teas"})
    owner.post(f"{goods.base}/recommendations/remove", {"kind": "never", "product": "TEA-1"})
    save(owner, goods, shown_most="5")
    goods.session.expire_all()
    foreign = known.of_store(goods.session, goods.other.id).policy
    assert (foreign.excluded, foreign.shown_most, foreign.consumables) == ({"TEA-1"}, 3, frozenset())
    assert (
        owner.post(f"/console/s/{goods.other.slug}/recommendations/add/again", {"again-what": "Lamps"}).status_code
        == 404
    )


def test_a_rule_is_taken_away_and_taking_it_again_changes_nothing(goods: Scene, owner: Person) -> None:
    add(owner, goods, "first", **{"first-what": "POT-1", "first-beside": "TEA-1"})
    page = owner.get(f"{goods.base}/recommendations").text
    form = re.search(r'<form method="post" action="([^"]+/remove)">(.*?)</form>', page)
    assert form
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    assert owner.post(form[1], sent).status_code == 303
    assert policy(goods).pinned == {}
    goods.session.expire_all()
    version = goods.store.version
    assert owner.post(form[1], sent).status_code == 303
    goods.session.expire_all()
    assert goods.store.version == version
    actions = goods.session.scalars(select(Audit.action).order_by(Audit.id)).all()
    assert actions == ["recommendations.rule_added", "recommendations.rule_removed"]
    done = owner.get(f"{goods.base}/done").text
    assert "added a rule for recommendations" in done
    assert "POT-1, TEA-1" in done


def test_saying_the_same_again_changes_nothing(goods: Scene, owner: Person) -> None:
    for _ in range(2):
        assert add(owner, goods, "never", **{"never-what": "POT-1"}).status_code == 303
    assert len(goods.session.scalars(select(Audit)).all()) == 1


def test_what_is_never_shown_cannot_be_shown_first(goods: Scene, owner: Person) -> None:
    add(owner, goods, "never", **{"never-what": "POT-1"})
    answer = add(owner, goods, "first", **{"first-what": "POT-1"})
    assert answer.status_code == 422
    assert "Take that rule away first" in answer.text


def test_rules_have_an_end(goods: Scene, owner: Person) -> None:
    many = [f"X-{n}" for n in range(MOST_OF_A_KIND)]
    goods.session.add(RecommendationPolicy(store_id=goods.store.id, excluded=many))
    goods.session.commit()
    answer = add(owner, goods, "never", **{"never-what": "POT-1"})
    assert answer.status_code == 422
    assert "There are 500 of these already" in answer.text
    # what left the catalogue is still there to be taken away
    assert "X-7" in answer.text
    assert "not in the catalogue now" in answer.text


def test_a_viewer_reads_the_rules_and_changes_none(goods: Scene) -> None:
    goods.session.add(RecommendationPolicy(store_id=goods.store.id, excluded=["POT-1"]))
    goods.session.commit()
    viewer = goods.person(Role.VIEWER)
    page = viewer.get(f"{goods.base}/recommendations").text
    assert "Théière rouge" in page
    assert "/recommendations/remove" not in page
    assert "/recommendations/add" not in page
    assert add(viewer, goods, "never", **{"never-what": "POT-2"}).status_code == 403
    assert viewer.post(f"{goods.base}/recommendations/remove", {"kind": "never", "product": "POT-1"}).status_code == 403
    assert viewer.post(f"{goods.base}/recommendations/preview", {"order": goods.order.number}).status_code == 200


def test_a_kind_of_rule_that_does_not_exist_is_not_there(goods: Scene, owner: Person) -> None:
    assert add(owner, goods, "sometimes").status_code == 404
    assert owner.post(f"{goods.base}/recommendations/remove", {"kind": "x"}).status_code == 404


# ---- what an order shows now


@pytest.fixture
def learnt(goods: Scene) -> Scene:
    """Two people bought the red teapot with green tea, and the newest order holds green tea."""
    session, store = goods.session, goods.store
    tea, pot = (session.scalars(select(Product).where(Product.ref == ref)).one() for ref in ("TEA-1", "POT-1"))
    for _ in range(2):
        buy(session, store, None, tea, pot, placed_at=NOON - timedelta(days=9))
    buy(session, store, None, tea, number="NEWEST", placed_at=NOON + timedelta(minutes=5))
    session.commit()
    fit_store(session, store.id, settings_of(goods.app).state_dir)
    session.commit()
    return goods


def test_the_newest_order_is_shown_with_its_reasons(learnt: Scene, owner: Person) -> None:
    page = owner.get(f"{learnt.base}/recommendations").text
    assert "Order NEWEST shows 1 product" in page
    assert "Bought with your Green tea by 2 people" in page


def test_a_rule_is_seen_at_once_in_what_an_order_shows(learnt: Scene, owner: Person) -> None:
    add(owner, learnt, "never", **{"never-what": "POT-1"})
    page = owner.get(f"{learnt.base}/recommendations").text
    assert "Order NEWEST shows nothing" in page
    assert "You never show it." in page


def test_another_order_is_looked_at_by_its_number_alone(learnt: Scene, owner: Person) -> None:
    def look(number: str) -> str:
        return str(owner.post(f"{learnt.base}/recommendations/preview", {"order": number}).text)

    assert f"Order {learnt.order.number} shows" in look(learnt.order.number)
    assert "This store has no order 4711." in look("4711")
    # another store's order does not exist
    assert f"This store has no order {learnt.foreign.number}." in look(learnt.foreign.number)
    assert learnt.session.scalars(select(Audit)).all() == []


def test_a_shop_without_orders_or_products_has_a_page_that_says_so(scene: Scene, owner: Person) -> None:
    empty = make_store(scene.session, slug="empty")
    scene.session.add(StoreUser(user_id=scene.owner.id, store_id=empty.id, role=Role.OWNER))
    scene.session.commit()
    page = owner.get("/console/s/empty/recommendations").text
    assert "There is no order yet." in page
    assert "Costs are known of 0 of 0 products." in page


@pytest.mark.parametrize("why", KeptOut)
def test_every_reason_has_its_sentence(scene: Scene, why: KeptOut) -> None:
    with scene.app.test_request_context():
        told = choices.kept_out_words(Considered(NOTHING, None, why, "Teas"))
    assert told.endswith(".")
    assert "%(" not in told


def test_the_page_asks_a_bounded_number_of_questions(learnt: Scene, owner: Person) -> None:
    url = f"{learnt.base}/recommendations"
    owner.get(url)
    before = reads_of(lambda: owner.get(url))
    session, store = learnt.session, learnt.store
    row = RecommendationPolicy(store_id=store.id, pinned=[[f"X-{n}", f"Y-{n}"] for n in range(200)])
    session.add(row)
    for n in range(200):
        make_product(session, store, ref=f"X-{n}", category=f"Category {n}")
    session.commit()
    # references are looked up by the five hundred
    assert reads_of(lambda: owner.get(url)) <= before + 2


def test_a_rule_of_a_product_that_another_took_the_place_of_names_both(goods: Scene, owner: Person) -> None:
    add(owner, goods, "first", **{"first-what": "POT-1", "first-beside": "TEA-1"})
    assert "Théière rouge</b>" in owner.get(f"{goods.base}/recommendations").text
    for ref, became in (("POT-1", "POT-2"), ("TEA-1", "ชา")):
        goods.session.scalars(select(Product).where(Product.ref == ref)).one().became_ref = became
    goods.session.commit()
    page = owner.get(f"{goods.base}/recommendations").text
    assert "Théière rouge (now Théière bleue)</b>" in page
    assert "beside Green tea (now ชาเขียว)" in page
