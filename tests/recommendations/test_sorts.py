"""Sorts: what is the same sort of thing, and what only stands beside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations import Product
from recommendations.sorts import ENOUGH, Sorts, find_sorts

COST = {"kettle": 3000, "teapot": 9000, "saucer": 400, "napkin": 150}
MAKERS = ["arda", "brin", "colm", "dara", "esk", "fenn", "gale", "holt", "iver", "juno"]


def shop(*titles: str, category: str = "") -> list[Product]:
    """Products of these titles, in one category."""
    return [Product(title, title, category=category) for title in titles]


def same(sorts: Sorts, one: np.ndarray, other: np.ndarray, likeness: float = 1.0) -> np.ndarray:
    """Whether pairs that are this much alike are of one sort for sure."""
    return sorts.are_same(one, other, np.full(len(one), likeness, np.float32))


def first_two(sorts: Sorts) -> tuple[bool, bool]:
    """Whether the first two products are akin, and whether they are the same sort for sure."""
    one, other = np.array([0]), np.array([1])
    return bool(sorts.are_akin(one, other)[0]), bool(same(sorts, one, other)[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Stoneware mug", "Porcelain mugs"),
        ("Coffee press", "Coffee press, double-walled"),
        ("Coffee press (steel)", "Glass coffee press, for two"),
        ("Frying pan ivory", "Cast-iron pan"),
        ("Tasse à café", "Tasses à thé"),
        ("จานลายคราม", "จานทรงลึก"),
        ("กระถางดินเผา", "กระถางเคลือบ"),
        ("ถาดกลม", "ถาด"),
    ],
)
def test_things_of_one_category_named_alike_are_one_sort(one: str, other: str) -> None:
    assert first_two(find_sorts(shop(one, other, category="c"))) == (True, True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Graphite pencils", "Pencil sharpener of brass"),
        ("Waxed map case", "Eastern fells map"),
        ("Crayons graphite", "Taille-crayon en laiton"),
        ("กระถางพร้อมจานรอง", "กระดิ่งลมดินเผา"),
        ("ที่วางตะเกียบ", "ที่ปักธูป"),
        ("12", "12 g"),
    ],
)
def test_things_of_one_category_named_differently_are_not(one: str, other: str) -> None:
    assert first_two(find_sorts(shop(one, other, category="c"))) == (False, False)


def test_things_named_alike_in_two_categories_are_two_sorts() -> None:
    assert first_two(find_sorts([*shop("Tin mug", category="a"), *shop("Oak mug", category="b")])) == (False, False)


def test_without_category_it_is_not_sure_that_a_word_names_a_thing() -> None:
    assert first_two(find_sorts(shop("Retrospot cup", "Retrospot bag"))) == (True, False)


def test_what_stands_in_many_categories_is_a_maker_or_a_pattern_and_names_nothing() -> None:
    kitchen = shop("Bothy flask", "Bothy stove", category="Kitchen")
    assert first_two(find_sorts(kitchen)) == (True, True)
    others = [Product(f"{n}", f"Bothy thing{n}", category=f"c{n}") for n in range(3)]
    assert first_two(find_sorts([*kitchen, *others])) == (False, False)


def priced(form: str) -> list[Product]:
    """Every thing of every maker, the makers at the other end of the title."""
    return [
        Product(f"{maker}{thing}", form.format(maker=maker, thing=thing), price_minor=price + 7 * number)
        for number, maker in enumerate(MAKERS)
        for thing, price in COST.items()
    ]


@pytest.mark.parametrize(
    "form", ["{maker} {thing}", "{maker} 28 {thing}, new", "{thing} {maker}", "{thing} de {maker}"]
)
def test_prices_tell_which_end_of_a_title_names_the_thing(form: str) -> None:
    products = priced(form)
    sorts, every = find_sorts(products), np.arange(len(products))
    for place in every:
        # four things in turn: every fourth is the same
        assert np.flatnonzero(same(sorts, np.full(len(every), place), every)).tolist() == every[place % 4 :: 4].tolist()


def test_one_name_alone_makes_no_two_versions_of_one_thing_where_there_are_no_categories() -> None:
    products = priced("{maker} {thing}")
    kettles = np.array([0]), np.array([4])
    assert [bool(same(find_sorts(products), *kettles, likeness)[0]) for likeness in (0.49, 0.5)] == [False, True]
    in_one = [Product(one.id, one.title, category="Kitchen", price_minor=one.price_minor) for one in products]
    assert same(find_sorts(in_one), *kettles, 0.2)[0]


def test_a_pattern_at_the_end_of_a_title_does_not_name_the_thing() -> None:
    patterned = [f"Polkadot {thing}" for thing in COST] + ["Mug pink polkadot", "Enamel mug"]
    sorts = find_sorts(shop(*patterned, category="c"))
    assert first_two(find_sorts(shop("Mug pink polkadot", "Enamel mug", *patterned[:4], category="c"))) == (True, True)
    assert not sorts.are_akin(np.array([0]), np.array([4]))[0]


def test_too_few_prices_tell_nothing() -> None:
    few = priced("{maker} {thing}")[: ENOUGH - 1]
    assert not find_sorts(few).named.any()
    assert not find_sorts([Product(one.id, one.title, price_minor=0) for one in priced("{maker} {thing}")]).named.any()
    assert not find_sorts(
        [Product(one.id, one.title, price_minor=500) for one in priced("{maker} {thing}")]
    ).named.any()


@given(
    st.lists(
        st.builds(
            Product,
            st.text(max_size=2),
            st.text(max_size=12) | st.sampled_from(["Tin mug", "Oak mug", "ชามข้าว", "12", ""]),
            category=st.sampled_from(["", "a", "b"]),
            price_minor=st.none() | st.integers(-2, 99),
        ),
        min_size=1,
        max_size=9,
    )
)
def test_being_of_one_sort_goes_both_ways_and_implies_being_akin(products: list[Product]) -> None:
    sorts = find_sorts(products)
    one, other = (grid.ravel() for grid in np.meshgrid(np.arange(len(products)), np.arange(len(products))))
    assert np.array_equal(sorts.are_akin(one, other), sorts.are_akin(other, one))
    assert np.array_equal(same(sorts, one, other), same(sorts, other, one))
    assert np.all(sorts.are_akin(one, other) | ~same(sorts, one, other))


def versions(*titles: str) -> list[list[bool]]:
    """Of each pair of these titles whether they are one sort, in a shop that names things at the end of a title."""
    more = [*priced("{maker} {thing}"), Product("fish", "Smoked fish", price_minor=700), *shop("Oak box", "Glass")]
    products = [Product(title, title, category="c", price_minor=500) for title in titles] + more
    sorts, every = find_sorts(products), np.arange(len(titles))
    return [same(sorts, np.full(len(titles), place), every).tolist() for place in every]


def test_a_word_that_names_other_things_says_what_a_thing_is_for() -> None:
    fish, plain, fine = 0, 1, 2
    found = versions("Fish saucer", "Saucer", "Striped saucer")
    assert (found[fish][plain], found[fish][fine], found[plain][fine]) == (False, False, True)
    # of one use they are versions again; a material is no use
    assert versions("Fish saucer", "Striped fish saucer")[0][1]
    assert versions("Oak saucer", "Saucer")[0][1]


def test_french_says_what_a_thing_is_for_behind_its_name() -> None:
    cost = {"Bouilloire": 3000, "Soucoupe": 400, "Tasse": 900, "Café": 700}
    products = [
        Product(f"{thing} {maker}", f"{thing} {maker}", price_minor=price + 7 * number)
        for number, maker in enumerate(MAKERS)
        for thing, price in cost.items()
    ]
    titles = "Tasse à café", "Tasse à rayures", "Tasse"
    cups = [Product(title, title, category="c", price_minor=900) for title in titles]
    found = same(find_sorts([*cups, *products]), np.array([0, 0, 1]), np.array([1, 2, 2]))
    assert found.tolist() == [False, False, True]


def test_thai_says_what_a_thing_is_for_behind_its_name() -> None:
    titles = ["จานปลา", "จานลายคราม", "จานปลาลายคราม", "ปลาแห้ง", "ปลารมควัน"]
    found = same(find_sorts(shop(*titles, category="c")), np.array([0, 0]), np.array([1, 2]))
    assert found.tolist() == [False, True]


@pytest.mark.parametrize(
    ("thing", "other"),
    [
        ("Glass teapot", "Strainer for teapot"),
        ("Enamel kettle", "Tray with kettle"),
        ("Théière", "Filtre pour théière"),
    ],
)
def test_what_is_for_a_thing_or_comes_with_it_is_not_that_thing(thing: str, other: str) -> None:
    assert first_two(find_sorts(shop(thing, other, category="c"))) == (True, False)


@pytest.mark.parametrize(
    ("one", "other"),
    [("จานแบนขอบยก", "จานปลาทู"), ("ชามข้าวต้ม", "ชามก๋วยเตี๋ยว"), ("โต๊ะทำงาน", "โต๊ะกลม"), ("กระถางดินเผา", "กระถางแขวน")],
)
def test_without_spaces_what_stands_behind_the_name_may_be_a_use(one: str, other: str) -> None:
    assert first_two(find_sorts(shop(one, other, category="c"))) == (True, False)


def test_without_spaces_things_that_share_what_stands_behind_the_name_are_for_one_use() -> None:
    titles = "ตะกร้าผ้าหวาย", "ตะกร้าผ้าสามช่อง", "ตะกร้าจักรยาน"
    found = same(find_sorts(shop(*titles, category="c")), np.array([0, 0, 1]), np.array([1, 2, 2]))
    assert found.tolist() == [True, False, False]
