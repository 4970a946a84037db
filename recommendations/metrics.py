"""How good a ranking is, with binary relevance. `targets` is never empty; a target nobody could know counts too."""

import math
from collections.abc import Collection, Iterable, Sequence


def hit_rate(ranked: Sequence[str], targets: Collection[str], k: int) -> float:
    """1.0 if one of `targets` is among the first `k`, else 0.0."""
    return float(any(product in targets for product in ranked[:k]))


def ndcg(ranked: Sequence[str], targets: Collection[str], k: int) -> float:
    """Discounted gain of the first `k`, as a share of the best possible: min(k, targets) hits on top. 0..1."""
    gain = sum(1 / math.log2(place + 2) for place, product in enumerate(ranked[:k]) if product in targets)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(k, len(targets))))


def recall(ranked: Sequence[str], targets: Collection[str], k: int) -> float:
    """Share of `targets` among the first `k`. 0..1."""
    return sum(product in targets for product in ranked[:k]) / len(targets)


def coverage(rankings: Iterable[Sequence[str]], k: int, catalogue: int) -> float:
    """Different products among the first `k` of all rankings, as a share of `catalogue` > 0 products."""
    return len({product for ranked in rankings for product in ranked[:k]}) / catalogue
