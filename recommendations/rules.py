"""What may be shown, whatever a model says, and what comes first.

In this order:

1. the merchant's pins stand before what the model found (`pinned`);
2. whatever is closed goes, pins too, each for the first reason that applies (`closed.KeptOut`);
3. what is left is weighed: its score times the merchant's boost, its margin, how fresh it is to the shopper and, for a
   better version or a stand-in, how near its price is (`weighing`). Pins keep their place;
4. the answer is filled from the best: never the same thing twice, never two categories side by side that are kept
   apart, no category beyond its share while others are to be had. What is then missing is filled up with the best of
   those that only their category's share kept out.

The same question has the same answer, whatever order the shelf, the basket or the merchant's lists come in.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from recommendations.closed import Apart, Gate, KeptOut, Refusal
from recommendations.grades import other_make
from recommendations.request import Kind, Product, Reason, Request, Strategy, Suggestion
from recommendations.variants import same_thing
from recommendations.weighing import weights

# of fewer products on the shelf, all of one title, nobody can say that the feed is broken
BROKEN_LEAST = 10
# who looks for a better version, a stand-in or what they buy again chooses among makes; an idea needs one
_ONE_MAKE = frozenset({Strategy.TOGETHER, Strategy.GOES_WITH, Strategy.POPULAR})
# pins say what goes with an order: not what replaces, betters or repeats a product
_WITH_PINS = frozenset({Strategy.TOGETHER, Strategy.GOES_WITH, Strategy.POPULAR, Strategy.NEXT})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a candidate.

    place    from 0 in the answer; None if it is not in it, and `refusal` says why
    weight   what its score was multiplied with; 1 for pins and for what was closed before it was weighed
    """

    suggestion: Suggestion
    place: int | None = None
    refusal: Refusal | None = None
    weight: float = 1.0


def choose(ranked: Sequence[Suggestion], request: Request, shelf: Mapping[str, Product]) -> list[Suggestion]:
    """Pick up to `request.limit` of `ranked` and of the merchant's pins, in the order of the rules.

    ranked   best first. Suggestions come back as they are: `score` stays the model's
    shelf    what is known now of `ranked`, of `pinned(request)`, and of what the shopper has; what is not on it is not
             shown
    returns  [] if nothing may be shown
    """
    shelf = told_apart(shelf)
    opened, _closed = _judged(ranked, request, shelf)
    return [verdict.suggestion for verdict in _row(opened, request, shelf, whole=False)]


def explain(ranked: Sequence[Suggestion], request: Request, shelf: Mapping[str, Product]) -> list[Verdict]:
    """What became of every pin and candidate: first those shown, in their order, then the others, best first."""
    shelf = told_apart(shelf)
    opened, closed = _judged(ranked, request, shelf)
    return [*_row(opened, request, shelf, whole=True), *closed]


def _judged(
    ranked: Sequence[Suggestion], request: Request, shelf: Mapping[str, Product]
) -> tuple[list[Verdict], list[Verdict]]:
    """What may be shown, weighed and best first; and what is closed."""
    listed = _once(pinned(request), ranked)
    gate = Gate(request, shelf, [candidate.product for candidate in listed])
    verdicts: list[Verdict] = []
    opened: list[Suggestion] = []
    for candidate in listed:
        refusal = gate.refusal(candidate)
        if refusal is None:
            opened.append(candidate)
        else:
            verdicts.append(Verdict(candidate, refusal=refusal))
    return _weighed(opened, request, shelf), verdicts


def told_apart(shelf: Mapping[str, Product]) -> Mapping[str, Product]:
    """The shelf without titles, if most of it has one and the same: a broken feed, not one thing in many colours.
    Else `shelf` itself.
    """
    titles = Counter(product.title for product in shelf.values())
    if len(shelf) < BROKEN_LEAST or max(titles.values()) <= len(shelf) / 2:
        return shelf
    return {ref: replace(product, title="") for ref, product in shelf.items()}


def pinned(request: Request) -> tuple[Suggestion, ...]:
    """The merchant's pins for the order: first what goes with its products, then what goes with every order.

    Of several products of the order the first pins come first, then the second ones, products by id. () for strategies
    that speak of one product: what replaces, betters or repeats it is not for the merchant to pin.
    """
    if request.strategy not in _WITH_PINS:
        return ()
    pins = request.policy.pinned
    of_products = [(product, pins[product]) for product in sorted(set(request.basket)) if product and product in pins]
    ranks = max((len(found) for _, found in of_products), default=0)
    found = [
        Suggestion(listed[rank], 1.0, Reason(Kind.PICKED, anchor))
        for rank in range(ranks)
        for anchor, listed in of_products
        if rank < len(listed)
    ]
    found += [Suggestion(product, 1.0, Reason(Kind.PICKED, None)) for product in pins.get("", ())]
    return _once(found, ())


