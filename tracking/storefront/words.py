"""The sentences around the headline: how sure, how we know, where it was seen, and several parcels in one line."""

from collections.abc import Sequence
from datetime import date, datetime

from tracking.platform import i18n
from tracking.platform.gettext import _, ngettext
from tracking.storefront.deck import say
from tracking.storefront.facts import plain
from tracking.storefront.phrases import Now, near_day, window_words
from tracking.storefront.situation import OrderSituation, ParcelSituation, State, Window, is_open


def confidence(window: Window | None, now: Now) -> str:
    """How sure, from the record of such windows; "" where there is no record."""
    if window is None or window.confidence is None or not is_open(window, now.today):
        return ""
    tenths = min(9, int(window.confidence * 10 + 0.0001))
    if tenths < 5:
        return ""
    return _("Likely (about %(n)s in 10) by %(day)s.", n=tenths, day=i18n.day(window.latest_on, today=now.today))


def how_we_know(window: Window | None, first: Window | None, *, carrier: str, store: str) -> tuple[str, ...]:
    """Where the date comes from, and the first one if it has moved. Nothing without a date."""
    if window is None:
        return ()
    said = {
        "store": _("This date is what %(store)s promises for your order.", store=store),
        "carrier": _("This date is the estimate of %(carrier)s.", carrier=carrier),
        "learned": _("This date is how long parcels like yours have taken."),
    }
    lines = [said[window.source]]
    if first is not None and (first.earliest_on, first.latest_on) != (window.earliest_on, window.latest_on):
        lines.append(
            _("When you ordered we said %(window)s.", window=i18n.day_window(first.earliest_on, first.latest_on))
        )
    if window.confidence is not None:
        right = int(window.confidence * 10 + 0.0001)
        lines.append(_("Of windows like this, %(n)s in 10 were right.", n=right))
    return tuple(lines)


def last_seen(parcel: ParcelSituation | None, now: Now) -> str:
    """Where and when it was last scanned; "" if never."""
    if parcel is None or parcel.last_event_at is None or parcel.handed_over_at is None:
        return ""
    when = i18n.moment(parcel.last_event_at, now=now.at)
    if parcel.place:
        return _("Last seen in %(place)s, %(when)s", place=parcel.place, when=when)
    return _("Last scanned %(when)s", when=when)


def checked(at: datetime | None, now: datetime) -> str:
    """When the carrier last answered, absolute; "" if it never did."""
    if at is None:
        return ""
    if i18n.local(at).date() == i18n.local(now).date():
        return _("checked %(time)s", time=i18n.time(at))
    return _("checked %(when)s", when=i18n.moment(at, now=now))


def short(state: State, order: OrderSituation, parcel: ParcelSituation | None, now: Now) -> str:
    """One line about a parcel beside others: "Arriving Thu 3 Dec"."""
    window = parcel.window if parcel else order.window
    if state is State.PREPARING and order.send_by:
        return _("We expect to send it by %(date)s.", date=i18n.day(order.send_by, today=now.today))
    if state in {State.IN_TRANSIT, State.LABEL, State.UNKNOWN_NUMBER} and window and is_open(window, now.today):
        return _("Arriving %(window)s", window=window_words(window, now))
    return plain(say(state, order, parcel, now).headline)


def summary(states: Sequence[tuple[State, Window | None]], now: Now) -> str:
    """ "3 parcels: 1 delivered, 1 coming Thu, 1 not sent yet"; "" for a single one."""
    if len(states) < 2:
        return ""
    parts: list[str] = []
    delivered = sum(1 for state, window in states if state in {State.DELIVERED, State.DELIVERED_WEAK})
    unsent = sum(1 for state, window in states if state in {State.PREPARING, State.PAST_SEND_BY})
    coming: dict[date, int] = {}
    moving = held = 0
    for state, window in states:
        if state in {State.DELIVERED, State.DELIVERED_WEAK, State.PREPARING, State.PAST_SEND_BY}:
            continue
        if state in _COMING and window is not None and is_open(window, now.today):
            coming[window.latest_on] = coming.get(window.latest_on, 0) + 1
        elif state.is_trouble and state is not State.LATE:
            held += 1
        else:
            moving += 1
    if delivered:
        parts.append(ngettext("%(num)s delivered", "%(num)s delivered", delivered))
    for on in sorted(coming):
        day = near_day(on, now.today)
        parts.append(ngettext("%(num)s coming %(day)s", "%(num)s coming %(day)s", coming[on], day=day))
    if moving:
        parts.append(ngettext("%(num)s on its way", "%(num)s on their way", moving))
    if held:
        parts.append(ngettext("%(num)s held up", "%(num)s held up", held))
    if unsent:
        parts.append(ngettext("%(num)s not sent yet", "%(num)s not sent yet", unsent))
    # i18n: joins "1 delivered" and "1 coming Thu"
    parcels = _(", ").join(parts)
    return ngettext("%(num)s parcel: %(parts)s", "%(num)s parcels: %(parts)s", len(states), parts=parcels)


_COMING = frozenset({State.IN_TRANSIT, State.LABEL, State.UNKNOWN_NUMBER, State.OUT_FOR_DELIVERY, State.LATE})
