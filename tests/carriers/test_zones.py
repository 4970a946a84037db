"""The zone of a place: by country, far parts, states, postal codes, and cities across a line."""

import pytest

from tracking.carriers._reading import country_code
from tracking.carriers._zones import place_zone
from tracking.platform.facts import Location


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        (("Paris", None, "75001", "FR"), "Europe/Paris"),
        (("Saint-Denis", None, "97400", "FR"), "Indian/Reunion"),
        (("Fort-de-France", None, None, "MQ"), "America/Martinique"),
        (("Las Palmas", None, "35 001", "ES"), "Atlantic/Canary"),
        (("Funchal", None, "9000-018", "PT"), "Atlantic/Madeira"),
        (("Toronto", "ON", None, "CA"), "America/Toronto"),
        (("Regina", "SK", None, "CA"), "America/Regina"),
        (("St. John's", "NL", None, "CA"), "America/St_Johns"),
        (("Anchorage", "AK", None, "US"), "America/Anchorage"),
        (("Honolulu", "HI", None, "US"), "Pacific/Honolulu"),
        (("San Juan", "PR", None, "US"), "America/Puerto_Rico"),
        # the zone of most of a split state's people, unless city or postal code say otherwise
        (("Nashville", "TN", None, "US"), "America/Chicago"),
        (("KNOXVILLE", "TN", None, "US"), "America/New_York"),
        (("Somewhere", "TN", "37950", "US"), "America/New_York"),
        (("El Paso", "TX", None, "US"), "America/Denver"),
        (("Pensacola", "FL", "32501-1234", "US"), "America/Chicago"),
        (("Forest Park", None, "30297", "US"), "America/New_York"),
        (("Kailua", None, "96734", "US"), "Pacific/Honolulu"),
        (("Newark", "New Jersey", None, "US"), "America/New_York"),
        (("Denver", "co", None, "US"), "America/Denver"),
        (("Somewhere", None, None, "US"), "America/New_York"),
        # an address of the armed forces may be anywhere
        (("APO", "AE", "09096", "US"), None),
        (("APO", "AP", None, "US"), None),
        (("Nowhere", None, None, "AQ"), None),
        (("Nowhere", None, None, None), None),
    ],
)
def test_a_place_is_in_a_zone(place: tuple[str | None, str | None, str | None, str | None], zone: str | None) -> None:
    assert place_zone(Location(*place)) == zone


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("us", "US"),
        ("USA", "US"),
        ("United States", "US"),
        ("GREAT BRITAIN AND NORTHERN IRELAND", "GB"),
        ("UK", "GB"),
        ("DEU", "DE"),
        ("Japan", "JP"),
        ("HONG KONG SAR, CHINA", "HK"),
        ("Atlantis", None),
        ("", None),
        (None, None),
        (7, None),
        ("EU", "EU"),
    ],
)
def test_a_country_is_known_by_two_letters_three_or_its_name(said: object, code: str | None) -> None:
    assert country_code(said) == code
