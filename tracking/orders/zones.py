"""Which time zone an address lies in: from the country, and where a country has several, from region or postal code.

A whole region gets the zone most of its people live by; nothing is looked up over a network. Sources: CLDR's zones of a
territory (Babel), the IANA time zone database, and the postal administrations' published ranges of postal codes.
"""

import re
import unicodedata
from functools import cache
from typing import Final

from babel.core import get_global

# where most people of a country with several zones live
_MAIN: Final = {
    "AR": "America/Argentina/Buenos_Aires", "AQ": "Antarctica/McMurdo", "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo", "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago",
    "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "DE": "Europe/Berlin", "EC": "America/Guayaquil",
    "ES": "Europe/Madrid", "FM": "Pacific/Pohnpei", "GL": "America/Nuuk", "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa", "KZ": "Asia/Almaty", "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PF": "Pacific/Tahiti", "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Gaza", "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "UM": "Pacific/Wake",
    "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip

# zone -> regions (codes and names, as `_plain` writes them) where it is not the country's main one
_REGIONS: Final[dict[str, dict[str, str]]] = {
    "US": {
        "America/Chicago": "al alabama ar arkansas il illinois ia iowa ks kansas la louisiana mn minnesota ms "
        "mississippi mo missouri ne nebraska nd northdakota ok oklahoma sd southdakota tn tennessee tx "
        "texas wi wisconsin",
        "America/Denver": "co colorado id idaho mt montana nm newmexico ut utah wy wyoming",
        "America/Phoenix": "az arizona",
        "America/Los_Angeles": "ca california nv nevada or oregon wa washington",
        "America/Anchorage": "ak alaska",
        "Pacific/Honolulu": "hi hawaii",
        "America/Indiana/Indianapolis": "in indiana",
        "America/Detroit": "mi michigan",
        "America/Puerto_Rico": "pr puertorico vi usvirginislands",
        "Pacific/Guam": "gu guam mp northernmarianaislands",
        "Pacific/Pago_Pago": "as americansamoa",
    },
    "CA": {
        "America/Vancouver": "bc britishcolumbia colombiebritannique",
        "America/Edmonton": "ab alberta nt northwestterritories territoiresdunordouest",
        "America/Regina": "sk saskatchewan",
        "America/Winnipeg": "mb manitoba",
        "America/Halifax": "ns novascotia nouvelleecosse nb newbrunswick nouveaubrunswick pe princeedwardisland "
        "ileduprinceedouard",
        "America/St_Johns": "nl nf newfoundland newfoundlandandlabrador terreneuveetlabrador",
        "America/Whitehorse": "yt yukon",
        "America/Iqaluit": "nu nunavut",
    },
    "AU": {
        "Australia/Melbourne": "vic victoria",
        "Australia/Brisbane": "qld queensland",
        "Australia/Adelaide": "sa southaustralia",
        "Australia/Perth": "wa westernaustralia",
        "Australia/Darwin": "nt northernterritory",
        "Australia/Hobart": "tas tasmania",
    },
    "BR": {
        "America/Manaus": "am amazonas rr roraima",
        "America/Porto_Velho": "ro rondonia",
        "America/Rio_Branco": "ac acre",
        "America/Cuiaba": "mt matogrosso",
        "America/Campo_Grande": "ms matogrossodosul",
        "America/Belem": "pa para ap amapa",
        "America/Fortaleza": "ce ceara ma maranhao pi piaui rn riograndedonorte pb paraiba",
        "America/Recife": "pe pernambuco",
        "America/Maceio": "al alagoas se sergipe",
        "America/Bahia": "ba bahia",
        "America/Araguaina": "to tocantins",
    },
    "MX": {
        "America/Tijuana": "bc bcn bajacalifornia",
        "America/Mazatlan": "bcs bajacaliforniasur sin sinaloa nay nayarit",
        "America/Hermosillo": "son sonora",
        "America/Chihuahua": "chih chh chihuahua",
        "America/Cancun": "qroo qr roo quintanaroo",
        "America/Monterrey": "nl nle nuevoleon coah coa coahuila tamps tam tamaulipas dgo dur durango",
        "America/Merida": "yuc yucatan camp cam campeche",
    },
    "ID": {
        "Asia/Makassar": "ba bali nb ntb nusatenggarabarat nt ntt nusatenggaratimur ks kalsel kalimantanselatan ki "
        "kaltim kalimantantimur ku kaltara kalimantanutara sn sulsel sulawesiselatan sa sulut sulawesiutara st sulteng "
        "sulawesitengah sg sultra sulawesitenggara sr sulbar sulawesibarat go gorontalo",
        "Asia/Jayapura": "pa papua pb papuabarat westpapua ma maluku mu malukuutara pt papuatengah pe papuapegunungan "
        "ps papuaselatan pd papuabaratdaya",
        "Asia/Pontianak": "kb kalbar kalimantanbarat kt kalteng kalimantantengah",
    },
    "ES": {
        "Atlantic/Canary": "gc tf canarias islascanarias canaryislands laspalmas santacruzdetenerife",
        "Africa/Ceuta": "ce ceuta ml melilla",
    },
    "PT": {"Atlantic/Azores": "20 azores acores", "Atlantic/Madeira": "30 madeira"},
    "MY": {"Asia/Kuching": "sbh 12 sabah swk 13 sarawak lbn 15 labuan"},
    "EC": {"Pacific/Galapagos": "w galapagos"},
    "CL": {"Pacific/Easter": "isladepascua easterisland rapanui", "America/Punta_Arenas": "ma magallanes"},
    "CD": {
        "Africa/Lubumbashi": "hk hautkatanga lu lualaba nk nordkivu sk sudkivu ma maniema kasai kasaioriental tshopo"
    },
    "MN": {"Asia/Hovd": "043 hovd khovd 071 bayanolgii 046 uvs"},
    "NZ": {"Pacific/Chatham": "cit chathamislands"},
    "RU": {"Europe/Kaliningrad": "kgd kaliningrad kaliningradoblast"},
}

# (first, last) prefix of the postal code -> zone; the first match wins
_POSTAL: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "US": (
        ("006", "009", "America/Puerto_Rico"), ("324", "325", "America/Chicago"), ("350", "372", "America/Chicago"),
        ("373", "374", "America/New_York"), ("376", "379", "America/New_York"), ("375", "375", "America/Chicago"),
        ("380", "397", "America/Chicago"), ("420", "424", "America/Chicago"),
        ("463", "464", "America/Chicago"), ("476", "477", "America/Chicago"),
        ("460", "479", "America/Indiana/Indianapolis"), ("480", "499", "America/Detroit"),
        ("500", "567", "America/Chicago"), ("570", "576", "America/Chicago"), ("577", "577", "America/Denver"),
        ("580", "588", "America/Chicago"), ("590", "599", "America/Denver"), ("600", "692", "America/Chicago"),
        ("693", "693", "America/Denver"), ("700", "797", "America/Chicago"), ("798", "799", "America/Denver"),
        ("885", "885", "America/Denver"), ("800", "834", "America/Denver"), ("835", "835", "America/Los_Angeles"),
        ("836", "837", "America/Boise"), ("838", "838", "America/Los_Angeles"), ("840", "847", "America/Denver"),
        ("850", "865", "America/Phoenix"), ("870", "884", "America/Denver"), ("889", "961", "America/Los_Angeles"),
        ("967", "968", "Pacific/Honolulu"), ("969", "969", "Pacific/Guam"), ("970", "994", "America/Los_Angeles"),
        ("995", "999", "America/Anchorage"),
    ),
    "CA": (
        ("A", "A", "America/St_Johns"), ("B", "C", "America/Halifax"), ("E", "E", "America/Moncton"),
        ("R", "R", "America/Winnipeg"), ("S", "S", "America/Regina"), ("T", "T", "America/Edmonton"),
        ("V", "V", "America/Vancouver"), ("X0A", "X0C", "America/Iqaluit"), ("X", "X", "America/Edmonton"),
        ("Y", "Y", "America/Whitehorse"),
    ),
    "AU": (
        ("08", "09", "Australia/Darwin"), ("2880", "2880", "Australia/Broken_Hill"), ("3", "3", "Australia/Melbourne"),
        ("4", "4", "Australia/Brisbane"), ("5", "5", "Australia/Adelaide"), ("6", "6", "Australia/Perth"),
        ("7", "7", "Australia/Hobart"), ("8", "8", "Australia/Melbourne"), ("9", "9", "Australia/Brisbane"),
    ),
    "BR": (
        ("40", "48", "America/Bahia"), ("49", "49", "America/Maceio"), ("50", "56", "America/Recife"),
        ("57", "57", "America/Maceio"), ("58", "65", "America/Fortaleza"), ("66", "68", "America/Belem"),
        ("699", "699", "America/Rio_Branco"), ("690", "698", "America/Manaus"),
        ("768", "769", "America/Porto_Velho"), ("77", "77", "America/Araguaina"),
        ("780", "788", "America/Cuiaba"), ("79", "79", "America/Campo_Grande"),
    ),
    "MX": (
        ("21", "22", "America/Tijuana"), ("23", "23", "America/Mazatlan"), ("24", "24", "America/Merida"),
        ("25", "27", "America/Monterrey"), ("31", "33", "America/Chihuahua"), ("34", "35", "America/Monterrey"),
        ("63", "63", "America/Mazatlan"), ("64", "67", "America/Monterrey"), ("77", "77", "America/Cancun"),
        ("80", "82", "America/Mazatlan"), ("83", "85", "America/Hermosillo"), ("87", "89", "America/Monterrey"),
        ("97", "97", "America/Merida"),
    ),
    "ID": (
        ("70", "72", "Asia/Makassar"), ("73", "74", "Asia/Pontianak"), ("75", "77", "Asia/Makassar"),
        ("78", "79", "Asia/Pontianak"), ("80", "87", "Asia/Makassar"), ("90", "96", "Asia/Makassar"),
        ("97", "99", "Asia/Jayapura"),
    ),
    "ES": (
        ("35", "35", "Atlantic/Canary"), ("38", "38", "Atlantic/Canary"), ("51", "52", "Africa/Ceuta"),
    ),
    "PT": (("90", "94", "Atlantic/Madeira"), ("95", "99", "Atlantic/Azores")),
    "FR": (
        ("971", "971", "America/Guadeloupe"), ("972", "972", "America/Martinique"), ("973", "973", "America/Cayenne"),
        ("974", "974", "Indian/Reunion"), ("975", "975", "America/Miquelon"), ("976", "976", "Indian/Mayotte"),
        ("987", "987", "Pacific/Tahiti"), ("988", "988", "Pacific/Noumea"),
    ),
    "MY": (("87", "91", "Asia/Kuching"), ("93", "98", "Asia/Kuching")),
    "RU": (
        ("236", "238", "Europe/Kaliningrad"), ("400", "404", "Europe/Volgograd"), ("410", "413", "Europe/Saratov"),
        ("414", "416", "Europe/Astrakhan"), ("426", "427", "Europe/Samara"), ("432", "433", "Europe/Ulyanovsk"),
        ("443", "446", "Europe/Samara"), ("450", "462", "Asia/Yekaterinburg"), ("610", "613", "Europe/Kirov"),
        ("614", "629", "Asia/Yekaterinburg"), ("630", "633", "Asia/Novosibirsk"), ("634", "636", "Asia/Tomsk"),
        ("640", "641", "Asia/Yekaterinburg"), ("644", "646", "Asia/Omsk"), ("649", "649", "Asia/Barnaul"),
        ("650", "654", "Asia/Novokuznetsk"), ("655", "655", "Asia/Krasnoyarsk"), ("656", "659", "Asia/Barnaul"),
        ("660", "663", "Asia/Krasnoyarsk"), ("664", "666", "Asia/Irkutsk"), ("667", "668", "Asia/Krasnoyarsk"),
        ("669", "671", "Asia/Irkutsk"), ("672", "674", "Asia/Chita"), ("675", "678", "Asia/Yakutsk"),
        ("679", "682", "Asia/Vladivostok"), ("683", "684", "Asia/Kamchatka"), ("685", "686", "Asia/Magadan"),
        ("688", "688", "Asia/Kamchatka"), ("689", "689", "Asia/Anadyr"), ("690", "692", "Asia/Vladivostok"),
        ("693", "694", "Asia/Sakhalin"),
    ),
}  # fmt: skip


