"""Carriers' names as shoppers read them."""

import pytest
from flask import Flask

from tracking.carriers._base import all_slugs, get_carrier
from tracking.carriers._names import carrier_name
from tracking.platform import i18n


@pytest.mark.parametrize(("locale", "name"), [("en", "Thailand Post"), ("fr", "Thailand Post"), ("th", "ไปรษณีย์ไทย")])
def test_a_carrier_is_called_what_people_of_the_language_call_it(app: Flask, locale: str, name: str) -> None:
    with app.app_context(), i18n.speaking(locale):
        assert carrier_name("thailand-post") == name
        assert carrier_name("la-poste") == "La Poste"
        assert carrier_name("canada-post") == ("Postes Canada" if locale == "fr" else "Canada Post")


def test_in_english_every_carrier_has_the_name_of_its_adapter(app: Flask) -> None:
    with app.app_context(), i18n.speaking("en"):
        assert {slug: carrier_name(slug) for slug in all_slugs()} == {s: get_carrier(s).name for s in all_slugs()}


def test_a_carrier_without_an_adapter_is_called_by_its_slug(app: Flask) -> None:
    with app.app_context(), i18n.speaking("en"):
        assert carrier_name("pigeon-post") == "Pigeon Post"
