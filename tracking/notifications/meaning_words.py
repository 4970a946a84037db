"""What each meaning is called, for choosing it and for reading the ledger."""

from collections.abc import Callable, Mapping
from typing import Final

from tracking.models import Meaning
from tracking.platform.gettext import _

MEANING_WORDS: Final[Mapping[Meaning, Callable[[], str]]] = {
    Meaning.ORDER_CONFIRMED: lambda: _("We have your order"),
    Meaning.BACKORDERED: lambda: _("Something is not in stock"),
    Meaning.PACKED: lambda: _("It is packed"),
    Meaning.HANDED_OVER: lambda: _("It has left us"),
    Meaning.NOT_PICKED_UP: lambda: _("The carrier has not fetched it"),
    Meaning.IN_TRANSIT: lambda: _("It is on its way"),
    Meaning.ARRIVING_TOMORROW: lambda: _("It comes tomorrow"),
    Meaning.OUT_FOR_DELIVERY: lambda: _("It comes today"),
    Meaning.ATTEMPT_FAILED: lambda: _("It could not be delivered"),
    Meaning.READY_TO_COLLECT: lambda: _("It can be collected"),
    Meaning.COLLECT_REMINDER: lambda: _("Collect it before it goes back"),
    Meaning.DELIVERED: lambda: _("It is there"),
    Meaning.DELIVERED_UNPROVEN: lambda: _("The carrier says it is there"),
    Meaning.ALL_DELIVERED: lambda: _("Everything is there"),
    Meaning.PROMISE_EARLIER: lambda: _("It comes earlier"),
    Meaning.PROMISE_LATER: lambda: _("It comes later"),
    Meaning.DELAYED: lambda: _("It is late"),
    Meaning.STALLED: lambda: _("There is no news"),
    Meaning.CUSTOMS: lambda: _("It is at customs"),
    Meaning.EXCEPTION: lambda: _("Something is wrong"),
    Meaning.RETURNING: lambda: _("It is coming back to us"),
    Meaning.RETURNED: lambda: _("It is back with us"),
    Meaning.LOST: lambda: _("It is lost"),
    Meaning.CANCELLED: lambda: _("The order is cancelled"),
    Meaning.REFUNDED: lambda: _("Your money is on its way back"),
    Meaning.DIGEST: lambda: _("Several news in one"),
}
