"""What letters offer below good news: what the store's pages suggest, at the moment they go out."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tracking.models import Order, Shipment
from tracking.models.recommendation_policy import find_policy
from tracking.models.store import own_picture
from tracking.notifications.offers import MOST, Offer, Offers
from tracking.platform import i18n
from tracking.suggestions import SuggestedProduct, heading, reason_sentence
from tracking.suggestions.offering import Offer as Suggested
from tracking.suggestions.offering import offer
from tracking.suggestions.recording import record_letter

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Fills letters with suggestions, and writes down which went out. `state_dir`: where the models are."""

    state_dir: Path

    def offers(self, session: Session, order: Order, shipment: Shipment | None) -> Offers:
        """Nothing while the order is in trouble or the merchant wants none, and nothing rather than no letter."""
        if not find_policy(session, order.store_id).in_emails:
            return Offers()
        try:
            return self._offers(session, order, shipment)
        except SQLAlchemyError:
            # the letter is written in the same transaction: it waits for the database too
            raise
        except Exception:  # the edge: news of an order matters more than whatever this was
            log.exception("offers.failed", order=order.public_id, store=order.store_id)
            return Offers()

    def _offers(self, session: Session, order: Order, shipment: Shipment | None) -> Offers:
        found = offer(session, order, state_dir=self.state_dir, limit=MOST, shipment=shipment, wait=True)
        return Offers(
            title=heading(found.shown, order.store.name),
            shown=tuple(_offer(order, one) for one in found.shown),
            receipt=found if found.is_eligible else None,
        )

    def sent(self, session: Session, order_id: int, offers: Offers) -> None:
        """Count them, and enter the shopper into the comparison."""
        record_letter(session, session.get_one(Order, order_id), cast("Suggested", offers.receipt))


def _offer(order: Order, one: SuggestedProduct) -> Offer:
    return Offer(
        title=one.title,
        why=reason_sentence(one),
        price=i18n.money(one.price_minor, one.currency, home=order.store.currency),
        url=one.url,
        image_url=own_picture(order.store, one.image_url),
    )
