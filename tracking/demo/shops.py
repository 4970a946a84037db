"""The three shops of the demonstration: an outdoor outfitter, a paper goods shop, a ceramics studio."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from tracking.orders.facts import AddressFacts

STATIC = Path(__file__).parents[1] / "static" / "demo"


@dataclass(frozen=True)
class Person:
    """Somebody who orders. Addresses are in example domains, telephone numbers in ranges kept for fiction.

    is_new  never ordered before the demonstration
    """

    name: str
    email: str
    phone: str
    address: AddressFacts
    place: str
    is_new: bool = False


@dataclass(frozen=True)
class Shop:
    """A store to be furnished.

    carriers  its usual ones, the first most often
    origin    a place of the sandbox
    baskets   what is ordered in each of the scenes
    pin       what the merchant shows first, and beside what
    """

    slug: str
    row: dict[str, Any]
    carriers: tuple[str, ...]
    origin: str
    people: tuple[Person, ...]
    baskets: tuple[tuple[str, ...], ...]
    pin: tuple[str, str]
    first_number: int
    number_format: str = "{}"
    consent_text: str = ""
    sms_number: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def catalogue(self) -> list[dict[str, Any]]:
        """Its products, as `catalogue/<slug>.json` has them."""
        text = (files("tracking.demo") / "catalogue" / f"{self.slug}.json").read_text(encoding="utf-8")
        return list(json.loads(text))

    @cached_property
    def logo_svg(self) -> str:
        """Its mark."""
        return (STATIC / self.slug / "logo.svg").read_text(encoding="utf-8").strip()


def _gb(name: str, street: str, city: str, code: str) -> AddressFacts:
    return AddressFacts(name=name, address1=street, city=city, postal_code=code, country="GB")


def _fr(name: str, street: str, city: str, code: str) -> AddressFacts:
    return AddressFacts(name=name, address1=street, city=city, postal_code=code, country="FR")


def _th(name: str, street: str, city: str, code: str) -> AddressFacts:
    return AddressFacts(name=name, address1=street, city=city, postal_code=code, country="TH")


RIDGE = Shop(
    slug="fell-and-ridge",
    row={
        "name": "Fell & Ridge",
        "locales": ["en", "fr", "th"],
        "time_zone": "Europe/London",
        "country": "GB",
        "currency": "GBP",
        "brand": {"accent": "#2a6a4b", "second": "#b45f06", "radius_px": 14, "face": "sans"},
        "support": {
            "email": "help@fell-and-ridge.example",
            "phone": "+442079460018",
            "hours": {
                "en": "We answer within 3 hours, Monday to Saturday",
                "fr": "Réponse en moins de 3 heures, du lundi au samedi",
                "th": "ตอบภายใน 3 ชั่วโมง จันทร์ถึงเสาร์",
            },
        },
        "policies": {
            "email_offers": "unless_refused",
            "returns_days": 60,
            "returns_url": "https://fell-and-ridge.example/returns",
            "shipping_url": "https://fell-and-ridge.example/delivery",
            "privacy_url": "https://fell-and-ridge.example/privacy",
            "lost": "replace",
            "imprint": {"en": "Fell & Ridge Ltd, 12 Beast Banks, Kendal LA9 4JL, United Kingdom"},
        },
        "url": "https://fell-and-ridge.example",
        "sender_name": "Fell & Ridge",
        "sender_email": "orders@fell-and-ridge.example",
        "reply_to": "help@fell-and-ridge.example",
        "handling_days": 1,
        "transit_days_min": 1,
        "transit_days_max": 3,
    },
    carriers=("fedex", "dhl", "ups"),
    origin="Manchester",
    people=(
        Person(
            "Imogen Hartley",
            "imogen@example.com",
            "+447700900141",
            _gb("Imogen Hartley", "14 Wharf Lane", "London", "EC1A 1BB"),
            "London",
        ),
        Person(
            "Callum Reid",
            "callum@example.com",
            "+447700900762",
            _gb("Callum Reid", "3 Canal Street", "Manchester", "M1 1AE"),
            "Manchester",
        ),
        Person(
            "Priya Nair",
            "priya@example.com",
            "+447700900355",
            _gb("Priya Nair", "77 Amwell Street", "London", "EC1R 1UR"),
            "London",
        ),
        Person(
            "Tom Ashworth",
            "tom@example.com",
            "+447700900218",
            _gb("Tom Ashworth", "9 Quay Street", "Manchester", "M3 3JE"),
            "Manchester",
        ),
        Person(
            "Eleanor Shaw",
            "eleanor@example.com",
            "+447700900433",
            _gb("Eleanor Shaw", "2 Noel Road", "London", "N1 8HQ"),
            "London",
        ),
        Person(
            "Marcus Bell",
            "marcus@example.com",
            "+447700900607",
            _gb("Marcus Bell", "31 Tib Street", "Manchester", "M4 1LX"),
            "Manchester",
        ),
        Person(
            "Hannah Doyle",
            "hannah@example.com",
            "+447700900874",
            _gb("Hannah Doyle", "50 Lamb’s Conduit Street", "London", "WC1N 3LL"),
            "London",
        ),
        Person(
            "Owen Price",
            "owen@example.com",
            "+447700900926",
            _gb("Owen Price", "12 Beech Road", "Manchester", "M21 8BQ"),
            "Manchester",
        ),
        Person(
            "Isla Grant",
            "isla@example.com",
            "+447700900188",
            _gb("Isla Grant", "6 Marylebone Lane", "London", "W1U 2NH"),
            "London",
            is_new=True,
        ),
        Person(
            "Rhys Morgan",
            "rhys@example.com",
            "+447700900351",
            _gb("Rhys Morgan", "27 Portland Street", "Manchester", "M1 3LF"),
            "Manchester",
            is_new=True,
        ),
        Person(
            "Amara Okafor",
            "amara@example.com",
            "+447700900519",
            _gb("Amara Okafor", "8 Camden Passage", "London", "N1 8EA"),
            "London",
            is_new=True,
        ),
        Person(
            "Fiona McLean",
            "fiona@example.com",
            "+447700900663",
            _gb("Fiona McLean", "41 Barlow Moor Road", "Manchester", "M20 6TP"),
            "Manchester",
            is_new=True,
        ),
        Person(
            "Daniel Hughes",
            "daniel@example.com",
            "+447700900790",
            _gb("Daniel Hughes", "19 Columbia Road", "London", "E2 7RG"),
            "London",
            is_new=True,
        ),
    ),
    baskets=(
        ("FR-1028-LI", "FR-4021"),
        ("FR-3120", "FR-3110", "FR-4050"),
        ("FR-6001", "FR-2201-SL"),
        ("FR-2305-RU", "FR-2402-LI"),
        ("FR-5002", "FR-2305-RU"),
        ("FR-6010",),
        ("FR-4030", "FR-4010-PI"),
        ("FR-5010", "FR-7001"),
        ("FR-4030", "FR-4010-CR"),
        ("FR-1101", "FR-1090"),
        ("FR-3120", "FR-3110"),
        ("FR-2501-CH", "FR-6031"),
        ("FR-3105", "FR-3120"),
        ("FR-1028-OC",),
        ("FR-2402-LI",),
        ("FR-2210-SL", "FR-2201-OA"),
        ("FR-2210-SL", "FR-2201-SL"),
        ("FR-2501-CH", "FR-2201-OA"),
        ("FR-2206",),
        ("FR-4090", "FR-4050", "FR-6010"),
        ("FR-4021", "FR-4050"),
        ("FR-5006", "FR-7001"),
        ("FR-1036", "FR-1101"),
    ),
    pin=("FR-7001", "FR-6001"),
    first_number=10421,
    sms_number="+447700900500",
    consent_text="Text me when my parcel is out for delivery, delivered, or needs me.",
)

PAPIER = Shop(
    slug="maison-papier",
    row={
        "name": "Maison Papier",
        "locales": ["fr", "en", "th"],
        "time_zone": "Europe/Paris",
        "country": "FR",
        "currency": "EUR",
        "brand": {"accent": "#a8322a", "second": "#7a5a2e", "radius_px": 3, "face": "serif"},
        "support": {
            "email": "bonjour@maison-papier.example",
            "phone": "+33199001842",
            "hours": {
                "fr": "Une réponse le jour même, du lundi au vendredi",
                "en": "An answer the same day, Monday to Friday",
                "th": "ตอบภายในวันเดียวกัน จันทร์ถึงศุกร์",
            },
        },
        "policies": {
            "email_offers": "unless_refused",
            "returns_days": 30,
            "returns_url": "https://maison-papier.example/retours",
            "shipping_url": "https://maison-papier.example/livraison",
            "privacy_url": "https://maison-papier.example/confidentialite",
            "lost": "refund",
            "imprint": {"fr": "Maison Papier SARL, 8 rue Crébillon, 44000 Nantes"},
        },
        "url": "https://maison-papier.example",
        "sender_name": "Maison Papier",
        "sender_email": "commandes@maison-papier.example",
        "reply_to": "bonjour@maison-papier.example",
        "handling_days": 2,
        "transit_days_min": 2,
        "transit_days_max": 3,
    },
    carriers=("la-poste", "dhl", "ups"),
    origin="Nantes",
    people=(
        Person(
            "Camille Aubert",
            "camille@example.com",
            "+33639981241",
            _fr("Camille Aubert", "21 rue de la Bourse", "Lyon", "69002"),
            "Lyon",
        ),
        Person(
            "Hugo Perrin",
            "hugo@example.com",
            "+33639985318",
            _fr("Hugo Perrin", "5 rue Sainte-Catherine", "Bordeaux", "33000"),
            "Bordeaux",
        ),
        Person(
            "Inès Lambert",
            "ines@example.com",
            "+33639987705",
            _fr("Inès Lambert", "40 rue Montorgueil", "Paris", "75002"),
            "Paris",
        ),
        Person(
            "Louis Garnier",
            "louis@example.com",
            "+33639982204",
            _fr("Louis Garnier", "18 rue Saint-Rome", "Toulouse", "31000"),
            "Toulouse",
        ),
        Person(
            "Manon Le Goff",
            "manon@example.com",
            "+33639983361",
            _fr("Manon Le Goff", "3 rue de la Monnaie", "Rennes", "35000"),
            "Rennes",
        ),
        Person(
            "Jeanne Delcourt",
            "jeanne@example.com",
            "+33639984472",
            _fr("Jeanne Delcourt", "27 rue Esquermoise", "Lille", "59000"),
            "Lille",
        ),
        Person(
            "Théo Muller",
            "theo@example.com",
            "+33639986583",
            _fr("Théo Muller", "11 quai des Bateliers", "Strasbourg", "67000"),
            "Strasbourg",
        ),
        Person(
            "Sarah Benali",
            "sarah@example.com",
            "+33639988694",
            _fr("Sarah Benali", "64 rue de Charonne", "Paris", "75011"),
            "Paris",
        ),
        Person(
            "Paul Lemaire",
            "paul@example.com",
            "+33639989705",
            _fr("Paul Lemaire", "14 rue Carnot", "Annecy", "74000"),
            "Annecy",
            is_new=True,
        ),
        Person(
            "Claire Fontaine",
            "claire@example.com",
            "+33639980716",
            _fr("Claire Fontaine", "7 rue Saint-Michel", "Rennes", "35000"),
            "Rennes",
            is_new=True,
        ),
        Person(
            "Antoine Roux",
            "antoine@example.com",
            "+33639981827",
            _fr("Antoine Roux", "52 rue Mercière", "Lyon", "69002"),
            "Lyon",
            is_new=True,
        ),
        Person(
            "Lucie Bernard",
            "lucie@example.com",
            "+33639982938",
            _fr("Lucie Bernard", "30 rue Fondaudège", "Bordeaux", "33000"),
            "Bordeaux",
            is_new=True,
        ),
        Person(
            "Nadia Haddad",
            "nadia@example.com",
            "+33639983049",
            _fr("Nadia Haddad", "16 rue des Filatiers", "Toulouse", "31000"),
            "Toulouse",
            is_new=True,
        ),
    ),
    baskets=(
        ("MP-3405", "MP-3401"),
        ("MP-1201", "MP-4101", "MP-4102"),
        ("MP-7301", "MP-2201"),
        ("MP-2410", "MP-2120-CR"),
        ("MP-1105-BR", "MP-4101"),
        ("MP-7101",),
        ("MP-5301", "MP-5302"),
        ("MP-3501", "MP-3302"),
        ("MP-5302", "MP-5301"),
        ("MP-3302", "MP-2301"),
        ("MP-3501", "MP-1105-NU"),
        ("MP-2201", "MP-2120-CR"),
        ("MP-6201", "MP-2301"),
        ("MP-2120-GR", "MP-5302"),
        ("MP-7205",),
        ("MP-7201", "MP-7205"),
        ("MP-1301",),
        ("MP-3501", "MP-3301"),
        ("MP-1120",),
        ("MP-3490", "MP-2301", "MP-2201"),
        ("MP-7101", "MP-7201"),
        ("MP-1105-NU", "MP-4102"),
        ("MP-1201", "MP-4101"),
    ),
    pin=("MP-6105", "MP-7301"),
    first_number=731,
    sms_number="+33757050500",
    consent_text="Prévenez-moi par SMS quand mon colis est en livraison, livré, ou qu’il a besoin de moi.",
)

DIN = Shop(
    slug="din-studio",
    row={
        "name": "ดินสตูดิโอ",
        "locales": ["th", "en", "fr"],
        "time_zone": "Asia/Bangkok",
        "country": "TH",
        "currency": "THB",
        "brand": {"accent": "#1c5d82", "second": "#b26a00", "radius_px": 22, "face": "thai"},
        "support": {
            "email": "sawasdee@din-studio.example",
            "phone": "+6625550142",
            "hours": {
                "th": "ตอบภายใน 2 ชั่วโมง ทุกวัน 9:00–18:00",
                "en": "We answer within 2 hours, every day 9:00–18:00",
                "fr": "Réponse en moins de 2 heures, tous les jours de 9 h à 18 h",
            },
        },
        "policies": {
            "email_offers": "unless_refused",
            "returns_days": 14,
            "returns_url": "https://din-studio.example/returns",
            "shipping_url": "https://din-studio.example/shipping",
            "privacy_url": "https://din-studio.example/privacy",
            "lost": "replace",
            "imprint": {"th": "ดินสตูดิโอ 19 ถนนช้างม่อย อำเภอเมือง เชียงใหม่ 50000"},
        },
        "url": "https://din-studio.example",
        "sender_name": "ดินสตูดิโอ",
        "sender_email": "orders@din-studio.example",
        "reply_to": "sawasdee@din-studio.example",
        "handling_days": 2,
        "transit_days_min": 1,
        "transit_days_max": 3,
    },
    carriers=("thailand-post", "dhl", "ups"),
    origin="Chiang Mai",
    people=(
        Person(
            "พิมพ์ชนก ศรีสุข",
            "pimchanok@example.com",
            "+66812345601",
            _th("พิมพ์ชนก ศรีสุข", "88/12 ซอยสุขุมวิท 31", "กรุงเทพมหานคร", "10110"),
            "Bangkok",
        ),
        Person(
            "ธนกร วงศ์ใหญ่",
            "thanakorn@example.com",
            "+66812345602",
            _th("ธนกร วงศ์ใหญ่", "45 ถนนศรีจันทร์", "ขอนแก่น", "40000"),
            "Khon Kaen",
        ),
        Person(
            "อรอนงค์ แก้วมณี",
            "onanong@example.com",
            "+66812345603",
            _th("อรอนงค์ แก้วมณี", "7 ถนนถลาง", "ภูเก็ต", "83000"),
            "Phuket",
        ),
        Person(
            "ชลธิชา บุญมา",
            "chonthicha@example.com",
            "+66812345604",
            _th("ชลธิชา บุญมา", "112 ถนนนิมมานเหมินท์", "เชียงใหม่", "50200"),
            "Chiang Mai",
        ),
        Person(
            "ปกรณ์ ทองสุข",
            "pakorn@example.com",
            "+66812345605",
            _th("ปกรณ์ ทองสุข", "9/3 ถนนเพชรเกษม", "สงขลา", "90110"),
            "Hat Yai",
        ),
        Person(
            "มาลี อินทร์แก้ว",
            "malee@example.com",
            "+66812345606",
            _th("มาลี อินทร์แก้ว", "56 ถนนสุรนารี", "นครราชสีมา", "30000"),
            "Nakhon Ratchasima",
        ),
        Person(
            "กิตติ พรหมดี",
            "kitti@example.com",
            "+66812345607",
            _th("กิตติ พรหมดี", "21 ซอยอารีย์ 4", "กรุงเทพมหานคร", "10400"),
            "Bangkok",
        ),
        Person(
            "สุดารัตน์ ใจงาม",
            "sudarat@example.com",
            "+66812345608",
            _th("สุดารัตน์ ใจงาม", "78 ถนนตลาดใหม่", "สุราษฎร์ธานี", "84000"),
            "Surat Thani",
        ),
        Person(
            "ณัฐพล สายทอง",
            "natthaphon@example.com",
            "+66812345609",
            _th("ณัฐพล สายทอง", "33 ถนนพหลโยธิน", "กรุงเทพมหานคร", "10900"),
            "Bangkok",
            is_new=True,
        ),
        Person(
            "วิภา สุขสันต์",
            "wipha@example.com",
            "+66812345610",
            _th("วิภา สุขสันต์", "15 ถนนเจริญเมือง", "เชียงใหม่", "50000"),
            "Chiang Mai",
            is_new=True,
        ),
        Person(
            "ศุภชัย รุ่งเรือง",
            "supachai@example.com",
            "+66812345611",
            _th("ศุภชัย รุ่งเรือง", "61 ถนนกลางเมือง", "ขอนแก่น", "40000"),
            "Khon Kaen",
            is_new=True,
        ),
        Person(
            "นภา แสงจันทร์",
            "napha@example.com",
            "+66812345612",
            _th("นภา แสงจันทร์", "24 ถนนเทพกระษัตรี", "ภูเก็ต", "83000"),
            "Phuket",
            is_new=True,
        ),
        Person(
            "อนันต์ ศรีทอง",
            "anan@example.com",
            "+66812345613",
            _th("อนันต์ ศรีทอง", "102 ซอยทองหล่อ 13", "กรุงเทพมหานคร", "10110"),
            "Bangkok",
            is_new=True,
        ),
    ),
    baskets=(
        ("DIN-301", "DIN-201-DP"),
        ("DIN-101-MK", "DIN-501", "DIN-601"),
        ("DIN-801", "DIN-401"),
        ("DIN-105", "DIN-605"),
        ("DIN-101-MK", "DIN-501"),
        ("DIN-101-NM", "DIN-501"),
        ("DIN-301", "DIN-201-KM"),
        ("DIN-210", "DIN-305"),
        ("DIN-210", "DIN-305"),
        ("DIN-402",),
        ("DIN-105", "DIN-605"),
        ("DIN-805", "DIN-811"),
        ("DIN-601", "DIN-609"),
        ("DIN-503", "DIN-201-KM"),
        ("DIN-701",),
        ("DIN-107", "DIN-103"),
        ("DIN-101-SD", "DIN-605"),
        ("DIN-301", "DIN-503"),
        ("DIN-403",),
        ("DIN-390", "DIN-503", "DIN-601"),
        ("DIN-103", "DIN-601"),
        ("DIN-701", "DIN-401"),
        ("DIN-107", "DIN-609"),
    ),
    pin=("DIN-813", "DIN-801"),
    first_number=2188,
    sms_number="+66812345500",
    consent_text="ส่ง SMS ถึงฉันเมื่อพัสดุกำลังนำส่ง จัดส่งสำเร็จ หรือต้องให้ฉันทำอะไรสักอย่าง",
)

SHOPS = (RIDGE, PAPIER, DIN)
