"""Where messages lead: the store's own domain if it has one, else the installation's address."""

from dataclasses import dataclass

from tracking.models import Order, Store


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses a message may hold; `unsubscribe` is "" without a customer."""

    page: str
    preferences: str
    unsubscribe: str


def home_of(store: Store, base_url: str) -> str:
    """Scheme and host of a store's pages, without a slash at the end."""
    return f"https://{store.domain}" if store.domain else base_url.rstrip("/")


def links(order: Order, base_url: str, *, parcel: str | None = None) -> Links:
    """The links of an order's messages. `parcel` is the public id of the parcel to open the page at."""
    home = home_of(order.store, base_url)
    page = f"{home}/t/{order.token}"
    return Links(
        page=f"{page}?parcel={parcel}" if parcel else page,
        preferences=f"{page}/preferences",
        unsubscribe=f"{home}/u/{order.customer.unsubscribe_token}" if order.customer else "",
    )


def callback_of(store: Store, base_url: str) -> str:
    """Where the SMS service reports progress of this store's messages."""
    return f"{base_url.rstrip('/')}/hooks/twilio/{store.hook_account}/status"
