"""Which carrier a shop means."""

import pytest

from tracking.carriers import all_slugs
from tracking.orders.carrier_names import _ALIASES, carrier_of, is_said
from tracking.platform.errors import UnknownCarrier


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ("UPS", "ups"),
        ("ups", "ups"),
        ("FedEx", "fedex"),
        ("Federal Express", "fedex"),
        ("La Poste", "la-poste"),
        ("Colissimo", "la-poste"),
        ("la_poste", "la-poste"),
        ("DHL Express", "dhl"),
        ("ไปรษณีย์ไทย", "thailand-post"),
        ("Thailand Post", "thailand-post"),
        ("U.S. Postal Service", "usps"),
        ("USPS", "usps"),
    ],
)
def test_carrier_is_known_by_slug_and_name(said: str, slug: str) -> None:
    assert carrier_of(said, "1234567890") == slug


@pytest.mark.parametrize("said", ["Royal Mule", "Other", "<script>", "x" * 500, "\x1b[31m"])
def test_unknown_name_is_refused_with_those_known(said: str) -> None:
    with pytest.raises(UnknownCarrier, match="ups") as refused:
        carrier_of(said, "1Z999AA10123456784")
    assert len(refused.value.message) < 100 + len(", ".join(all_slugs()))
    assert "\x1b" not in refused.value.message


@pytest.mark.parametrize(
    ("number", "slug"),
    [
        ("1Z999AA10123456784", "ups"),
        ("9400111899223397541123", "usps"),
        ("RR123456785TH", "thailand-post"),
        ("6A12345678901", "la-poste"),
        ("JJD000390007887654321", "dhl"),
    ],
)
def test_number_that_only_one_carrier_uses_tells_it(number: str, slug: str) -> None:
    assert carrier_of(None, number) == slug
    assert carrier_of("  ", number) == slug


@pytest.mark.parametrize(
    ("number", "country", "slug"),
    [("123456789012", None, "fedex"), ("RR123456785GB", None, "royal-mail"), ("320610804900", "CA", "purolator")],
)
def test_number_of_several_carriers_tells_the_likeliest(number: str, country: str | None, slug: str) -> None:
    assert carrier_of(None, number, country) == slug


@pytest.mark.parametrize("number", ["ABCD", "1234", "TBA000000000000", "9" * 64])
def test_number_of_no_carrier_that_can_be_asked_tells_none(number: str) -> None:
    with pytest.raises(UnknownCarrier, match=r"Name the carrier that can: .*ups"):
        carrier_of("", number)


def test_a_carrier_that_cannot_be_asked_is_named() -> None:
    with pytest.raises(UnknownCarrier, match="looks like a number of Amazon, which cannot be asked"):
        carrier_of(None, "TBA000000000000")


def test_names_lead_to_slugs_only() -> None:
    assert all(slug == slug.lower() for slug in _ALIASES.values())


@pytest.mark.parametrize(("said", "is_one"), [(None, False), ("", False), (" \t", False), ("ups", True), ("?", True)])
def test_a_carrier_is_said_if_there_is_anything_to_read(said: str | None, is_one: bool) -> None:
    assert is_said(said) is is_one
