"""The demo shops' goods and their pictures: what the pages and the recommendations take for granted."""

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tracking.demo.scenes import SCENES
from tracking.demo.shops import DIN, PAPIER, SHOPS, STATIC, Shop

SVG = "{http://www.w3.org/2000/svg}"
LARGEST_PICTURE_BYTES = 6 * 1024
ALL_PICTURES_BYTES = 290 * 1000
FIELDS = {
    "ref",
    "title",
    "variant",
    "category",
    "price_minor",
    "cost_minor",
    "stock",
    "consumable",
    "picture",
    "group",
    "parts",
    "guide",
    "goes_with",
    "then",
    "better_than",
    "is_new",
}
# minor units: £5 to £250, €5 to €150, ฿150 to ฿2,500
PRICES = {"GBP": (500, 25_000), "EUR": (500, 15_000), "THB": (15_000, 250_000)}
SCRIPTS = {"en": r"[A-Za-z]", "fr": r"[A-Za-zÀ-ÿœŒ]", "th": r"[\u0e01-\u0e4e]"}
every_shop = pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)


def pictures(shop: Shop) -> list[Path]:
    return [STATIC / shop.slug / product["picture"] for product in shop.catalogue]


def marks_and_pictures(shop: Shop) -> list[Path]:
    return [*pictures(shop), STATIC / shop.slug / "logo.svg"]


@every_shop
def test_a_shop_has_some_two_dozen_goods_described_alike(shop: Shop) -> None:
    assert 22 <= len(shop.catalogue) <= 30
    for product in shop.catalogue:
        assert set(product) == FIELDS
        assert product["title"].strip() == product["title"] != ""
        assert product["category"]
        assert product["variant"] is None or product["variant"].strip()
        assert product["guide"] is None or product["guide"].strip()


@every_shop
def test_a_ref_names_one_product(shop: Shop) -> None:
    refs = [product["ref"] for product in shop.catalogue]
    assert len(set(refs)) == len(refs)


def test_no_two_shops_share_a_ref() -> None:
    counted = Counter(product["ref"] for shop in SHOPS for product in shop.catalogue)
    assert [ref for ref, times in counted.items() if times > 1] == []


@every_shop
def test_what_goes_with_a_product_is_another_product_of_the_shop(shop: Shop) -> None:
    refs = {product["ref"] for product in shop.catalogue}
    for product in shop.catalogue:
        friends = product["goes_with"]
        assert friends, product["ref"]
        assert len(set(friends)) == len(friends)
        assert set(friends) <= refs - {product["ref"]}, product["ref"]
        follows = product["then"]
        assert len({*friends, *follows}) == len(friends) + len(follows), product["ref"]
        assert set(follows) <= refs - {product["ref"]}, product["ref"]


@every_shop
def test_a_bundle_costs_less_than_its_parts(shop: Shop) -> None:
    by_ref = {product["ref"]: product for product in shop.catalogue}
    bundles = [product for product in shop.catalogue if product["parts"]]
    assert bundles
    for bundle in bundles:
        whole = sum(by_ref[ref]["price_minor"] for ref in bundle["parts"])
        assert 0.8 * whole < bundle["price_minor"] < whole, bundle["ref"]


@every_shop
def test_what_is_better_is_of_the_same_kind_and_costs_more_but_not_twice_as_much(shop: Shop) -> None:
    plainer = {name: product for product in shop.catalogue for name in (product["ref"], product["group"])}
    better = [product for product in shop.catalogue if product["better_than"]]
    assert len(better) >= 2
    for product in better:
        other = plainer[product["better_than"]]
        assert product["category"] == other["category"]
        assert 1.1 <= product["price_minor"] / other["price_minor"] <= 2, product["ref"]


@every_shop
def test_the_shop_earns_on_everything_and_some_of_it_is_used_up(shop: Shop) -> None:
    for product in shop.catalogue:
        assert 0.3 < product["cost_minor"] / product["price_minor"] < 0.65, product["ref"]
    assert 2 <= sum(product["consumable"] for product in shop.catalogue) <= len(shop.catalogue) / 2


@every_shop
def test_every_scene_has_its_basket_and_the_pin_is_for_sale(shop: Shop) -> None:
    by_ref = {product["ref"]: product for product in shop.catalogue}
    assert len(shop.baskets) == len(SCENES)
    for basket, scene in zip(shop.baskets, SCENES, strict=True):
        assert set(basket) <= by_ref.keys()
        assert len(set(basket)) == len(basket)
        groups = [by_ref[ref]["group"] for ref in basket if by_ref[ref]["group"]]
        assert len(set(groups)) == len(groups), "the same thing in two colours"
        assert {place for parcel in scene.parcels for place in parcel.lines} <= set(range(len(basket)))
        assert scene.person < len(shop.people)
    product, beside = shop.pin
    assert by_ref[product]["stock"] > 0
    assert any(beside in basket for basket in shop.baskets)


