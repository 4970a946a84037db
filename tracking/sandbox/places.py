"""Where parcels pass: cities with their zone and position, each country's hubs, and the ways between countries.

The sandbox's own facts, kept apart from the adapters on purpose. Positions are city centres, good enough for hours of
driving and flying.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracking.platform.errors import BadPayload


@dataclass(frozen=True, slots=True)
class Place:
    """A place a scan can happen at. `local` is its name in the country's own language; `hub` marks sorting sites."""

    city: str
    region: str
    postal_code: str
    country: str
    zone: str
    lat: float
    lon: float
    local: str = ""
    hub: bool = False

    @property
    def tz(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.zone)


_E, _C, _M, _P = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_FR, _DE, _TH, _GB = "Europe/Paris", "Europe/Berlin", "Asia/Bangkok", "Europe/London"
_PL = "Europe/Warsaw"

_ROWS: tuple[tuple[str, str, str, str, str, float, float, str], ...] = (
    ("New York", "NY", "10001", "US", _E, 40.75, -73.99, ""),
    ("Brooklyn", "NY", "11201", "US", _E, 40.69, -73.99, ""),
    ("Jamaica", "NY", "11430", "US", _E, 40.65, -73.79, ""),
    ("Newark", "NJ", "07114", "US", _E, 40.70, -74.17, ""),
    ("Paramus", "NJ", "07652", "US", _E, 40.94, -74.07, ""),
    ("Boston", "MA", "02108", "US", _E, 42.36, -71.06, ""),
    ("Portland", "ME", "04101", "US", _E, 43.66, -70.26, ""),
    ("Philadelphia", "PA", "19104", "US", _E, 39.96, -75.20, ""),
    ("Atlanta", "GA", "30303", "US", _E, 33.75, -84.39, ""),
    ("Miami", "FL", "33122", "US", _E, 25.79, -80.29, ""),
    ("Jacksonville", "FL", "32218", "US", _E, 30.44, -81.65, ""),
    ("Columbus", "OH", "43217", "US", _E, 39.82, -82.94, ""),
    ("Indianapolis", "IN", "46241", "US", "America/Indiana/Indianapolis", 39.73, -86.28, ""),
    ("Louisville", "KY", "40213", "US", "America/Kentucky/Louisville", 38.18, -85.72, ""),
    ("Memphis", "TN", "38118", "US", _C, 35.04, -89.93, ""),
    ("Chicago", "IL", "60638", "US", _C, 41.77, -87.77, ""),
    ("Minneapolis", "MN", "55450", "US", _C, 44.88, -93.22, ""),
    ("Dallas", "TX", "75261", "US", _C, 32.90, -97.04, ""),
    ("Austin", "TX", "78701", "US", _C, 30.27, -97.74, ""),
    ("Denver", "CO", "80249", "US", _M, 39.85, -104.67, ""),
    ("Boulder", "CO", "80302", "US", _M, 40.01, -105.28, ""),
    ("Phoenix", "AZ", "85034", "US", "America/Phoenix", 33.43, -112.01, ""),
    ("Salt Lake City", "UT", "84116", "US", _M, 40.79, -111.98, ""),
    ("Los Angeles", "CA", "90045", "US", _P, 33.94, -118.41, ""),
    ("Ontario", "CA", "91761", "US", _P, 34.06, -117.60, ""),
    ("Oakland", "CA", "94621", "US", _P, 37.71, -122.22, ""),
    ("San Francisco", "CA", "94103", "US", _P, 37.77, -122.41, ""),
    ("Portland", "OR", "97218", "US", _P, 45.59, -122.59, ""),
    ("Seattle", "WA", "98108", "US", _P, 47.54, -122.31, ""),
    ("Anchorage", "AK", "99502", "US", "America/Anchorage", 61.17, -149.99, ""),
    ("Honolulu", "HI", "96819", "US", "Pacific/Honolulu", 21.32, -157.92, ""),
    ("Paris", "", "75002", "FR", _FR, 48.87, 2.34, ""),
    ("Roissy-en-France", "", "95700", "FR", _FR, 49.00, 2.52, ""),
    ("Gennevilliers", "", "92230", "FR", _FR, 48.93, 2.29, ""),
    ("Lyon", "", "69002", "FR", _FR, 45.76, 4.83, ""),
    ("Saint-Priest", "", "69800", "FR", _FR, 45.70, 4.94, ""),
    ("Marseille", "", "13001", "FR", _FR, 43.30, 5.38, ""),
    ("Bordeaux", "", "33000", "FR", _FR, 44.84, -0.58, ""),
    ("Cestas", "", "33610", "FR", _FR, 44.74, -0.68, ""),
    ("Toulouse", "", "31000", "FR", _FR, 43.60, 1.44, ""),
    ("Nantes", "", "44000", "FR", _FR, 47.22, -1.55, ""),
    ("Rennes", "", "35000", "FR", _FR, 48.11, -1.68, ""),
    ("Lille", "", "59000", "FR", _FR, 50.63, 3.06, ""),
    ("Douvrin", "", "62138", "FR", _FR, 50.51, 2.83, ""),
    ("Strasbourg", "", "67000", "FR", _FR, 48.58, 7.75, ""),
    ("Annecy", "", "74000", "FR", _FR, 45.90, 6.12, ""),
    ("Berlin", "", "10115", "DE", _DE, 52.53, 13.38, ""),
    ("Hamburg", "", "20095", "DE", _DE, 53.55, 10.00, ""),
    ("Munich", "", "80331", "DE", _DE, 48.14, 11.57, "München"),
    ("Cologne", "", "51147", "DE", _DE, 50.87, 7.14, "Köln"),
    ("Bonn", "", "53113", "DE", _DE, 50.73, 7.10, ""),
    ("Leipzig", "", "04435", "DE", _DE, 51.42, 12.24, ""),
    ("Frankfurt", "", "60549", "DE", _DE, 50.04, 8.56, ""),
    ("Stuttgart", "", "70173", "DE", _DE, 48.78, 9.18, ""),
    ("London", "", "EC1A 1BB", "GB", _GB, 51.52, -0.10, ""),
    ("Castle Donington", "", "DE74 2TJ", "GB", _GB, 52.84, -1.33, ""),
    ("Manchester", "", "M1 1AE", "GB", _GB, 53.48, -2.24, ""),
    ("Bangkok", "", "10110", "TH", _TH, 13.74, 100.56, "กรุงเทพฯ"),
    ("Lak Si", "", "10010", "TH", _TH, 13.88, 100.57, "ศป.หลักสี่"),
    ("Suvarnabhumi", "", "10541", "TH", _TH, 13.69, 100.75, "ศป.สุวรรณภูมิ"),
    ("Chiang Mai", "", "50000", "TH", _TH, 18.79, 98.98, "เชียงใหม่"),
    ("Lamphun", "", "51000", "TH", _TH, 18.58, 99.01, "ลำพูน"),
    ("Phitsanulok", "", "65000", "TH", _TH, 16.82, 100.26, "พิษณุโลก"),
    ("Khon Kaen", "", "40000", "TH", _TH, 16.43, 102.83, "ขอนแก่น"),
    ("Nakhon Ratchasima", "", "30000", "TH", _TH, 14.97, 102.10, "นครราชสีมา"),
    ("Phuket", "", "83000", "TH", _TH, 7.88, 98.39, "ภูเก็ต"),
    ("Hat Yai", "", "90110", "TH", _TH, 7.01, 100.47, "หาดใหญ่"),
    ("Surat Thani", "", "84000", "TH", _TH, 9.14, 99.33, "สุราษฎร์ธานี"),
    ("Tokyo", "", "100-0001", "JP", "Asia/Tokyo", 35.68, 139.77, ""),
    ("Shenzhen", "", "518000", "CN", "Asia/Shanghai", 22.54, 114.06, "深圳市"),
    ("Shanghai", "", "200000", "CN", "Asia/Shanghai", 31.23, 121.47, "上海市"),
    ("Wuhan", "", "430000", "CN", "Asia/Shanghai", 30.59, 114.31, "武汉市"),
    ("Cairo", "", "11511", "EG", "Africa/Cairo", 30.04, 31.24, "القاهرة"),
    ("Alexandria", "", "21500", "EG", "Africa/Cairo", 31.20, 29.92, "الإسكندرية"),
    ("Tanta", "", "31511", "EG", "Africa/Cairo", 30.79, 31.00, "طنطا"),
    ("Kuala Lumpur", "", "50450", "MY", "Asia/Kuala_Lumpur", 3.14, 101.69, ""),
    ("Shah Alam", "", "40000", "MY", "Asia/Kuala_Lumpur", 3.07, 101.52, ""),
    ("Toronto", "ON", "M5H 2N2", "CA", "America/Toronto", 43.65, -79.38, ""),
    ("Mississauga", "ON", "L5P 1A1", "CA", "America/Toronto", 43.68, -79.61, ""),
    ("Ottawa", "ON", "K1A 0B1", "CA", "America/Toronto", 45.42, -75.70, ""),
    ("Montreal", "QC", "H2Y 1C6", "CA", "America/Toronto", 45.50, -73.56, ""),
    ("Quebec", "QC", "G1K 4M7", "CA", "America/Toronto", 46.81, -71.21, ""),
    ("Halifax", "NS", "B3H 1T1", "CA", "America/Halifax", 44.65, -63.58, ""),
    ("Winnipeg", "MB", "R3C 1A3", "CA", "America/Winnipeg", 49.90, -97.14, ""),
    ("Calgary", "AB", "T2P 1J9", "CA", "America/Edmonton", 51.05, -114.07, ""),
    ("Vancouver", "BC", "V6B 1A1", "CA", "America/Vancouver", 49.28, -123.12, ""),
    ("Sydney", "NSW", "2000", "AU", "Australia/Sydney", -33.87, 151.21, ""),
    ("Chullora", "NSW", "2190", "AU", "Australia/Sydney", -33.89, 151.06, ""),
    ("Melbourne", "VIC", "3000", "AU", "Australia/Melbourne", -37.81, 144.96, ""),
    ("Sunshine West", "VIC", "3020", "AU", "Australia/Melbourne", -37.79, 144.82, ""),
    ("Brisbane", "QLD", "4000", "AU", "Australia/Brisbane", -27.47, 153.03, ""),
    ("Adelaide", "SA", "5000", "AU", "Australia/Adelaide", -34.93, 138.60, ""),
    ("Perth", "WA", "6000", "AU", "Australia/Perth", -31.95, 115.86, ""),
    ("Warsaw", "", "00-001", "PL", _PL, 52.23, 21.01, "Warszawa"),
    ("Krakow", "", "31-001", "PL", _PL, 50.06, 19.94, "Kraków"),
    ("Strykow", "", "95-010", "PL", _PL, 51.90, 19.60, "Stryków"),
    ("Madrid", "", "28001", "ES", "Europe/Madrid", 40.42, -3.69, ""),
    ("Milan", "", "20121", "IT", "Europe/Rome", 45.47, 9.19, "Milano"),
    ("Brussels", "", "1000", "BE", "Europe/Brussels", 50.85, 4.35, "Bruxelles"),
    ("Amsterdam", "", "1012 JS", "NL", "Europe/Amsterdam", 52.37, 4.90, ""),
    ("Eindhoven", "", "5611 AA", "NL", "Europe/Amsterdam", 51.44, 5.48, ""),
    ("Veenendaal", "", "3905 LB", "NL", "Europe/Amsterdam", 52.03, 5.56, ""),
    ("Zurich", "", "8001", "CH", "Europe/Zurich", 47.37, 8.54, "Zürich"),
    ("Singapore", "", "018956", "SG", "Asia/Singapore", 1.28, 103.85, ""),
    ("Stockholm", "", "111 20", "SE", "Europe/Stockholm", 59.33, 18.07, ""),
    ("Gothenburg", "", "411 03", "SE", "Europe/Stockholm", 57.71, 11.97, "Göteborg"),
    ("Malmo", "", "211 20", "SE", "Europe/Stockholm", 55.61, 13.00, "Malmö"),
    ("Mumbai", "Maharashtra", "400099", "IN", "Asia/Kolkata", 19.08, 72.88, ""),
    ("Delhi", "Delhi", "110037", "IN", "Asia/Kolkata", 28.61, 77.21, ""),
    ("Bengaluru", "Karnataka", "560034", "IN", "Asia/Kolkata", 12.97, 77.59, ""),
    ("Amman", "", "11181", "JO", "Asia/Amman", 31.95, 35.93, ""),
    ("Aqaba", "", "77110", "JO", "Asia/Amman", 29.53, 35.01, ""),
    ("Dubai", "", "", "AE", "Asia/Dubai", 25.20, 55.27, ""),
)  # fmt: skip

