"""Search: an order's number, a tracking number, an email address, or the beginning of a customer's name.

It is asked by POST, because addresses and names must not stand in an address line or a proxy's log. Each question walks
an index; see tests/console/test_plans.py.
"""

import re
from typing import Final

from flask import Response, redirect, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tracking.console import access, rows
from tracking.console.facts import Link, ListPage
from tracking.console.frame import frame, render
from tracking.models import Customer, Order, Shipment, Store
from tracking.models.customer import name_key
from tracking.platform.db import db
from tracking.platform.gettext import _

bp = access.guarded("search")
MOST: Final = 50
MAX_LENGTH: Final = 254
# the last code point there is: what begins with a text lies between it and it with this behind
_LAST: Final = "\U0010ffff"


@bp.post("/search")
@access.only_looks
def results() -> Response:
    """What was found; a single order is opened at once."""
    session, store = db.session(), access.here().store
    query = " ".join(request.form.get("q", "").split())[:MAX_LENGTH]
    found = find(session, store, query)
    if len(found) == 1:
        order = session.get_one(Order, found[0])
        to = redirect(url_for("console-order.page", store=store.slug, order=order.public_id), 303)
        return Response(to.response, 303, to.headers)
    orders = rows.load_orders(session, found[:MOST])
    shipments = rows.load_shipments(session, [parcel.id for order in orders for parcel in order.shipments])
    listed = rows.parcel_rows(session, store, shipments)
    listed += rows.order_rows(store, [order for order in orders if not order.shipments])
    whole = url_for("console-shipments.page", store=store.slug)
    told = _("The newest %(num)s are shown. Type more to find fewer.", num=MOST) if len(found) > MOST else ""
    page = ListPage(
        frame=frame(_("Search"), query=query),
        headline=_("Found for “%(query)s”", query=query) if listed else _("Nothing found"),
        needs=(),
        filters=(),
        filter_url=whole,
        is_filtered=True,
        clear_url=whole,
        told=told,
        rows=tuple(listed),
        empty_title="" if listed else _("No order, parcel or person of this store fits “%(query)s”", query=query),
        empty=_(
            "Search takes a whole order number, a whole tracking number, a whole email address, "
            "or the beginning of a name."
        ),
        empty_action=Link(_("Show all shipments"), whole),
        next_url=None,
        first_url=None,
    )
    return render("shipments", page, 200 if listed else 404)


def find(session: Session, store: Store, query: str) -> list[int]:
    """Ids of orders that fit, best first: by order number, by tracking number, by address, by name."""
    if not query:
        return []
    questions = [by_number(store, query), by_tracking_number(store, query)]
    if "@" in query:
        questions = [by_email(store, query)]
    elif (name := name_key(query)) and not name.isdigit():
        questions.append(by_name(store, name))
    found: dict[int, None] = {}
    for question in questions:
        found.update(dict.fromkeys(session.scalars(question.limit(MOST + 1))))
        if found and question is not questions[-1] and len(found) == 1:
            return list(found)
    return list(found)[: MOST + 1]


def by_number(store: Store, query: str) -> Select[int]:
    """By the order's number, with or without the “#” that people copy along."""
    bare = re.sub(r"^(?:#|n[°o]\.?|№)\s*", "", query, flags=re.IGNORECASE)
    return select(Order.id).where(Order.store_id == store.id, Order.number.in_({query, bare, bare.upper()}))


def by_tracking_number(store: Store, query: str) -> Select[int]:
    """By a parcel's number, however it is grouped."""
    number = re.sub(r"[\s.\u2010-\u2015-]", "", query).upper()
    return (
        select(Shipment.order_id)
        .where(Shipment.number == number, Shipment.store_id == store.id)
        .order_by(Shipment.id.desc())
    )


def by_email(store: Store, query: str) -> Select[int]:
    """By a customer's whole address; its domain may be written in any case."""
    local, _at, domain = query.rpartition("@")
    return _of_customers(
        select(Customer.id).where(
            Customer.store_id == store.id, Customer.email.in_({query, query.lower(), f"{local}@{domain.lower()}"})
        )
    )


def by_name(store: Store, key: str) -> Select[int]:
    """By the beginning of a customer's name, without letter case and accents."""
    return _of_customers(
        select(Customer.id)
        .where(Customer.store_id == store.id, Customer.name_key >= key, Customer.name_key < key + _LAST)
        .order_by(Customer.name_key)
        .limit(MOST + 1)
    )


def _of_customers(customers: Select[int]) -> Select[int]:
    some = customers.subquery()
    return select(Order.id).join(some, some.c.id == Order.customer_id).order_by(Order.placed_at.desc(), Order.id.desc())
