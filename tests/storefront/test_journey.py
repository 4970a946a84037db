"""What happened, in plain sentences; and where the parcel stands on the route."""

from datetime import timedelta

import pytest

from tests.storefront.situations import AT, LANGUAGES, NOW, ROWS, order, parcel, speaking, unscanned
from tracking.platform.status import Reason, Status
from tracking.storefront.facts import Place
from tracking.storefront.journey import Scan, clean_town, events, place_name, route, sentence
from tracking.storefront.situation import State

pytestmark = pytest.mark.usefixtures("catalogues")


def scan(hours: float, status: Status, description: str = "", city: str = "", reason: Reason | None = None) -> Scan:
    return Scan(AT - timedelta(hours=hours), status, reason, description, city, "DE")


def test_journey_is_newest_first_and_begins_with_the_hand_over() -> None:
    scans = [
        scan(30, Status.INFO_RECEIVED, "Data received"),
        scan(20, Status.IN_TRANSIT, "Shipment picked up", "LEIPZIG"),
        scan(9, Status.IN_TRANSIT, "Departed from facility", "LEIPZIG"),
        scan(2, Status.OUT_FOR_DELIVERY, "With courier", "KENDAL"),
    ]
    with speaking("en"):
        said = events(scans, carrier="DHL", home="GB", now=NOW)
    assert [(event.when, event.what, event.where) for event in said] == [
        ("today 10:00", "Out for delivery", "Kendal, Germany"),
        ("today 03:00", "Left the sorting centre", "Leipzig, Germany"),
        ("yesterday 16:00", "Handed to DHL", "Leipzig, Germany"),
        ("yesterday 06:00", "Announced to DHL", "Germany"),
    ]


def test_same_sentence_about_the_same_place_is_said_once_with_its_newest_time() -> None:
    scans = [
        scan(9, Status.IN_TRANSIT, "x", "A"),
        scan(8, Status.IN_TRANSIT, "y", "B"),
        scan(5, Status.IN_TRANSIT, "z", "B"),
    ]
    with speaking("en"):
        said = events(scans, carrier="DHL", home="DE", now=NOW)
    assert [(event.when, event.where) for event in said] == [("today 07:00", "B"), ("today 03:00", "A")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Departed from FedEx hub", "Left the sorting centre"),
        ("Arrived at UPS Facility", "Arrived at a sorting centre"),
        ("Processed at facility", "Sorted for the next leg"),
        ("Votre colis a quitté le centre", "Left the sorting centre"),
        ("ออกจากที่ทำการ", "Left the sorting centre"),
        ("Clearance completed, customs", "Through customs"),
        ("The item has not departed", "On the move"),
        ("Something new", "On the move"),
        ("", "On the move"),
    ],
)
def test_carriers_text_may_only_name_the_kind_of_scan(text: str, what: str) -> None:
    with speaking("en"):
        assert sentence(Status.IN_TRANSIT, None, text, carrier="DHL") == what


def test_unknown_scan_shows_the_carriers_own_text_without_people() -> None:
    with speaking("en"):
        said = sentence(Status.UNKNOWN, None, "Signed by J SMITH, call +44 20 7946 0000", carrier="DHL")
        hidden = sentence(Status.UNKNOWN, None, "Box for Jo Example", carrier="DHL", known=("Jo Example",))
    assert said == "Signed by •••, call •••"
    assert hidden == "Box for Jo •••"


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("status", list(Status), ids=str)
def test_every_event_has_a_sentence(status: Status, locale: str) -> None:
    with speaking(locale):
        said = [sentence(status, reason, "", carrier="DHL") for reason in (None, *Reason)]
    assert all(said)
    assert "%(" not in "".join(said)


@pytest.mark.parametrize(
    ("city", "clean"),
    [
        ("KHON KAEN", "Khon Kaen"),
        ("Leipzig", "Leipzig"),
        ("CARQUEFOU", "Carquefou"),
        ("  LA  ROCHE ", "La Roche"),
        ("ขอนแก่น", "ขอนแก่น"),
    ],
)
def test_towns_are_written_as_people_write_them(city: str, clean: str) -> None:
    assert clean_town(city) == clean


def test_country_is_named_only_where_it_is_not_the_readers() -> None:
    with speaking("fr"):
        assert place_name("LEIPZIG", "DE", "FR") == "Leipzig, Allemagne"
        assert place_name("NANTES", "FR", "FR") == "Nantes"
        assert place_name("", "", "FR") == ""


@pytest.mark.parametrize("state", list(State), ids=str)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_route_has_four_named_stations_and_one_is_now(state: State, locale: str) -> None:
    an_order, a_parcel = ROWS[state]
    with speaking(locale):
        drawn = route(state, an_order, a_parcel, [], NOW)
    assert len(drawn.steps) == 4
    assert all(step.name for step in drawn.steps)
    assert [step.place for step in drawn.steps].count(Place.CURRENT) == 1
    assert drawn.steps[drawn.position // 2].place is Place.CURRENT


@pytest.mark.parametrize(
    ("state", "position"),
    [
        (State.PREPARING, 0),
        (State.LABEL, 1),
        (State.IN_TRANSIT, 3),
        (State.OUT_FOR_DELIVERY, 5),
        (State.PICKUP_READY, 4),
        (State.DELIVERED, 6),
    ],
)
def test_parcel_moves_along_the_route(state: State, position: int) -> None:
    with speaking("en"):
        assert route(state, *ROWS[state], [], NOW).position == position


def test_trouble_before_the_hand_over_does_not_show_the_parcel_as_sent() -> None:
    with speaking("en"):
        held = unscanned(status=Status.EXCEPTION, reason=Reason.LOST)
        assert route(State.LOST, order(), held, [], NOW).position == 1
        assert route(State.LOST, order(), parcel(), [], NOW).position == 3


def test_stations_ahead_have_no_day() -> None:
    with speaking("en"):
        drawn = route(State.IN_TRANSIT, order(), parcel(), [scan(1, Status.OUT_FOR_DELIVERY)], NOW)
    assert [step.note for step in drawn.steps] == ["Sat 21 Nov", "yesterday", "", ""]


def test_way_back_has_its_own_stations() -> None:
    with speaking("en"):
        drawn = route(State.RETURNING, *ROWS[State.RETURNING], [], NOW)
    assert [step.name for step in drawn.steps] == ["Ordered", "Sent", "Turned back", "Back with us"]
