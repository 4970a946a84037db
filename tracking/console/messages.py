"""The ledger of a store's messages: what went out, what waits and why, what failed."""

from typing import Final

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.console import access, needs, words
from tracking.console.facts import LedgerRow, Link, MessagesPage
from tracking.console.frame import frame, render
from tracking.models import Message, MessageState, Order, Store
from tracking.notifications import reasons
from tracking.platform import clock, i18n
from tracking.platform.db import db
from tracking.platform.gettext import _, ngettext

bp = access.guarded("messages")
PAGE: Final = 40
_SHOWS: Final[dict[str, tuple[MessageState, ...]]] = {"held": (MessageState.HELD,), "failed": needs.ATTENTION}


@bp.get("/messages")
def page() -> Response:
    """The newest, or those that wait, or those that failed."""
    session, store = db.session(), access.here().store
    show = request.args.get("show", "")
    show = show if show in _SHOWS else ""
    after = request.args.get("after", "")[:64]
    found = _find(session, store, show, after)
    listed = [_row(store, message, order) for message, order in found[:PAGE]]
    last = found[PAGE - 1][0].public_id if len(found) > PAGE else None
    held = needs.count_messages(session, store, (MessageState.HELD,))
    failed = needs.count_messages(session, store, needs.ATTENTION)
    empty_title, empty = ("", "") if listed else _empty(show)
    return render(
        "messages",
        MessagesPage(
            frame=frame(_("Messages"), part="console-messages"),
            headline=_headline(held, failed),
            tabs=(
                Link(_("All"), _url(store), not show),
                Link(_("Waiting"), _url(store, show="held"), show == "held", str(held) if held else ""),
                Link(_("Failed"), _url(store, show="failed"), show == "failed", str(failed) if failed else ""),
            ),
            rows=tuple(listed),
            empty_title=empty_title,
            empty=empty,
            next_url=_url(store, show=show or None, after=last) if last else None,
            first_url=_url(store, show=show or None) if after else None,
        ),
    )


def _find(session: Session, store: Store, show: str, after: str) -> list[tuple[Message, Order]]:
    before = (
        session.scalar(select(Message.id).where(Message.public_id == after, Message.store_id == store.id))
        if after
        else None
    )
    if show:
        ids: set[int] = set()
        for state in _SHOWS[show]:
            some = needs.messages(store, state)
            ids |= set(session.scalars((some.where(Message.id < before) if before else some).limit(PAGE + 1)))
        wanted = sorted(ids, reverse=True)[: PAGE + 1]
    else:
        newest = select(Message.id).where(Message.store_id == store.id).order_by(Message.id.desc())
        wanted = list(session.scalars((newest.where(Message.id < before) if before else newest).limit(PAGE + 1)))
    rows = session.execute(
        select(Message, Order)
        .join(Order, Order.id == Message.order_id)
        .where(Message.id.in_(wanted))
        .order_by(Message.id.desc())
    )
    return [(message, order) for message, order in rows]


def _row(store: Store, message: Message, order: Order) -> LedgerRow:
    now = clock.now()
    at = message.sent_at or message.planned_at
    waits = message.state is MessageState.HELD and message.next_at is not None
    return LedgerRow(
        at=at,
        when=i18n.moment(at, now=now),
        order=order.number,
        url=url_for("console-order.page", store=store.slug, order=order.public_id, _anchor=f"m-{message.public_id}"),
        meaning=words.meaning_words(message.meaning),
        channel=words.channel_words(message.channel),
        to=masked(message.recipient),
        state=reasons.state_words(message.state),
        mark=words.message_mark(message.state),
        sentence=reasons.why_words(message.why),
        due=_("goes out %(when)s", when=i18n.moment(message.next_at, now=now)) if waits and message.next_at else "",
    )


def masked(address: str) -> str:
    """ "jo…@example.com", "+44…23": enough to recognise, not enough to write to."""
    if "@" in address:
        name, domain = address.rsplit("@", 1)
        return f"{name[:2]}…@{domain}"
    return f"{address[:3]}…{address[-2:]}" if address else ""


def _headline(held: int, failed: int) -> str:
    if failed:
        return ngettext("%(num)s message failed", "%(num)s messages failed", failed)
    if held:
        return ngettext("%(num)s message waits for its hour", "%(num)s messages wait for their hour", held)
    return _("Nothing waits, nothing failed")


def _empty(show: str) -> tuple[str, str]:
    if show == "held":
        return _("Nothing waits"), _(
            "Ordinary news that comes up at night is kept until the morning of whoever gets it. You set the hours in "
            "the settings."
        )
    if show == "failed":
        return _("Nothing failed"), _(
            "A message is listed here when a service refuses it, cannot deliver it, or does not say what became of it."
        )
    return _("No messages yet"), _(
        "The first one is written with the first order: its shopper reads when it comes. Every message is listed here "
        "with the reason why it was sent, held or left out."
    )


def _url(store: Store, **query: str | None) -> str:
    return url_for("console-messages.page", store=store.slug, **{k: v for k, v in query.items() if v})  # type: ignore[arg-type]
