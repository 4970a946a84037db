"""What to show beside an order: the only bridge between the store's rows and `recommendations/`.

A worker fits (`fit_store`), a page asks (`for_order`). The page may always be answered with nothing: when the order is
in trouble, when nothing is good enough, when there is no usable artefact. An artefact knows products by the shop's own
reference and holds nothing of any customer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

import structlog
from flask_babel import format_decimal, ngettext
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from recommendations import (
    ArtefactError,
    Kind,
    Line,
    Model,
    Orders,
    Request,
    candidates,
    fit,
    read_model,
    recommend,
    write_model,
)
from recommendations import Product as Shown
from recommendations import Reason as ReasonFacts
from tracking.models.order import LineState, Order, OrderLine, OrderState
from tracking.models.product import Product
from tracking.models.promise import Promise
from tracking.models.store import Store
from tracking.platform import clock
from tracking.platform.status import Reason, Status

log = structlog.get_logger(__name__)

# learn from the newest orders only, a page of them at a time
MAX_ORDERS = 500_000
PAGE_OF_ORDERS = 2000
# products somebody bought before, newest first: more than a household buys in a life
MAX_OWNED = 5000
MAX_CACHED = 64
# people below this are not "people": the sentence speaks of orders instead
MIN_PEOPLE = 2

_NOT_KEPT = (LineState.CANCELLED, LineState.RETURNED)


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a fit learnt from, and where the artefact is."""

    orders: int
    products: int
    pairs: int
    path: Path


@dataclass(frozen=True, slots=True)
class SuggestedProduct:
    """A product worth showing, as it is on the shelf now, and the facts of its reason.

    price_minor   None if not known
    anchor_title  the shopper's product the reason is about; None if it is about none
    people        different customers who did what `kind` says;  orders  different orders in which it was done
    """

    ref: str
    title: str
    variant: str | None
    price_minor: int | None
    currency: str | None
    image_url: str | None
    url: str
    kind: Kind
    anchor_title: str | None
    people: int
    orders: int


def reason_sentence(suggestion: SuggestedProduct) -> str:
    """Why it is shown, in the language spoken now. True as it stands: its number is counted, not estimated."""
    by_people = suggestion.people >= MIN_PEOPLE
    number = suggestion.people if by_people else suggestion.orders
    words = {"count": format_decimal(number)}
    if suggestion.anchor_title is not None:
        words["product"] = suggestion.anchor_title
        if by_people:
            said = ngettext(
                "Bought with your %(product)s by %(count)s person",
                "Bought with your %(product)s by %(count)s people",
                number,
                **words,
            )
        else:
            said = ngettext(
                "Bought with your %(product)s in %(count)s order",
                "Bought with your %(product)s in %(count)s orders",
                number,
                **words,
            )
    elif by_people:
        said = ngettext("Bought here by %(count)s person", "Bought here by %(count)s people", number, **words)
    else:
        said = ngettext("Bought here in %(count)s order", "Bought here in %(count)s orders", number, **words)
    return str(said)


def artefact_path(state_dir: Path, store: Store) -> Path:
    """Where the store's fitted model is kept."""
    return state_dir / "recommendations" / store.public_id / "model.wpr"


def model_version(state_dir: Path, store: Store) -> str:
    """Changes whenever the store's model is replaced; "" while there is none. For keys of cached pages."""
    mark = _mark(artefact_path(state_dir, store))
    return "-".join(map(str, mark)) if mark else ""


def fit_store(session: Session, store_id: int, state_dir: Path) -> FitReport:
    """Learn from the store's newest orders and replace its artefact in one step.

    Reads a page of orders at a time and writes no row. Cancelled orders, and lines cancelled or sent back, count for
    nothing. A shop without orders gets an artefact that suggests nothing.
    raises  LookupError if there is no such store; OSError if the file cannot be written
    """
    store = session.get(Store, store_id)
    if store is None:
        raise LookupError(f"there is no store {store_id}")
    refs = session.scalars(select(Product.ref).where(Product.store_id == store_id)).all()
    model = fit(Orders.from_lines(_lines(session, store_id)), catalogue=refs, as_of=clock.now().timestamp())
    path = artefact_path(state_dir, store)
    write_model(model, path)
    return FitReport(model.orders, len(model.products), len(model.bought_together.neighbour), path)


