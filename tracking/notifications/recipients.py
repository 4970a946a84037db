"""Who hears of an order, and where."""

from dataclasses import dataclass

from tracking.models import Channel, Order
from tracking.platform import security

# what identifies an address on a channel of a store: store id, channel, keyed hash
Subject = tuple[int, Channel, str]


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address on a channel. `key` is its keyed hash."""

    channel: Channel
    address: str
    key: str


def recipients(order: Order) -> dict[Channel, Recipient]:
    """The addresses given with the order, else the customer's; a channel without one is left out."""
    customer = order.customer
    given = {
        Channel.EMAIL: order.email or (customer.email if customer else None),
        Channel.SMS: order.phone or (customer.phone if customer else None),
    }
    return {
        channel: Recipient(channel, address, security.subject_key(address))
        for channel, address in given.items()
        if address
    }
