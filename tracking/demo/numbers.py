"""Tracking numbers that look and check as each carrier's own. Source: jkeen/tracking_number_data."""

import random
from collections.abc import Callable

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_FEDEX_WEIGHTS = (3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)


def tracking_number(carrier: str, rng: random.Random) -> str:
    """A well-formed number of that carrier. KeyError for a carrier the demonstration does not use"""
    return _MAKERS[carrier](rng)


def _digits(rng: random.Random, count: int) -> str:
    return "".join(str(rng.randrange(10)) for _ in range(count))


def _ups(rng: random.Random) -> str:
    serial = "999AA1" + "03" + _digits(rng, 7)
    values = [int(c) if c.isdigit() else (ord(c) - 3) % 10 for c in serial]
    total = sum(value * (2 if place % 2 else 1) for place, value in enumerate(values))
    return f"1Z{serial}{-total % 10}"


def _fedex(rng: random.Random) -> str:
    serial = "6" + _digits(rng, 10)
    total = sum(int(digit) * weight for digit, weight in zip(serial, _FEDEX_WEIGHTS, strict=True))
    return f"{serial}{total % 11 % 10}"


def _usps(rng: random.Random) -> str:
    serial = "94001118992" + _digits(rng, 10)
    odd = sum(int(digit) for digit in serial[::-1][0::2])
    even = sum(int(digit) for digit in serial[::-1][1::2])
    return f"{serial}{-(3 * odd + even) % 10}"


def _dhl(rng: random.Random) -> str:
    serial = "3" + _digits(rng, 8)
    return f"{serial}{int(serial) % 7}"


def _s10(prefix: str, country: str) -> Callable[[random.Random], str]:
    def make(rng: random.Random) -> str:
        serial = _digits(rng, 8)
        rest = sum(int(digit) * weight for digit, weight in zip(serial, _S10_WEIGHTS, strict=True)) % 11
        check = {1: 0, 0: 5}.get(rest, 11 - rest)
        return f"{prefix}{serial}{check}{country}"

    return make


_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "ups": _ups,
    "fedex": _fedex,
    "usps": _usps,
    "dhl": _dhl,
    "la-poste": _s10("LA", "FR"),
    "thailand-post": _s10("ED", "TH"),
}
