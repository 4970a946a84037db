"""Parts of sentences that several sentences need: when, why, and when we look again."""

from dataclasses import dataclass
from datetime import date, datetime

from tracking.platform import i18n
from tracking.platform.gettext import _
from tracking.storefront.situation import ParcelSituation, Window


@dataclass(frozen=True, slots=True)
class Now:
    """The instant the words are said at, and what day that is where the reader gets the parcel."""

    at: datetime
    today: date


def window_words(window: Window, now: Now) -> str:
    """ "tomorrow", "Thursday 3 December", "Thursday 3 – Friday 4 December", "today 14:00–17:00"."""
    # days that have gone by are no part of what is to come
    begin = min(max(window.earliest_on, now.today), window.latest_on)
    # two long Thai days fill four lines of a phone; a short one ("พ.") is no word to read first
    width = "medium" if i18n.locale() == "th" and begin < window.latest_on else "long"
    days = i18n.day_window(begin, window.latest_on, today=now.today, width=width)
    if window.earliest_at and window.latest_at and window.earliest_on == window.latest_on:
        return _("%(day)s, %(times)s", day=days, times=i18n.time_window(window.earliest_at, window.latest_at))
    return days


def look_again(parcel: ParcelSituation, now: Now) -> str:
    """When the carrier is asked next, as a sentence; "" if that is not known or has passed."""
    if parcel.look_again_at is None or parcel.look_again_at <= now.at:
        return ""
    return _("We look again %(when)s.", when=i18n.moment(parcel.look_again_at, now=now.at))


def join(*sentences: str) -> str:
    """Sentences one after another; empty ones are left out."""
    return " ".join(sentence for sentence in sentences if sentence)


def near_day(on: date, today: date) -> str:
    """ "today", "tomorrow", "Thu" within a week, "Thu 10 Dec" later."""
    if 1 < (on - today).days < 7:
        # a short Thai day is one letter; French ones read as cut off in a sentence
        return i18n.weekday(on, width="short" if i18n.locale() == "en" else "long")
    return i18n.day(on, today=today, width="short")