PLACES: Mapping[tuple[str, str, str], Place] = {(row[3], row[0].lower(), row[1]): Place(*row) for row in _ROWS}

# zones of states whose city is not in the list above; the rest of the country by its largest city
_STATES_BY_ZONE: Mapping[str, str] = {
    _E: "CT DC DE FL GA IN MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV KY",
    _C: "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    _M: "CO ID MT NM UT WY",
    _P: "CA NV OR WA",
    "America/Phoenix": "AZ",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR",
}
_STATE_ZONES = {state: zone for zone, states in _STATES_BY_ZONE.items() for state in states.split()}

COUNTRY_NAMES: Mapping[str, str] = {
    "US": "United States", "FR": "France", "DE": "Germany", "TH": "Thailand", "GB": "United Kingdom", "JP": "Japan",
    "CN": "China", "CA": "Canada", "AU": "Australia", "ES": "Spain", "IT": "Italy", "BE": "Belgium",
    "NL": "Netherlands", "CH": "Switzerland", "SG": "Singapore", "EG": "Egypt", "MY": "Malaysia", "PL": "Poland",
    "SE": "Sweden", "IN": "India", "JO": "Jordan", "AE": "United Arab Emirates",
}  # fmt: skip

# no customs between these
_EU = frozenset({"FR", "DE", "ES", "IT", "BE", "NL", "PL", "SE"})

