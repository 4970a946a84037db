"""The list of shipments: what needs a person first, then everything, with filters in the address."""

from dataclasses import dataclass
from typing import Any, Final

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.carriers import aggregators, all_slugs
from tracking.console import access, needs, rows, words
from tracking.console.facts import Choice, Field, Link, ListPage, Mark, Need, Row
from tracking.console.frame import frame, render
from tracking.console.rows import Wanted
from tracking.console.words import Words
from tracking.models import Order, Shipment, Store
from tracking.platform.db import db
from tracking.platform.gettext import _, ngettext
from tracking.platform.status import Status

bp = access.guarded("shipments")
_GROUPS: Final = ("trouble", "unsent-late", "unscanned", "unsent")
_LISTED: Final = tuple(status for status in Status if status is not Status.UNKNOWN and status is not Status.PENDING)


@dataclass(frozen=True, slots=True)
class Filters:
    """What stands in the address; anything not understood is left out."""

    status: str = ""
    carrier: str = ""
    channel: str = ""
    late: bool = False
    after: str = ""

    @classmethod
    def read(cls) -> "Filters":
        """Of this request."""
        status = request.args.get("status", "")
        return cls(
            status=status if status in _GROUPS or status in set(_LISTED) else "",
            carrier=request.args.get("carrier", "").strip()[:40],
            channel=request.args.get("channel", "").strip()[:64],
            late=request.args.get("late") == "1",
            after=request.args.get("after", "")[:64],
        )

    @property
    def is_set(self) -> bool:
        """The list is not whole."""
        return bool(self.status or self.carrier or self.channel or self.late)

    def url(self, store: Store, **changed: str | None) -> str:
        """The list with these filters; the place in it is left out unless it is given."""
        now: dict[str, Any] = {
            "status": self.status or None,
            "carrier": self.carrier or None,
            "channel": self.channel or None,
            "late": "1" if self.late else None,
        }
        return url_for("console-shipments.page", store=store.slug, **{**now, **changed})


@bp.get("/")
def page() -> Response:
    """The list."""
    session, store = db.session(), access.here().store
    filters = Filters.read()
    found = rows.find(session, store, _wanted(session, store, filters))
    listed: list[Row] = (
        rows.order_rows(store, found.orders) if found.orders else rows.parcel_rows(session, store, found.shipments)
    )
    counts = needs.count(session, store)
    next_url = None
    if found.last_order is not None:
        next_url = filters.url(store, after=found.orders[-1].public_id)
    elif found.last is not None:
        next_url = filters.url(store, after=session.scalar(select(Shipment.public_id).where(Shipment.id == found.last)))
    empty_title, empty, action = ("", "", None) if listed else _empty(store, filters, is_new=_is_new(session, store))
    told = _told(filters)
    return render(
        "shipments",
        ListPage(
            frame=frame(_("Shipments"), part="console-shipments"),
            headline=headline(counts),
            needs=_needs(store, counts, filters),
            filters=_fields(filters),
            filter_url=url_for("console-shipments.page", store=store.slug),
            is_filtered=filters.is_set,
            clear_url=url_for("console-shipments.page", store=store.slug),
            told=told,
            rows=tuple(listed),
            empty_title=empty_title,
            empty=empty,
            empty_action=action,
            next_url=next_url,
            first_url=filters.url(store) if filters.after else None,
        ),
    )


def headline(counts: needs.Counts) -> str:
    """How much needs a person now."""
    if counts.total == 0:
        return _("Nothing needs you now")
    if counts.total >= needs.MOST:
        return _("More than %(num)s things need you now", num=needs.MOST)
    return ngettext("%(num)s thing needs you now", "%(num)s things need you now", counts.total)


def _wanted(session: Session, store: Store, filters: Filters) -> Wanted:
    statuses = _STATUSES.get(filters.status)
    if filters.late and statuses is None:
        statuses = needs.COMING
    unsent = filters.status in {"unsent", "unsent-late"}
    before = before_order = None
    if filters.after and unsent:
        found = session.execute(
            select(Order.placed_at, Order.id).where(Order.public_id == filters.after, Order.store_id == store.id)
        ).one_or_none()
        before_order = (found[0], found[1]) if found else None
    elif filters.after:
        before = session.scalar(
            select(Shipment.id).where(Shipment.public_id == filters.after, Shipment.store_id == store.id)
        )
    return Wanted(
        statuses=statuses,
        carrier=filters.carrier,
        channel=filters.channel,
        late=filters.late,
        unscanned=filters.status == "unscanned",
        recent=filters.status == "trouble",
        unsent=unsent,
        overdue=filters.status == "unsent-late",
        before=before,
        before_order=before_order,
    )


