"""A product worth showing: what pages, letters and the interface get."""

from dataclasses import dataclass

from recommendations import Kind


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
