"""A better version of what was bought: the same sort of thing, described like it, dearer but not by too much.

A better version takes the place of a thing. What people buy together with it, more than by chance and time and again,
does not: a saucer, a refill, the fish plates of the set.

A model proposes from what is described alike; prices are known only when somebody asks, and `rank` then leaves what is
a step up from the product of the reason. Where price or sort are not known nothing is a step up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recommendations.content import Alike, Content, best
from recommendations.grades import is_part
from recommendations.prices import price_ratio
from recommendations.request import Kind, Policy, Product, Request, Suggestion
from recommendations.variants import same_thing

# costs at least so many times as much: below it there is nothing to step up to
DEARER_LEAST = 1.1
# where one stands in so many of the other's orders they are bought together, not one in place of the other
TOGETHER_MOST = 0.2


class Together(Protocol):
    """What is bought with each product `i`: `neighbour[starts[i]:starts[i + 1]]`, each once.

    within  how much `i` speaks for it in one order;  share  of the orders with `i` that hold it
    """

    @property
    def starts(self) -> npt.NDArray[np.int64]: ...

    @property
    def neighbour(self) -> npt.NDArray[np.int32]: ...

    @property
    def within(self) -> npt.NDArray[np.float32]: ...

    @property
    def share(self) -> npt.NDArray[np.float32]: ...


def find(
    content: Content,
    anchors: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    closed: npt.NDArray[np.int64],
    *,
    limit: int,
    buyers: npt.NDArray[np.generic] | None = None,
    together: Together | None = None,
) -> Alike:
    """The best `limit` products like an anchor and for sure of its sort, best first; ties by product number.

    None that is bought together with its anchor: in TOGETHER_MOST of the orders of either, and more than by chance.

    A score is weight × likeness × n / (n + 1) for n buyers. Most have yet to fail `keep`: ask for many.

    buyers  how many people bought each product, by product number: what nobody bought is not known to be better; None
            if that is not to count
    together  what is bought together; None if nothing is known of it
    """
    pairs = content.pairs(anchors, weights)
    score = np.where(pairs.same_sort, pairs.score, 0.0)
    if together is not None and len(score):
        apart = ~_often(together, pairs.anchor, pairs.product) & ~_often(together, pairs.product, pairs.anchor)
        score = np.where(apart, score, 0.0)
    if buyers is not None:
        bought = np.maximum(0.0, buyers[pairs.product].astype(np.float64))
        score *= bought / (bought + 1)
    return best(replace(pairs, score=score), closed, limit)


def _often(together: Together, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Of each pair: the other is bought with the one, more than by chance and in TOGETHER_MOST of its orders."""
    counts = together.starts[one + 1] - together.starts[one]
    pair = np.repeat(np.arange(len(one)), counts)
    place = np.repeat(together.starts[one] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    often = (together.within[place] > 0) & (together.share[place] >= TOGETHER_MOST)
    found = np.zeros(len(one), np.bool_)
    found[pair[often & (together.neighbour[place] == other[pair])]] = True
    return found


def keep(candidate: Suggestion, about: Sequence[Product], shelf: Mapping[str, Product], policy: Policy) -> bool:
    """Whether `candidate` is a step up from the product of its reason, as things are now.

    It costs DEARER_LEAST … policy.step_up_most times as much, stands in the same category if both have one, is none of
    `about` in another colour or size, and not only one of the two is a refill or a part. False if a price is not known,
    if the candidate is not on the shelf, or if the product of its reason is not among `about`.

    about  the products to step up from, as known now
    """
    product = shelf.get(candidate.product)
    anchor = next((one for one in about if one.id == candidate.reason.anchor), None)
    if product is None or anchor is None:
        return False
    if product.category and anchor.category and product.category != anchor.category:
        return False
    ratio = price_ratio(product, anchor)
    if ratio is None or not DEARER_LEAST <= ratio <= policy.step_up_most:
        return False
    return is_part(product) == is_part(anchor) and not any(same_thing(product, one) for one in about)


def rank(candidates: Sequence[Suggestion], request: Request, shelf: Mapping[str, Product]) -> list[Suggestion]:
    """Those of `candidates` that `keep` keeps, best first: a score is divided by how many times as much it costs.

    Candidates of other kinds than STEP_UP stay as they are.
    """
    about = [shelf[product] for product in request.about or request.basket if product in shelf]
    ranked = []
    for candidate in candidates:
        if candidate.reason.kind is not Kind.STEP_UP:
            ranked.append(candidate)
        elif keep(candidate, about, shelf, request.policy):
            ratio = price_ratio(shelf[candidate.product], shelf[candidate.reason.anchor or ""])
            ranked.append(replace(candidate, score=candidate.score / (ratio or 1.0)))
    return sorted(ranked, key=lambda candidate: -candidate.score)