# sorting sites by (carrier, country); "" stands for any carrier
_HUBS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("ups", "US"): ("Louisville", "Chicago", "Dallas", "Philadelphia", "Ontario"),
    ("fedex", "US"): ("Memphis", "Indianapolis", "Newark", "Oakland", "Dallas"),
    ("usps", "US"): ("Chicago", "Jacksonville", "Denver", "Dallas", "Los Angeles", "Philadelphia", "Atlanta"),
    ("", "US"): ("Chicago", "Dallas", "Columbus", "Ontario"),
    ("dhl", "DE"): ("Leipzig", "Cologne"),
    ("", "DE"): ("Cologne", "Leipzig"),
    ("la-poste", "FR"): ("Gennevilliers", "Saint-Priest", "Cestas", "Douvrin"),
    ("", "FR"): ("Gennevilliers", "Saint-Priest"),
    ("", "TH"): ("Lak Si", "Phitsanulok", "Nakhon Ratchasima", "Surat Thani"),
    ("", "GB"): ("Castle Donington",),
    ("", "NL"): ("Veenendaal",),
    ("", "CA"): ("Mississauga", "Montreal", "Winnipeg", "Calgary"),
    ("", "AU"): ("Chullora", "Sunshine West"),
    ("", "PL"): ("Strykow",),
    ("", "CN"): ("Wuhan",),
    ("", "EG"): ("Tanta",),
}