def for_order(session: Session, order: Order, *, state_dir: Path, limit: int = 3) -> tuple[SuggestedProduct, ...]:
    """What to show on the order's page, best first; () while the order is in trouble or nothing is worth showing.

    At most four queries beside the order's store and shipments, however much the customer bought.
    """
    if limit <= 0 or is_in_trouble(session, order):
        return ()
    model = _load(artefact_path(state_dir, order.store), order.store.slug)
    if model is None:
        return ()
    lines = _bought(session, order)
    owned = _owned(session, order)
    request = Request(
        basket=[product.ref for line, product in lines if line.state not in _NOT_KEPT],
        history=[[ref for ref, *_ in same] for _, same in groupby(owned, key=lambda row: row[3])],
        excluded=[product.ref for _, product in lines],
        limit=limit,
    )
    rows = _rows(session, order.store_id, [found.product for found in candidates(model, request)])
    # what the shopper has is on the shelf only so that its variants are recognised
    shelf = {ref: Shown(ref, title, group or "", available=False) for ref, group, title, _ in owned}
    shelf |= {product.ref: _shown(product) for product in (*(product for _, product in lines), *rows.values())}
    titles = {ref: title for ref, _, title, _ in owned} | {product.ref: line.title for line, product in lines}
    return tuple(
        _suggested(rows[found.product], found.reason, titles.get(found.reason.anchor or ""))
        for found in recommend(model, request, shelf)
    )


def is_in_trouble(session: Session, order: Order) -> bool:
    """Whether anything to sell would be out of place: cancelled or about to be, lost, returning, failed, or late."""
    if order.state is not OrderState.OPEN:
        return True
    if any(parcel.status.is_trouble or parcel.reason is Reason.LOST for parcel in order.shipments):
        return True
    return _is_late(session, order)


def _is_late(session: Session, order: Order) -> bool:
    """Something is not there yet, and its first date has passed or has been moved back."""
    today = clock.now().astimezone(ZoneInfo(order.time_zone)).date()
    if order.send_by is not None and order.send_by < today and not order.shipments:
        return True
    first: dict[int, date] = {}
    newest: dict[int, date] = {}
    for key, latest_on in session.execute(
        select(Promise.shipment_key, Promise.latest_on).where(Promise.order_id == order.id).order_by(Promise.id)
    ):
        first.setdefault(key, latest_on)
        newest[key] = latest_on
    whole = first.get(0, order.promised_latest)
    arrived = (Status.DELIVERED, Status.AVAILABLE_FOR_PICKUP)
    waiting = [parcel for parcel in order.shipments if parcel.status not in arrived]
    dates = [
        (first.get(p.id, whole), max(filter(None, (newest.get(p.id), p.carrier_latest_on)), default=None))
        for p in waiting
    ]
    if not order.shipments:
        dates.append((whole, newest.get(0)))
    return any(said is not None and (today > said or (now is not None and now > said)) for said, now in dates)


