"""From rows to the facts of an order's page: its parcels, every date that was shown, every message and its reasons."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.carriers import get_carrier
from tracking.console import access, rows, words
from tracking.console.facts import (
    AbsentFacts,
    Field,
    FieldSet,
    Form,
    LineFacts,
    Mark,
    OrderPage,
    Pair,
    ParcelFacts,
    PromiseFacts,
    ScanFacts,
    StepFacts,
    ToldFacts,
)
from tracking.console.frame import frame
from tracking.models import CarrierAccount, LineState, Order, OrderState, Promise, Shipment, TrackingEventRow
from tracking.models.store import own_picture
from tracking.notifications import explanation, reasons
from tracking.platform import clock, i18n
from tracking.platform.errors import UnknownCarrier
from tracking.platform.facts import Zone
from tracking.platform.gettext import _, ngettext
from tracking.platform.status import Status
from tracking.promise import ledger, window
from tracking.timeline.reasons import every_reason

# more than any carrier reports; a runaway feed must not make a page of megabytes
MAX_SCANS = 200


def order_page(session: Session, order: Order, *, typed: tuple[str, str] = ("", ""), fault: str = "") -> OrderPage:
    """The page, in the order's own time.

    typed, fault  what was typed to cancel it, and why that was not taken
    """
    here = access.here()
    with i18n.speaking(i18n.locale(), order.time_zone):
        now = order.frozen_at or clock.now()
        promises = ledger.history(session, [order.id])
        explained = explanation.of_order(session, order)
        parcels = tuple(_parcel(session, order, one, promises, now) for one in order.shipments)
        unsent_title, unsent = _unsent(order, now)
        headline, mark = _headline(order, parcels, unsent_title)
        can_cancel = here.can_change and order.state is not OrderState.CANCELLED
        return OrderPage(
            frame=frame(_("Order %(number)s", number=order.number), part="console-shipments"),
            number=order.number,
            headline=headline,
            state=words.order_words(order.state),
            mark=mark,
            facts=_facts(order, now),
            address=_address(order),
            note=order.note or "",
            page_url=f"/s/{quote(order.store.slug)}/t/{order.token}",
            back_url=url_for("console-shipments.page", store=order.store.slug),
            zone=_("Times of %(city)s", city=i18n.zone_city(order.time_zone)),
            parcels=parcels,
            unsent_title=unsent_title,
            unsent=unsent,
            lines=tuple(_line(order, line) for line in order.lines),
            total=_money(order, order.total_minor),
            promises=_promises(order, promises, now),
            messages=tuple(_told(one, now) for one in explained.messages),
            absent=tuple(
                AbsentFacts(
                    i18n.moment(one.at, now=now),
                    words.milestone_words(one.moment),
                    words.channel_words(one.channel),
                    one.sentence,
                )
                for one in explained.absent
            ),
            cancel=_cancel_form(order, typed, fault) if can_cancel else None,
            cancel_note=_cancel_note(order),
        )


def _headline(order: Order, parcels: Sequence[ParcelFacts], unsent: str) -> tuple[str, Mark]:
    """One sentence: where the order is as a whole."""
    if order.state is OrderState.CANCELLED:
        on = i18n.day(i18n.local(order.cancelled_at).date()) if order.cancelled_at else ""
        return (_("Cancelled on %(day)s", day=on) if on else _("Cancelled")), Mark.CLOSED
    if not parcels:
        return unsent or _("Nothing to send"), Mark.NEEDS_YOU if unsent else Mark.CLOSED
    worst = min(parcels, key=lambda parcel: _WORST.index(parcel.mark))
    if len(parcels) == 1 and not unsent:
        said = worst.status
        if worst.late or worst.expected:
            said = _("%(status)s · %(when)s", status=said, when=worst.late or worst.expected)
        return said, worst.mark
    there = sum(1 for parcel in parcels if parcel.mark is Mark.DONE)
    total = len(parcels) + bool(unsent)
    return ngettext("%(there)s of %(num)s parcel there", "%(there)s of %(num)s parcels there", total, there=there), (
        worst.mark
    )


def _facts(order: Order, now: datetime) -> tuple[Pair, ...]:
    customer = order.customer
    found = [
        Pair(_("Ordered"), i18n.moment(order.placed_at, now=now), is_number=True),
        Pair(_("By"), rows.customer_name(order)),
        Pair(_("Email"), order.email or "", f"mailto:{quote(order.email, safe='@')}" if order.email else ""),
        Pair(_("Phone"), order.phone or "", f"tel:{quote(order.phone, safe='+')}" if order.phone else ""),
        Pair(_("Language"), i18n.language_name(order.locale)),
        Pair(_("Sold on"), order.sales_channel),
        Pair(_("Shop’s id"), order.ref or "", is_number=True),
    ]
    if customer is not None and customer.preferences.get("trouble_only"):
        found.append(Pair(_("Wants to hear"), _("only if something goes wrong")))
    if order.refunded_minor:
        found.append(Pair(_("Refunded"), _money(order, order.refunded_minor), is_number=True))
    if isinstance(why := order.extra.get("cancel_reason"), str):
        found.append(Pair(_("Cancelled because"), why))
    return tuple(pair for pair in found if pair.value)


def _address(order: Order) -> tuple[str, ...]:
    town = " ".join(part for part in (order.postal_code, order.city) if part)
    lines = (order.recipient, order.address1, order.address2, town, order.region, i18n.country_name(order.country))
    return tuple(line for line in lines if line)


def _money(order: Order, minor: int | None) -> str:
    return i18n.money(minor, order.currency, home=order.store.currency)


def _line(order: Order, line: Any) -> LineFacts:
    each = line.unit_price_minor
    return LineFacts(
        title=line.title,
        detail=" · ".join(part for part in (line.variant, line.sku) if part),
        quantity=line.quantity,
        price=_money(order, each * line.quantity if each is not None else None),
        state=words.line_words(line.state),
        image_url=own_picture(order.store, line.image_url or (line.product.image_url if line.product else None)),
    )


# ---- parcels


def _parcel(
    session: Session, order: Order, shipment: Shipment, promises: Sequence[Promise], now: datetime
) -> ParcelFacts:
    here = access.here()
    newest, look, today = rows.judged(order, shipment, order.store, promises)
    carrier = words.carrier_name(shipment.carrier)
    account = session.get(CarrierAccount, shipment.carrier_account_id) if shipment.carrier_account_id else None
    cannot = _cannot_ask(shipment, account, carrier)
    ask_url = url_for("console-order.ask", store=order.store.slug, order=order.public_id, parcel=shipment.public_id)
    position = order.shipments.index(shipment) + 1
    return ParcelFacts(
        ref=shipment.public_id,
        title=_("Parcel %(n)s of %(total)s", n=position, total=len(order.shipments))
        if len(order.shipments) > 1
        else _("Parcel"),
        carrier=carrier,
        number=grouped(shipment.number),
        number_raw=shipment.number,
        carrier_url=_carrier_url(shipment),
        status=words.status_words(shipment.status),
        why=every_reason(shipment.reason),
        mark=words.status_mark(shipment.status),
        position=words.position(shipment.status),
        expected=rows.expected_words(shipment, newest, today, now),
        late=rows.late_words(shipment, look, today),
        facts=_parcel_facts(shipment, now),
        items=_contents(order, shipment),
        asked=_asked(shipment, now),
        trouble=words.error_words(shipment.last_error, carrier) if shipment.last_error else "",
        ask_url="" if cannot or not here.can_change else ask_url,
        cannot_ask=cannot,
        scans=_scans(session, order, shipment, now),
    )


def grouped(number: str) -> str:
    """Groups of four, as one reads it aloud; short ones stay whole."""
    if len(number) <= 10 or not number.isalnum():
        return number
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def _carrier_url(shipment: Shipment) -> str | None:
    url = shipment.carrier_url
    if not url:
        try:
            url = get_carrier(shipment.carrier).public_url(shipment.number, i18n.locale())
        except UnknownCarrier:
            return None
    return url if url and url.startswith(("https://", "http://")) else None


def _parcel_facts(shipment: Shipment, now: datetime) -> tuple[Pair, ...]:
    proofs = {"signature": _("signature"), "photo": _("photo"), "pin": _("code")}
    proof = _(", ").join(proofs.get(kind, kind) for kind in shipment.proof)
    found = [
        Pair(_("Service"), shipment.service or ""),
        Pair(_("Label"), i18n.moment(shipment.label_at, now=now), is_number=True),
        Pair(_("Handed over"), _moment(shipment.handed_over_at, now), is_number=True),
        Pair(_("Delivered"), _moment(shipment.delivered_at, now), is_number=True),
        Pair(_("Signed by"), shipment.signed_by or ""),
        Pair(_("Proof"), proof or (_("none") if shipment.status is Status.DELIVERED else "")),
        Pair(_("To collect at"), shipment.pickup_place or ""),
    ]
    return tuple(pair for pair in found if pair.value)


def _moment(at: datetime | None, now: datetime) -> str:
    return i18n.moment(at, now=now) if at is not None else ""


def _contents(order: Order, shipment: Shipment) -> str:
    if len(order.shipments) < 2 or not shipment.lines:
        return ""
    titles = {line.id: line.title for line in order.lines}
    return _(", ").join(f"{row.quantity} × {titles.get(row.order_line_id, '')}" for row in shipment.lines)


def _asked(shipment: Shipment, now: datetime) -> str:
    said = []
    if shipment.last_polled_at is not None:
        said.append(_("Asked %(when)s.", when=i18n.moment(shipment.last_polled_at, now=now)))
    else:
        said.append(_("Not asked yet."))
    if not shipment.is_tracked:
        return said[0]
    if shipment.lease_until is not None:
        said.append(_("It is being asked now."))
    elif shipment.next_poll_at is None:
        said.append(_("It is not asked again."))
    elif shipment.next_poll_at <= now + timedelta(minutes=1):
        said.append(_("It is due now."))
    else:
        said.append(_("Next time %(when)s.", when=i18n.moment(shipment.next_poll_at, now=now)))
    return " ".join(said)


def _cannot_ask(shipment: Shipment, account: CarrierAccount | None, carrier: str) -> str:
    """Why nobody can be asked; "" if somebody can."""
    if not shipment.is_tracked:
        return _("It is not tracked any more.")
    if account is None:
        return _("There is no account at %(carrier)s, so nobody is asked.", carrier=carrier)
    if not account.enabled:
        return _("The account at %(carrier)s is switched off.", carrier=carrier)
    return ""


def _scans(session: Session, order: Order, shipment: Shipment, now: datetime) -> tuple[ScanFacts, ...]:
    """What the carrier reported, newest first, as it said it."""
    found = session.scalars(
        select(TrackingEventRow)
        .where(TrackingEventRow.shipment_id == shipment.id)
        .order_by(TrackingEventRow.at.desc(), TrackingEventRow.seq.desc())
        .limit(MAX_SCANS)
    )
    home = order.country or order.store.country
    return tuple(_scan(event, home, now) for event in found)


def _scan(event: TrackingEventRow, home: str, now: datetime) -> ScanFacts:
    what = words.status_words(event.status) if event.status is not Status.UNKNOWN else ""
    why = every_reason(event.reason)
    country = i18n.country_name(event.country) if event.country and event.country != home else ""
    place = _(", ").join(
        part for part in (rows.town(event.city or "") or event.postal_code or event.region, country) if part
    )
    return ScanFacts(
        at=event.at,
        when=i18n.moment(event.at, now=now),
        there=_there(event),
        what=_("%(what)s: %(why)s", what=what, why=why) if what and why else what,
        mark=words.status_mark(event.status),
        code=event.code,
        text=event.description,
        place=place,
        source=words.heard_words(event.source),
    )


def _there(event: TrackingEventRow) -> str:
    """The time at the place of the scan where it differs from the destination's."""
    here = i18n.local(event.at)
    if event.zone is Zone.UNKNOWN or here.utcoffset() == timedelta(minutes=event.offset_min):
        return ""
    there = (event.at + timedelta(minutes=event.offset_min)).replace(tzinfo=None)
    shift = f"{'+' if event.offset_min >= 0 else '−'}{abs(event.offset_min) // 60}"
    minutes = abs(event.offset_min) % 60
    return _(
        "%(time)s there (UTC%(shift)s)", time=f"{there:%H:%M}", shift=shift + (f":{minutes:02d}" if minutes else "")
    )


