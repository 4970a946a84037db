"""An address lies in the time zone of its people."""

from zoneinfo import ZoneInfo

import pytest

from tracking.orders import zones
from tracking.orders.zones import zone_of


@pytest.mark.parametrize(
    ("country", "region", "postal_code", "zone"),
    [
        ("GB", None, None, "Europe/London"),
        ("TH", "Chiang Mai", "50200", "Asia/Bangkok"),
        ("FR", None, "69001", "Europe/Paris"),
        ("FR", None, "97400", "Indian/Reunion"),
        ("US", "CA", None, "America/Los_Angeles"),
        ("US", "California", None, "America/Los_Angeles"),
        ("US", "US-TX", "75001", "America/Chicago"),
        ("US", "TX", "79901", "America/Denver"),
        ("US", "KY", "40003", "America/New_York"),
        ("US", "Kentucky", "42001", "America/Chicago"),
        ("US", None, "32501", "America/Chicago"),
        ("US", None, "33101", "America/New_York"),
        ("US", None, "96813", "Pacific/Honolulu"),
        ("US", None, "85001", "America/Phoenix"),
        ("US", None, None, "America/New_York"),
        ("CA", "Québec", "H2X 1Y4", "America/Toronto"),
        ("CA", "BC", None, "America/Vancouver"),
        ("CA", None, "A1C 1A1", "America/St_Johns"),
        ("AU", "WA", None, "Australia/Perth"),
        ("AU", None, "5000", "Australia/Adelaide"),
        ("AU", None, "0800", "Australia/Darwin"),
        ("BR", "AM", None, "America/Manaus"),
        ("BR", None, "01310-100", "America/Sao_Paulo"),
        ("BR", None, "69900-000", "America/Rio_Branco"),
        ("MX", "Baja California", None, "America/Tijuana"),
        ("MX", None, "77500", "America/Cancun"),
        ("RU", None, "690000", "Asia/Vladivostok"),
        ("RU", None, "101000", "Europe/Moscow"),
        ("ID", "Bali", "80361", "Asia/Makassar"),
        ("ID", None, "99111", "Asia/Jayapura"),
        ("ES", None, "35001", "Atlantic/Canary"),
        ("PT", "Açores", None, "Atlantic/Azores"),
        ("DE", None, None, "Europe/Berlin"),
        ("CN", None, None, "Asia/Shanghai"),
    ],
)
def test_zone_of_an_address(country: str, region: str | None, postal_code: str | None, zone: str) -> None:
    assert zone_of(country, region, postal_code) == zone


def test_unknown_country_has_no_zone() -> None:
    assert zone_of(None) is None
    assert zone_of("ZZ", "x", "1") is None


def test_every_zone_of_the_tables_exists() -> None:
    named = set(zones._MAIN.values()) | {zone for table in zones._REGIONS.values() for zone in table}
    named |= {zone for table in zones._POSTAL.values() for *_, zone in table}
    for zone in named:
        assert ZoneInfo(zone)


def test_no_region_is_in_two_zones() -> None:
    for country, table in zones._REGIONS.items():
        names = [name for words in table.values() for name in words.split()]
        assert len(names) == len(set(names)), country