@every_shop
def test_a_shop_sells_at_prices_of_its_kind_and_is_out_of_two_or_three_things(shop: Shop) -> None:
    least, most = PRICES[shop.row["currency"]]
    for product in shop.catalogue:
        assert isinstance(product["price_minor"], int)
        assert least <= product["price_minor"] <= most, product["ref"]
        assert isinstance(product["stock"], int)
        assert product["stock"] >= 0
    assert sum(product["stock"] == 0 for product in shop.catalogue) in {2, 3}


@every_shop
def test_variants_of_one_product_share_title_and_category_and_differ_in_the_variant(shop: Shop) -> None:
    groups: dict[str, list[dict[str, object]]] = {}
    for product in shop.catalogue:
        if product["group"]:
            groups.setdefault(product["group"], []).append(product)
    assert groups
    for ref, variants in groups.items():
        assert len(variants) > 1, ref
        assert len({variant["category"] for variant in variants}) == 1
        assert len({(variant["title"], variant["variant"]) for variant in variants}) == len(variants)


@every_shop
def test_goods_are_named_in_the_language_of_the_shop(shop: Shop) -> None:
    script = re.compile(SCRIPTS[shop.row["locales"][0]])
    for product in shop.catalogue:
        for words in (product["title"], product["category"], product["guide"]):
            assert words is None or script.search(words), words


@pytest.mark.parametrize("shop", [PAPIER, DIN], ids=lambda shop: shop.slug)
def test_french_and_thai_words_keep_number_and_unit_together(shop: Shop) -> None:
    for product in shop.catalogue:
        for words in (product["title"], product["variant"] or "", product["guide"] or ""):
            assert not re.search(r"\d (?:ml|cm|m|×|ซม|มล|กก)\b|× |[’']\s|'", words), words


@every_shop
def test_every_product_has_a_picture_of_its_own_and_every_picture_its_product(shop: Shop) -> None:
    wanted = [path.name for path in pictures(shop)]
    assert len(set(wanted)) == len(wanted)
    assert {path.name for path in (STATIC / shop.slug).iterdir()} == {*wanted, "logo.svg"}


@every_shop
def test_a_picture_is_a_small_square_drawing_that_runs_and_fetches_nothing(shop: Shop) -> None:
    for path in marks_and_pictures(shop):
        assert path.stat().st_size <= LARGEST_PICTURE_BYTES, path.name
        text = path.read_text(encoding="utf-8")
        assert "<!" not in text, path.name  # no entities, no CDATA
        root = ET.fromstring(text)
        assert root.tag == f"{SVG}svg"
        size = "0 0 24 24" if path.name == "logo.svg" else "0 0 240 240"
        assert root.get("viewBox") == size, path.name
        for element in root.iter():
            assert element.tag.startswith(SVG), path.name
            name = element.tag.removeprefix(SVG)
            assert name not in {"script", "foreignObject", "image", "a", "animate", "set", "text"}, path.name
            for attribute, value in element.attrib.items():
                plain = attribute.rpartition("}")[2].lower()
                assert not plain.startswith("on"), path.name
                assert plain != "href" or value.startswith("#"), path.name
                assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)", value)), path.name


@every_shop
def test_what_a_picture_points_at_is_in_it(shop: Shop) -> None:
    for path in marks_and_pictures(shop):
        text = path.read_text(encoding="utf-8")
        there = set(re.findall(r'\bid="([^"]+)"', text))
        assert set(re.findall(r'(?:href="|url\()#([^")]+)', text)) <= there, path.name


def test_no_two_pictures_on_a_page_use_the_same_id() -> None:
    ids = Counter(
        found
        for shop in SHOPS
        for path in marks_and_pictures(shop)
        for found in re.findall(r'\bid="([^"]+)"', path.read_text(encoding="utf-8"))
    )
    assert [name for name, times in ids.items() if times > 1] == []


@every_shop
def test_a_style_in_a_drawing_reaches_nothing_outside_it(shop: Shop) -> None:
    for path in marks_and_pictures(shop):
        for style in re.findall(r"<style>(.*?)</style>", path.read_text(encoding="utf-8")):
            selectors = re.findall(r"([^{}]+)\{(?=[^{}]*\})", style)
            assert selectors
            assert set(selectors) == {f".{shop.slug}-mark"}


@every_shop
def test_a_mark_takes_the_colour_of_the_words_around_it(shop: Shop) -> None:
    assert "currentColor" in shop.logo_svg
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', shop.logo_svg))
    assert colours <= {"none", "currentColor"}
    # shown by itself it has the shop's own colour
    assert shop.row["brand"]["accent"] in shop.logo_svg


def test_all_pictures_together_stay_light() -> None:
    total = sum(path.stat().st_size for shop in SHOPS for path in marks_and_pictures(shop))
    assert total <= ALL_PICTURES_BYTES
