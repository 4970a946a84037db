"""The ledger's codes as sentences, for people who ask why: the console, `waypost explain`, the API."""

from collections.abc import Callable

from tracking.models import MessageState
from tracking.platform.gettext import _, pgettext


def why_words(code: str | None) -> str:
    """Why a message is where it is, as a sentence; the code itself for one that has none."""
    return _WHY[code]() if code in _WHY else (code or "")


def state_words(state: MessageState) -> str:
    """A state as a word or two."""
    return _STATES[state]()


_WHY: dict[str | None, Callable[[], str]] = {
    # planning and deciding
    "news": lambda: _("Something happened that this person wants to know."),
    "due": lambda: _("It was time, and nothing spoke against it."),
    "quiet_hours": lambda: _("It is a quiet hour where the person lives."),
    "once_a_day": lambda: _("Ordinary news goes out once a day, and there was some already."),
    "quiet_hours_too_long": lambda: _("After the quiet hours it would have been old news."),
    "once_a_day_too_long": lambda: _("There was news that day already, and the next day this would have been old."),
    "superseded": lambda: _("Something newer happened before this went out."),
    "too_old": lambda: _("It was found out too late to be news."),
    "too_late": lambda: _("It waited until nobody wanted to know it any more."),
    "order_cancelled": lambda: _("The order was cancelled."),
    "in_all_delivered": lambda: _("It was the last parcel: “all delivered” says it."),
    "same_news": lambda: _("Another message says the same of several parcels."),
    "in_newer_news": lambda: _("Newer news of the same order says it as well."),
    "sales_channel": lambda: _("The place where this was sold does not allow messages."),
    "erased": lambda: _("The person’s data was erased."),
    "channel_not_set_up": lambda: _("This installation cannot send on this channel."),
    # what the person said
    "no_consent": lambda: _("The person has not agreed to texts."),
    "consent_revoked": lambda: _("The person took the consent back."),
    "opted_out": lambda: _("The person answered STOP."),
    "unsubscribed": lambda: _("The person stopped these emails by the link."),
    "not_wanted": lambda: _("The person chose not to hear this."),
    "channel_off_by_choice": lambda: _("The person switched this channel off."),
    # what is known of the address
    "bad_address": lambda: _("The address does not exist."),
    "not_mobile": lambda: _("The number cannot receive texts."),
    "complaint": lambda: _("The person reported a message as unwanted."),
    "suspect": lambda: _("The address was refused; it may not exist."),
    "unreachable": lambda: _("The phone was off or out of reach."),
    # what the service said
    "accepted": lambda: _("The service took it."),
    "reported": lambda: _("The service reported that it took it."),
    "confirmed": lambda: _("The recipient’s side confirmed it."),
    "no_answer": lambda: _("The service did not say what became of it."),
    "slow_down": lambda: _("The service asked to slow down."),
    "unavailable": lambda: _("The service could not be reached."),
    "content": lambda: _("The service did not accept the text."),
    "service": lambda: _("The service had trouble of its own."),
    "config": lambda: _("Our account or sender is not set up as it has to be."),
    "refused": lambda: _("The service refused it."),
    "unknown": lambda: _("The service gave a reason that we do not know."),
    "error": lambda: _("It could not be sent."),
    "gave_up": lambda: _("It was tried many times in vain."),
    # what we did about it
    "found_in_list": lambda: _("It was found in the service’s list."),
    "not_listed": lambda: _("The service’s list does not have it."),
    "list_unread": lambda: _("The service’s list could not be read."),
    "fate_unknown": lambda: _("Nobody can say whether it went out, and it is not sent twice."),
    "too_late_to_repeat": lambda: _("It did not go out, and it was too late to try again."),
    "worker_lost": lambda: _("The process that was sending it ended."),
    "out_of_time": lambda: _("The worker ran out of time before its turn came."),
    "channel_closed": lambda: _("The ones before it failed, so it waited."),
    # what never became a message
    "no_address": lambda: _("The order has no address for this channel."),
    "no_words": lambda: _("No message is made of this."),
    "single_parcel": lambda: _("There is one parcel: “delivered” says it."),
    "other_channel": lambda: _("By default this goes out on the other channel."),
    "not_planned": lambda: _("Nothing was planned for it."),
}

_STATES: dict[MessageState, Callable[[], str]] = {
    MessageState.PLANNED: lambda: pgettext("message", "planned"),
    MessageState.HELD: lambda: pgettext("message", "waiting for its hour"),
    MessageState.QUEUED: lambda: pgettext("message", "about to be tried again"),
    MessageState.SENDING: lambda: pgettext("message", "being sent"),
    MessageState.SENT: lambda: pgettext("message", "sent"),
    MessageState.DELIVERED: lambda: pgettext("message", "arrived"),
    MessageState.UNCERTAIN: lambda: pgettext("message", "fate unknown"),
    MessageState.MERGED: lambda: pgettext("message", "said by another message"),
    MessageState.SUPPRESSED: lambda: pgettext("message", "not allowed or not wanted"),
    MessageState.DROPPED: lambda: pgettext("message", "not worth knowing any more"),
    MessageState.FAILED: lambda: pgettext("message", "failed"),
    MessageState.UNDELIVERABLE: lambda: pgettext("message", "did not arrive"),
    MessageState.CANCELLED: lambda: pgettext("message", "taken back"),
}
