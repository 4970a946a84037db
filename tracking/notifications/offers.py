"""Products below the order part of an email: a port, filled by whoever sends, and the rules of who may get any.

A letter stays news of an order: offers stand under it, never in its subject or in a text, only with good news, and only
where the recipient has not said no. What to offer is not this package's to know.

Where nothing was said, US law lets an order's email carry offers below the order (16 CFR 316.3); elsewhere they count
as marketing and need a yes or the "soft opt-in" (ePrivacy directive art. 13, PECR reg. 22), which the merchant may have
asked for at the checkout: policy "email_offers". Not legal advice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from tracking.models import Channel, ConsentState, Customer, Meaning, Order, Purpose, Shipment, Store
from tracking.notifications import consent, preferences
from tracking.notifications.consent import Standing
from tracking.notifications.dossier import Dossier
from tracking.notifications.facts import gather
from tracking.notifications.meanings import MEANINGS
from tracking.notifications.recipients import Subject
from tracking.platform import security

MOST: Final = 3
# policy "email_offers"
NEVER: Final = "never"
IF_AGREED: Final = "if_agreed"
UNLESS_REFUSED: Final = "unless_refused"
RULES: Final = (IF_AGREED, UNLESS_REFUSED, NEVER)
_POLICY: Final = "email_offers"
# countries where silence is enough by default
_SILENCE_IS_ENOUGH: Final = frozenset({"US"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as a letter shows it, in finished words. `price` "" if not known; `image_url` None if there is none."""

    title: str
    why: str
    price: str
    url: str
    image_url: str | None


@dataclass(frozen=True, slots=True)
class Offers:
    """What stands below the order; `title` above them.

    receipt  handed back when the letter goes out; None: nothing needs to be written down
    """

    title: str = ""
    shown: tuple[Offer, ...] = ()
    receipt: object | None = None


class Offering(Protocol):
    """Who knows what to offer. Asked in the letter's language, while nothing but reading is allowed."""

    def offers(self, session: Session, order: Order, shipment: Shipment | None) -> Offers:
        """What to offer below a letter about the order, or about one parcel of it; `Offers()` for nothing."""

    def sent(self, session: Session, order_id: int, offers: Offers) -> None:
        """The letter goes out with them. Flushes."""


def may_carry(dossier: Dossier) -> bool:
    """Whether this letter is good news, and its recipient may get offers with it."""
    message = dossier.message
    if message.channel is not Channel.EMAIL or not MEANINGS[message.meaning].recommends:
        return False
    if preferences.stored(dossier.order.customer).trouble_only:
        return False
    if not may_get(dossier.standing, dossier.order.store, dossier.order.country):
        return False
    return message.meaning is not Meaning.DELIVERED or _is_sure(dossier)


def may_get(standing: Standing, store: Store, country: str | None) -> bool:
    """Whether a person in that country (ISO 3166-1, None if not known) may get offers by email."""
    rule = rule_of(store)
    if rule == NEVER or standing.marketing is ConsentState.REVOKED:
        return False
    if standing.marketing is ConsentState.GRANTED or rule == UNLESS_REFUSED:
        return True
    return rule != IF_AGREED and (country or "").upper() in _SILENCE_IS_ENOUGH


def rule_of(store: Store) -> str:
    """Who may get offers, as the merchant decided; "" where the law of the recipient's country does."""
    kept = store.policies.get(_POLICY)
    return kept if kept in RULES else ""


def keep_rule(store: Store, rule: str) -> bool:
    """Let one of RULES hold, or the law for ""; False if that is so already."""
    if rule == rule_of(store):
        return False
    others = {name: value for name, value in store.policies.items() if name != _POLICY}
    store.policies = {**others, _POLICY: rule} if rule else others
    return True


def is_on(session: Session, customer: Customer, store: Store, country: str | None) -> bool:
    """Whether the customer gets offers below our emails, as a page shows the choice."""
    subject = _subject(customer)
    return subject is not None and may_get(consent.standings(session, [subject])[subject], store, country)


def choose(session: Session, customer: Customer, evidence: Mapping[str, Any], *, on: bool) -> None:
    """Keep what the customer said of offers below our emails, as a statement of consent; the same again adds none.

    evidence  what was shown and where, as for `preferences.save`
    """
    subject = _subject(customer)
    if subject is None:
        return
    said = ConsentState.GRANTED if on else ConsentState.REVOKED
    if consent.standings(session, [subject])[subject].marketing is said:
        return
    consent.record(
        session,
        subject,
        said,
        "preferences page",
        shown_text=evidence.get("shown_text"),
        evidence={name: value for name, value in evidence.items() if name != "shown_text"},
        purpose=Purpose.MARKETING,
    )


def _subject(customer: Customer) -> Subject | None:
    if not customer.email:
        return None
    return customer.store_id, Channel.EMAIL, security.subject_key(customer.email)


def _is_sure(dossier: Dossier) -> bool:
    """A carrier's word alone is no good news yet: the letter itself asks whether the parcel is there."""
    facts = gather(dossier)
    return bool(facts.proof or facts.left)
