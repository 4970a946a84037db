"""What a shopper is offered in the end: suggestions, or nothing because they are held out; the same on all surfaces."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from tracking.models.order import Order
from tracking.models.shipment import Shipment
from tracking.suggestions import exposure
from tracking.suggestions.artefacts import model_version
from tracking.suggestions.asking import Question, answer
from tracking.suggestions.suggested import SuggestedProduct


@dataclass(frozen=True, slots=True)
class Offer:
    """Suggestions beside an order.

    shown        what to show, best first; () for nothing
    is_eligible  there was something to show, whether or not it is: the shopper belongs into the comparison
    held_out     in the group that sees nothing
    model        version of the model it comes from
    on_page      whether the merchant wants any on pages
    """

    shown: tuple[SuggestedProduct, ...] = ()
    is_eligible: bool = False
    held_out: bool = False
    model: str = ""
    on_page: bool = True


def offer(
    session: Session,
    order: Order,
    *,
    state_dir: Path,
    limit: int = 3,
    shipment: Shipment | None = None,
    wait: bool = False,
) -> Offer:
    """What to show beside the order, after the holdout. The same for a page, a letter and the interface.

    shipment  one parcel of the order: only what is in it is looked at
    wait      False on pages, which take the old model while a new one is loaded
    """
    found = answer(session, order, Question(state_dir, limit, wait=wait), shipment)
    if not found.shown:
        return Offer()
    held_out = exposure.is_among(order, found.says.held_out_percent)
    shown = () if held_out else found.shown
    return Offer(shown, True, held_out, model_version(state_dir, order.store), found.says.on_page)
