"""The vocabulary of a shipment: where it is (Status), and why (Reason).

Carrier adapters translate every code they know into these; the timeline folds events into one of them.
Source of the list: the canonical vocabulary shared by AfterShip, 17TRACK, EasyPost and karrio, read 2026-11-22.
"""

from enum import StrEnum


class Status(StrEnum):
    """Where a shipment is."""

    # added, the carrier knows nothing of it yet
    PENDING = "pending"
    # label or data announced, not handed over
    INFO_RECEIVED = "info_received"
    # the carrier has it and it moves, customs clearance and depots included
    IN_TRANSIT = "in_transit"
    # on the delivery vehicle today
    OUT_FOR_DELIVERY = "out_for_delivery"
    # delivery was tried and failed; another try or a pickup follows
    ATTEMPT_FAIL = "attempt_fail"
    # waits at a shop, locker or office
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    # handed to the recipient; mailbox, neighbour and safe place included
    DELIVERED = "delivered"
    # held, delayed with a cause, damaged, lost, refused, cancelled, address problem
    EXCEPTION = "exception"
    # on its way back to the sender
    RETURNING = "returning"
    # back at the sender
    RETURNED = "returned"
    # set by Waypost, never by a carrier: no news for the configured time
    EXPIRED = "expired"
    # an event whose code nobody knows, or that says nothing about where the parcel is; never a shipment's status
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Nothing more is expected; a carrier may still correct itself."""
        return self in _FINAL

    @property
    def is_moving(self) -> bool:
        """The carrier has it and it is on its way to the recipient."""
        return self in _MOVING

    @property
    def is_trouble(self) -> bool:
        """Something is wrong that a shopper should read about before anything else."""
        return self in _TROUBLE


_FINAL = frozenset({Status.DELIVERED, Status.RETURNED, Status.EXPIRED})
_MOVING = frozenset({Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAIL, Status.AVAILABLE_FOR_PICKUP})
_TROUBLE = frozenset({Status.ATTEMPT_FAIL, Status.EXCEPTION, Status.RETURNING, Status.RETURNED, Status.EXPIRED})


class Reason(StrEnum):
    """Why a shipment is where it is."""

    # weather, flood, snow
    WEATHER = "weather"
    # held by or waiting for customs
    CUSTOMS = "customs"
    # duties, taxes or other payment due
    PAYMENT_DUE = "payment_due"
    # address wrong, incomplete, or recipient moved
    ADDRESS = "address"
    # nobody there to take it
    NOT_HOME = "not_home"
    # the business was closed
    CLOSED = "closed"
    # the carrier could not get in
    NO_ACCESS = "no_access"
    # the recipient did not want it
    REFUSED = "refused"
    # damaged on the way
    DAMAGED = "damaged"
    # not found any more
    LOST = "lost"
    # broken down vehicle, strike, backlog, late flight
    CARRIER_DELAY = "carrier_delay"
    # sent the wrong way
    MISROUTED = "misrouted"
    # papers missing or wrong
    DOCUMENTS = "documents"
    # not collected in time
    NOT_COLLECTED = "not_collected"
    # kept until a date asked for
    ON_HOLD = "on_hold"
    # public holiday
    HOLIDAY = "holiday"
    # security or safety measure
    SECURITY = "security"
    # cancelled by sender or carrier
    CANCELLED = "cancelled"
    # sent on to another address
    FORWARDED = "forwarded"
    # recipient asked for another day or place
    RESCHEDULED = "rescheduled"
    # left with a neighbour
    NEIGHBOUR = "neighbour"
    # left in a safe place, mailbox or at the door
    SAFE_PLACE = "safe_place"
    # the carrier gives a cause that fits none of these
    OTHER = "other"
