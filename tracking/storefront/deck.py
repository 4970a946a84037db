"""The copy deck: what a shopper reads in each state, in the language spoken now (`platform.i18n`).

A headline says when, not status. A sentence without its facts is replaced by another whole sentence, never by one with
a hole. One apology at most, no exclamation mark, no word of the carrier's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tracking.platform import i18n
from tracking.platform.gettext import _, ngettext
from tracking.platform.status import Reason
from tracking.storefront.facts import Mark, strong
from tracking.storefront.phrases import Now, join, look_again, window_words
from tracking.storefront.situation import OrderSituation, ParcelSituation, State, is_open
from tracking.timeline.reasons import reason_words


@dataclass(frozen=True, slots=True)
class Words:
    """Headline and second line, with marks of `facts.strong`; `second` is "" if there is nothing to add."""

    headline: str
    second: str = ""


def say(state: State, order: OrderSituation, parcel: ParcelSituation | None, now: Now) -> Words:
    """What the page says first. A state about a parcel needs one."""
    if parcel is None:
        return _ORDER_WORDS[state](order, now)
    if state in _ORDER_WORDS:
        return _ORDER_WORDS[state](order, now)
    return _PARCEL_WORDS[state](order, parcel, now)


def mark_of(state: State) -> Mark:
    """How a state is drawn."""
    return _MARKS.get(state, Mark.MOVING)


# ---- an order, or what is not sent of it


def _preparing(order: OrderSituation, now: Now) -> Words:
    arrives = (
        _("It arrives %(window)s.", window=strong(window_words(order.window, now)))
        if order.window and is_open(order.window, now.today)
        else ""
    )
    if order.send_by:
        send = _("We expect to send it by %(date)s.", date=i18n.day(order.send_by, today=now.today))
        return Words(_("Getting your order ready"), join(send, arrives))
    return Words(_("Getting your order ready"), arrives or _("We tell you as soon as it leaves us."))


def _past_send_by(order: OrderSituation, now: Now) -> Words:
    said = _("We said it would leave by %(date)s.", date=i18n.day(order.send_by)) if order.send_by else ""
    arrives = (
        _("It can still arrive %(window)s.", window=strong(window_words(order.window, now)))
        if order.window and is_open(order.window, now.today)
        else ""
    )
    return Words(_("Not sent yet – sorry"), join(said, arrives, _("You can wait, change it or cancel.")))


def _cancelling(order: OrderSituation, now: Now) -> Words:  # noqa: ARG001 - all rows of the deck are called alike
    return Words(_("We are looking at your cancellation"), _("Nothing is sent until that is settled."))


def _cancelled(order: OrderSituation, now: Now) -> Words:
    if order.refunded_minor and order.refunded_at:
        money = i18n.money(order.refunded_minor, order.currency, home=order.home_currency)
        date_ = i18n.day(i18n.local(order.refunded_at).date(), today=now.today)
        return Words(
            _("Cancelled – %(amount)s refunded %(date)s", amount=strong(money), date=date_),
            _("Your bank may take a few days to show it."),
        )
    if order.cancelled_at:
        date_ = i18n.day(i18n.local(order.cancelled_at).date(), today=now.today)
        return Words(_("Cancelled %(date)s", date=date_), _("Nothing will be sent."))
    return Words(_("Cancelled"), _("Nothing will be sent."))


_ORDER_WORDS: dict[State, Callable[[OrderSituation, Now], Words]] = {
    State.PREPARING: _preparing,
    State.PAST_SEND_BY: _past_send_by,
    State.CANCELLING: _cancelling,
    State.CANCELLED: _cancelled,
}


# ---- a parcel


def _arriving(parcel: ParcelSituation, now: Now) -> str:
    """The window as a sentence below another headline; "" without one that can be met."""
    if parcel.window is None or not is_open(parcel.window, now.today):
        return ""
    return _("It arrives %(window)s.", window=strong(window_words(parcel.window, now)))


def _label(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    normal = ngettext(
        "%(carrier)s has not scanned it yet. Up to %(num)s hour is normal.",
        "%(carrier)s has not scanned it yet. Up to %(num)s hours is normal.",
        parcel.scan_grace_h,
        carrier=parcel.carrier,
    )
    headline = _("Packed, waiting for %(carrier)s", carrier=strong(parcel.carrier))
    return Words(headline, join(_arriving(parcel, now), normal))


def _label_overdue(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    since = _("We packed it %(when)s.", when=i18n.moment(parcel.label_at, now=now.at, width="long"))
    headline = _("%(carrier)s should have scanned this by now", carrier=strong(parcel.carrier))
    return Words(headline, join(since, look_again(parcel, now)))


def _unknown_number(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    often = _("Numbers often appear up to 24 hours after sending.")
    return Words(_("We can’t see this yet"), join(often, look_again(parcel, now), _arriving(parcel, now)))


def _in_transit(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    if parcel.window is None:
        return Words(_("On its way"), _("%(carrier)s has not given a day yet.", carrier=parcel.carrier))
    return Words(_("Arriving %(window)s", window=strong(window_words(parcel.window, now))))


def _late(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    first = parcel.first or parcel.window
    said = _("We first said %(window)s.", window=i18n.day_window(first.earliest_on, first.latest_on)) if first else ""
    told = reason_words(parcel.reason)
    why = (
        _("Reason: %(reason)s.", reason=told) if told else _("%(carrier)s has not told us why.", carrier=parcel.carrier)
    )
    if parcel.window is not None and is_open(parcel.window, now.today) and parcel.window != first:
        headline = _("Late – now %(window)s", window=strong(window_words(parcel.window, now)))
        return Words(headline, join(said, why))
    return Words(_("Late – no new day yet"), join(said, why, look_again(parcel, now)))


def _silent(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    heard = parcel.last_event_at or parcel.label_at
    days = max(1, (now.at - heard).days)
    headline = ngettext("No news for %(num)s day", "No news for %(num)s days", days)
    return Words(
        headline,
        join(
            _("That is longer than it should be."), look_again(parcel, now), _("Write to us, and we ask the carrier.")
        ),
    )


def _customs(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    second = {
        Reason.PAYMENT_DUE: _("Duties or taxes have to be paid before it can go on."),
        Reason.DOCUMENTS: _("A paper is missing. %(carrier)s says what it needs.", carrier=parcel.carrier),
    }.get(parcel.reason or Reason.CUSTOMS, _("It is being checked at the border. There is nothing you need to do now."))
    arrives = _arriving(parcel, now) if parcel.reason is Reason.CUSTOMS else ""
    return Words(_("Held at customs"), join(second, arrives))


def _out(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    day = i18n.local(parcel.status_at).date() if parcel.status_at else now.today
    if day < now.today:
        headline = _("Out for delivery since %(day)s", day=strong(i18n.day(day, today=now.today)))
        return Words(
            headline, join(_("%(carrier)s has not said more.", carrier=parcel.carrier), look_again(parcel, now))
        )
    window = parcel.window
    if (
        window
        and window.earliest_at
        and window.latest_at
        and window.latest_on == now.today
        and window.latest_at > now.at
    ):
        today = _("today %(times)s", times=i18n.time_window(window.earliest_at, window.latest_at))
    else:
        today = i18n.day(now.today, today=now.today)
    return Words(_("Coming %(when)s", when=strong(today)))


def _failed(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    told = reason_words(parcel.reason)
    why = _("Reason: %(reason)s.", reason=told) if told else ""
    if parcel.pickup_place and parcel.pickup_until:
        then = _(
            "You can collect it at %(place)s until %(date)s.",
            place=parcel.pickup_place,
            date=strong(i18n.day(parcel.pickup_until, today=now.today)),
        )
    elif parcel.window is not None and parcel.window.source == "carrier" and parcel.window.latest_on > now.today:
        then = _("Next try %(window)s.", window=strong(window_words(parcel.window, now)))
    else:
        then = _("You can choose another day or place with %(carrier)s.", carrier=parcel.carrier)
    return Words(_("%(carrier)s could not deliver", carrier=strong(parcel.carrier)), join(why, then))


def _pickup(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    bring = _("Bring the parcel’s number and something that shows your name.")
    where = (
        _("%(place)s.", place=parcel.pickup_place)
        if parcel.pickup_place
        else _("%(carrier)s says where.", carrier=parcel.carrier)
    )
    if parcel.pickup_until and parcel.pickup_until >= now.today:
        until = i18n.day(parcel.pickup_until, today=now.today)
        return Words(_("Ready to collect until %(date)s", date=strong(until)), join(where, bring))
    return Words(_("Ready to collect"), join(where, bring))


def _delivered(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    left = {
        Reason.NEIGHBOUR: _("It was handed to a neighbour."),
        Reason.SAFE_PLACE: _("It was left in a safe place, at the door or in the mailbox."),
    }.get(parcel.reason or Reason.OTHER, "")
    if parcel.is_signed or "signature" in parcel.proof:
        proof = _("%(carrier)s has a signature.", carrier=parcel.carrier)
    elif "photo" in parcel.proof:
        proof = _("%(carrier)s has a photo.", carrier=parcel.carrier)
    elif "code" in parcel.proof:
        proof = _("It was handed over against a code.")
    else:
        proof = ""
    if parcel.delivered_at is None:
        return Words(_("Delivered"), join(left, proof))
    when = i18n.moment(parcel.delivered_at, now=now.at, width="long")
    return Words(_("Delivered %(when)s", when=strong(when)), join(left, proof))


def _delivered_weak(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    headline = _("%(carrier)s says delivered", carrier=strong(parcel.carrier))
    none = _("There is no photo or signature. Carriers sometimes scan early.")
    if parcel.delivered_at is None:
        return Words(headline, none)
    when = i18n.moment(parcel.delivered_at, now=now.at, width="long")
    return Words(headline, join(_("Scanned %(when)s.", when=strong(when)), none))


def _returning(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    told = reason_words(parcel.reason)
    why = (
        _("Reason: %(reason)s.", reason=told) if told else _("%(carrier)s has not told us why.", carrier=parcel.carrier)
    )
    return Words(_("On its way back to us"), join(why, _("Tell us whether to send it again or refund it.")))


def _returned(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    told = reason_words(parcel.reason)
    why = _("Reason: %(reason)s.", reason=told) if told else ""
    return Words(_("Back with us"), join(why, _("Tell us whether to send it again or refund it.")))


def _lost(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    then = {
        "replace": _("We are replacing it. You need do nothing."),
        "refund": _("We are refunding it. You need do nothing."),
    }.get(order.lost, _("Write to us: we send it again or refund it, as you like."))
    return Words(_("We think it is lost"), then)


def _exception(order: OrderSituation, parcel: ParcelSituation, now: Now) -> Words:  # noqa: ARG001
    again = look_again(parcel, now)
    if parcel.reason is Reason.DAMAGED:
        return Words(_("Damaged on the way"), _("Write to us: we send it again or refund it, as you like."))
    if parcel.reason is Reason.ADDRESS:
        ask = _("Write to us with the right address, and we pass it on.")
        return Words(_("%(carrier)s cannot find the address", carrier=strong(parcel.carrier)), join(ask, again))
    told = reason_words(parcel.reason)
    why = (
        _("Reason: %(reason)s.", reason=told) if told else _("%(carrier)s has not told us why.", carrier=parcel.carrier)
    )
    return Words(_("Held up on the way"), join(why, _arriving(parcel, now), again))


_PARCEL_WORDS: dict[State, Callable[[OrderSituation, ParcelSituation, Now], Words]] = {
    State.LABEL: _label,
    State.LABEL_OVERDUE: _label_overdue,
    State.UNKNOWN_NUMBER: _unknown_number,
    State.IN_TRANSIT: _in_transit,
    State.LATE: _late,
    State.SILENT: _silent,
    State.CUSTOMS: _customs,
    State.OUT_FOR_DELIVERY: _out,
    State.FAILED_ATTEMPT: _failed,
    State.PICKUP_READY: _pickup,
    State.DELIVERED: _delivered,
    State.DELIVERED_WEAK: _delivered_weak,
    State.RETURNING: _returning,
    State.RETURNED: _returned,
    State.LOST: _lost,
    State.EXCEPTION: _exception,
}

_MARKS = {
    State.PAST_SEND_BY: Mark.TROUBLE,
    State.LABEL_OVERDUE: Mark.TROUBLE,
    State.SILENT: Mark.TROUBLE,
    State.LATE: Mark.TROUBLE,
    State.CUSTOMS: Mark.NEEDS_YOU,
    State.FAILED_ATTEMPT: Mark.NEEDS_YOU,
    State.PICKUP_READY: Mark.NEEDS_YOU,
    State.DELIVERED: Mark.DONE,
    State.DELIVERED_WEAK: Mark.NEEDS_YOU,
    State.RETURNING: Mark.TROUBLE,
    State.RETURNED: Mark.CLOSED,
    State.LOST: Mark.TROUBLE,
    State.EXCEPTION: Mark.TROUBLE,
    State.CANCELLING: Mark.CLOSED,
    State.CANCELLED: Mark.CLOSED,
}
