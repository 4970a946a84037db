"""Content: what is described alike, in three languages, and nothing where nothing is."""

import itertools
import random
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations import Product
from recommendations.content import MIN_LIKENESS, NEIGHBOURS, PER_FAMILY, Content, fit_content
from recommendations.variants import same_thing

ENGLISH = {
    "Stoneware mug with a handle": "Mugs",
    "Stoneware mug without a handle": "Mugs",
    "Porcelain mugs": "Mugs",
    "Linen tea towel with stripes": "Linen",
    "Linen napkin with stripes": "Linen",
    "Brass desk lamp": "Lamps",
    "Brass floor lamp": "Lamps",
    "Beeswax candle": "Candles",
}
FRENCH = {
    "Tasse à café en grès": "Tasses",
    "Tasses à thé en grès": "Tasses",
    "Torchon en lin rayé": "Linge",
    "Serviettes en lin rayées": "Linge",
    "Lampe de bureau en laiton": "Lampes",
    "Lampadaire en laiton": "Lampes",
    "Bougie à la cire d’abeille": "Bougies",
}
THAI = {
    "แก้วกาแฟเซรามิกมีหู": "แก้ว",
    "แก้วกาแฟเซรามิกทรงสูง": "แก้ว",
    "ชามข้าวศิลาดล": "ชาม",
    "ชามก๋วยเตี๋ยวศิลาดล": "ชาม",
    "โคมไฟตั้งโต๊ะทองเหลือง": "โคมไฟ",
    "โคมไฟตั้งพื้นทองเหลือง": "โคมไฟ",
    "เทียนขี้ผึ้ง": "เทียน",
}


def shop(titles: Sequence[str] | dict[str, str], **more: object) -> list[Product]:
    """Products of these titles, by title if they have categories."""
    if isinstance(titles, dict):
        return [Product(title, title, category=category, **more) for title, category in titles.items()]  # type: ignore[arg-type]
    return [Product(f"{number:05}", title, **more) for number, title in enumerate(titles)]  # type: ignore[arg-type]


def near(content: Content, products: Sequence[Product], title: str) -> list[str]:
    """Titles of what is near the first product of that title, best first."""
    place = next(place for place, product in enumerate(products) if product.title == title)
    return [products[number].title for number in content.neighbour[content.starts[place] : content.starts[place + 1]]]


def find(
    content: Content, anchors: Sequence[int], closed: Sequence[int] = (), limit: int = 99
) -> list[tuple[int, int]]:
    """What is found for these anchors, with the anchor of each."""
    found = content.find(np.array(anchors, np.int64), np.ones(len(anchors)), np.array(closed, np.int64), limit)
    assert list(found.score) == sorted(found.score, reverse=True)
    return list(zip(found.product.tolist(), found.anchor.tolist(), strict=True))


@pytest.mark.parametrize(
    ("titles", "one", "like_it"),
    [
        (ENGLISH, "Stoneware mug with a handle", "Stoneware mug without a handle"),
        (ENGLISH, "Linen napkin with stripes", "Linen tea towel with stripes"),
        (ENGLISH, "Brass floor lamp", "Brass desk lamp"),
        (FRENCH, "Tasse à café en grès", "Tasses à thé en grès"),
        (FRENCH, "Torchon en lin rayé", "Serviettes en lin rayées"),
        (FRENCH, "Lampadaire en laiton", "Lampe de bureau en laiton"),
        (THAI, "แก้วกาแฟเซรามิกมีหู", "แก้วกาแฟเซรามิกทรงสูง"),
        (THAI, "ชามก๋วยเตี๋ยวศิลาดล", "ชามข้าวศิลาดล"),
        (THAI, "โคมไฟตั้งพื้นทองเหลือง", "โคมไฟตั้งโต๊ะทองเหลือง"),
    ],
)
@pytest.mark.parametrize("has_categories", [True, False])
def test_the_nearest_is_what_a_person_would_take_for_it(
    titles: dict[str, str], one: str, like_it: str, has_categories: bool
) -> None:
    products = shop(titles if has_categories else list(titles))
    assert near(fit_content(products), products, one)[0] == like_it


