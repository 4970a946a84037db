"""The same thing in another colour or size, and what only looks like it."""

import csv
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations import Product
from recommendations.variants import is_twin, marks, read_product, same_thing
from recommendations.words import tokens


def product(title: str, **more: object) -> Product:
    """A product whose id is its title."""
    return Product(str(more.pop("id", title)), title, **more)  # type: ignore[arg-type]


def pairs(text: str) -> list[tuple[str, str]]:
    """One pair a line, with a bar between."""
    return [(one.strip(), other.strip()) for one, other in (line.split("|") for line in text.strip().splitlines())]


@pytest.mark.parametrize(
    ("one", "other"),
    pairs(
        """
        Red spotted cup | Blue spotted cup
        Cup, spotted, red | Cup spotted dark blue
        Orange cup | Red cup
        Linen shirt - Navy blue / M | Linen shirt - White / XL
        Small sewing scissors | Large sewing scissors
        Set of 6 tea towels | Set of 12 tea towels
        Set/3 tea lights | Set/6 tea lights
        Pack of 12 tissues | Tissues
        Coffee beans 250 g | Coffee beans 1 kg
        Phone 128 GB | Phone 256GB
        Gift bag 25x24x12cm | Gift bag 40 x 30 x 12 cm
        Walking boots size 42 | Walking boots size 43
        Bol en grès bleu clair | Bol en grès vert foncé
        Tasse émaillée rose | Tasses émaillées blanches
        Lot de 6 verres | Lot de 12 verres
        Chaussures de marche taille 42 | Chaussures de marche taille 39
        Mug rose | Mug violet
        เสื้อยืดสีแดง | เสื้อยืดสีน้ำเงินเข้ม
        เสื้อยืดสีแดงแขนยาว | เสื้อยืดแขนยาว สีดำ
        เสื้อยืด ไซส์ M | เสื้อยืดไซส์ XL
        กระเป๋าผ้าขนาดเล็ก | กระเป๋าผ้าขนาดใหญ่
        สบู่ก้อน 100 กรัม | สบู่ก้อน 250 กรัม
        ถ้วยน้ำจิ้ม ชุด 3 ใบ | ถ้วยน้ำจิ้ม ชุด ๖ ใบ
        แก้วกาแฟ ดำ | แก้วกาแฟ ขาว
    """.replace("Tasses émaillées blanches et noires", "Tasses émaillées blanches")
    ),
)
def test_another_colour_or_size_is_the_same_thing(one: str, other: str) -> None:
    assert same_thing(product(one), product(other))
    assert same_thing(product(other), product(one))


@pytest.mark.parametrize(
    ("one", "other"),
    pairs("""
        Red spotted cup | Red striped cup
        Red spotted cup | Red spotted bowl
        Phone 14 | Phone 15
        Phone 14 128 GB | Phone 15 128 GB
        The story, volume 1 | The story, volume 2
        Volume 2 | Volume 3
        4G router | 5G router
        BMW X5 model | BMW X6 model
        Green tea | Black tea
        Thé vert au jasmin | Thé noir au jasmin
        Vin rouge de Loire | Vin blanc de Loire
        White chocolate | Dark chocolate
        Orange marmalade | Lemon marmalade
        Ice cream | Ice
        Light bulb | Bulb
        Model S car | Model X car
        หน้ากากดำน้ำ | หน้ากากน้ำ
        ชาเขียว | ชาดำ
        Red | Blue
        Small | Large
        250 g | 500 g
    """),
)
def test_what_is_unclear_is_two_things(one: str, other: str) -> None:
    assert not same_thing(product(one), product(other))
    assert not same_thing(product(other), product(one))


def test_one_group_is_one_thing_whatever_the_titles_say() -> None:
    assert same_thing(product("Tin mug", group="tin"), product("Becher", group="tin"))
    assert not same_thing(product("Tin mug", group=""), product("Becher", group=""))


def test_two_entries_of_one_title_are_one_thing_in_whatever_category() -> None:
    assert same_thing(product("Tin mug", id="1", category="Mugs"), product("tin  MUG", id="2", category="Gifts"))


def test_products_without_a_title_are_one_thing_only_by_id_or_group() -> None:
    assert not same_thing(Product("a"), Product("b"))
    assert same_thing(Product("a"), Product("a"))
    assert same_thing(Product("a", group="g"), Product("b", group="g"))


def test_a_colour_in_another_category_is_another_thing() -> None:
    assert not same_thing(product("Red rose", category="Plants"), product("White rose", category="Candles"))