def zone_of(country: str | None, region: str | None = None, postal_code: str | None = None) -> str | None:
    """The IANA zone of an address, as near as its country, region and postal code allow; None for an unknown country.

    country  ISO 3166-1 alpha-2
    """
    if not country:
        return None
    by_code = _by_postal_code(country, postal_code)
    if by_code:
        return by_code
    return _by_region(country).get(_plain(region or "")) or _MAIN.get(country) or _only_zone(country)


def _by_postal_code(country: str, postal_code: str | None) -> str | None:
    code = re.sub(r"[\s-]", "", postal_code or "").upper()
    for first, last, zone in _POSTAL.get(country, ()):
        if code and first <= code[: len(first)] <= last:
            return zone
    # a code that is in no range lies in the main zone, where ranges cover the country
    return _MAIN.get(country) if code and country in {"US", "CA"} and len(code) >= 5 else None


@cache
def _by_region(country: str) -> dict[str, str]:
    return {name: zone for zone, names in _REGIONS.get(country, {}).items() for name in names.split()}


@cache
def _only_zone(country: str) -> str | None:
    zones = get_global("territory_zones").get(country)
    return str(zones[0]) if zones and not zones[0].startswith("Etc/") else None


def _plain(name: str) -> str:
    """Lower case, letters and digits only, without accents; without the country before a subdivision's code."""
    bare = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))
    if re.fullmatch(r"[a-z]{2}-[a-z0-9]{1,3}", bare):
        bare = bare[3:]
    return "".join(c for c in bare if c.isalnum())