@pytest.mark.parametrize("alone", ["Beeswax candle", "Bougie à la cire d’abeille", "เทียนขี้ผึ้ง"])
def test_what_is_like_nothing_has_no_neighbours(alone: str) -> None:
    products = shop(ENGLISH | FRENCH | THAI)
    assert near(fit_content(products), products, alone) == []


def test_a_shop_in_three_languages_keeps_them_apart() -> None:
    products = shop(ENGLISH | FRENCH | THAI)
    content = fit_content(products)
    for language in (ENGLISH, FRENCH, THAI):
        for title in language:
            assert set(near(content, products, title)) <= set(language)


def test_a_word_of_the_category_is_the_same_word_in_a_title() -> None:
    def likeness(category: str) -> float:
        products = shop(["Enamel mug", "Enamel jug", "Brass lamp", "Oak tray", "Wool hat"])
        products[1] = replace(products[1], category=category)
        return float(fit_content(products).score[0])

    assert likeness("Mugs") > likeness("Jars") + 0.05


def test_the_same_words_in_another_category_are_half_as_alike() -> None:
    titles = ["Oak leaf autumn print", "Oak leaf autumn poster", "Brass lamp", "Wool sock", "Tin mug", "Linen towel"]
    together = [replace(product, category="Paper") for product in shop(titles)]
    apart = [together[0], replace(together[1], category="Garden"), *together[2:]]
    assert fit_content(apart).score[0] < 0.6 * fit_content(together).score[0]


def test_attributes_make_products_alike() -> None:
    titles = ["Tarn jacket", "Gill jacket", "Beck jacket", "Brass lamp", "Oak tray", "Tin mug"]
    products = shop(titles)
    assert near(fit_content(products), products, "Tarn jacket") == ["Gill jacket", "Beck jacket"]
    products[0] = replace(products[0], attributes={"Filling": "down", "Season": "winter"})
    products[2] = replace(products[2], attributes={"filling": "Down", "season": "Winter"})
    assert near(fit_content(products), products, "Tarn jacket")[0] == "Beck jacket"


def test_a_common_measure_or_number_makes_nothing_alike() -> None:
    products = shop(["Olive oil 500 ml", "Floor polish 500 ml", "Coffee 250 g", "Nails 250 g", "Dice 6", "Glue 6"])
    assert len(fit_content(products).neighbour) == 0


def test_a_number_counts_with_the_word_before_it() -> None:
    titles = ["Case for Tarn 28", "Strap of Tarn 28", "Cover, Tarn 40", "Brass lamp", "Oak tray", "Tin mug"]
    products = shop(titles)
    assert near(fit_content(products), products, "Case for Tarn 28")[0] == "Strap of Tarn 28"


def test_a_common_colour_alone_makes_nothing_alike() -> None:
    products = shop(["Red lamp", "Red sock", "Blue kettle", "Blue broom", "Vase rouge", "Pull rouge"])
    assert len(fit_content(products).neighbour) == 0


def test_variants_are_not_each_others_neighbours_and_leave_room_for_others() -> None:
    colours = ["red", "blue", "green", "black", "white", "grey", "pink"]
    products = shop([f"Enamel mug {colour}" for colour in colours] + ["Enamel jug", "Oak tray", "Tin box", "Wool hat"])
    content = fit_content(products)
    assert near(content, products, "Enamel mug red") == ["Enamel jug"]
    assert near(content, products, "Enamel jug") == ["Enamel mug red", "Enamel mug blue"]
    assert PER_FAMILY == 2


def test_of_the_variants_those_that_can_be_bought_are_found() -> None:
    titles = [f"Enamel mug {colour}" for colour in ("red", "blue", "green", "black")]
    products = shop([*titles, "Enamel jug", "Oak tray", "Tin box", "Wool hat"])
    products[0] = replace(products[0], available=False)
    assert near(fit_content(products), products, "Enamel jug") == ["Enamel mug blue", "Enamel mug green"]


def test_a_group_is_one_thing_whatever_its_titles() -> None:
    products = [
        Product("a", "Oak leaf print small", group="leaf"),
        Product("b", "Oak leaf print, framed", group="leaf"),
        *shop(["Brass lamp", "Wool sock", "Tin mug", "Linen towel"]),
    ]
    assert len(fit_content(products).neighbour) == 0


