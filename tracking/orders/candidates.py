"""A parcel whose carrier only its number tells: which to ask first, which to ask after it, and what was found out.

Kept in the parcel's `extra`: CANDIDATES, slugs in the order in which they are asked, as long as none has known the
parcel; CORRECTION, what `polling.correcting` did. See docs/detection.md
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tracking.carriers import Confidence, all_slugs, detect, get_carrier, plausible
from tracking.models import CarrierAccount, Order, Shipment
from tracking.orders.facts import ShipmentFacts
from tracking.platform import clock

CANDIDATES: Final = "carrier_candidates"
CORRECTION: Final = "carrier_correction"
# no shop may write these
KEPT: Final = frozenset({CANDIDATES, CORRECTION})
# so many of a store's latest parcels at a carrier show what forms of numbers it has there
_LATEST: Final = 20


def of(shipment: Shipment) -> list[str]:
    """Slugs of the carriers that are asked in turn; empty if there is nothing to find out."""
    kept = shipment.extra.get(CANDIDATES)
    return [slug for slug in kept if slug in all_slugs()] if isinstance(kept, list) else []


def correction(shipment: Shipment) -> dict[str, Any]:
    """What was done about a wrong carrier: "before" the first correction, "rounds" through all candidates."""
    kept = shipment.extra.get(CORRECTION)
    return dict(kept) if isinstance(kept, dict) else {}


def keep(shipment: Shipment, slugs: Sequence[str], done: dict[str, Any]) -> None:
    """Write both down; what is empty goes."""
    said = {CANDIDATES: list(slugs), CORRECTION: done}
    rest = {name: value for name, value in shipment.extra.items() if name not in KEPT}
    shipment.extra = rest | {name: value for name, value in said.items() if value}


def known_carriers(session: Session, store_id: int) -> set[str]:
    """Slugs of the carriers a store has an account at: its own, or the installation's."""
    mine = or_(CarrierAccount.store_id == store_id, CarrierAccount.store_id.is_(None))
    return set(session.scalars(select(CarrierAccount.carrier).where(CarrierAccount.enabled, mine)))


def take_best(session: Session, order: Order, shipment: Shipment) -> None:
    """Give a new parcel the likeliest carrier of its number, and keep the others that are plausible."""
    known = known_carriers(session, order.store_id)
    guesses = plausible(detect(shipment.number, country=order.country or order.store.country, known=known))
    slugs = [guess.carrier for guess in guesses]
    if len(slugs) > 1 and guesses[0].confidence is not Confidence.STRONG:
        last = _last_known(session, order.store_id, shipment.number, slugs)
        slugs.sort(key=lambda slug: (slug != last, slug not in known and not _is_open_to_all(slug)))
    taken = {other.carrier for other in order.shipments if other is not shipment and other.number == shipment.number}
    slugs = [slug for slug in slugs if slug not in taken]
    if slugs:
        shipment.carrier = slugs[0]
    keep(shipment, slugs if len(slugs) > 1 else [], {})


def _is_open_to_all(slug: str) -> bool:
    """Whether a carrier answers without an account."""
    return not any(field.required for field in get_carrier(slug).credentials)


def _last_known(session: Session, store_id: int, number: str, slugs: Sequence[str]) -> str | None:
    """The carrier that last knew a number of this form for the store."""
    form = _form(number)
    found: list[tuple[int, str]] = []
    for slug in slugs:
        latest = (
            select(Shipment.id, Shipment.number, Shipment.last_event_at)
            .where(Shipment.store_id == store_id, Shipment.carrier == slug)
            .order_by(Shipment.id.desc())
            .limit(_LATEST)
        )
        found += [(id_, slug) for id_, other, at in session.execute(latest) if at is not None and _form(other) == form]
    return max(found)[1] if found else None


def _form(number: str) -> str:
    return "".join("0" if char.isdigit() else char for char in number)


def same_parcel(order: Order, facts: ShipmentFacts) -> Shipment | None:
    """The order's parcel that these facts are of; None if it is new.

    The same carrier and number; or the number, where nobody named its carrier, or the one named was found wrong.
    """
    of_number = [shipment for shipment in order.shipments if shipment.number == facts.number]
    exact = next((shipment for shipment in of_number if shipment.carrier == facts.carrier), None)
    if exact is not None:
        return exact
    for shipment in of_number:
        if facts.is_detected or _is_searched(shipment) or correction(shipment).get("before") == facts.carrier:
            return shipment
    return None


def name_carrier(shipment: Shipment, facts: ShipmentFacts) -> bool:
    """The shop names the carrier of a parcel that was being found out: that one is asked. True if it changed.

    A carrier that was named before and found wrong stays so.
    """
    if facts.is_detected or not _is_searched(shipment) or correction(shipment).get("before") == facts.carrier:
        return False
    if shipment.carrier != facts.carrier:
        start_over(shipment, facts.carrier)
    keep(shipment, [], {})
    return True


def _is_searched(shipment: Shipment) -> bool:
    """No carrier has known it, and there are several that may."""
    return bool(of(shipment)) and shipment.last_event_at is None


def start_over(shipment: Shipment, carrier: str, account_id: int | None = None) -> None:
    """Ask another carrier from now on, as if it were the first; without an account, until one is found for it."""
    shipment.carrier = carrier
    shipment.carrier_account_id = account_id
    shipment.next_poll_at = clock.now()
    shipment.lease_until = None
    # whoever holds a lease on it asked the other carrier
    shipment.lease_fence += 1
    shipment.failures = 0
    shipment.not_found_since = None
    shipment.last_error = None
    shipment.answer_digest = None
    shipment.pushed_at = None
    shipment.push_until = None
