"""Several parcels under one number: the one that is worst off speaks for all."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from tracking.platform.facts import TrackingEvent
from tracking.platform.status import Status

# how far along, the least first
_ORDER = (
    Status.EXCEPTION,
    Status.RETURNING,
    Status.RETURNED,
    Status.ATTEMPT_FAIL,
    Status.PENDING,
    Status.INFO_RECEIVED,
    Status.IN_TRANSIT,
    Status.OUT_FOR_DELIVERY,
    Status.AVAILABLE_FOR_PICKUP,
    Status.DELIVERED,
)


class Piece(Protocol):
    """What is known of one parcel; events oldest first."""

    @property
    def status(self) -> Status:
        """Where it is; one that a carrier can give a shipment."""

    @property
    def events(self) -> tuple[TrackingEvent, ...]:
        """What happened to it."""


AnyPiece = TypeVar("AnyPiece", bound=Piece)


def hindmost(pieces: Sequence[AnyPiece]) -> AnyPiece:
    """The piece that is worst off; of several, the one heard of last. `pieces` is not empty."""
    worst = min(_ORDER.index(piece.status) for piece in pieces)
    alike = [piece for piece in pieces if _ORDER.index(piece.status) == worst]
    return max(alike, key=lambda piece: piece.events[-1].at.timestamp() if piece.events else 0.0)
