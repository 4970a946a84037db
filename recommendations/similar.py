"""In place of something: what to offer for a product that is sold out, late, or sent back.

A model proposes the same thing in the same size and another colour, and what is described like it; of these it prefers
what people buy with the same other things: a thing that keeps the same company does the same work. Prices are known
only when somebody asks: `rank` then leaves what costs about the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recommendations.content import Alike, Content, best
from recommendations.grades import is_part
from recommendations.prices import price_ratio
from recommendations.request import Kind, Product, Request, Suggestion
from recommendations.variants import is_twin, same_thing

# how much more a thing in exactly the same company counts than one in none of it
COMPANY = 1.0
# in place of something one takes what costs at most so many times as much, or as little
PRICE_MOST = 2.0
# so many other colours of one thing are offered to choose from
COLOURS = 12


class Company(Protocol):
    """What is bought with each product `i`: `neighbour[starts[i]:starts[i + 1]]`, each once; what scores ≤ 0 is not."""

    @property
    def starts(self) -> npt.NDArray[np.int64]: ...

    @property
    def neighbour(self) -> npt.NDArray[np.int32]: ...

    @property
    def score(self) -> npt.NDArray[np.float32]: ...


def find(
    content: Content,
    anchors: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    closed: npt.NDArray[np.int64],
    *,
    limit: int,
    together: Company | None = None,
) -> Alike:
    """The best `limit` products in place of any of `anchors`, best first; ties by product number.

    A score is weight × likeness (1 for another colour) × 1 … 2 for the company they share. Every product found is
    described like its anchor, as Kind.SIMILAR says; nothing is found that only sells with the same things.

    together  what is bought together; None if nothing is known of it
    """
    pairs = _with_other_colours(content, content.pairs(anchors, weights), anchors, weights)
    if together is not None and len(pairs.product):
        pairs = replace(
            pairs, score=pairs.score * (1 + COMPANY * shared_company(together, pairs.anchor, pairs.product))
        )
    return best(pairs, closed, limit)


def _with_other_colours(
    content: Content, pairs: Alike, anchors: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]
) -> Alike:
    parts = [pairs]
    for anchor, weight in zip(anchors, weights, strict=True):
        if content.look[anchor] >= 0:
            twins = np.flatnonzero(content.look == content.look[anchor])
            twins = twins[twins != anchor][:COLOURS]
            n = len(twins)
            parts.append(Alike(twins, np.full(n, weight), np.full(n, anchor), np.ones(n, np.bool_)))
    return Alike(
        np.concatenate([part.product for part in parts]),
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.anchor for part in parts]),
        np.concatenate([part.same_sort for part in parts]),
    )


def shared_company(
    together: Company, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Of each pair, how far both are bought with the same things: the cosine of their neighbours' scores, 0 … 1.

    one  product numbers in runs: those that are equal stand beside each other
    """
    cosine = np.zeros(len(one))
    company = np.zeros(len(together.starts) - 1)
    bounds = np.append(np.flatnonzero(np.diff(one, prepend=-1)), len(one))
    for begin, end in pairwise(bounds.tolist()):
        own = slice(*together.starts[one[begin] : one[begin] + 2])
        company[together.neighbour[own]] = np.maximum(together.score[own], 0)
        cosine[begin:end] = _cosines(together, company, other[begin:end])
        company[together.neighbour[own]] = 0
    return cosine


def _cosines(
    together: Company, company: npt.NDArray[np.float64], others: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    counts = together.starts[others + 1] - together.starts[others]
    places = np.repeat(together.starts[others] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    row, score = np.repeat(np.arange(len(others)), counts), np.maximum(together.score[places], 0.0)
    dot = np.bincount(row, score * company[together.neighbour[places]], minlength=len(others))
    length = np.sqrt(np.bincount(row, score**2, minlength=len(others)) * (company @ company))
    return np.divide(dot, length, out=np.zeros(len(others)), where=length > 0)


def keep(candidate: Suggestion, about: Sequence[Product], shelf: Mapping[str, Product]) -> bool:
    """Whether `candidate` can stand in for the product of its reason: about the same price, and no other size of it,
    and no refill or part in place of the thing.

    An unknown price is no objection. False if the candidate is not on the shelf.

    about  the products that something is wanted in place of, as known now; one that is not among them (it was deleted)
           cannot be compared and is no objection either
    """
    product = shelf.get(candidate.product)
    if product is None:
        return False
    anchor = next((one for one in about if one.id == candidate.reason.anchor), None)
    if anchor is not None and is_part(product) and not is_part(anchor):
        return False
    ratio = _ratio(candidate, product, about)
    if ratio is not None and not 1 / PRICE_MOST <= ratio <= PRICE_MOST:
        return False
    return not any(same_thing(product, one) and not is_twin(product, one) for one in about)


def rank(candidates: Sequence[Suggestion], request: Request, shelf: Mapping[str, Product]) -> list[Suggestion]:
    """Those of `candidates` that `keep` keeps, best first: a score counts in proportion to how near the prices are.

    Candidates of other kinds than SIMILAR stay as they are. One of unknown price counts as the farthest one kept, where
    the price it is compared with is known.
    """
    about = [shelf[product] for product in request.about or request.basket if product in shelf]
    ranked = []
    for candidate in candidates:
        if candidate.reason.kind is not Kind.SIMILAR:
            ranked.append(candidate)
        elif keep(candidate, about, shelf):
            nearness = _nearness(candidate, shelf[candidate.product], about)
            ranked.append(replace(candidate, score=candidate.score * nearness))
    return sorted(ranked, key=lambda candidate: -candidate.score)


def _ratio(candidate: Suggestion, product: Product, about: Sequence[Product]) -> float | None:
    anchor = next((one for one in about if one.id == candidate.reason.anchor), None)
    return price_ratio(product, anchor) if anchor else None


def _nearness(candidate: Suggestion, product: Product, about: Sequence[Product]) -> float:
    ratio = _ratio(candidate, product, about)
    if ratio is None:
        return 1.0 if product.price_minor else 1 / PRICE_MOST
    return min(ratio, 1 / ratio)