def test_another_colour_at_twice_the_price_is_another_thing() -> None:
    gold = product("Gold ring", price_minor=90000)
    assert not same_thing(gold, product("Silver ring", price_minor=9000))
    assert same_thing(gold, product("Silver ring", price_minor=80000))
    assert same_thing(gold, product("Silver ring"))


def test_another_size_is_the_same_thing_at_any_price() -> None:
    assert same_thing(product("Lamp oil 100 ml", price_minor=500), product("Lamp oil 5 l", price_minor=15000))


def test_another_colour_of_what_is_used_up_is_another_sort() -> None:
    one, other = product("Red lentil dip", consumable=True), product("Green lentil dip")
    assert not same_thing(product("Pink soap", consumable=True), product("Green soap"))
    assert not same_thing(one, other)


def test_what_a_shop_gives_as_an_option_is_a_word_of_colour_or_size_even_if_no_list_has_it() -> None:
    lichen = product("Daypack Lichen", attributes={"Colour": "Lichen"})
    ochre = product("Daypack Ochre", attributes={"colour": "Ochre"})
    assert same_thing(lichen, ochre)
    assert not same_thing(product("Daypack Lichen"), product("Daypack Ochre"))
    assert same_thing(
        product("ชามข้าวสีหมอก", attributes={"สี": "สีหมอก"}), product("ชามข้าว สีศิลาดล", attributes={"สี": "สีศิลาดล"})
    )


def test_a_twin_has_the_same_size_in_another_colour() -> None:
    red_m, blue_m, red_l = (product(f"T-shirt {which}") for which in ("red M", "blue M", "red L"))
    assert is_twin(red_m, blue_m)
    assert not is_twin(red_m, red_l)
    assert not is_twin(blue_m, red_l)
    assert not is_twin(red_m, red_m)


def test_nothing_is_a_twin_while_its_colour_is_not_known() -> None:
    assert not is_twin(product("Socks", id="1", group="s"), product("Socks", id="2", group="s"))
    slate = product("Socks", id="1", group="s", attributes={"variant": "Slate, 42–44"})
    assert is_twin(slate, product("Socks", id="2", group="s", attributes={"variant": "Oat, 42–44"}))
    assert not is_twin(slate, product("Socks", id="3", group="s", attributes={"variant": "Oat, 39–41"}))


def test_every_word_of_the_list_is_read_and_of_one_kind_per_language() -> None:
    with (files("recommendations") / "variant_words.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["language"] for row in rows} == {"en", "fr", "th"}
    for language in ("en", "fr", "th"):
        kinds = [row["kind"] for row in rows if row["language"] == language]
        assert len(kinds) == len(set(kinds))
        colours = [
            word
            for row in rows
            if (row["language"], row["kind"]) == (language, "colour")
            for word in row["words"].split()
        ]
        assert colours
        for colour in colours:
            named = f"แก้ว สี{colour}" if language == "th" else f"Zqwx {colour}"
            assert read_product(product(named)).colours, colour
    for row in rows:
        assert all(len(tokens(word)) == 1 for word in row["words"].split() if not word[0].isdigit()), row


# fmt: off
said = [
    "red", "blue", "orange", "dark", "mug", "mugs", "tasse", "rouge", "rose", "bleue", "small", "xl", "m", "set", "of",
    "6", "250", "g", "lot", "de", "tea", "14", "สีแดง", "แก้ว", "แก้วสีดำ", "ไซส์", "ใหญ่",
]
# fmt: on
titles = st.lists(st.sampled_from(said), max_size=6).map(" ".join) | st.text(max_size=20)
products = st.builds(
    Product,
    st.text(max_size=2),
    titles,
    group=st.sampled_from(["", "", "g"]),
    category=st.sampled_from(["", "mugs", "ชา"]),
    price_minor=st.none() | st.integers(-5, 5000),
    consumable=st.none() | st.booleans(),
    attributes=st.dictionaries(st.sampled_from(["colour", "ขนาด", "material"]), titles, max_size=2),
)


@given(one=products, other=products)
def test_being_one_thing_goes_both_ways_and_shows_in_a_common_mark(one: Product, other: Product) -> None:
    assert same_thing(one, other) == same_thing(other, one)
    assert is_twin(one, other) == is_twin(other, one)
    assert same_thing(one, one)
    if same_thing(one, other) and one.id != other.id:
        assert set(marks(one)) & set(marks(other))