def _unsent(order: Order, now: datetime) -> tuple[str, str]:
    """What is in no parcel: by when it should leave, and what it is."""
    if order.state is OrderState.CANCELLED or any(not parcel.lines for parcel in order.shipments):
        return "", ""
    sent: dict[int, int] = {}
    for parcel in order.shipments:
        for row in parcel.lines:
            sent[row.order_line_id] = sent.get(row.order_line_id, 0) + row.quantity
    left = [
        (line.quantity - sent.get(line.id, 0), line.title)
        for line in order.lines
        if line.state in {LineState.OPEN, LineState.BACKORDERED}
    ]
    items = _(", ").join(f"{quantity} × {title}" for quantity, title in left if quantity > 0)
    if not items:
        return "", ""
    by, today = window.send_by(order, order.store), i18n.local(now).date()
    day = i18n.day(by, today=today)
    if by < today:
        return _("Not sent in time: it should have left by %(day)s", day=day), items
    return _("Not sent yet: it should leave by %(day)s", day=day), items


# ---- ledgers


def _promises(order: Order, promises: Sequence[Promise], now: datetime) -> tuple[PromiseFacts, ...]:
    """Every window that was ever shown, newest first, each against the one before it."""
    parcels = {parcel.id: place for place, parcel in enumerate(order.shipments, 1)}
    carriers = {parcel.id: words.carrier_name(parcel.carrier) for parcel in order.shipments}
    today = i18n.local(now).date()
    found: list[PromiseFacts] = []
    newest: dict[int, Promise] = {}
    for promise in promises:
        before = newest.get(promise.shipment_key) or newest.get(0)
        newest[promise.shipment_key] = promise
        moved = (promise.latest_on - before.latest_on).days if before else 0
        days = i18n.day_window(promise.earliest_on, promise.latest_on, today=today, width="short")
        if promise.earliest_at and promise.latest_at:
            days = f"{days}, {i18n.time_window(promise.earliest_at, promise.latest_at)}"
        found.append(
            PromiseFacts(
                at=promise.made_at,
                when=i18n.moment(promise.made_at, now=now),
                window=days,
                source=words.source_words(promise.source, carriers.get(promise.shipment_key, _("the carrier"))),
                about=_("parcel %(n)s", n=parcels[promise.shipment_key])
                if promise.shipment_key in parcels and len(parcels) > 1
                else "",
                change=_moved(moved, is_first=before is None),
                is_later=moved > 0,
            )
        )
    return tuple(reversed(found))