# where parcels leave and enter a country
_GATEWAYS: Mapping[tuple[str, str], str] = {
    ("ups", "US"): "Louisville",
    ("fedex", "US"): "Memphis",
    ("usps", "US"): "Jamaica",
    ("", "US"): "Jamaica",
    ("", "FR"): "Roissy-en-France",
    ("ups", "DE"): "Cologne",
    ("dhl", "DE"): "Leipzig",
    ("", "DE"): "Frankfurt",
    ("", "GB"): "Castle Donington",
    ("", "CA"): "Mississauga",
    ("", "TH"): "Suvarnabhumi",
}


def find_place(value: object, *, fallback_country: str = "US") -> Place:
    """Read a place from a control request.

    value   "Paris", "Portland, ME", "FR", or {city, region, postal_code, country, zone, lat, lon}; a city that is not
            known takes its zone and position from its state or country
    raises  BadPayload when nothing is known about it, or its zone does not exist
    """
    if isinstance(value, Place):
        return value
    if isinstance(value, str):
        return _by_name(value.strip(), fallback_country)
    if isinstance(value, Mapping):
        return _by_fields(value, fallback_country)
    raise BadPayload("A place is a city's name or an object with city, region, postal_code and country.")


def _by_name(name: str, country: str) -> Place:
    city, _, region = (part.strip() for part in name.partition(","))
    rows = [place for place in PLACES.values() if place.city.lower() == city.lower()]
    rows = [place for place in rows if not region or region.upper() in (place.region, place.country)]
    if rows:
        return next((place for place in rows if place.country == country), rows[0])
    if len(name) == 2 and (found := _capital(name.upper())):
        return found
    raise BadPayload(f"The sandbox knows no place “{name[:60]}”; give city, region, postal_code and country.")


