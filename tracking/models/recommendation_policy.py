"""What a merchant wants of recommendations. Apart from the store: it is read only where something is recommended."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer
from sqlalchemy.orm import Mapped, Session, mapped_column

from tracking.platform.db import Base, Json

MARGIN_WEIGHT_MOST = 100
STEP_UP_PERCENT_LOW, STEP_UP_PERCENT_MOST = 101, 1000
SHOWN_MOST_LOW, SHOWN_MOST_MOST = 1, 100


class RecommendationPolicy(Base):
    """The merchant's wishes. No row: the defaults.

    Products are the shop's own references and categories its own names, as they were when they were chosen: what is
    taken out of the catalogue and comes back is treated as before.

    on_page, in_emails    where recommendations may stand
    margin_weight         percent: 0 margins do not matter … 100 the best counts twice as much as none
    step_up_percent       of the price of what was bought: what a better version costs at most
    shown_most            times one product is shown to one shopper who does not follow it
    pinned                [[reference to show first, reference of the order's product or "" for every order], …]
    excluded              references never shown;  excluded_categories  likewise
    boosts, category_boosts   [[reference or category, percent of its score: 25 … 400], …]
    apart                 [[category, category], …] never side by side
    consumables           categories that are bought again
    """

    __tablename__ = "recommendation_policies"
    __table_args__ = (
        CheckConstraint(f"margin_weight BETWEEN 0 AND {MARGIN_WEIGHT_MOST}", "margin_weight"),
        CheckConstraint(f"step_up_percent BETWEEN {STEP_UP_PERCENT_LOW} AND {STEP_UP_PERCENT_MOST}", "step_up_percent"),
        CheckConstraint(f"shown_most BETWEEN {SHOWN_MOST_LOW} AND {SHOWN_MOST_MOST}", "shown_most"),
    )

    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"), primary_key=True)
    on_page: Mapped[bool] = mapped_column(Boolean, default=True)
    in_emails: Mapped[bool] = mapped_column(Boolean, default=True)
    margin_weight: Mapped[int] = mapped_column(Integer, default=0)
    step_up_percent: Mapped[int] = mapped_column(Integer, default=200)
    shown_most: Mapped[int] = mapped_column(Integer, default=8)
    pinned: Mapped[list[list[str]]] = mapped_column(Json, default=list)
    excluded: Mapped[list[str]] = mapped_column(Json, default=list)
    excluded_categories: Mapped[list[str]] = mapped_column(Json, default=list)
    boosts: Mapped[list[list[str | int]]] = mapped_column(Json, default=list)
    category_boosts: Mapped[list[list[str | int]]] = mapped_column(Json, default=list)
    apart: Mapped[list[list[str]]] = mapped_column(Json, default=list)
    consumables: Mapped[list[str]] = mapped_column(Json, default=list)


def default_policy(store_id: int) -> RecommendationPolicy:
    """A row with the defaults, not added to any session."""
    return RecommendationPolicy(
        store_id=store_id,
        on_page=True,
        in_emails=True,
        margin_weight=0,
        step_up_percent=200,
        shown_most=8,
        pinned=[],
        excluded=[],
        excluded_categories=[],
        boosts=[],
        category_boosts=[],
        apart=[],
        consumables=[],
    )


def find_policy(session: Session, store_id: int) -> RecommendationPolicy:
    """The store's wishes; the defaults, not kept, where it has none."""
    return session.get(RecommendationPolicy, store_id) or default_policy(store_id)
