"""What recommendations were shown, what became of them, who is held out, and what was turned off.

No row holds more of a person than the ids of an order and a customer, and it goes when they go.
See docs/recommendations-use.md.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracking.platform import clock
from tracking.platform.db import Base, BigId, Json, UtcDateTime, one_of


class Surface(StrEnum):
    """Where a suggestion was shown."""

    # the shopper's page
    PAGE = "page"
    # below a letter
    EMAIL = "email"
    # by the shop itself, which asked for it
    API = "api"


class SwitchScope(StrEnum):
    """What is turned off."""

    # every recommendation of the store
    ALL = "all"
    # one kind of them
    KIND = "kind"
    # one product
    PRODUCT = "product"


class RecommendationUse(Base):
    """A product that was suggested beside an order on a surface, however often.

    customer_id     the order's customer then; None: a guest
    kind, model     why it was suggested and by which version of the model, when it was last shown
    place           the best it was shown in; 0 is the first
    shown           times it was really seen, half an hour apart at least
    clicks          times it was followed, one a minute at most
    followed_*      the same customer's later order that holds it, when that was placed, and what it paid for it in the
                    store's currency
    """

    __tablename__ = "recommendation_uses"
    __table_args__ = (
        UniqueConstraint("order_id", "product_id", "surface"),
        Index("ix_recommendation_uses_store_id_first_at", "store_id", "first_at"),
        Index("ix_recommendation_uses_customer_id_product_id", "customer_id", "product_id"),
        Index("ix_recommendation_uses_followed_order_id", "followed_order_id"),
        Index("ix_recommendation_uses_product_id", "product_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    surface: Mapped[Surface] = mapped_column(one_of(Surface))
    kind: Mapped[str] = mapped_column(String(32))
    model: Mapped[str] = mapped_column(String(80), default="")
    place: Mapped[int] = mapped_column(Integer)
    shown: Mapped[int] = mapped_column(Integer, default=1)
    clicks: Mapped[int] = mapped_column(Integer, default=0)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    clicked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_click_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    followed_order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="SET NULL"))
    followed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    followed_minor: Mapped[int | None] = mapped_column(BigInteger)


class RecommendationDismissal(Base):
    """A shopper does not want to see a product: not beside this order, and beside no other of the same customer."""

    __tablename__ = "recommendation_dismissals"
    __table_args__ = (
        UniqueConstraint("order_id", "product_id"),
        Index("ix_recommendation_dismissals_customer_id", "customer_id"),
        Index("ix_recommendation_dismissals_store_id_at", "store_id", "at"),
        Index("ix_recommendation_dismissals_product_id", "product_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class RecommendationDay(Base):
    """What became of suggestions first shown on one day (UTC) whose own rows are past their time. Holds nobody's id.

    shown     order × product pairs that were seen;  clicked, dismissed, followed  how many of them were
    followed_minor  what those orders paid for them, in the store's currency
    """

    __tablename__ = "recommendation_days"
    __table_args__ = (UniqueConstraint("store_id", "day", "surface", "kind", "place"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(Date)
    surface: Mapped[Surface] = mapped_column(one_of(Surface))
    kind: Mapped[str] = mapped_column(String(32))
    place: Mapped[int] = mapped_column(Integer)
    shown: Mapped[int] = mapped_column(Integer)
    clicked: Mapped[int] = mapped_column(Integer)
    dismissed: Mapped[int] = mapped_column(Integer)
    followed: Mapped[int] = mapped_column(Integer)
    followed_minor: Mapped[int] = mapped_column(BigInteger)


class RecommendationSettings(Base):
    """How a store measures. No row: nobody is held out.

    held_out_percent  0 … 50;  since  when that was chosen: only shoppers entered later are compared
    """

    __tablename__ = "recommendation_settings"

    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"), primary_key=True)
    held_out_percent: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class RecommendationTrial(Base):
    """A customer for whom there was something to show, and what came of it: shown to them or not, as they were drawn.

    began_at       when there was first something to show
    orders         placed within the time of the comparison after that; counted while it lasts
    spent_minor    what they came to, in the store's currency; orders without a total count for nothing
    counted_at     when that was last counted; None: never
    """

    __tablename__ = "recommendation_trials"
    __table_args__ = (
        UniqueConstraint("store_id", "customer_id"),
        Index("ix_recommendation_trials_store_id_began_at", "store_id", "began_at"),
        Index("ix_recommendation_trials_customer_id", "customer_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    held_out: Mapped[bool] = mapped_column(Boolean)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    orders: Mapped[int] = mapped_column(Integer, default=0)
    spent_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecommendationTrialDay(Base):
    """The shoppers entered on one day (UTC) whose own rows are past their time. Holds nobody's id.

    spent, spent_squares  sums over shoppers, in major units of the store's currency: for mean and variance
    """

    __tablename__ = "recommendation_trial_days"
    __table_args__ = (UniqueConstraint("store_id", "day", "held_out"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(Date)
    held_out: Mapped[bool] = mapped_column(Boolean)
    shoppers: Mapped[int] = mapped_column(Integer)
    came_back: Mapped[int] = mapped_column(Integer)
    orders: Mapped[int] = mapped_column(Integer)
    spent: Mapped[float] = mapped_column(Float)
    spent_squares: Mapped[float] = mapped_column(Float)


class RecommendationSwitch(Base):
    """Something that was turned off, and perhaps on again; the newest row of a subject is in force.

    subject   "" for everything; a kind's name; a product's reference
    numbers   what it was decided on
    on_at     when a person turned it on again; None: it is off
    """

    __tablename__ = "recommendation_switches"
    __table_args__ = (Index("ix_recommendation_switches_store_id_scope", "store_id", "scope", "subject", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    scope: Mapped[SwitchScope] = mapped_column(one_of(SwitchScope))
    subject: Mapped[str] = mapped_column(String(120), default="")
    why: Mapped[str] = mapped_column(String(40))
    numbers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    off_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    on_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecommendationFactor(Base):
    """What clicks say of a product beyond its places: 0.5 … 2. Products that are not here: 1."""

    __tablename__ = "recommendation_factors"

    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    factor: Mapped[float] = mapped_column(Float)
