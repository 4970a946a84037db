"""Words for people who run a shop: what a parcel, a message or a carrier's account is doing."""

from collections.abc import Callable

from tracking.carriers._names import carrier_name as carrier_name  # noqa: PLC0414 - one of these words
from tracking.console.facts import Mark
from tracking.models import (
    Channel,
    EventSource,
    LineState,
    Meaning,
    MessageState,
    MilestoneKind,
    OrderState,
    PromiseSource,
    Role,
)
from tracking.notifications.meaning_words import MEANING_WORDS
from tracking.platform.gettext import _, pgettext
from tracking.platform.status import Status

Words = Callable[[], str]


def status_words(status: Status) -> str:
    """Where a parcel is, in two or three words."""
    return _STATUS[status][0]()


def status_mark(status: Status) -> Mark:
    """How it is drawn."""
    return _STATUS[status][1]


def position(status: Status) -> int:
    """Where it is on the route, 0 … 6."""
    return _STATUS[status][2]


def meaning_words(meaning: Meaning) -> str:
    """What a message says."""
    return MEANING_WORDS[meaning]()


def milestone_words(kind: MilestoneKind) -> str:
    """What happened."""
    return _MILESTONES[kind]()


def channel_words(channel: Channel) -> str:
    """How it travels."""
    return {Channel.EMAIL: _("email"), Channel.SMS: _("SMS")}[channel]


def message_mark(state: MessageState) -> Mark:
    """How a message's state is drawn."""
    return _MESSAGE_MARKS.get(state, Mark.CLOSED)


def source_words(source: PromiseSource, carrier: str) -> str:
    """Who said a date."""
    return {
        PromiseSource.STORE: _("your own promise"),
        PromiseSource.CARRIER: _("estimate of %(carrier)s", carrier=carrier),
        PromiseSource.LEARNED: _("learned from past deliveries"),
    }[source]


def heard_words(source: EventSource) -> str:
    """How we heard of it."""
    return {
        EventSource.POLL: pgettext("heard of", "asked"),
        EventSource.PUSH: pgettext("heard of", "pushed"),
        EventSource.PERSON: pgettext("heard of", "entered"),
    }[source]


def order_words(state: OrderState) -> str:
    """What the shop says of the order; "" while it is simply open."""
    return {
        OrderState.OPEN: "",
        OrderState.CANCELLING: _("To be cancelled"),
        OrderState.CANCELLED: _("Cancelled"),
    }[state]


def line_words(state: LineState) -> str:
    """What becomes of a line; "" while it is to be sent, or sent."""
    return {
        LineState.OPEN: "",
        LineState.BACKORDERED: _("Not in stock"),
        LineState.CANCELLED: _("Cancelled"),
        LineState.RETURNED: _("Sent back"),
    }[state]


def role_words(role: Role) -> str:
    """What a user may do."""
    return {
        Role.OWNER: _("Owner: everything"),
        Role.MERCHANT: _("May change orders and settings"),
        Role.VIEWER: _("May look"),
    }[role]


def error_words(code: str | None, carrier: str) -> str:
    """Why asking a carrier did not work, as a sentence; "" for no error."""
    if not code:
        return ""
    known = {
        "not_found": _("%(carrier)s does not know this number yet.", carrier=carrier),
        "invalid_number": _("%(carrier)s says that this cannot be one of its numbers.", carrier=carrier),
        "unauthorized": _("%(carrier)s does not accept the credentials of your account.", carrier=carrier),
        "rate_limited": _("%(carrier)s asks to slow down.", carrier=carrier),
        "unavailable": _("%(carrier)s cannot be reached.", carrier=carrier),
        "refused": _("%(carrier)s refused the question.", carrier=carrier),
        "unreadable": _("The answer of %(carrier)s could not be read.", carrier=carrier),
    }
    return known.get(code, code)


def action_words(action: str) -> str:
    """What somebody did; the action's own name for one that has no words."""
    return _ACTIONS[action]() if action in _ACTIONS else action


