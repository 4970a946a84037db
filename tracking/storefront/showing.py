"""The signed note of what a page offers: what comes back with it was really offered beside this order.

It names products, kinds and places, and whether the shopper is held out; nobody else can make one, and none fits
another order. Who reports with a forged, foreign or old note is answered like everybody else, and nothing is counted.
"""

from dataclasses import dataclass
from typing import Any, Final

from tracking.models import Order
from tracking.platform import security
from tracking.platform.errors import ExpiredLink
from tracking.suggestions.offering import Offer
from tracking.suggestions.recording import Placed, placed

_OFFERED: Final = "offered"
_SENT_AWAY: Final = "sent-away"
# how long an open page may report what it shows, in real time
OPEN_FOR_S: Final = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Showing:
    """What a page offers."""

    placed: tuple[Placed, ...]
    held_out: bool
    model: str

    def at(self, place: str) -> Placed | None:
        """What stands there; None for nothing or nonsense."""
        return next((one for one in self.placed if str(one.place) == place), None)


def note_of(order: Order, offer: Offer) -> str:
    """The note for the page of the order."""
    rows = [[one.ref, one.kind] for one in placed(offer)]
    return security.sign(_OFFERED, [order.public_id, offer.model, int(offer.held_out), rows])


def read_note(order: Order, note: str) -> Showing | None:
    """What the note says; None if it is not ours, of another order, or too old."""
    said = _unsigned(_OFFERED, note)
    if said is None or said[0] != order.public_id:
        return None
    rows = tuple(Placed(ref, kind, place) for place, (ref, kind) in enumerate(said[3]))
    return Showing(rows, bool(said[2]), said[1])


def way_back(order: Order, ref: str) -> str:
    """What undoes a dismissal beside this order."""
    return security.sign(_SENT_AWAY, [order.public_id, ref])


def read_way_back(order: Order, note: str) -> str | None:
    """The reference of the product; None if the note is not ours, of another order, or too old."""
    said = _unsigned(_SENT_AWAY, note)
    return str(said[1]) if said is not None and said[0] == order.public_id else None


def _unsigned(purpose: str, note: str) -> Any:
    try:
        return security.unsign(purpose, note, max_age_s=OPEN_FOR_S)
    except ExpiredLink:
        return None