def _once(pins: Sequence[Suggestion], ranked: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Each product at its first place. A pin that the model found too has the model's score, else its best."""
    scores = {candidate.product: candidate.score for candidate in reversed(ranked)}
    best = max(scores.values(), default=1.0)
    found: dict[str, Suggestion] = {}
    for pin in pins:
        found.setdefault(pin.product, Suggestion(pin.product, scores.get(pin.product, best), pin.reason))
    for candidate in ranked:
        found.setdefault(candidate.product, candidate)
    return tuple(found.values())


def _weighed(opened: Sequence[Suggestion], request: Request, shelf: Mapping[str, Product]) -> list[Verdict]:
    """Pins as they stand, then the others by weighed score."""
    pins = [Verdict(one) for one in opened if one.reason.kind is Kind.PICKED]
    others = [one for one in opened if one.reason.kind is not Kind.PICKED]
    factors = weights(others, request, shelf)
    found: list[tuple[float, int, Verdict]] = []
    bound = float("inf")
    for place, (one, factor) in enumerate(zip(others, factors, strict=True)):
        # the candidates came best first: where a score contradicts its place, the place counts
        bound = min(bound, one.score)
        found.append((-bound * factor, place, Verdict(one, weight=factor)))
    found.sort(key=lambda item: item[:2])
    return [*pins, *(verdict for _, _, verdict in found)]


def _row(
    ranked: Sequence[Verdict], request: Request, shelf: Mapping[str, Product], *, whole: bool
) -> Iterator[Verdict]:
    """Those in the answer, in their order; and, if the `whole` is asked for, the others with what kept them out."""
    limit = max(0, request.limit)
    share = request.per_category if request.per_category is not None else -(-limit // 2)
    row = _Row(Apart(request.policy.apart), limit, one_make=request.strategy in _ONE_MAKE)
    refusals: dict[int, Refusal] = {}
    for place, verdict in enumerate(ranked):
        if row.is_full and not whole:
            break
        refusal = row.offer(place, verdict.suggestion, shelf, share)
        if refusal is not None:
            refusals[place] = refusal
    for place, refusal in list(refusals.items()):
        if refusal.why is KeptOut.CATEGORY_FULL and not row.is_full:
            again = row.offer(place, ranked[place].suggestion, shelf, limit)
            if again is None:
                del refusals[place]
            else:
                refusals[place] = again
    for shown, place in enumerate(row.places):
        yield Verdict(ranked[place].suggestion, shown, None, ranked[place].weight)
    if whole:
        for place, refusal in refusals.items():
            yield Verdict(ranked[place].suggestion, None, refusal, ranked[place].weight)


class _Row:
    """The answer as it is filled. `one_make`: a thing stands in it in one make only, unless the merchant wants both."""

    def __init__(self, apart: Apart, limit: int, *, one_make: bool) -> None:
        self._apart = apart
        self._limit = limit
        self._one_make = one_make
        self._taken: dict[int, Product] = {}
        self._categories: Counter[str] = Counter()

    @property
    def places(self) -> list[int]:
        return sorted(self._taken)

    @property
    def is_full(self) -> bool:
        return len(self._taken) >= self._limit

    def offer(self, place: int, suggestion: Suggestion, shelf: Mapping[str, Product], share: int) -> Refusal | None:
        """Take it, or say why not. What cannot stand beside a better one is told so even if the answer is full."""
        product = shelf[suggestion.product]
        for other in self._taken.values():
            if same_thing(product, other) or product.id in other.parts or other.id in product.parts:
                return Refusal(KeptOut.SAME_AS_SHOWN, other.id)
            if self._one_make and suggestion.reason.kind is not Kind.PICKED and other_make(product, other):
                return Refusal(KeptOut.OTHER_MAKE_SHOWN, other.id)
        if product.category:
            kept_away = self._apart.of(product.category)
            for other in self._taken.values():
                if other.category in kept_away:
                    return Refusal(KeptOut.APART_FROM_SHOWN, other.category)
        if self.is_full:
            return Refusal(KeptOut.NO_ROOM)
        if product.category and self._categories[product.category] >= share:
            return Refusal(KeptOut.CATEGORY_FULL, product.category)
        self._taken[place] = product
        self._categories[product.category] += 1
        return None
