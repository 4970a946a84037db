"""Makes of one thing, plainer and better, in three languages; and what only serves a thing."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations import Product
from recommendations.grades import is_part, make_marks, named_part, other_make

WORDS = [
    "deluxe",
    "mug",
    "tin",
    "oak",
    "en",
    "luxe",
    "théière",
    "acier",
    "กาต้มน้ำ",
    "พรีเมียม",
    "สแตนเลส",
    "2",
    "red",
    "refill",
]


def of(title: str, price: int | None = None, category: str = "", ref: str = "") -> Product:
    return Product(ref or f"{title} {price}", title, category=category, price_minor=price)


@pytest.mark.parametrize(
    ("plain", "better"),
    [
        ("Garden fork", "Garden fork deluxe"),
        ("Basic desk lamp", "Desk lamp, professional"),
        ("Milk pan", "Milk pan, double-walled"),
        ("Red kite", "Premium kites blue"),
        ("Arrosoir", "Arrosoir de luxe"),
        ("Lampe de bureau basique", "Lampe de bureau"),
        ("Gourde", "Gourde à double paroi"),
        ("กาต้มน้ำ", "กาต้มน้ำพรีเมียม"),
        ("แก้วน้ำแบบธรรมดา", "แก้วน้ำแบบสองชั้น"),
    ],
)
def test_titles_that_differ_in_words_of_grade_are_makes_of_one_thing(plain: str, better: str) -> None:
    for one, other in permutations((of(plain), of(better))):
        assert other_make(one, other)


@pytest.mark.parametrize(
    ("plain", "better"),
    [
        ("Plastic watering can", "Copper watering can"),
        ("Arrosoir en plastique", "Arrosoir en cuivre"),
        ("กระปุกพลาสติก", "กระปุกทองเหลือง"),
    ],
)
def test_of_another_material_is_a_better_make_only_where_it_costs_far_more(plain: str, better: str) -> None:
    assert other_make(of(plain, 1000), of(better, 1501))
    assert not other_make(of(plain, 1000), of(better, 1500))
    assert not other_make(of(better, 1000), of(plain, 1400))
    assert not other_make(of(plain), of(better, 9000))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # the same, or the same in another colour or size: not another make
        ("Garden fork", "Garden forks"),
        ("Garden fork red", "Garden fork blue"),
        ("Gourde 500 ml", "Gourde 1 l"),
        # other things
        ("Garden fork deluxe", "Garden spade deluxe"),
        ("Fish plate", "Plate"),
        ("Kettle 2", "Kettle 3"),
        ("Deluxe", "Premium"),
        ("Oak", "Beech"),
        ("Wine glass", "Wine"),
        ("Tasse à thé", "Tasse à café"),
        ("Théière", "Théière avec filtre"),
        ("กาต้มน้ำ", "กาต้มน้ำไฟฟ้า"),
        ("", "Deluxe"),
    ],
)
def test_what_differs_in_more_or_in_less_is_not_a_make_of_it(one: str, other: str) -> None:
    assert not other_make(of(one, 1000, ref="1"), of(other, 2000, ref="2"))


def test_what_the_shop_puts_into_two_categories_is_two_things() -> None:
    assert not other_make(of("Fork", category="Garden"), of("Fork deluxe", category="Kitchen"))
    assert other_make(of("Fork", category="Garden"), of("Fork deluxe"))


@pytest.mark.parametrize(
    "title",
    [
        "Hand soap, refill",
        "Spare wick for lanterns",
        "Replacement blades",
        "Savon éco-recharge",
        "Lame de rechange",
        "ถุงเติมสบู่เหลว",
        "อะไหล่โคมไฟ",
    ],
)
def test_refills_and_spares_serve_another_thing(title: str) -> None:
    assert is_part(of(title))


@pytest.mark.parametrize("title", ["Hand soap", "Savon", "สบู่เหลว", "Sparrow print", "", "เติมรัก"])
def test_other_things_do_not(title: str) -> None:
    assert not is_part(of(title))


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Paper filter for coffee press", "Paper filter"),
        ("Teapot WITH strainer", "Teapot"),
        ("Filtre pour cafetière", "Filtre"),
        ("Théière avec filtre", "Théière"),
        ("Pour over kettle", "Pour over kettle"),
        ("Glass pour-over kettle", "Glass pour-over kettle"),
        ("For two", "For two"),
        ("Fort pourpre", "Fort pourpre"),
        ("ไส้กรองสำหรับกา", "ไส้กรองสำหรับกา"),
    ],
)
def test_a_title_names_the_thing_before_it_says_what_for(title: str, named: str) -> None:
    assert named_part(title) == named


titles = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
products = st.builds(Product, st.sampled_from("abc"), titles, price_minor=st.none() | st.integers(-1, 3000))


@given(products, products)
def test_it_is_symmetric_and_found_by_its_marks(one: Product, other: Product) -> None:
    assert other_make(one, other) == other_make(other, one)
    assert not other_make(one, one)
    if other_make(one, other):
        assert set(make_marks(one)) & set(make_marks(other))
