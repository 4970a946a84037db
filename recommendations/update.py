"""Bringing a model up to date with news, without learning anew.

What moves fast is brought forward: what sells now, what is new in the shop, what is gone from it, how things are
described. What goes with what, the counts of sentences about pairs, and the blend stay as of the last whole fit: they
are still true ("by 41 people" then means at least so many) and move slowly.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recommendations.content import Content, fit_content
from recommendations.ids import Ids
from recommendations.learnt import Learnt
from recommendations.lending import lend
from recommendations.model import Model
from recommendations.orders import Orders
from recommendations.popular import Popular, add, fit_popular, forward
from recommendations.request import Product

Numbers = npt.NDArray[np.int64]


def update(
    model: Model,
    news: Orders,
    *,
    catalogue: Mapping[str, Product] | Collection[str] | None = None,
    as_of: float | None = None,
) -> Model:
    """`model` as of now.

    news       orders that it was not learnt from; one that it knows already would count twice
    catalogue  the products that exist now, as in `fit`; None: those of the model and of the news
    as_of      now, in seconds since 1970; None: the time of the newest order known
    raises     ValueError for an `as_of` that is not finite
    """
    when = as_of if as_of is not None else max(model.as_of, float(news.placed_at.max(initial=model.as_of)))
    if not math.isfinite(when):
        raise ValueError(f"a model cannot speak for {when!r}")
    had = [product for product, is_there in zip(model.products, model.allowed, strict=True) if is_there]
    known = frozenset((*had, *news.products) if catalogue is None else catalogue)
    products = Ids.of([*model.products, *news.products, *known])
    # both are in one order: numbers move, and never past each other
    moved = products.find_each(model.products)
    popular = forward(_popular_moved(model.learnt.popular, moved, len(products)), when - model.as_of)
    popular = add(popular, fit_popular(news.beside(products), when))
    near = model.learnt.neighbours
    starts = _starts_moved(near.starts, moved, len(products))
    neighbours = replace(near, starts=starts, neighbour=moved[near.neighbour].astype(np.int32))
    content = _content(model.content, moved, products, catalogue)
    return replace(
        model,
        products=products,
        learnt=lend(Learnt(neighbours, popular, when), content),
        content=content,
        allowed=np.fromiter((product in known for product in products), np.bool_, len(products)),
        orders=model.orders + len(news),
    )


def _content(
    content: Content, moved: Numbers, products: Ids, catalogue: Mapping[str, Product] | Collection[str] | None
) -> Content:
    if isinstance(catalogue, Mapping):
        return fit_content([catalogue.get(product, Product(product)) for product in products])
    return replace(
        content,
        starts=_starts_moved(content.starts, moved, len(products)),
        neighbour=moved[content.neighbour].astype(np.int32),
        look=_moved(content.look, moved, len(products), -1),
    )


def _popular_moved(popular: Popular, moved: Numbers, n: int) -> Popular:
    return Popular(
        _moved(popular.recent, moved, n, 0.0),
        _moved(popular.buyers, moved, n, 0),
        _moved(popular.people, moved, n, 0),
        _moved(popular.orders, moved, n, 0),
        _moved(popular.first, moved, n, np.inf),
        _moved(popular.last, moved, n, -np.inf),
    )


def _moved(column: npt.NDArray[Any], moved: Numbers, n: int, otherwise: float) -> npt.NDArray[Any]:
    out = np.full((n, *column.shape[1:]), otherwise, column.dtype)
    out[moved] = column
    return out


def _starts_moved(starts: Numbers, moved: Numbers, n: int) -> Numbers:
    counts = np.zeros(n, np.int64)
    counts[moved] = np.diff(starts)
    return np.append(0, np.cumsum(counts))