_STATUS: dict[Status, tuple[Words, Mark, int]] = {
    Status.PENDING: (lambda: _("Waiting for its first scan"), Mark.MOVING, 1),
    Status.INFO_RECEIVED: (lambda: _("Waiting for its first scan"), Mark.MOVING, 1),
    Status.IN_TRANSIT: (lambda: _("On its way"), Mark.MOVING, 3),
    Status.OUT_FOR_DELIVERY: (lambda: _("Out for delivery"), Mark.MOVING, 4),
    Status.ATTEMPT_FAIL: (lambda: _("Could not be delivered"), Mark.TROUBLE, 5),
    Status.AVAILABLE_FOR_PICKUP: (lambda: _("Ready to collect"), Mark.NEEDS_YOU, 5),
    Status.DELIVERED: (lambda: _("Delivered"), Mark.DONE, 6),
    Status.EXCEPTION: (lambda: _("Held up"), Mark.TROUBLE, 3),
    Status.RETURNING: (lambda: _("Coming back"), Mark.TROUBLE, 3),
    Status.RETURNED: (lambda: _("Back with you"), Mark.CLOSED, 2),
    Status.EXPIRED: (lambda: _("No news for too long"), Mark.TROUBLE, 3),
    Status.UNKNOWN: (lambda: _("Not understood"), Mark.MOVING, 3),
}

_MILESTONES: dict[MilestoneKind, Words] = {
    MilestoneKind.ORDERED: lambda: pgettext("moment", "Ordered"),
    MilestoneKind.PACKED: lambda: pgettext("moment", "Packed"),
    MilestoneKind.HANDED_OVER: lambda: pgettext("moment", "Handed to the carrier"),
    MilestoneKind.OUT_FOR_DELIVERY: lambda: pgettext("moment", "Out for delivery"),
    MilestoneKind.ATTEMPT_FAILED: lambda: pgettext("moment", "Delivery tried in vain"),
    MilestoneKind.READY_TO_COLLECT: lambda: pgettext("moment", "Ready to collect"),
    MilestoneKind.DELIVERED: lambda: pgettext("moment", "Delivered"),
    MilestoneKind.EXCEPTION: lambda: pgettext("moment", "Held up"),
    MilestoneKind.RETURNING: lambda: pgettext("moment", "Sent back"),
    MilestoneKind.RETURNED: lambda: pgettext("moment", "Back with you"),
    MilestoneKind.ALL_DELIVERED: lambda: pgettext("moment", "All parcels delivered"),
    MilestoneKind.CANCELLED: lambda: pgettext("moment", "Cancelled"),
}

_MESSAGE_MARKS: dict[MessageState, Mark] = {
    MessageState.PLANNED: Mark.MOVING,
    MessageState.QUEUED: Mark.MOVING,
    MessageState.SENDING: Mark.MOVING,
    MessageState.HELD: Mark.NEEDS_YOU,
    MessageState.UNCERTAIN: Mark.NEEDS_YOU,
    MessageState.SENT: Mark.DONE,
    MessageState.DELIVERED: Mark.DONE,
    MessageState.FAILED: Mark.TROUBLE,
    MessageState.UNDELIVERABLE: Mark.TROUBLE,
}

_ACTIONS: dict[str, Words] = {
    "order.cancelled": lambda: _("cancelled an order"),
    "carrier.asked": lambda: _("had the carrier asked"),
    "brand.saved": lambda: _("changed the brand"),
    "shop.saved": lambda: _("changed languages and times"),
    "senders.saved": lambda: _("changed the senders"),
    "help.saved": lambda: _("changed help and policies"),
    "recommendations.saved": lambda: _("changed recommendations"),
    "recommendations.rule_added": lambda: _("added a rule for recommendations"),
    "recommendations.rule_removed": lambda: _("took away a rule for recommendations"),
    "recommendations.off": lambda: _("turned off recommendations that did harm"),
    "recommendations.on": lambda: _("turned recommendations on again"),
    "recommendations.held_out": lambda: _("changed how many shoppers see no recommendations"),
    "key.created": lambda: _("made an API key"),
    "key.revoked": lambda: _("revoked an API key"),
}