def _lines(session: Session, store_id: int) -> Iterator[Line]:
    """The lines of the store's newest orders, a page of orders at a time."""
    wanted = (
        select(Order.id, Order.customer_id, Order.email, Order.placed_at)
        .where(Order.store_id == store_id, Order.state != OrderState.CANCELLED)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(PAGE_OF_ORDERS)
    )
    page = session.execute(wanted).all()
    for _ in range(MAX_ORDERS // PAGE_OF_ORDERS):
        if not page:
            return
        orders = {row.id: row for row in page}
        for order_id, ref in session.execute(
            select(OrderLine.order_id, Product.ref)
            .join(Product, Product.id == OrderLine.product_id)
            .where(OrderLine.order_id.in_(orders), OrderLine.state.not_in(_NOT_KEPT))
        ):
            row = orders[order_id]
            yield Line(str(order_id), _customer(row.customer_id, row.email), row.placed_at.timestamp(), ref)
        last = page[-1]
        older = or_(Order.placed_at < last.placed_at, Order.id < last.id)
        page = session.execute(wanted.where(and_(Order.placed_at <= last.placed_at, older))).all()


def _customer(customer_id: int | None, email: str | None) -> str:
    """One name for one person within a fit: the customer, else the address of a guest, else nobody."""
    if customer_id is not None:
        return f"customer {customer_id}"
    return f"guest {email.casefold()}" if email else ""


def _bought(session: Session, order: Order) -> list[tuple[OrderLine, Product]]:
    """The order's lines whose product the store still has."""
    rows = session.execute(
        select(OrderLine, Product)
        .join(Product, Product.id == OrderLine.product_id)
        .where(OrderLine.order_id == order.id)
        .order_by(OrderLine.position, OrderLine.id)
    )
    return [(line, product) for line, product in rows]


def _owned(session: Session, order: Order) -> Sequence[tuple[str, str | None, str, datetime]]:
    """Reference, group, title and time of the last purchase of what the customer's other orders hold, newest first."""
    if order.customer_id is None:
        return ()
    bought_at = func.max(Order.placed_at, type_=Order.placed_at.type)
    rows = session.execute(
        select(Product.ref, Product.group_ref, Product.title, bought_at)
        .join(OrderLine, OrderLine.product_id == Product.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.customer_id == order.customer_id,
            Order.store_id == order.store_id,
            Order.id != order.id,
            Order.state != OrderState.CANCELLED,
        )
        .group_by(Product.id, Product.ref, Product.group_ref, Product.title)
        .order_by(bought_at.desc(), Product.ref)
        .limit(MAX_OWNED)
    )
    return [(ref, group, title, at) for ref, group, title, at in rows]


def _rows(session: Session, store_id: int, refs: Sequence[str]) -> dict[str, Product]:
    """Those of the products that a page can link to."""
    found = session.scalars(select(Product).where(Product.store_id == store_id, Product.ref.in_(refs)))
    return {row.ref: row for row in found if row.url and row.url.startswith(("https://", "http://"))}


def _shown(row: Product) -> Shown:
    return Shown(row.ref, row.title, row.group_ref or "", row.category or "", row.price_minor, row.in_stock)


def _suggested(row: Product, reason: ReasonFacts, anchor_title: str | None) -> SuggestedProduct:
    return SuggestedProduct(
        ref=row.ref,
        title=row.title,
        variant=row.variant,
        price_minor=row.price_minor,
        currency=row.currency,
        image_url=row.image_url,
        url=row.url or "",
        kind=reason.kind,
        anchor_title=anchor_title,
        people=reason.people,
        orders=reason.orders,
    )


Mark = tuple[int, int, int]

_loaded: dict[Path, tuple[Mark | None, Model | None]] = {}
_lock = Lock()


def _mark(path: Path) -> Mark | None:
    """What changes when the file is replaced; None if there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_ino, facts.st_size


def _load(path: Path, store: str) -> Model | None:
    """The model at `path`, mapped once in a process until it is replaced; None if there is no sound one."""
    mark = _mark(path)
    with _lock:
        known = _loaded.get(path)
        if known is not None and known[0] == mark:
            return known[1]
    try:
        model = read_model(path)
    except ArtefactError as error:
        # once for each file, not for each page
        log.warning("recommendations_unavailable", store=store, why=str(error))
        model = None
    with _lock:
        _loaded.pop(path, None)
        while len(_loaded) >= MAX_CACHED:
            _loaded.pop(next(iter(_loaded)))
        _loaded[path] = (mark, model)
    return model
