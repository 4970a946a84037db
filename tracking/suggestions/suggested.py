"""A product worth showing: what pages, letters and the interface get."""

from dataclasses import dataclass
from datetime import datetime

from recommendations import Kind


@dataclass(frozen=True, slots=True)
class SuggestedProduct:
    """A product worth showing, as it is on the shelf now, and the facts of its reason.

    price_minor   None if not known
    anchor_title  the shopper's product the reason is about, where the viewer may know of it; None if it is about none
    people        different customers who did what `kind` says;  orders  different orders in which it was done
    anchor_ref    reference of that product, whoever may know of it: for counting, not for showing
    is_earlier    the reason is about a product of another order than the one looked at, and does not name it: whoever
                  has the link of an order need not know of the others
    bought_at     when the shopper last bought this very product, where the viewer may know of it
    store         the store's name
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
    anchor_ref: str | None = None
    is_earlier: bool = False
    bought_at: datetime | None = None
    store: str = ""
