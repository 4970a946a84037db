"""The report on recommendations: what it says with little data and with much, and what can be changed from it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.console.conftest import Person, Scene, reads_of
from tests.factories import NOON, make_product
from tracking.models import (
    Audit,
    Customer,
    RecommendationDay,
    RecommendationSettings,
    RecommendationSwitch,
    RecommendationTrial,
    Role,
    Store,
    Surface,
    SwitchScope,
)
from tracking.suggestions import exposure, known


def url(scene: Scene, rest: str = "") -> str:
    return f"{scene.base}/recommendations/report{rest}"


def compare(session: Session, store: Store, shown: tuple[int, int], held_out: tuple[int, int]) -> None:
    """(shoppers, who came back) of each group; their thirty days are over."""
    since = NOON - timedelta(days=60)
    session.add(RecommendationSettings(store_id=store.id, held_out_percent=10, since=since))
    for arm, (size, came_back) in ((False, shown), (True, held_out)):
        customers = [Customer(store_id=store.id) for _ in range(size)]
        session.add_all(customers)
        session.flush()
        session.add_all(
            RecommendationTrial(
                store_id=store.id,
                customer_id=customer.id,
                held_out=arm,
                began_at=since + timedelta(days=1),
                orders=int(number < came_back),
                spent_minor=4000 * int(number < came_back),
                counted_at=NOON,
            )
            for number, customer in enumerate(customers)
        )
    session.commit()


def became(session: Session, store: Store, kind: str = "bought_together", **counts: int) -> None:
    values = {"shown": 1200, "clicked": 60, "dismissed": 12, "followed": 18, "followed_minor": 45000, **counts}
    day = (NOON - timedelta(days=20)).date()
    row = RecommendationDay(store_id=store.id, day=day, surface=Surface.PAGE, kind=kind, place=0, **values)
    session.add(row)
    session.commit()


def test_without_anything_it_teaches_what_will_be_there(scene: Scene, owner: Person) -> None:
    page = owner.get(url(scene)).text
    assert "Nobody knows what recommendations change" in page
    assert "begins by itself with 300 orders" in page
    assert "Nothing was shown in this time." in page
    assert '<svg width="100%"' not in page


def test_the_page_of_the_rules_leads_here_and_back(scene: Scene, owner: Person) -> None:
    rules = f"{scene.base}/recommendations"
    assert f'href="{url(scene)}"' in owner.get(rules).text
    assert f'href="{rules}"' in owner.get(url(scene)).text


def test_what_a_comparison_found_is_said_when_nobody_is_held_out_any_more(scene: Scene, owner: Person) -> None:
    compare(scene.session, scene.store, (400, 60), (400, 58))
    settings = scene.session.get(RecommendationSettings, scene.store.id)
    assert settings
    settings.held_out_percent = 0
    scene.session.commit()
    page = owner.get(url(scene)).text
    assert "No difference can be told yet" in page
    assert "more often" in page
    assert "nothing more is learnt" in page
    assert "wait before" not in page, "nobody is held out: waiting tells nothing"


def test_with_little_data_it_says_only_that(scene: Scene, owner: Person) -> None:
    compare(scene.session, scene.store, (400, 40), (60, 9))
    page = owner.get(url(scene)).text
    assert "Too early to say what recommendations change" in page
    assert "30 days are over for 400 shoppers who saw recommendations and for 60 who did not." in page
    assert re.search(r"can be seen with about [\d,]+ shoppers", page)
    assert "more often" not in page
    assert "less often" not in page


def test_it_says_the_lift_with_its_bounds_and_that_it_may_be_chance(scene: Scene, owner: Person) -> None:
    compare(scene.session, scene.store, (900, 104), (200, 20))
    page = unescape(owner.get(url(scene)).text)
    # .11556 against .1
    assert "<h1>No difference can be told yet</h1>" in page
    found = re.search(r"ordered again 15.6% more often \(between −([\d.]+)% and \+([\d.]+)%, 19 times in 20\)", page)
    assert found
    assert 20 < float(found[1]) < 35
    assert 70 < float(found[2]) < 100
    assert "That may be chance: wait" in page


def test_shares_stand_below_each_other_with_as_many_digits(scene: Scene, owner: Person) -> None:
    compare(scene.session, scene.store, (400, 200), (400, 138))
    page = owner.get(url(scene)).text
    assert ">50.0%<" in page
    assert ">34.5%<" in page
    assert re.search(r"<span>−\d+%</span>", page), "the ends of the line are whole"


def test_it_says_harm_where_it_is_harm(scene: Scene, owner: Person) -> None:
    compare(scene.session, scene.store, (500, 20), (500, 150))
    page = owner.get(url(scene)).text
    assert "<h1>Recommendations keep shoppers from coming back</h1>" in page
    assert "86.7% less often" in page
    assert "That is harm, and not chance" in page


def test_it_says_success_where_it_is_more_than_chance(scene: Scene, owner: Person) -> None:
    compare(scene.session, scene.store, (600, 150), (500, 20))
    page = owner.get(url(scene)).text
    assert "<h1>Recommendations bring shoppers back</h1>" in page
    assert "That is more than chance" in page


def test_what_became_of_them_is_shown_by_kind(scene: Scene, owner: Person) -> None:
    became(scene.session, scene.store)
    became(scene.session, scene.store, "popular", shown=300, clicked=3, followed=0, followed_minor=0)
    page = owner.get(url(scene)).text
    assert "1,500" in page
    assert "4.2%" in page, "63 of 1,500"
    rows = re.findall(r'<th scope="row">(.*?) <small>on the page', page)
    assert rows == ["Bought together", "Popular now"]
    assert "£450.00" in page
    assert "Nothing was shown" not in owner.get(url(scene, "?days=28")).text


def test_a_period_reaches_back_so_far(scene: Scene, owner: Person) -> None:
    became(scene.session, scene.store)
    row = scene.session.scalars(select(RecommendationDay)).one()
    row.day = (NOON - timedelta(days=50)).date()
    scene.session.commit()
    assert "1,200" in owner.get(url(scene)).text
    assert "1,200" not in owner.get(url(scene, "?days=28")).text
    assert "1,200" in owner.get(url(scene, "?days=365")).text
    assert owner.get(url(scene, "?days=nonsense")).status_code == 200


def test_another_store_s_numbers_are_not_there(scene: Scene, owner: Person) -> None:
    became(scene.session, scene.other)
    compare(scene.session, scene.other, (900, 104), (200, 20))
    scene.session.add(RecommendationSwitch(store_id=scene.other.id, scope=SwitchScope.ALL, why="harm"))
    scene.session.commit()
    page = owner.get(url(scene)).text
    assert "Nobody knows what recommendations change" in page
    assert "1,200" not in page
    assert "Turn on again" not in page
    assert owner.get(url(scene).replace("/fell/", "/maison/")).status_code == 404


def switched_off(scene: Scene) -> None:
    make_product(scene.session, scene.store, ref="MUG", title="Enamel mug")
    numbers = {"shown": 812.0, "seen": 1.0, "expected": 31.4}
    rows = [
        RecommendationSwitch(
            store_id=scene.store.id, scope=SwitchScope.PRODUCT, subject="MUG", why="unwanted", numbers=numbers
        ),
        RecommendationSwitch(
            store_id=scene.store.id,
            scope=SwitchScope.KIND,
            subject="popular",
            why="dismissed",
            numbers=numbers,
            on_at=NOON,
        ),
    ]
    scene.session.add_all(rows)
    scene.session.commit()


def test_what_was_turned_off_is_shown_with_its_numbers_and_turned_on_again(scene: Scene, owner: Person) -> None:
    switched_off(scene)
    page = owner.get(url(scene)).text
    assert "Enamel mug" in page
    assert "Shown: 812. Followed: 1; others in the same places: 31." in page
    assert page.count("Turn on again") == 1, "the other one is on already"
    version = scene.store.version
    answer = owner.post(url(scene, "/on"), {"scope": "product", "subject": "MUG"})
    assert answer.status_code == 303
    assert "Turned on again." in owner.get(answer.headers["Location"]).text
    scene.session.expire_all()
    assert known.of_store(scene.session, scene.store.id).off == exposure.Off()
    assert scene.store.version == version + 1
    entry = scene.session.scalars(select(Audit).where(Audit.action == "recommendations.on")).one()
    assert entry.detail == {"scope": "product", "what": "MUG"}
    assert "turned recommendations on again" in owner.get(f"{scene.base}/done").text
    scene.session.rollback()
    # again, and nonsense: nothing more happens
    for data in ({"scope": "product", "subject": "MUG"}, {"scope": "x"}, {}):
        assert owner.post(url(scene, "/on"), data).status_code == 303
    assert len(scene.session.scalars(select(Audit).where(Audit.action == "recommendations.on")).all()) == 1


def test_the_share_is_chosen_here(scene: Scene, owner: Person) -> None:
    assert owner.post(url(scene, "/share"), {"held_out": "25"}).status_code == 303
    assert exposure.held_out_percent(scene.session, scene.store.id) == 25
    assert exposure.held_out_percent(scene.session, scene.other.id) == 0
    assert 'value="25"' in owner.get(url(scene)).text
    for wrong in ("51", "-1", "ten", ""):
        answer = owner.post(url(scene, "/share"), {"held_out": wrong})
        assert answer.status_code == 422
        assert "Write a whole number from 0 to 50." in answer.text
    assert exposure.held_out_percent(scene.session, scene.store.id) == 25
    (entry,) = scene.session.scalars(select(Audit).where(Audit.action == "recommendations.held_out")).all()
    assert entry.detail == {"percent": 25}


def test_who_may_only_look_changes_nothing(scene: Scene) -> None:
    switched_off(scene)
    viewer = scene.person(Role.VIEWER)
    page = viewer.get(url(scene)).text
    assert "Turn on again" not in page
    assert '<button class="act">' not in page
    assert viewer.post(url(scene, "/share"), {"held_out": "25"}).status_code == 403
    assert viewer.post(url(scene, "/on"), {"scope": "product", "subject": "MUG"}).status_code == 403
    assert known.of_store(scene.session, scene.store.id).off.products == {"MUG"}


@pytest.mark.parametrize("locale", ["en", "fr", "th"])
def test_it_speaks_the_reader_s_language(scene: Scene, locale: str) -> None:
    compare(scene.session, scene.store, (900, 104), (200, 20))
    became(scene.session, scene.store)
    scene.owner.locale = locale
    scene.session.commit()
    page = scene.person().get(url(scene)).text
    word = {"en": "more often", "fr": "plus souvent", "th": "บ่อยกว่า"}[locale]
    assert word in page


def test_it_is_read_in_few_statements(scene: Scene, owner: Person) -> None:
    switched_off(scene)
    became(scene.session, scene.store)
    compare(scene.session, scene.store, (300, 40), (120, 9))
    assert reads_of(lambda: owner.get(url(scene))) <= 16