def test_the_same_thing_in_another_colour_has_its_look_in_common() -> None:
    products = shop(["T-shirt red M", "T-shirt blue M", "T-shirt red L", "T-shirt", "Socks red M"])
    look = fit_content(products).look.tolist()
    assert look[0] == look[1] != look[2]
    assert look[3] == -1
    assert look[4] not in look[:3]


def test_of_several_anchors_the_one_it_is_most_like_speaks_for_it() -> None:
    products = shop(list(ENGLISH))
    content = fit_content(products)
    assert dict(find(content, [0, 5])) == {1: 0, 6: 5}
    assert dict(find(content, [0, 5], closed=[1])) == {6: 5}
    assert len(find(content, [0, 5], limit=1)) == 1
    assert find(content, [0, 5], limit=0) == []
    assert find(content, []) == []


def test_a_heavier_anchor_lifts_what_is_like_it() -> None:
    content = fit_content(shop(list(ENGLISH)))
    none = np.zeros(0, np.int64)
    first = [
        int(content.find(np.array([3, 5]), np.array(weights), none, 1).product[0]) for weights in ([1, 9.0], [9.0, 1])
    ]
    assert first == [6, 4]


@pytest.mark.parametrize(
    "titles",
    [
        [],
        ["Mug"],
        ["", "", ""],
        ["Mug"] * 50,
        [" ", "\x00\x07\x1b", "\u200b\ufeff", "!!!", "😀", "\ud800"],
        ["12", "12 g", "500 ml", "7"],
        ["Red", "Blue", "Bleu", "สีแดง", "XL"],
        [f"Product {number}" for number in range(50)],
        ["Atelier vase", "Atelier lamp", "Atelier tray", "Atelier sock", "Atelier mug", "Atelier hat"],
        ["Vase de la Loire", "Livre de la Garonne", "Tin mug", "Oak tray", "Wool hat", "Brass lamp", "Linen towel"],
        ["ก" * 10_000, "ข" * 10_000],
    ],
)
def test_a_poor_feed_gives_nothing(titles: list[str]) -> None:
    content = fit_content(shop(titles))
    assert len(content.starts) == len(titles) + 1
    assert len(content.neighbour) == 0
    assert find(content, range(len(titles))) == []


def test_one_title_for_all_gives_nothing_even_with_categories_and_groups() -> None:
    products = [Product(str(n), "Product", group=f"g{n}", category=f"c{n % 3}") for n in range(30)]
    assert len(fit_content(products).neighbour) == 0


def test_attributes_alone_make_nothing_alike() -> None:
    same = {f"Trait {letter}": f"value {letter}" for letter in "abcdefgh"}
    titles = ["tin mug set", "mug tin set", "set tin mug", "set mug tin"]
    products = [Product(str(n), title, category=f"c{n}") for n, title in enumerate(titles)]
    products[:2] = [replace(product, attributes=same) for product in products[:2]]
    assert len(fit_content(products).neighbour) == 0


def test_a_product_without_title_has_no_neighbours_and_is_nobodys() -> None:
    products = [*shop(ENGLISH), Product("nameless", "", group="g"), Product("ไม่มีชื่อ", "", category="Mugs")]
    products[0] = replace(products[0], group="g")
    content = fit_content(products)
    assert content.starts[-1] == content.starts[-3]
    assert content.neighbour.max() < len(ENGLISH)


def test_titles_of_ten_kilobytes_are_read_at_their_beginning() -> None:
    long = shop([f"{title} " + "very nice " * 1000 for title in ENGLISH])
    content = fit_content(long)
    assert near(content, long, long[0].title)[0] == long[1].title


@pytest.mark.parametrize("group", ["one", ""])
def test_ten_thousand_variants_of_one_title_are_one_thing(group: str) -> None:
    products = [Product(f"{n:05}", f"Enamel mug {n % 97} cm", group=group) for n in range(10_000)]
    products += shop(["Enamel jug", "Oak tray", "Tin box", "Wool hat"])
    content = fit_content(products)
    assert content.starts[10_000] == 10_000
    assert near(content, products, "Enamel jug") == ["Enamel mug 0 cm", "Enamel mug 1 cm"]


