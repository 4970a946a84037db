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
    """Somebody who orders. Addresses are in example domains, telephone numbers in ranges kept for fiction."""

    name: str
    email: str
    phone: str
    address: AddressFacts
    place: str


@dataclass(frozen=True)
class Shop:
    """A store to be furnished. `carriers`: its usual ones, the first most often. `origin`: a place of the sandbox."""

    slug: str
    row: dict[str, Any]
    carriers: tuple[str, ...]
    origin: str
    people: tuple[Person, ...]
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
    ),
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
    ),
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
    ),
    first_number=2188,
    sms_number="+66812345500",
    consent_text="ส่ง SMS ถึงฉันเมื่อพัสดุกำลังนำส่ง จัดส่งสำเร็จ หรือต้องให้ฉันทำอะไรสักอย่าง",
)

SHOPS = (RIDGE, PAPIER, DIN)