def _moved(days: int, *, is_first: bool) -> str:
    if is_first:
        return _("first said")
    if days > 0:
        return ngettext("%(num)s day later", "%(num)s days later", days)
    if days < 0:
        return ngettext("%(num)s day earlier", "%(num)s days earlier", -days)
    return ""


def _told(told: explanation.Told, now: datetime) -> ToldFacts:
    return ToldFacts(
        ref=told.id,
        meaning=words.meaning_words(told.meaning),
        channel=words.channel_words(told.channel),
        to=told.to,
        state=reasons.state_words(told.state),
        mark=words.message_mark(told.state),
        sentence=told.sentence,
        title=told.title,
        text=told.text,
        steps=tuple(
            StepFacts(
                step.at,
                i18n.moment(step.at, now=now),
                reasons.state_words(step.state),
                step.sentence,
                _detail(step.detail, now),
            )
            for step in told.steps
        ),
    )


def _detail(detail: dict[str, Any], now: datetime) -> str:
    """What the ledger keeps beside a move, instants in local time."""
    return ", ".join(f"{name} {_value(value, now)}" for name, value in detail.items())


def _value(value: object, now: datetime) -> str:
    if isinstance(value, str) and "T" in value:
        try:
            return i18n.moment(datetime.fromisoformat(value), now=now)
        except (ValueError, TypeError):
            return value
    return str(value)


# ---- cancelling


def _cancel_form(order: Order, typed: tuple[str, str], fault: str) -> Form:
    fields = (
        Field("reason", _("Reason"), "text", typed[0], note=_("For you and your colleagues."), most=200),
        Field(
            "refunded",
            _("Refunded so far"),
            "money",
            typed[1],
            note=_("Leave it empty if nothing was refunded yet."),
            error=fault,
            most=20,
            unit=order.currency,
        ),
    )
    url = url_for("console-order.cancel", store=order.store.slug, order=order.public_id)
    return Form(url, (FieldSet("", fields),), _("Cancel the order"), faults=1 if fault else 0, told=fault)


def _cancel_note(order: Order) -> str:
    if any(parcel.handed_over_at and not parcel.status.is_final for parcel in order.shipments):
        return _("A parcel of it is on its way and keeps moving: its shopper may refuse it or send it back.")
    return _("Its shopper’s page says so at once. Nothing more is sent about it. This cannot be undone here.")


_WORST = (Mark.TROUBLE, Mark.NEEDS_YOU, Mark.MOVING, Mark.DONE, Mark.CLOSED)
