"""Why a parcel is where it is, in words: the end of a sentence like "Reason: the weather"."""

from collections.abc import Callable

from tracking.platform.gettext import _
from tracking.platform.status import Reason


def reason_words(reason: Reason | None) -> str:
    """A reason that explains trouble, for the shopper; "" if there is none that can be told."""
    return _TROUBLE[reason]() if reason in _TROUBLE else ""


def every_reason(reason: Reason | None) -> str:
    """Any reason, for the shop's own people; "" for None."""
    return (_TROUBLE | _OTHERS)[reason]() if reason is not None else ""


_TROUBLE: dict[Reason | None, Callable[[], str]] = {
    Reason.WEATHER: lambda: _("the weather"),
    Reason.CUSTOMS: lambda: _("a check at customs"),
    Reason.PAYMENT_DUE: lambda: _("a payment is due"),
    Reason.ADDRESS: lambda: _("the address could not be found"),
    Reason.NOT_HOME: lambda: _("nobody was there to take it"),
    Reason.CLOSED: lambda: _("the place was closed"),
    Reason.NO_ACCESS: lambda: _("the driver could not get in"),
    Reason.REFUSED: lambda: _("it was not accepted at the door"),
    Reason.DAMAGED: lambda: _("it was damaged"),
    Reason.LOST: lambda: _("it cannot be found"),
    Reason.CARRIER_DELAY: lambda: _("a delay at the carrier"),
    Reason.MISROUTED: lambda: _("it was sent the wrong way"),
    Reason.DOCUMENTS: lambda: _("a paper is missing"),
    Reason.NOT_COLLECTED: lambda: _("it was not collected in time"),
    Reason.ON_HOLD: lambda: _("it is kept until a day that was asked for"),
    Reason.HOLIDAY: lambda: _("a public holiday"),
    Reason.SECURITY: lambda: _("a safety check"),
    Reason.CANCELLED: lambda: _("it was called off"),
    Reason.FORWARDED: lambda: _("it was sent on to another address"),
    Reason.RESCHEDULED: lambda: _("another day or place was asked for"),
}

_OTHERS: dict[Reason | None, Callable[[], str]] = {
    Reason.NEIGHBOUR: lambda: _("left with a neighbour"),
    Reason.SAFE_PLACE: lambda: _("left in a safe place"),
    Reason.OTHER: lambda: _("for a reason of its own"),
}
