"""Why an order shows what it shows: everything that was looked at, what became of it, and which rule decided."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.orm import Session

from recommendations import KeptOut, Verdict, explain
from tracking.models.order import Order
from tracking.models.recommendation_policy import find_policy
from tracking.suggestions.artefacts import model_version
from tracking.suggestions.asking import Weighed, weigh_order
from tracking.suggestions.suggested import SuggestedProduct
from tracking.suggestions.trouble import is_in_trouble


class Silence(StrEnum):
    """Why nothing at all is shown."""

    # the merchant turned recommendations off on pages
    TURNED_OFF = "turned_off"
    # they did harm and were turned off by the guard
    GUARDED = "guarded"
    # the order is late, in trouble, cancelled or about to be
    TROUBLE = "trouble"
    # nothing was learnt yet, and nothing was bought lately
    NO_MODEL = "no_model"
    # nothing goes with this order
    NOTHING_FOUND = "nothing_found"


@dataclass(frozen=True, slots=True)
class Considered:
    """A product that was looked at.

    suggested  as it would be shown;  place  from 0, None if it is kept out
    why, by    the rule that keeps it out, and the title or category it is because of; None and "" for what is shown
    """

    suggested: SuggestedProduct
    place: int | None
    why: KeptOut | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What an order's page shows now, and why. `silence`: nothing is shown, whatever was looked at."""

    silence: Silence | None
    considered: tuple[Considered, ...] = ()


def account(session: Session, order: Order, *, state_dir: Path, limit: int = 3) -> Account:
    """What the order's page shows now, and what became of everything else that was looked at.

    The holdout is left out of account: whoever is held out sees nothing of it.
    """
    weighed = weigh_order(session, order, state_dir=state_dir, limit=limit)
    if weighed is None:
        return Account(Silence.GUARDED)
    found = [
        _considered(weighed, verdict)
        for verdict in explain(weighed.found, weighed.request, weighed.shelf)
        if verdict.suggestion.product in weighed.rows
    ]
    silence = None
    if not find_policy(session, order.store_id).on_page:
        silence = Silence.TURNED_OFF
    elif is_in_trouble(session, order):
        silence = Silence.TROUBLE
    elif not found and not model_version(state_dir, order.store):
        silence = Silence.NO_MODEL
    elif not any(one.place is not None for one in found):
        silence = Silence.NOTHING_FOUND
    return Account(silence, tuple(found))


def _considered(weighed: Weighed, verdict: Verdict) -> Considered:
    suggested, refusal = weighed.suggested(verdict.suggestion), verdict.refusal
    if refusal is None:
        return Considered(suggested, verdict.place)
    other = weighed.shelf.get(refusal.by)
    return Considered(suggested, None, refusal.why, other.title if other is not None else refusal.by)
