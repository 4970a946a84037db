"""Formats of tracking numbers: those of the published pattern files, and those that only a carrier's documents name.

The latter stand in `numbers/<slug>.toml`, a file a carrier, with the countries where it works.

The files in `patterns/` are jkeen/tracking_number_data (MIT, 2026-08-17), unchanged. Blanks are taken out of their
patterns, because they are taken out of every number first: fixed counts are left, and so matching takes linear time.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from tracking.carriers import _check_digits

_PATTERNS: Final = Path(__file__).parent / "patterns"
_SLUGS: Final = MappingProxyType({"canada_post": "canada-post"})
S10: Final = "s10"
_NUMBERS: Final = Path(__file__).parent / "numbers"


class Telling(IntEnum):
    """How much a form says about the carrier, in points of its rank."""

    # says so little that it counts only where the carrier works, or there is an account at it
    LOCAL = 10
    # digits alone, or a form that several carriers have
    SHARED = 20
    # letters in certain places
    PARTLY = 40
    # a prefix or a length that no other carrier has
    OWN = 60


@dataclass(frozen=True, slots=True)
class Format:
    """One form of a carrier's numbers.

    carrier   slug; S10 for the postal union's, whose last letters name the post
    check     how its check digit is made; None: it has none that is known
    listed    parts whose values are published, and what they mean
    tests     numbers that are ("valid") and are not ("invalid") of this form
    """

    carrier: str
    name: str
    pattern: re.Pattern[str]
    telling: Telling
    carrier_name: str = ""
    check: Mapping[str, Any] | None = None
    prepend: tuple[re.Pattern[str], str] | None = None
    listed: tuple["Listed", ...] = ()
    tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def read(self, number: str) -> "Reading | None":
        """What this form makes of a whole number (upper case, no blanks); None if it is not of this form."""
        found = self.pattern.fullmatch(number)
        if found is None:
            return None
        groups = {name: value for name, value in found.groupdict().items() if value}
        meanings = [(one, one.meaning(groups)) for one in self.listed]
        if any(said is None and one.required for one, said in meanings):
            return None
        words = tuple(f"{one.name}: {said}" for one, said in meanings if said and not one.required)
        return Reading(self, groups, words, self._is_right(groups))

    def _is_right(self, groups: Mapping[str, str]) -> bool | None:
        if self.check is None:
            return None
        serial = groups["SerialNumber"]
        if self.prepend is not None and self.prepend[0].match(serial):
            serial = self.prepend[1] + serial
        return _check_digits.is_right(self.check, serial, groups["CheckDigit"])


@dataclass(frozen=True, slots=True)
class Listed:
    """Published values of a part of the number, and what they mean.

    required  with another value it is not a number of this form
    """

    name: str
    group: str
    values: Mapping[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...] = ()
    required: bool = False

    def meaning(self, groups: Mapping[str, str]) -> str | None:
        """What the part means; None if it is absent or not listed."""
        part = groups.get(self.group)
        if part is None:
            return None
        return self.values.get(part) or next((words for one, words in self.patterns if one.fullmatch(part)), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """A number, read in one form. `check`: right, wrong, or None where the form has no check digit that is known."""

    format: Format
    groups: Mapping[str, str]
    words: tuple[str, ...]
    check: bool | None


@cache
def formats() -> tuple[Format, ...]:
    """Every form there is."""
    files = (json.loads(file.read_text(encoding="utf-8")) for file in sorted(_PATTERNS.glob("*.json")))
    published = tuple(_published(courier, one) for courier in files for one in courier["tracking_numbers"])
    return (*published, *_documented())


def posts() -> Mapping[str, str]:
    """The name of the post that gives out S10 numbers with a suffix, by the suffix."""
    return _posts(_PATTERNS / "s10.json")


@cache
def _posts(file: Path) -> Mapping[str, str]:
    listed = json.loads(file.read_text(encoding="utf-8"))["tracking_numbers"][0]["additional"]
    couriers = next(one["lookup"] for one in listed if one["name"] == "Courier")
    return {one["matches"]: one["courier"] for one in couriers}


# how telling a published form is; those that are not named here have a prefix or a length of their own
_SHARED: Final = frozenset(
    {
        "USPS 20",
        "Canada Post (16)",
        "DHL Express",
        "DHL E-Commerce (14)",
        "DPD (14)",
        "FedEx Express (12)",
        "FedEx Ground",
        "FedEx Ground (SSCC-18)",
        "Purolator (12)",
    }
)
_PARTLY: Final = frozenset(
    {"UPS Waybill", "Amazon International", "DHL E-Commerce", "DHL Express (Piece ID)", "DPD (28)", "Yodel"}
)


def _published(courier: Mapping[str, Any], one: Mapping[str, Any]) -> Format:
    rules = one["validation"]
    prepend = rules.get("checksum") and rules.get("serial_number_format", {}).get("prepend_if")
    required = set(rules.get("additional", {}).get("exists", ()))
    name = one["name"]
    return Format(
        carrier=_SLUGS.get(courier["courier_code"], courier["courier_code"]),
        carrier_name=courier["name"],
        name=name,
        pattern=_compiled(one["regex"]),
        telling=Telling.SHARED if name in _SHARED else Telling.PARTLY if name in _PARTLY else Telling.OWN,
        check=rules.get("checksum", None),
        prepend=(_compiled(prepend["matches_regex"]), prepend["content"]) if prepend else None,
        listed=tuple(_listed(part, required) for part in one.get("additional", ())),
        tests={kind: tuple(numbers) for kind, numbers in one["test_numbers"].items()},
    )


def _listed(part: Mapping[str, Any], required: set[str]) -> Listed:
    said = [(one, str(one.get("name") or one.get("country"))) for one in part["lookup"]]
    return Listed(
        name=part["name"].lower(),
        group=part["regex_group_name"],
        values={one["matches"]: words for one, words in said if "matches" in one},
        patterns=tuple((_compiled(one["matches_regex"]), words) for one, words in said if "matches_regex" in one),
        required=part["name"] in required,
    )


def _compiled(pattern: str | list[str]) -> re.Pattern[str]:
    """A pattern of the files as Python writes it, for numbers without blanks."""
    joined = pattern if isinstance(pattern, str) else "".join(pattern)
    joined = joined.replace(r"\s*", "").replace(r"\s", "")
    return re.compile(re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", joined), re.ASCII)


def _documented() -> Iterator[Format]:
    for slug, said in number_facts().items():
        for one in said.forms:
            telling = Telling[one["telling"].upper()]
            yield Format(slug, one["name"], re.compile(one["pattern"], re.ASCII), telling, check=one.get("check"))


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What `numbers/<slug>.toml` says of a carrier.

    homes     countries where it delivers for the most part by itself; empty: everywhere
    posts     countries in S10 numbers that are its own; `services`: of those, only with these two letters in front
    forms     of its numbers, as its own documents show them
    """

    homes: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    forms: tuple[Mapping[str, Any], ...] = ()


@cache
def number_facts() -> Mapping[str, NumberFacts]:
    """By slug; carriers without such a file have nothing to say."""
    said = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(_NUMBERS.glob("*.toml"))}
    return MappingProxyType(
        {
            slug: NumberFacts(
                homes=frozenset(one.get("homes", ())),
                posts=frozenset(one.get("posts", ())),
                services=frozenset(one.get("services", ())),
                forms=tuple(one.get("form", ())),
            )
            for slug, one in said.items()
        }
    )


def post_of(country: str, service: str = "") -> str | None:
    """The slug of the carrier that gives out S10 numbers of a country, if there are facts about it."""
    mine = [(slug, one) for slug, one in number_facts().items() if country in one.posts]
    return next(
        (slug for slug, one in mine if service in one.services),
        next((slug for slug, one in mine if not one.services), None),
    )
