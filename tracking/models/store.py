"""A store: its brand, domain, languages, senders, ways to be reached and policies. Stores never see each other."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tracking.platform import clock
from tracking.platform.db import Base, BigId, Json, UtcDateTime, random_id


class Store(Base):
    """One shop of the installation.

    locales     BCP 47 tags offered on pages, the home language first
    brand       {"accent": "#rrggbb", "second"?: "#rrggbb", "radius_px": 14, "face": "sans|serif|thai",
                 "logo_svg"?: "<svg…>"}
    support     {"email"?: …, "phone"?: E.164, "url"?: …, "hours"?: {"en": "answers within 3 h"}}
    policies    {"returns_url"?, "returns_days"?: 30, "shipping_url"?, "privacy_url"?, "imprint"?: {"en": …},
                 "lost"?: "replace|refund"}
    handling_days   working days until an order without a stated date is handed to the carrier
    transit_days_*  working days from hand-over to the door, the store's own promise
    scan_grace_h    hours from label to first scan that are normal
    quiet_*_h       local hours between which nothing but urgent news goes out: from 21 to 8 by default
    version     grows with every change that a page shows
    """

    __tablename__ = "stores"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    domain: Mapped[str | None] = mapped_column(String(253), unique=True)
    url: Mapped[str | None] = mapped_column(String(500))
    locales: Mapped[list[str]] = mapped_column(Json, default=lambda: ["en"])
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    brand: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    support: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    policies: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    sender_name: Mapped[str | None] = mapped_column(String(120))
    sender_email: Mapped[str | None] = mapped_column(String(254))
    reply_to: Mapped[str | None] = mapped_column(String(254))
    sms_sender: Mapped[str | None] = mapped_column(String(40))
    hook_account: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    handling_days: Mapped[int] = mapped_column(Integer, default=2)
    transit_days_min: Mapped[int] = mapped_column(Integer, default=2)
    transit_days_max: Mapped[int] = mapped_column(Integer, default=4)
    scan_grace_h: Mapped[int] = mapped_column(Integer, default=24)
    quiet_from_h: Mapped[int] = mapped_column(Integer, default=21)
    quiet_until_h: Mapped[int] = mapped_column(Integer, default=8)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    @property
    def locale(self) -> str:
        """The home language."""
        return self.locales[0] if self.locales else "en"


def own_picture(store: Store, url: str | None) -> str | None:
    """A picture a page may load: a path of ours, or from the shop's own hosts; None for a third party's."""
    text = (url or "").strip()
    if text.startswith("/") and not text.startswith(("//", "/\\")):
        return text
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    known = (urlsplit(store.url or "").hostname, store.domain)
    own = {host.removeprefix("www.") for host in known if host}
    return text if any(parts.hostname == host or parts.hostname.endswith(f".{host}") for host in own) else None


def find_store(session: Session, slug: str) -> Store | None:
    """The store of that slug, or None."""
    return session.scalar(select(Store).where(Store.slug == slug))


def find_store_by_domain(session: Session, host: str) -> Store | None:
    """The store that owns a host name (lower case, without port), or None."""
    return session.scalar(select(Store).where(Store.domain == host))