def _by_fields(value: Mapping[str, Any], fallback_country: str) -> Place:
    text = {key: str(value.get(key) or "").strip() for key in ("city", "region", "postal_code", "country", "zone")}
    country = (text["country"] or fallback_country).upper()
    region = text["region"].upper() if country == "US" else text["region"]
    known = PLACES.get((country, text["city"].lower(), region)) or PLACES.get((country, text["city"].lower(), ""))
    base = known or next((p for p in PLACES.values() if country == "US" == p.country and p.region == region), None)
    base = base or _capital(country)
    if base is None and not text["zone"]:
        raise BadPayload(f"The sandbox knows nothing about the country “{country[:10]}”; give the place a zone.")
    zone = text["zone"] or (_STATE_ZONES.get(region) if country == "US" and not known else None)
    zone = zone or (base.zone if base else "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadPayload(f"There is no time zone “{zone[:60]}”.") from error
    return Place(
        city=text["city"] or (base.city if base else ""),
        region=region or (known.region if known else ""),
        postal_code=text["postal_code"] or (known.postal_code if known else ""),
        country=country,
        zone=zone,
        lat=float(value.get("lat") or (base.lat if base else 0.0)),
        lon=float(value.get("lon") or (base.lon if base else 0.0)),
        local=known.local if known else "",
    )


def _capital(country: str) -> Place | None:
    return next((place for place in PLACES.values() if place.country == country), None)


def crosses_customs(origin: str, destination: str) -> bool:
    """Whether a parcel between two countries is cleared on arrival."""
    return origin != destination and not (origin in _EU and destination in _EU)


def distance_km(one: Place, other: Place) -> float:
    """Great-circle distance."""
    lat1, lon1, lat2, lon2 = map(math.radians, (one.lat, one.lon, other.lat, other.lon))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 12_742 * math.asin(min(1.0, math.sqrt(half)))


def hub_between(carrier: str, origin: Place, destination: Place) -> Place | None:
    """The sorting site of least detour within one country; None for neighbours and for countries without one."""
    if distance_km(origin, destination) < 60:
        return None
    names = _HUBS.get((carrier, origin.country)) or _HUBS.get(("", origin.country), ())
    hubs = [replace(_by_name(name, origin.country), hub=True) for name in names]
    hubs = [hub for hub in hubs if hub.city not in (origin.city, destination.city)]
    return min(hubs, key=lambda hub: distance_km(origin, hub) + distance_km(hub, destination), default=None)


def other_hub(carrier: str, near: Place, avoid: Place | None) -> Place:
    """A sorting site of the country that is not on the way: where a misrouted parcel turns up."""
    names = _HUBS.get((carrier, near.country)) or _HUBS.get(("", near.country), ())
    hubs = [replace(_by_name(name, near.country), hub=True) for name in names if not avoid or name != avoid.city]
    return max(hubs, key=lambda hub: distance_km(near, hub), default=near)


def gateway(carrier: str, country: str) -> Place | None:
    """Where that carrier's parcels leave and enter the country; None for countries without an entry."""
    name = _GATEWAYS.get((carrier, country)) or _GATEWAYS.get(("", country))
    found = _by_name(name, country) if name else _capital(country)
    return replace(found, hub=True) if found else None
