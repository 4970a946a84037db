"""The time zone of a place, for carriers that give local times and leave the offset out.

By country; where a country has several zones, by postal code, by a city on the other side of its state's line, by its
state, or else by the zone that most of its people live in. Sources: tzdata's zone.tab; the ZIP code areas of the US
Postal Service; the lines between zones as in 49 CFR 71.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from tracking.platform.facts import Location

_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"


def place_zone(place: Location) -> str | None:
    """The IANA zone that a place is in, as far as it says.

    returns  None if the country is unknown, or has several zones and none that speaks for it
    """
    country = (place.country or "").upper()
    postal_code = (place.postal_code or "").replace(" ", "")
    state = (place.region or "").strip().upper()
    if country == "US":
        return _american(state, (place.city or "").strip().upper(), postal_code)
    far = next((zone for start, zone in _FAR.get(country, ()) if postal_code.startswith(start)), None)
    return far or _STATES.get(country, {}).get(state) or _PRINCIPAL.get(country) or _single_zones().get(country)


def is_state(letters: str) -> bool:
    """Whether these are a state or province of a country with several zones; they may stand for a country as well."""
    return any(letters.upper() in states for states in _STATES.values())


def _american(state: str, city: str, postal_code: str) -> str | None:
    state = _NAMED.get(state, state)
    if state in _MILITARY:
        return None
    if re.fullmatch(r"\d{5}(?:-?\d{4})?", postal_code, re.ASCII):
        begins = [first for first, _ in _ZIP_AREAS]
        return _ZIP_AREAS[bisect_right(begins, int(postal_code[:3])) - 1][1] or _STATES["US"].get(state)
    across = _ACROSS_THE_LINE.get(state)
    if across and city in across[1]:
        return across[0]
    return _STATES["US"].get(state, _EASTERN)


@cache
def _single_zones() -> dict[str, str]:
    rows: dict[str, list[str]] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            rows.setdefault(country, []).append(name)
    return {country: names[0] for country, names in rows.items() if len(names) == 1}


# Countries with several zones, and the one most of their people live in.
_PRINCIPAL: Mapping[str, str] = MappingProxyType(
    {
        "AR": "America/Argentina/Buenos_Aires",
        "AU": "Australia/Sydney",
        "BR": "America/Sao_Paulo",
        "CA": "America/Toronto",
        "CD": "Africa/Kinshasa",
        "CL": "America/Santiago",
        "CN": "Asia/Shanghai",
        "CY": "Asia/Nicosia",
        "DE": "Europe/Berlin",
        "EC": "America/Guayaquil",
        "ES": "Europe/Madrid",
        "FM": "Pacific/Pohnpei",
        "GL": "America/Nuuk",
        "ID": "Asia/Jakarta",
        "KI": "Pacific/Tarawa",
        "KZ": "Asia/Almaty",
        "MH": "Pacific/Majuro",
        "MN": "Asia/Ulaanbaatar",
        "MX": "America/Mexico_City",
        "MY": "Asia/Kuala_Lumpur",
        "NZ": "Pacific/Auckland",
        "PF": "Pacific/Tahiti",
        "PG": "Pacific/Port_Moresby",
        "PS": "Asia/Hebron",
        "PT": "Europe/Lisbon",
        "RU": "Europe/Moscow",
        "UA": "Europe/Kyiv",
        "UZ": "Asia/Tashkent",
        # not in zone.tab
        "XK": "Europe/Belgrade",
    }
)

# Parts of a country far from the rest, by how their postal codes begin.
_FAR: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "ES": (("35", "Atlantic/Canary"), ("38", "Atlantic/Canary")),
        "FR": (
            ("971", "America/Guadeloupe"),
            ("972", "America/Martinique"),
            ("973", "America/Cayenne"),
            ("974", "Indian/Reunion"),
            ("975", "America/Miquelon"),
            ("976", "Indian/Mayotte"),
            ("977", "America/St_Barthelemy"),
            ("978", "America/Marigot"),
            ("986", "Pacific/Wallis"),
            ("987", "Pacific/Tahiti"),
            ("988", "Pacific/Noumea"),
        ),
        "PT": (
            *((str(start), "Atlantic/Azores") for start in range(95, 100)),
            *((str(start), "Atlantic/Madeira") for start in range(90, 95)),
        ),
    }
)


def _by_state(zones: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({state: zone for zone, states in zones.items() for state in states.split()})


# Where a state has two zones, that of most of its people.
_STATES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "US": _by_state(
            {
                _EASTERN: "CT DC DE FL GA KY MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
                _CENTRAL: "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
                _MOUNTAIN: "CO MT NM UT WY",
                _PACIFIC: "CA NV OR WA",
                "America/Anchorage": "AK",
                "America/Phoenix": "AZ",
                "America/Boise": "ID",
                "America/Indiana/Indianapolis": "IN",
                "America/Detroit": "MI",
                "America/Puerto_Rico": "PR",
                "America/St_Thomas": "VI",
                "Pacific/Honolulu": "HI",
                "Pacific/Guam": "GU",
                "Pacific/Pago_Pago": "AS",
                "Pacific/Saipan": "MP",
                "Pacific/Majuro": "MH",
                "Pacific/Palau": "PW",
                "Pacific/Pohnpei": "FM",
            }
        ),
        "CA": _by_state(
            {
                "America/Edmonton": "AB NT",
                "America/Vancouver": "BC",
                "America/Winnipeg": "MB",
                "America/Moncton": "NB",
                "America/St_Johns": "NL NF",
                "America/Halifax": "NS PE",
                "America/Iqaluit": "NU",
                "America/Toronto": "ON PQ QC",
                "America/Regina": "SK",
                "America/Whitehorse": "YT",
            }
        ),
        "AU": _by_state(
            {
                "Australia/Sydney": "ACT NSW",
                "Australia/Darwin": "NT",
                "Australia/Brisbane": "QLD",
                "Australia/Adelaide": "SA",
                "Australia/Hobart": "TAS",
                "Australia/Melbourne": "VIC",
                "Australia/Perth": "WA",
            }
        ),
    }
)
# addresses of the armed forces: anywhere
_MILITARY = frozenset({"AA", "AE", "AP"})


def _cities(names: str) -> frozenset[str]:
    return frozenset(names.split("|"))


# Cities of split states that are not in the zone of most of their state's people.
_ACROSS_THE_LINE: Mapping[str, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        "FL": (
            _CENTRAL,
            _cities(
                "PENSACOLA|PANAMA CITY|PANAMA CITY BEACH|FORT WALTON BEACH|DESTIN|CRESTVIEW|NAVARRE"
                "|GULF BREEZE|MILTON|NICEVILLE|MARIANNA|LYNN HAVEN"
            ),
        ),
        "ID": (
            _PACIFIC,
            _cities("COEUR D ALENE|COEUR D'ALENE|LEWISTON|MOSCOW|POST FALLS|SANDPOINT"),
        ),
        "IN": (
            _CENTRAL,
            _cities(
                "GARY|HAMMOND|MERRILLVILLE|VALPARAISO|PORTAGE|CROWN POINT|MICHIGAN CITY|LA PORTE"
                "|EAST CHICAGO|MUNSTER|HOBART|EVANSVILLE|NEWBURGH"
            ),
        ),
        "KY": (
            _CENTRAL,
            _cities(
                "BOWLING GREEN|OWENSBORO|PADUCAH|HOPKINSVILLE|HENDERSON|MADISONVILLE|MURRAY|FORT CAMPBELL"
                "|GLASGOW|MAYFIELD"
            ),
        ),
        "MI": (_CENTRAL, _cities("IRON MOUNTAIN|MENOMINEE|KINGSFORD|IRONWOOD")),
        "ND": (_MOUNTAIN, _cities("DICKINSON|BEACH|BOWMAN")),
        "NE": (_MOUNTAIN, _cities("SCOTTSBLUFF|GERING|ALLIANCE|CHADRON|SIDNEY|OGALLALA")),
        "OR": (_MOUNTAIN, _cities("ONTARIO|VALE|NYSSA")),
        "SD": (_MOUNTAIN, _cities("RAPID CITY|SPEARFISH|STURGIS|BOX ELDER|BELLE FOURCHE")),
        "TN": (
            _EASTERN,
            _cities(
                "KNOXVILLE|CHATTANOOGA|JOHNSON CITY|KINGSPORT|BRISTOL|CLEVELAND|MARYVILLE|ALCOA|OAK RIDGE"
                "|MORRISTOWN|SEVIERVILLE|GREENEVILLE|ATHENS|ELIZABETHTOWN|LENOIR CITY"
            ),
        ),
        "TX": (_MOUNTAIN, _cities("EL PASO|SOCORRO|HORIZON CITY|FORT BLISS")),
    }
)

# Where the first three digits of a ZIP code begin to mean another zone; None: by the state.
_ZIP_AREAS: tuple[tuple[int, str | None], ...] = (
    (0, None),
    (5, _EASTERN),
    (6, "America/Puerto_Rico"),
    (8, "America/St_Thomas"),
    (9, "America/Puerto_Rico"),
    (10, _EASTERN),
    (90, None),
    (100, _EASTERN),
    (324, _CENTRAL),
    (326, _EASTERN),
    (340, None),
    (341, _EASTERN),
    (350, _CENTRAL),
    (373, _EASTERN),
    (375, _CENTRAL),
    (376, _EASTERN),
    (380, _CENTRAL),
    (398, _EASTERN),
    (420, _CENTRAL),
    (425, _EASTERN),
    (460, "America/Indiana/Indianapolis"),
    (463, _CENTRAL),
    (465, "America/Indiana/Indianapolis"),
    (476, _CENTRAL),
    (478, "America/Indiana/Indianapolis"),
    (480, "America/Detroit"),
    (500, _CENTRAL),
    (577, _MOUNTAIN),
    (580, _CENTRAL),
    (586, _MOUNTAIN),
    (587, _CENTRAL),
    (590, _MOUNTAIN),
    (600, _CENTRAL),
    (693, _MOUNTAIN),
    (700, _CENTRAL),
    (798, _MOUNTAIN),
    (832, "America/Boise"),
    (835, _PACIFIC),
    (836, "America/Boise"),
    (838, _PACIFIC),
    (840, _MOUNTAIN),
    (850, "America/Phoenix"),
    (870, _MOUNTAIN),
    (889, _PACIFIC),
    (962, None),
    (967, "Pacific/Honolulu"),
    (969, "Pacific/Guam"),
    (970, _PACIFIC),
    (979, _MOUNTAIN),
    (980, _PACIFIC),
    (995, "America/Anchorage"),
)


def _spelt(states: str) -> Mapping[str, str]:
    return MappingProxyType({name: code for code, name in (pair.split("=") for pair in states.split("|"))})


# States as some carriers write them out.
_NAMED = _spelt(
    "AL=ALABAMA|AK=ALASKA|AZ=ARIZONA|AR=ARKANSAS|CA=CALIFORNIA|CO=COLORADO|CT=CONNECTICUT|DE=DELAWARE"
    "|DC=DISTRICT OF COLUMBIA|FL=FLORIDA|GA=GEORGIA|HI=HAWAII|ID=IDAHO|IL=ILLINOIS|IN=INDIANA|IA=IOWA"
    "|KS=KANSAS|KY=KENTUCKY|LA=LOUISIANA|ME=MAINE|MD=MARYLAND|MA=MASSACHUSETTS|MI=MICHIGAN|MN=MINNESOTA"
    "|MS=MISSISSIPPI|MO=MISSOURI|MT=MONTANA|NE=NEBRASKA|NV=NEVADA|NH=NEW HAMPSHIRE|NJ=NEW JERSEY|NM=NEW MEXICO"
    "|NY=NEW YORK|NC=NORTH CAROLINA|ND=NORTH DAKOTA|OH=OHIO|OK=OKLAHOMA|OR=OREGON|PA=PENNSYLVANIA"
    "|PR=PUERTO RICO|RI=RHODE ISLAND|SC=SOUTH CAROLINA|SD=SOUTH DAKOTA|TN=TENNESSEE|TX=TEXAS|UT=UTAH"
    "|VT=VERMONT|VA=VIRGINIA|WA=WASHINGTON|WV=WEST VIRGINIA|WI=WISCONSIN|WY=WYOMING"
)
