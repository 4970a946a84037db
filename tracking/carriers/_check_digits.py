"""Check digits of tracking numbers: pure arithmetic.

Source: the algorithms that jkeen/tracking_number_data (MIT, 2026-08-17) names, with the figures of its files; UPU S10.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_right(rule: Mapping[str, Any], serial: str, check: str) -> bool:
    """Whether `check` is the check digit of `serial`; both upper case, without blanks.

    rule     "name" of the algorithm and its figures, as the pattern files write them
    returns  False also where the serial has characters that the algorithm has no value for
    raises   KeyError if there is no such algorithm
    """
    compute = _ALGORITHMS[rule["name"]]
    try:
        return compute(rule, serial) == check
    except ValueError:
        return False


def odds(rule: Mapping[str, Any]) -> int:
    """One number in so many passes by chance."""
    return {"mod7": 7, "mod_37_36": 36}.get(rule["name"], 10)


def _mod10(rule: Mapping[str, Any], serial: str) -> str:
    digits = [_digit(char) for char in (reversed(serial) if rule.get("reverse") else serial)]
    evens, odds = rule.get("evens_multiplier", 1), rule.get("odds_multiplier", 1)
    return str(-sum(digit * (odds if at % 2 else evens) for at, digit in enumerate(digits)) % 10)


def _digit(char: str) -> int:
    return int(char) if char.isdigit() else (ord(char) - 3) % 10


def _mod7(_: Mapping[str, Any], serial: str) -> str:
    return str(int(serial) % 7)


def _s10(rule: Mapping[str, Any], serial: str) -> str:
    rest = _weighted(rule["weightings"], serial) % 11
    return str({0: 5, 1: 0}.get(rest, 11 - rest))


def _luhn(_: Mapping[str, Any], serial: str) -> str:
    doubled = [int(char) * (1 if at % 2 else 2) for at, char in enumerate(reversed(serial))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def _weighted_sum(rule: Mapping[str, Any], serial: str) -> str:
    return str(_weighted(rule["weightings"], serial) % rule["modulo1"] % rule["modulo2"])


def _weighted(weights: Sequence[int], serial: str) -> int:
    return sum(int(char) * weight for char, weight in zip(serial, weights, strict=True))


def _mod_37_36(_: Mapping[str, Any], serial: str) -> str:
    check = 36
    for char in serial:
        check += _ALPHABET.index(char)
        check = (check - 36 if check > 36 else check) * 2
        check = check - 37 if check > 36 else check
    return _ALPHABET[(37 - check) % 36]


_ALGORITHMS: Final[Mapping[str, Callable[[Mapping[str, Any], str], str]]] = MappingProxyType(
    {
        "mod10": _mod10,
        "mod7": _mod7,
        "s10": _s10,
        "luhn": _luhn,
        "sum_product_with_weightings_and_modulo": _weighted_sum,
        "mod_37_36": _mod_37_36,
    }
)
