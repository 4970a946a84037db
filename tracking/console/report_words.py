"""Words and numbers of the report on recommendations."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import format_decimal, format_percent, get_locale

from recommendations.guard import Fault
from recommendations.lift import FEWEST, Interval, Lift, needed
from recommendations.request import Kind
from tracking.models import Surface, SwitchScope
from tracking.platform.gettext import _, ngettext
from tracking.suggestions.reckoning import BEGINS_AT
from tracking.suggestions.totals import COMES_BACK_WITHIN, Comparison

# the change that a merchant is told how long to wait for
_WORTH_KNOWING = 0.1
_KINDS: Mapping[str, Callable[[], str]] = {
    Kind.BOUGHT_TOGETHER: lambda: _("Bought together"),
    Kind.BOUGHT_LATER: lambda: _("Bought afterwards"),
    Kind.LIKE_BOUGHT: lambda: _("New, like what is bought together"),
    Kind.SIMILAR: lambda: _("Alike"),
    Kind.STEP_UP: lambda: _("A better version"),
    Kind.BUY_AGAIN: lambda: _("Buy again"),
    Kind.POPULAR: lambda: _("Popular now"),
    Kind.PICKED: lambda: _("Chosen by you"),
}


def kind_words(kind: str) -> str:
    """Why it is suggested, in two words; a name that is not ours stays as it is."""
    return _KINDS[kind]() if kind in _KINDS else kind


def surface_words(surface: Surface) -> str:
    """Where it is shown."""
    return {
        Surface.PAGE: _("on the page"),
        Surface.EMAIL: _("in emails"),
        Surface.API: _("in your shop"),
    }[surface]


def percent(share: float, *, digits: int = 1) -> str:
    """ "4.1%", with so many digits behind the point, whatever they are: numbers stand below each other."""
    pattern = get_locale().percent_formats[None].pattern
    return str(format_percent(share, format=pattern.replace("0", f"0.{'0' * digits}", 1) if digits else pattern))


def signed(share: float, *, digits: int = 1) -> str:
    """ "+4.1%", "−1.2%"."""
    return f"{'+' if share > 0 else '−' if share < 0 else ''}{percent(abs(share), digits=digits)}"


def count(number: float) -> str:
    """A whole number."""
    return str(format_decimal(round(number)))


def headline(compared: Comparison, found: Lift | None, *, is_off: bool) -> str:
    """What recommendations change, in one sentence."""
    if is_off:
        return _("Recommendations are turned off: they did harm")
    if compared.since is None or (compared.percent == 0 and found is None):
        return _("Nobody knows what recommendations change")
    if found is None or found.ratio is None:
        return _("Too early to say what recommendations change")
    if found.anytime.is_above:
        return _("Recommendations bring shoppers back")
    if found.anytime.is_below:
        return _("Recommendations keep shoppers from coming back")
    return _("No difference can be told yet")


def sentences(compared: Comparison, found: Lift | None, spent: str) -> tuple[str, ...]:
    """How sure that is, and what it rests on."""
    if compared.since is None:
        told = _(
            "A comparison begins by itself with %(orders)s orders. Fewer could not show anything.", orders=BEGINS_AT
        )
        return (told,)
    if compared.percent == 0 and found is None:
        return (_("That can only be known if some shoppers see none. Choose how many below."),)
    if found is None or found.ratio is None:
        return _too_early(compared)
    return tuple(one for one in (_change(found.ratio), _certainty(found.anytime, compared.percent), spent) if one)


def _change(ratio: Interval) -> str:
    bounds = {"low": signed(ratio.low), "high": signed(min(ratio.high, 10))}
    if round(ratio.estimate, 3) == 0:
        return _(
            "People who saw recommendations ordered again as often as others (between %(low)s and %(high)s, 19 times "
            "in 20).",
            **bounds,
        )
    if ratio.estimate > 0:
        return _(
            "People who saw recommendations ordered again %(percent)s more often (between %(low)s and %(high)s, 19 "
            "times in 20).",
            percent=percent(ratio.estimate),
            **bounds,
        )
    return _(
        "People who saw recommendations ordered again %(percent)s less often (between %(low)s and %(high)s, 19 times "
        "in 20).",
        percent=percent(-ratio.estimate),
        **bounds,
    )


def _certainty(anytime: Interval, held_out_percent: int) -> str:
    if anytime.is_above:
        return _("That is more than chance, however often one looks.")
    if anytime.is_below:
        return _("That is harm, and not chance, however often one looks.")
    if held_out_percent == 0:
        return _("That may be chance. Every shopper sees recommendations now, so that nothing more is learnt of it.")
    return _("That may be chance: wait before you conclude anything.")


def _too_early(compared: Comparison) -> tuple[str, ...]:
    told = [
        _(
            "%(days)s days are over for %(shown)s shoppers who saw recommendations and for %(held)s who did not. "
            "With fewer than %(least)s in either group nothing can be said.",
            days=COMES_BACK_WITHIN.days,
            shown=count(compared.shown.size),
            held=count(compared.held_out.size),
            least=FEWEST,
        )
    ]
    if compared.waiting:
        more = ngettext("%(num)s more is on the way.", "%(num)s more are on the way.", compared.waiting)
        told.append(more)
    share = compared.shown.share
    if 0 < share < 0.9 and 0 < compared.percent < 100:
        shoppers = needed(share, change=_WORTH_KNOWING, held_out=compared.percent / 100)
        told.append(
            _(
                "A difference of a tenth can be seen with about %(shoppers)s shoppers.",
                shoppers=count(float(f"{shoppers:.2g}")),
            )
        )
    return tuple(told)


def fault_words(scope: SwitchScope, why: str, numbers: Mapping[str, Any]) -> str:
    """The numbers it was decided on."""
    said = {name: float(number) for name, number in numbers.items() if isinstance(number, int | float)}
    if scope is SwitchScope.ALL or why == Fault.HARM:
        return _(
            "Of %(shown)s shoppers who saw recommendations %(came)s came back; of %(held)s who did not, %(others)s.",
            shown=count(said.get("shown", 0)),
            came=count(said.get("shown_came_back", 0)),
            held=count(said.get("held_out", 0)),
            others=count(said.get("held_out_came_back", 0)),
        )
    values = {
        "shown": count(said.get("shown", 0)),
        "seen": count(said.get("seen", 0)),
        "expected": count(said.get("expected", 0)),
    }
    if why == Fault.DISMISSED:
        return _("Shown: %(shown)s. Sent away: %(seen)s; others in the same places: %(expected)s.", **values)
    return _("Shown: %(shown)s. Followed: %(seen)s; others in the same places: %(expected)s.", **values)
