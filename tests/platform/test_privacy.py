"""A page that anybody with the link can open names nobody."""

import pytest

from tracking.platform.privacy import mask_postcode, mask_street, mask_text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Delivered, signed by J SMITH", "Delivered, signed by •••"),
        ("Signé par : DUPONT Marie", "Signé par : •••"),
        ("Your parcel was handed to Anna Berg.", "Your parcel was handed to •••."),
        ("Left with a neighbour", "Left with a neighbour"),
        ("Handed to reception", "Handed to reception"),
        ("Call +44 20 7946 0000 or a.b@example.org", "Call ••• or •••@•••"),
        ("Delivered to 5 Example Street", "Delivered to •••"),
        ("Livré au 12 rue des Lilas, Nantes", "Livré au •••, Nantes"),
        ("นำจ่ายสำเร็จ ผู้รับ: สมชาย ใจดี", "นำจ่ายสำเร็จ ผู้รับ: •••"),
        ("Arrived at Leipzig hub", "Arrived at Leipzig hub"),
    ],
)
def test_people_are_hidden_and_the_rest_is_kept(said: str, shown: str) -> None:
    assert mask_text(said) == shown


def test_what_the_order_knows_of_its_recipient_is_hidden_anywhere() -> None:
    said = "Parcel for JO EXAMPLE left at the side door of Rose Cottage"
    assert (
        mask_text(said, known=["Jo Example", "Rose Cottage", None]) == "Parcel for JO ••• left at the side door of •••"
    )


def test_only_whole_words_are_hidden() -> None:
    assert mask_text("Rosebury depot", known=["Rose"]) == "Rosebury depot"


@pytest.mark.parametrize(("code", "shown"), [("LA9 4AA", "LA9•••"), ("44000", "44•••"), ("", ""), (None, "")])
def test_postcode_keeps_its_start(code: str | None, shown: str) -> None:
    assert mask_postcode(code) == shown


@pytest.mark.parametrize(
    ("line", "shown"), [("5 Example Street", "E•••"), ("12", ""), (None, ""), ("rue des Lilas", "R•••")]
)
def test_street_keeps_one_letter(line: str | None, shown: str) -> None:
    assert mask_street(line) == shown
