"""A better version of what was bought: the same sort of thing, described like it, dearer but not by too much.

A model proposes from what is described alike; prices are known only when somebody asks, and `rank` then leaves what is
a step up from the product of the reason. Where price or sort are not known nothing is a step up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recommendations.content import Alike, Content, best
from recommendations.prices import price_ratio
from recommendations.request import Kind, Policy, Product, Request, Suggestion
from recommendations.variants import same_thing

# costs at least so many times as much: below it there is nothing to step up to
DEARER_LEAST = 1.1


def find(
    content: Content,
    anchors: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    closed: npt.NDArray[np.int64],
    *,
    limit: int,
    buyers: npt.NDArray[np.generic] | None = None,
) -> Alike:
    """The best `limit` products like an anchor and for sure of its sort, best first; ties by product number.

    A score is weight × likeness × n / (n + 1) for n buyers. Most have yet to fail `keep`: ask for many.

    buyers  how many people bought each product, by product number: what nobody bought is not known to be better; None
            if that is not to count
    """
    pairs = content.pairs(anchors, weights)
    score = np.where(pairs.same_sort, pairs.score, 0.0)
    if buyers is not None:
        bought = np.maximum(0.0, buyers[pairs.product].astype(np.float64))
        score *= bought / (bought + 1)
    return best(replace(pairs, score=score), closed, limit)


def keep(candidate: Suggestion, about: Sequence[Product], shelf: Mapping[str, Product], policy: Policy) -> bool:
    """Whether `candidate` is a step up from the product of its reason, as things are now.

    It costs DEARER_LEAST … policy.step_up_most times as much, stands in the same category if both have one, and is
    none of `about` in another colour or size. False if a price is not known, if the candidate is not on the shelf, or
    if the product of its reason is not among `about`.

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
    return not any(same_thing(product, one) for one in about)


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
