"""Rows → what the API shows of them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.channels._base import masked
from tracking.models import Message, Order, OrderLine, Product, Promise, Shipment, TrackingEventRow
from tracking.orders.parcels import shipped_pieces
from tracking.platform.settings import Settings

Promises = Mapping[tuple[int, int], Promise]


def promises_of(session: Session, orders: Iterable[int]) -> Promises:
    """The newest promise of each order (shipment key 0) and each of their parcels."""
    wanted = sorted(set(orders))
    rows = session.scalars(select(Promise).where(Promise.order_id.in_(wanted)).order_by(Promise.id))
    return {(row.order_id, row.shipment_key): row for row in rows}


def amount(minor: int | None, currency: str | None) -> str | None:
    """Minor units as a decimal text in major ones: 3990 EUR -> "39.90"."""
    if minor is None:
        return None
    places = get_currency_precision(currency or "")
    return f"{Decimal(minor).scaleb(-places):.{places}f}"


def tracking_url(settings: Settings, order: Order) -> str:
    """The order's page on its store's own domain, else on the installation's address."""
    domain = order.store.domain
    return f"https://{domain}/t/{order.token}" if domain else f"{settings.base_url}/t/{order.token}"


def shown_order(order: Order, settings: Settings, promises: Promises) -> dict[str, Any]:
    """An order with its lines and parcels."""
    sent = shipped_pieces(order)
    customer = order.customer
    return {
        "id": order.public_id,
        "number": order.number,
        "ref": order.ref,
        "sales_channel": order.sales_channel,
        "state": order.state,
        "placed_at": order.placed_at,
        "cancelled_at": order.cancelled_at,
        "language": order.locale,
        "currency": order.currency,
        "total": amount(order.total_minor, order.currency),
        "refunded": amount(order.refunded_minor, order.currency),
        "customer": {
            "id": customer.public_id if customer else None,
            "email": order.email,
            "phone": order.phone,
            "name": customer.name if customer else None,
        },
        "address": {
            "name": order.recipient,
            "address1": order.address1,
            "address2": order.address2,
            "city": order.city,
            "region": order.region,
            "postal_code": order.postal_code,
            "country": order.country,
        },
        "time_zone": order.time_zone,
        "send_by": order.send_by,
        "promised_earliest": order.promised_earliest,
        "promised_latest": order.promised_latest,
        "promise": promises.get((order.id, 0)),
        "note": order.note,
        "metadata": order.extra,
        "lines": [_line(line, order.currency, sent.get(line.ref, 0)) for line in order.lines],
        "shipments": [shown_shipment(shipment, promises) for shipment in order.shipments],
        "tracking_url": tracking_url(settings, order),
        "version": order.version,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


def shown_shipment(shipment: Shipment, promises: Promises) -> dict[str, Any]:
    """A parcel without its events."""
    order = shipment.order
    return {
        "id": shipment.public_id,
        "order": order.public_id,
        "order_number": order.number,
        "carrier": shipment.carrier,
        "number": shipment.number,
        "service": shipment.service,
        "status": shipment.status,
        "reason": shipment.reason,
        "status_at": shipment.status_at,
        "label_at": shipment.label_at,
        "handed_over_at": shipment.handed_over_at,
        "delivered_at": shipment.delivered_at,
        "signed_by": shipment.signed_by,
        "proof": shipment.proof,
        "pickup": {"place": shipment.pickup_place, "until": shipment.pickup_until},
        "promise": promises.get((shipment.order_id, shipment.id)),
        "lines": [{"ref": piece.order_line.ref, "quantity": piece.quantity} for piece in shipment.lines],
        "carrier_url": shipment.carrier_url,
        "checked_at": shipment.last_polled_at,
        "created_at": shipment.created_at,
    }


def shown_event(event: TrackingEventRow, shipment: Shipment) -> dict[str, Any]:
    """A tracking event, its time with the offset of its place."""
    here = timezone(timedelta(minutes=event.offset_min))
    return {
        "id": event.fingerprint,
        "shipment": shipment.public_id,
        "order": shipment.order.public_id,
        "at": event.at.astimezone(here).isoformat(),
        "zone": event.zone,
        "code": event.code,
        "status": event.status,
        "reason": event.reason,
        "description": event.description,
        "location": event,
        "source": event.source,
        "recorded_at": event.recorded_at,
    }


def shown_product(product: Product) -> dict[str, Any]:
    """A product."""
    names = (
        "ref title group_ref became_ref variant category currency stock available consumable parts "
        "image_url url guide_url guide_title"
    )
    shown = {name: getattr(product, name) for name in names.split()}
    return shown | {
        "price": amount(product.price_minor, product.currency),
        "cost": amount(product.cost_minor, product.currency),
        "attributes": product.attributes,
        "updated_at": product.updated_at,
    }


def shown_message(message: Message, order: Order, shipment: Shipment | None) -> dict[str, Any]:
    """A message without its history; the recipient is masked."""
    return {
        "id": message.public_id,
        "order": order.public_id,
        "shipment": shipment.public_id if shipment else None,
        "meaning": message.meaning,
        "channel": message.channel,
        "recipient": masked(message.recipient) if message.recipient else "",
        "language": message.locale,
        "state": message.state,
        "why": message.why,
        "planned_at": message.planned_at,
        "sent_at": message.sent_at,
        "arrived_at": message.arrived_at,
    }


def _line(line: OrderLine, currency: str, shipped: int) -> dict[str, Any]:
    return {
        "ref": line.ref,
        "sku": line.sku,
        "title": line.title,
        "variant": line.variant,
        "quantity": line.quantity,
        "shipped": shipped,
        "unit_price": amount(line.unit_price_minor, currency),
        "state": line.state,
        "image_url": line.image_url,
        "url": line.url,
    }
