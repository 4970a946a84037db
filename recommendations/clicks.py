"""What clicks say of a product beyond the place it stood in: a mild, bounded factor on its score.

A click is two things at once: the place was looked at, and the product was wanted (the position-based model;
Richardson, Dominowska and Ragno, 2007; Chuklin, Markov and de Rijke, "Click models for web search", 2015). Both are
estimated by turns, which needs products that stood in several places; where there are none, doubt keeps every factor
at 1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LEAST, MOST = 0.5, 2.0
# clicks' worth of doubt: a product is believed to be like the others until its own clicks outweigh these
DOUBT = 5.0
# next to none about places: what cannot be told apart must be laid to them, and not to products
PLACE_DOUBT = 0.1
# the part of what was found that is used
MILDNESS = 0.5
ROUNDS = 200
CLOSE = 1e-6

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """A product in a place: how many orders it was shown beside there, and in how many of them it was followed."""

    product: str
    place: int
    shown: int
    clicked: int


@dataclass(frozen=True, slots=True, eq=False)
class ClickModel:
    """What was learnt.

    looked  place → how likely it is looked at, as a part of the likeliest place's
    wanted  product → how likely it is followed if looked at, doubt included
    mean    how likely that is for the shop's products as they were shown
    """

    looked: Mapping[int, float]
    wanted: Mapping[str, float]
    mean: float


def fit_clicks(seen: Iterable[Seen]) -> ClickModel:
    """Tell places from products. Rows with nothing shown are left out; more clicks than showings are as many."""
    rows = [row for row in seen if row.shown > 0 and row.place >= 0]
    products = sorted({row.product for row in rows})
    places = sorted({row.place for row in rows})
    if not rows:
        return ClickModel({}, {}, 0.0)
    numbers = {product: number for number, product in enumerate(products)}
    ranks = {place: rank for rank, place in enumerate(places)}
    product = np.array([numbers[row.product] for row in rows])
    place = np.array([ranks[row.place] for row in rows])
    shown = np.array([row.shown for row in rows], np.float64)
    clicked = np.array([min(max(row.clicked, 0), row.shown) for row in rows], np.float64)
    if not clicked.any():
        return ClickModel(dict.fromkeys(places, 1.0), dict.fromkeys(products, 0.0), 0.0)
    looked, wanted, mean = _estimate(product, place, shown, clicked)
    return ClickModel(
        {name: float(looked[rank]) for name, rank in ranks.items()},
        {name: float(wanted[number]) for name, number in numbers.items()},
        mean,
    )


def factors(model: ClickModel) -> dict[str, float]:
    """Product → factor on its score, LEAST … MOST; 1 for what nothing is known of."""
    if model.mean <= 0:
        return dict.fromkeys(model.wanted, 1.0)
    return {
        product: float(np.clip((wanted / model.mean) ** MILDNESS, LEAST, MOST))
        for product, wanted in model.wanted.items()
    }


def _estimate(
    product: npt.NDArray[np.int64], place: npt.NDArray[np.int64], shown: Floats, clicked: Floats
) -> tuple[Floats, Floats, float]:
    """Chances of looking by place, of wanting by product, and the shop's mean of the latter.

    By turns: each is the mean of its posterior (gamma, clicks as Poisson) while the other is held. It begins with
    products that are all alike, so that what cannot be told apart is laid to the places.
    """
    count, depth = int(product.max()) + 1, int(place.max()) + 1
    by_product, by_place = np.bincount(product, clicked, count), np.bincount(place, clicked, depth)
    mean = float(clicked.sum() / shown.sum())
    wanted, looked = np.full(count, mean), np.full(depth, 1.0)
    for _ in range(ROUNDS):
        before = looked[place] * wanted[product]
        looked = (by_place + PLACE_DOUBT) / (np.bincount(place, shown * wanted[product], depth) + PLACE_DOUBT)
        looks = shown * looked[place]
        mean = float(clicked.sum() / looks.sum())
        wanted = (by_product + DOUBT) / (np.bincount(product, looks, count) + DOUBT / mean)
        if np.abs(looked[place] * wanted[product] - before).max() < CLOSE * mean:
            break
    # only the product of both is seen: the likeliest place is taken as looked at
    scale = float(looked.max())
    return looked / scale, np.minimum(wanted * scale, 1.0), mean * scale
