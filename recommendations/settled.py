"""Whether more candidates could change an answer, so that most questions need the facts of a few products only."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from recommendations.request import Kind, Policy, Product, Request, Suggestion
from recommendations.weighing import BOOST_HIGH, weights


def is_settled(
    answer: Sequence[Suggestion],
    ranked: Sequence[Suggestion],
    first: int,
    request: Request,
    shelf: Mapping[str, Product],
) -> bool:
    """Whether `answer`, for which only the `first` of `ranked` were looked up, is what all of them would give.

    It is where the answer is full, no category had to take more than its share, and the last one chosen counts more
    than the best of the others can count. False where that is not certain. Whether the feed's titles are worth anything
    (`rules.py`) is judged by what was looked up, and not meant here.

    shelf  what `rules.choose` was given
    """
    if first >= len(ranked):
        return True
    if len(answer) < request.limit or request.policy.margin_boost > 0:
        # margins are compared among all
        return False
    if any(one.score < other.score for one, other in pairwise(ranked)):
        return False
    share = request.per_category if request.per_category is not None else -(-request.limit // 2)
    categories = Counter(shelf[one.product].category for one in answer)
    if any(many > share for category, many in categories.items() if category):
        return False
    chosen = [one for one in answer if one.reason.kind is not Kind.PICKED]
    least = min(
        (one.score * much for one, much in zip(chosen, weights(chosen, request, shelf), strict=True)), default=math.inf
    )
    return least >= ranked[first].score * _most(request.policy)


def _most(policy: Policy) -> float:
    """No weight is larger, margins aside."""
    said = [much for much in policy.boosts.values() if not math.isnan(much)]
    return min(max(1.0, *said), BOOST_HIGH) if said else 1.0
