"""Names of places lose the capitals that carriers print them in."""

import pytest

from tracking.timeline.places import place_words


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("BUREAU DE POSTE BORDEAUX", "Bureau de Poste Bordeaux"),
        ("LA POSTE SAINT-MALO, 3 RUE D'ORLEANS", "La Poste Saint-Malo, 3 Rue d'Orleans"),
        ("UPS ACCESS POINT (UK)", "UPS Access Point (UK)"),
        ("Corner shop, 3 High Street", "Corner shop, 3 High Street"),
        ("ที่ทำการไปรษณีย์ขอนแก่น", "ที่ทำการไปรษณีย์ขอนแก่น"),
        ("CORNER SHOP, TEL. 020 7946 0000", "Corner Shop, Tel. •••"),
        ("丰巢智能快递柜，取件码494291", "丰巢智能快递柜，取件码•••"),
        ("", ""),
    ],
)
def test_place_is_written_as_people_do(printed: str, written: str) -> None:
    assert place_words(printed) == written
