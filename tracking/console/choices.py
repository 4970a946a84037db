"""What an order shows now and why, for whoever looks after the rules: each product shown, and each kept out."""

from collections.abc import Callable
from typing import Final

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from recommendations import KeptOut
from tracking.console.facts import ChoicePreview, ChosenFacts, Field
from tracking.models import Order, Store
from tracking.models.store import own_picture
from tracking.platform import i18n
from tracking.platform.gettext import _, ngettext
from tracking.platform.web import settings
from tracking.suggestions import reason_sentence
from tracking.suggestions.why import Account, Considered, Silence, account

# kept out and told one by one; the rest is counted
MOST_KEPT_OUT: Final = 12
# these are no decision of anybody: others are simply better
_NOT_TOLD: Final = frozenset({KeptOut.NO_ROOM, KeptOut.CATEGORY_FULL})


def preview(session: Session, store: Store, number: str) -> ChoicePreview:
    """What the order of that number shows now; of the newest one if none is named."""
    order = _find(session, store, number)
    url = url_for("console-recommendations.preview", store=store.slug, _anchor="now")
    asked = Field("order", _("Order number"), value=number or (order.number if order else ""), most=64)
    if order is None:
        told = _("This store has no order %(number)s.", number=number) if number else _("There is no order yet.")
        return ChoicePreview(url, asked, "", told, (), (), "")
    found = account(session, order, state_dir=settings().state_dir)
    shown = tuple(one for one in found.considered if one.place is not None)
    kept_out = [one for one in found.considered if one.why is not None and one.why not in _NOT_TOLD]
    more = len(found.considered) - len(shown) - len(kept_out[:MOST_KEPT_OUT])
    return ChoicePreview(
        url=url,
        order=asked,
        headline=_headline(order, found, len(shown)),
        told=_SILENCE[found.silence]() if found.silence else "",
        shown=tuple(_facts(store, one, reason_sentence(one.suggested)) for one in shown),
        kept_out=tuple(_facts(store, one, kept_out_words(one)) for one in kept_out[:MOST_KEPT_OUT]),
        left_out=_left_out(more),
    )


def kept_out_words(one: Considered) -> str:
    """Why a product is not shown, in a sentence; "" for what is shown."""
    return _KEPT_OUT[one.why](one.by) if one.why else ""


def _find(session: Session, store: Store, number: str) -> Order | None:
    wanted = select(Order).where(Order.store_id == store.id)
    if number:
        return session.scalar(wanted.where(Order.number == number))
    return session.scalar(wanted.order_by(Order.placed_at.desc(), Order.id.desc()).limit(1))


def _headline(order: Order, found: Account, shown: int) -> str:
    if found.silence:
        return _("Order %(number)s shows nothing", number=order.number)
    return ngettext(
        "Order %(number)s shows %(num)s product", "Order %(number)s shows %(num)s products", shown, number=order.number
    )


def _left_out(more: int) -> str:
    if more <= 0:
        return ""
    return ngettext(
        "%(num)s more was looked at; others are better.", "%(num)s more were looked at; others are better.", more
    )


def _facts(store: Store, one: Considered, why: str) -> ChosenFacts:
    product = one.suggested
    name = f"{product.title}, {product.variant}" if product.variant else product.title
    price = i18n.money(product.price_minor, product.currency, home=store.currency)
    return ChosenFacts(name, why, price, own_picture(store, product.image_url))


_SILENCE: Final[dict[Silence, Callable[[], str]]] = {
    Silence.TURNED_OFF: lambda: _("Recommendations are turned off on pages. Else it would show this."),
    Silence.GUARDED: lambda: _("Recommendations did harm and were turned off."),
    Silence.TROUBLE: lambda: _("It is late, in trouble or cancelled: now is no time to sell. Else it would show this."),
    Silence.NO_MODEL: lambda: _("Nothing was learnt yet. The worker learns from your orders once there are some."),
    Silence.NOTHING_FOUND: lambda: _("Nothing that goes with it may be shown."),
}

_KEPT_OUT: Final[dict[KeptOut, Callable[[str], str]]] = {
    KeptOut.UNKNOWN: lambda _by: _("It is not in the catalogue, or has no address to link to."),
    KeptOut.SOLD_OUT: lambda _by: _("It cannot be bought now."),
    KeptOut.FREE: lambda _by: _("It has no price above 0."),
    KeptOut.DISMISSED: lambda _by: _("The shopper does not want to see it."),
    KeptOut.EXCLUDED: lambda _by: _("You never show it."),
    KeptOut.EXCLUDED_CATEGORY: lambda by: _("You never show “%(category)s”.", category=by),
    KeptOut.OWNED: lambda _by: _("The shopper has it."),
    KeptOut.SAME_AS_OWNED: lambda by: _("The shopper has the same: %(product)s.", product=by),
    KeptOut.OTHER_MAKE: lambda by: _("The shopper has a plainer or better version: %(product)s.", product=by),
    KeptOut.HOLDS_OWNED: lambda by: _("It holds what the shopper has: %(product)s.", product=by),
    KeptOut.PART_OF_OWNED: lambda by: _("It is part of what the shopper has: %(product)s.", product=by),
    KeptOut.APART_FROM_ORDER: lambda by: _("You keep it apart from “%(category)s” in the order.", category=by),
    KeptOut.NO_STEP_UP: lambda _by: _("It is no better version at a sensible price."),
    KeptOut.NO_STAND_IN: lambda by: _("It cannot stand in for %(product)s: its size or price differs.", product=by),
    KeptOut.SEEN_ENOUGH: lambda _by: _("The shopper saw it often enough."),
    KeptOut.OTHER_MAKE_SHOWN: lambda by: _("A plainer or better version of it is shown: %(product)s.", product=by),
    KeptOut.SAME_AS_SHOWN: lambda by: _("It is the same as one that is shown: %(product)s.", product=by),
    KeptOut.APART_FROM_SHOWN: lambda by: _("You keep it apart from “%(category)s”, shown already.", category=by),
    KeptOut.CATEGORY_FULL: lambda by: _("Enough of “%(category)s” is shown.", category=by),
    KeptOut.NO_ROOM: lambda _by: _("Others are better."),
}