def invented(n: int, seed: int = 1) -> list[Product]:
    """Titles with words as rare and as common as a shop's."""
    luck = random.Random(seed)
    words = [
        "".join(luck.choices("bcdfgklmnprstv", k=3)) + luck.choice("aeiou") + str("th" * (w % 2)) for w in range(3000)
    ]
    often = [1 / (rank + 1) ** 0.8 for rank in range(len(words))]
    return [
        Product(
            f"{number:06}",
            " ".join(luck.choices(words, often, k=luck.randint(2, 8))),
            category=f"category {luck.randint(0, 60)}",
            price_minor=luck.randint(100, 9000),
        )
        for number in range(n)
    ]


def test_how_much_is_worked_on_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    products = shop([f"{one} {other}" for one in ENGLISH for other in FRENCH])
    at_once = fit_content(products)
    monkeypatch.setattr("recommendations.content.CHUNK_WORK", 100)
    in_pieces = fit_content(products)
    assert len(at_once.neighbour) > 100
    assert np.array_equal(at_once.starts, in_pieces.starts)
    assert np.array_equal(at_once.neighbour, in_pieces.neighbour)
    assert np.array_equal(at_once.score, in_pieces.score)


def test_a_word_of_very_many_products_costs_no_time_and_the_others_still_count(monkeypatch: pytest.MonkeyPatch) -> None:
    products = shop([*ENGLISH, *(f"Stoneware thing{n}" for n in range(9))])
    assert "Stoneware thing0" in near(fit_content(products), products, "Stoneware thing1")
    monkeypatch.setattr("recommendations.content.COMMONEST", 5)
    content = fit_content(products)
    assert near(content, products, "Stoneware thing1") == []
    assert near(content, products, "Brass floor lamp") == ["Brass desk lamp"]


def test_memory_stays_far_below_products_times_products() -> None:
    products = invented(4000)
    tracemalloc.start()
    content = fit_content(products)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(content.neighbour) > 2000
    # a matrix of products × products of float32 alone would take 64 MB, one of float64 128
    assert peak < 200e6


words = st.sampled_from(
    ["mug", "mugs", "tasse", "lin", "red", "bleu", "ชาม", "แก้วกาแฟ", "6", "250 g", "xl", "oak", "the", "set of 3"]
)
titles = st.lists(words, max_size=5).map(" ".join) | st.text(max_size=12)
catalogues = st.lists(
    st.builds(
        Product,
        st.text(max_size=3),
        titles,
        group=st.sampled_from(["", "", "", "g", "h"]),
        category=st.sampled_from(["", "Mugs", "ชาม"]),
        price_minor=st.none() | st.integers(-1, 900),
        available=st.booleans(),
        attributes=st.dictionaries(st.sampled_from(["colour", "Material", "ขนาด"]), titles, max_size=2),
    ),
    max_size=14,
)


@given(products=catalogues)
def test_any_catalogue_gives_sound_columns(products: list[Product]) -> None:
    content = fit_content(products)
    n = len(products)
    assert content.starts[0] == 0
    assert content.starts[-1] == len(content.neighbour) == len(content.score)
    assert len(content.starts) - 1 == len(content.look) == n
    assert (content.starts.dtype, content.neighbour.dtype, content.score.dtype) == (np.int64, np.int32, np.float32)
    assert np.all((content.score >= np.float32(MIN_LIKENESS)) & (content.score <= 1))
    for place, (begin, end) in enumerate(itertools.pairwise(content.starts.tolist())):
        row = content.neighbour[begin:end].tolist()
        assert len(row) == len(set(row)) <= NEIGHBOURS
        assert np.all(np.diff(content.score[begin:end]) <= 0)
        for other in row:
            assert products[other].title
            assert other != place
            one, another = products[place], products[other]
            if one.category == another.category and one.id != another.id:
                assert not same_thing(one, another)


@given(products=catalogues, seed=st.integers())
def test_the_order_of_the_catalogue_changes_no_likeness(products: list[Product], seed: int) -> None:
    # where a shop says different things of one thing the first of its entries speaks for it
    products = [
        replace(one, id=str(number), group="", category="", attributes={}) for number, one in enumerate(products)
    ]
    shuffled = random.Random(seed).sample(products, len(products))

    def first(of: list[Product]) -> dict[str, float]:
        content = fit_content(of)
        return {
            product.id: float(content.score[content.starts[place]])
            if content.starts[place] < content.starts[place + 1]
            else 0
            for place, product in enumerate(of)
        }

    assert first(products) == pytest.approx(first(shuffled), abs=1e-4)