def _needs(store: Store, counts: needs.Counts, filters: Filters) -> tuple[Need, ...]:
    """Only what there is, most urgent first."""
    found = [
        (counts.trouble, _("in trouble"), Filters(status="trouble"), Mark.TROUBLE),
        (counts.late, _("late"), Filters(late=True), Mark.TROUBLE),
        (counts.unsent, _("not sent in time"), Filters(status="unsent-late"), Mark.TROUBLE),
        (counts.unscanned, _("without a scan"), Filters(status="unscanned"), Mark.NEEDS_YOU),
    ]
    listed = [
        Need(_many(number), label, to.url(store), mark, current=to.url(store) == filters.url(store))
        for number, label, to, mark in found
        if number
    ]
    if counts.failed:
        url = url_for("console-messages.page", store=store.slug, show="failed")
        listed.append(Need(_many(counts.failed), _("messages that failed"), url, Mark.TROUBLE))
    if counts.carriers:
        url = url_for("console-carriers.page", store=store.slug)
        label = ngettext("carrier that does not answer", "carriers that do not answer", counts.carriers)
        listed.append(Need(_many(counts.carriers), label, url, Mark.TROUBLE))
    if counts.held:
        url = url_for("console-messages.page", store=store.slug, show="held")
        label = ngettext("message waits for its hour", "messages wait for their hour", counts.held)
        listed.append(Need(_many(counts.held), label, url, Mark.MOVING))
    return tuple(listed)


def _many(number: int) -> str:
    return f"{needs.MOST}+" if number >= needs.MOST else str(number)


def _fields(filters: Filters) -> tuple[Field, ...]:
    states = [Choice("", _("Any state"), not filters.status)]
    states += [Choice(name, label(), name == filters.status) for name, label in _GROUP_WORDS.items()]
    states += [Choice(one.value, words.status_words(one), one.value == filters.status) for one in _LISTED]
    # an aggregator carries nothing itself
    slugs = [slug for slug in all_slugs() if slug not in aggregators()]
    names = sorted(((words.carrier_name(slug), slug) for slug in slugs), key=lambda pair: pair[0].casefold())
    if filters.carrier and filters.carrier not in slugs:
        names.append((filters.carrier, filters.carrier))
    carriers = [Choice("", _("Any carrier"), not filters.carrier)]
    carriers += [Choice(slug, name, slug == filters.carrier) for name, slug in names]
    return (
        Field("status", _("State"), "select", choices=tuple(states)),
        Field("carrier", _("Carrier"), "select", choices=tuple(carriers)),
        Field("channel", _("Sold on"), "text", filters.channel, most=64),
        Field("late", _("Late only"), "check", "1" if filters.late else ""),
    )


def _told(filters: Filters) -> str:
    """What a filtered list shows, in a sentence."""
    return _TOLD[filters.status]() if filters.status in _TOLD else ""


def _is_new(session: Session, store: Store) -> bool:
    return session.scalar(select(Order.id).where(Order.store_id == store.id).limit(1)) is None


def _empty(store: Store, filters: Filters, *, is_new: bool) -> tuple[str, str, Link | None]:
    whole = Link(_("Show all shipments"), url_for("console-shipments.page", store=store.slug))
    if is_new:
        told = _(
            "Orders come in by the API, from a shop’s own hooks, or from a file: “waypost orders import orders.csv”. "
            "The first one appears here within seconds."
        )
        keys = Link(_("Make an API key"), url_for("console-keys.page", store=store.slug))
        return _("No orders yet"), told, keys if access.here().is_owner else None
    if filters.status in _EMPTY and not (filters.carrier or filters.channel or filters.late):
        return _("Nothing here, and that is good"), _EMPTY[filters.status](), whole
    if filters.late and not (filters.carrier or filters.channel or filters.status):
        return _("Nothing is late"), _("A parcel is listed here once it is past the day that was first said."), whole
    if filters.is_set:
        return _("Nothing fits these filters"), _("Take one away, or look for an order by its number."), whole
    return _("No shipments yet"), _("A parcel appears here as soon as your shop tells its tracking number."), None


_STATUSES: Final[dict[str, tuple[Status, ...]]] = {
    "trouble": needs.TROUBLE,
    "unscanned": needs.UNSCANNED,
    Status.INFO_RECEIVED.value: needs.UNSCANNED,
    **{status.value: (status,) for status in _LISTED if status is not Status.INFO_RECEIVED},
}
_GROUP_WORDS: Final[dict[str, Words]] = {
    "trouble": lambda: _("In trouble"),
    "unsent-late": lambda: _("Not sent in time"),
    "unscanned": lambda: _("Label, and no scan for too long"),
    "unsent": lambda: _("Not sent yet"),
}
_TOLD: Final[dict[str, Words]] = {
    "trouble": lambda: _("Refused, damaged, held up, coming back, or without news for too long."),
    "unsent-late": lambda: _("Their shoppers read that they are not sent yet, and that you are sorry."),
    "unscanned": lambda: _("The label is made, and the carrier has not scanned the parcel for longer than is normal."),
    "unsent": lambda: _("Orders of the last weeks with something that is in no parcel."),
}
_EMPTY: Final[dict[str, Words]] = {
    "trouble": lambda: _("Refused, damaged, lost or returning parcels are listed here as soon as a carrier says so."),
    "unsent-late": lambda: _("Orders are listed here from the day after they should have left."),
    "unscanned": lambda: _(
        "Parcels are listed here when no scan follows their label. You set the hours in the settings."
    ),
    "unsent": lambda: _("Every order of the last weeks is in a parcel."),
}
