"""Why a product is shown, in one true sentence, and what stands above several of them.

Every number is counted. Where fewer than two people are known, the sentence speaks of orders.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from flask_babel import format_date, format_decimal

from recommendations import Kind
from tracking.platform import clock, i18n
from tracking.platform.gettext import _, ngettext
from tracking.suggestions.suggested import SuggestedProduct

# people below this are not "people": the sentence speaks of orders instead
MIN_PEOPLE: Final = 2
# reasons that rest on a number
COUNTED: Final = frozenset({Kind.BOUGHT_TOGETHER, Kind.BOUGHT_LATER, Kind.LIKE_BOUGHT, Kind.BUY_AGAIN, Kind.POPULAR})
# a month's name alone says which year it was
_SAME_YEAR: Final = timedelta(days=330)
_GOES_WITH = frozenset({Kind.BOUGHT_TOGETHER, Kind.BOUGHT_LATER, Kind.LIKE_BOUGHT, Kind.PICKED})


def reason_sentence(suggestion: SuggestedProduct) -> str:
    """Why it is shown, in the language spoken now. True as it stands."""
    if suggestion.is_earlier and suggestion.kind in _EARLIER:
        return _EARLIER[suggestion.kind]()
    return _SENTENCES[suggestion.kind](suggestion)


def heading(shown: Sequence[SuggestedProduct], store: str) -> str:
    """What stands above them: that they go with the order only where each reason says so."""
    if shown and all(one.kind in _GOES_WITH and one.anchor_title is not None for one in shown):
        return _("Goes with your order")
    return _("More from %(store)s", store=store)


def _count(one: SuggestedProduct) -> tuple[bool, int, dict[str, str]]:
    """Whether people are counted, how many, and the words to put in."""
    by_people = one.people >= MIN_PEOPLE
    number = one.people if by_people else one.orders
    return by_people, number, {"count": str(format_decimal(number)), "product": one.anchor_title or ""}


def _bought_together(one: SuggestedProduct) -> str:
    by_people, number, words = _count(one)
    if one.anchor_title is None:
        return _bought_here(by_people, number, words)
    if by_people:
        return ngettext(
            "Bought with your %(product)s by %(count)s person",
            "Bought with your %(product)s by %(count)s people",
            number,
            **words,
        )
    return ngettext(
        "Bought with your %(product)s in %(count)s order",
        "Bought with your %(product)s in %(count)s orders",
        number,
        **words,
    )


def _bought_later(one: SuggestedProduct) -> str:
    by_people, number, words = _count(one)
    if one.anchor_title is None:
        return _bought_here(by_people, number, words)
    if by_people:
        return ngettext(
            "%(count)s person came back for this after their %(product)s",
            "%(count)s people came back for this after their %(product)s",
            number,
            **words,
        )
    return ngettext(
        "Bought after your %(product)s in %(count)s order",
        "Bought after your %(product)s in %(count)s orders",
        number,
        **words,
    )


def _like_bought(one: SuggestedProduct) -> str:
    by_people, number, words = _count(one)
    if one.anchor_title is None:
        return _("New here")
    if by_people:
        return ngettext(
            "New here, and like what %(count)s person bought with your %(product)s",
            "New here, and like what %(count)s people bought with your %(product)s",
            number,
            **words,
        )
    return ngettext(
        "New here, and like what was bought with your %(product)s in %(count)s order",
        "New here, and like what was bought with your %(product)s in %(count)s orders",
        number,
        **words,
    )


def _buy_again(one: SuggestedProduct) -> str:
    if one.bought_at is not None:
        return _you_bought(one.bought_at)
    by_people, number, words = _count(one)
    if by_people:
        return ngettext("Bought again by %(count)s person", "Bought again by %(count)s people", number, **words)
    return ngettext("Bought again in %(count)s order", "Bought again in %(count)s orders", number, **words)


def _you_bought(at: datetime) -> str:
    if clock.now() - at > _SAME_YEAR:
        return _("You have bought this before")
    return _("You bought this in %(month)s", month=format_date(i18n.local(at), "MMMM"))


def _popular(one: SuggestedProduct) -> str:
    return _bought_here(*_count(one))


def _bought_here(by_people: bool, number: int, words: dict[str, str]) -> str:
    if by_people:
        return ngettext("Bought here by %(count)s person", "Bought here by %(count)s people", number, **words)
    return ngettext("Bought here in %(count)s order", "Bought here in %(count)s orders", number, **words)


def _similar(one: SuggestedProduct) -> str:
    if one.anchor_title is None:
        return _("Like something you chose")
    return _("Like your %(product)s", product=one.anchor_title)


def _step_up(one: SuggestedProduct) -> str:
    if one.anchor_title is None:
        return _("A step up from something you chose")
    return _("A step up from your %(product)s", product=one.anchor_title)


def _picked(one: SuggestedProduct) -> str:
    if one.anchor_title is None:
        return _("Chosen by %(store)s", store=one.store)
    return _("Chosen by %(store)s for your %(product)s", store=one.store, product=one.anchor_title)


_SENTENCES: Final[dict[Kind, Callable[[SuggestedProduct], str]]] = {
    Kind.BOUGHT_TOGETHER: _bought_together,
    Kind.BOUGHT_LATER: _bought_later,
    Kind.LIKE_BOUGHT: _like_bought,
    Kind.SIMILAR: _similar,
    Kind.STEP_UP: _step_up,
    Kind.BUY_AGAIN: _buy_again,
    Kind.POPULAR: _popular,
    Kind.PICKED: _picked,
}


def _goes_with_earlier() -> str:
    return _("Goes with something you bought before")


_EARLIER: Final[dict[Kind, Callable[[], str]]] = {
    Kind.BOUGHT_TOGETHER: _goes_with_earlier,
    Kind.BOUGHT_LATER: _goes_with_earlier,
    Kind.LIKE_BOUGHT: _goes_with_earlier,
    Kind.SIMILAR: lambda: _("Like something you bought before"),
    Kind.STEP_UP: lambda: _("A step up from something you bought before"),
}
