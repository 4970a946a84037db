"""What showing recommendations changes, from two groups drawn at random: differences, ratios, and how sure that is.

Source of the methods: Wilson (1927); Newcombe (1998), method 10; Donner and Zou, "Closed-form confidence intervals for
functions of the normal mean and standard deviation" (2012), for the ratio; Johari, Pekelis and Walsh, "Always valid
inference" (2015), for looking as often as one likes; Welch (1947) for means.
"""

import math
from dataclasses import dataclass

from scipy.special import ndtri, stdtrit

CONFIDENCE = 0.95
# shoppers in either group below which nothing is said
FEWEST = 100
# the difference that the always-valid interval is made to see: two shoppers in a hundred
EXPECTED = 0.02


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the bounds it lies between. `high` may be infinite, for ratios to a group without a success."""

    estimate: float
    low: float
    high: float

    @property
    def is_below(self) -> bool:
        """All of it below zero."""
        return self.high < 0

    @property
    def is_above(self) -> bool:
        """All of it above zero."""
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Group:
    """So many shoppers, and how many of them came back; `0 <= successes <= size`."""

    size: int
    successes: int

    @property
    def share(self) -> float:
        """Of those who came back; 0 for nobody."""
        return self.successes / self.size if self.size else 0.0


@dataclass(frozen=True, slots=True)
class Sums:
    """Amounts of so many shoppers: how many, their sum and the sum of their squares."""

    size: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """0 for nobody."""
        return self.total / self.size if self.size else 0.0

    @property
    def variance(self) -> float:
        """Of one amount; 0 for fewer than two."""
        if self.size < 2:
            return 0.0
        return max(0.0, (self.squares - self.total * self.mean) / (self.size - 1))


@dataclass(frozen=True, slots=True)
class Lift:
    """Shown against held out.

    difference  of the shares that came back
    ratio       how many times as often, minus one: 0.04 is "4 % more often". None where nobody held out came back
    anytime     the difference again, in bounds that hold however often one looks
    """

    shown: Group
    held_out: Group
    difference: Interval
    ratio: Interval | None
    anytime: Interval


def lift(shown: Group, held_out: Group, *, confidence: float = CONFIDENCE) -> Lift | None:
    """Compare the groups; None while either is smaller than FEWEST."""
    if min(shown.size, held_out.size) < FEWEST:
        return None
    return Lift(
        shown,
        held_out,
        difference(shown, held_out, confidence=confidence),
        ratio(shown, held_out, confidence=confidence),
        anytime_difference(shown, held_out, confidence=confidence),
    )


def wilson(group: Group, *, confidence: float = CONFIDENCE) -> Interval:
    """The share of a group. Of nobody it may be anything."""
    if not group.size:
        return Interval(0.0, 0.0, 1.0)
    z = _z(confidence)
    n, p = group.size, group.share
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(p, 0.0 if group.successes == 0 else middle - half, 1.0 if p == 1 else middle + half)


def difference(shown: Group, held_out: Group, *, confidence: float = CONFIDENCE) -> Interval:
    """Of the shares, for one look that was planned."""
    a, b = wilson(shown, confidence=confidence), wilson(held_out, confidence=confidence)
    found = a.estimate - b.estimate
    low = found - math.hypot(a.estimate - a.low, b.high - b.estimate)
    high = found + math.hypot(a.high - a.estimate, b.estimate - b.low)
    return Interval(found, low, high)


def ratio(shown: Group, held_out: Group, *, confidence: float = CONFIDENCE) -> Interval | None:
    """The first share in terms of the second, minus one; None if nobody of the second came back.

    Bounds by the method of variance estimates recovery, from Wilson's.
    """
    a, b = wilson(shown, confidence=confidence), wilson(held_out, confidence=confidence)
    if b.estimate == 0:
        return None
    product = a.estimate * b.estimate
    low = product - math.sqrt(
        max(0.0, product**2 - a.low * b.high * (2 * a.estimate - a.low) * (2 * b.estimate - b.high))
    )
    high = product + math.sqrt(
        max(0.0, product**2 - a.high * b.low * (2 * a.estimate - a.high) * (2 * b.estimate - b.low))
    )
    bottom, top = b.high * (2 * b.estimate - b.high), b.low * (2 * b.estimate - b.low)
    # where the second share is so uncertain that twice its estimate is below its bound, there is no lower bound but 0
    lowest = low / bottom if bottom > 0 else 0.0
    highest = high / top if top > 0 else math.inf
    return Interval(a.estimate / b.estimate - 1, max(0.0, lowest) - 1, highest - 1)


def anytime_difference(
    shown: Group, held_out: Group, *, confidence: float = CONFIDENCE, expected: float = EXPECTED
) -> Interval:
    """Of the shares, in bounds that are wrong at most once in `1 / (1 - confidence)` shops however often one looks.

    expected  the difference it is most sensible to; any value keeps the promise
    """
    found = shown.share - held_out.share
    variance = _variance(shown) + _variance(held_out)
    spread = expected**2
    half = math.sqrt(
        variance * (variance + spread) / spread * (2 * math.log(1 / (1 - confidence)) + math.log1p(spread / variance))
    )
    return Interval(found, max(-1.0, found - half), min(1.0, found + half))


def mean_difference(shown: Sums, held_out: Sums, *, confidence: float = CONFIDENCE) -> Interval | None:
    """Of what a shopper spent, by Welch; None while either group is smaller than FEWEST, or nobody spent anything."""
    if min(shown.size, held_out.size) < FEWEST:
        return None
    a, b = shown.variance / shown.size, held_out.variance / held_out.size
    if a + b == 0:
        return None
    freedom = (a + b) ** 2 / (a**2 / (shown.size - 1) + b**2 / (held_out.size - 1))
    half = float(stdtrit(freedom, 0.5 + confidence / 2)) * math.sqrt(a + b)
    found = shown.mean - held_out.mean
    return Interval(found, found - half, found + half)


def needed(share: float, *, change: float, held_out: float, confidence: float = CONFIDENCE, power: float = 0.8) -> int:
    """How many shoppers in all, about, until a relative `change` of a `share` would be seen.

    held_out  the part of them that is shown nothing, between 0 and 1
    raises    ValueError for a share, a change or a part of which nothing can be seen
    """
    other = share * (1 + change)
    if not (0 < share < 1 and 0 < other < 1 and change and 0 < held_out < 1):
        raise ValueError("nothing to be seen")
    z = _z(confidence) + float(ndtri(power))
    spread = other * (1 - other) / (1 - held_out) + share * (1 - share) / held_out
    return math.ceil(z * z * spread / (other - share) ** 2)


def _variance(group: Group) -> float:
    """Of the share; two shoppers are added who came back by half, so that it is never 0."""
    share = (group.successes + 1) / (group.size + 2)
    return share * (1 - share) / max(1, group.size)


def _z(confidence: float) -> float:
    return float(ndtri(0.5 + confidence / 2))
