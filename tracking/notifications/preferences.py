"""What the shopper chose: which channels, which news, or only if something goes wrong. No account is needed.

The choices live with the customer; every change of a channel is also a statement of consent, which outlives them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from tracking.models import Channel, ConsentState, Customer, Meaning, Store
from tracking.notifications import consent, suppression
from tracking.notifications.meanings import MEANINGS, built
from tracking.notifications.recipients import Subject
from tracking.notifications.suppression import TAKEN_BACK_BY_PAGE, Because
from tracking.platform import security


@dataclass(frozen=True, slots=True)
class Preferences:
    """A shopper's choices.

    channels      where news goes
    meanings      which news; None: what the shop usually sends
    trouble_only  only if something goes wrong
    """

    channels: frozenset[Channel] = field(default_factory=lambda: frozenset(Channel))
    meanings: frozenset[Meaning] | None = None
    trouble_only: bool = False

    def wants(self, meaning: Meaning) -> bool:
        """True if the shopper wants to hear this."""
        row = MEANINGS[meaning]
        if self.trouble_only and not row.trouble:
            return False
        return self.meanings is None or meaning in self.meanings

    def channels_for(self, meaning: Meaning, reachable: frozenset[Channel]) -> list[Channel]:
        """Where this news goes: the meaning's own channels, or, if the shopper has none of them, what there is."""
        open_to = self.channels & reachable
        usual = [channel for channel in MEANINGS[meaning].channels if channel in open_to]
        return usual or [channel for channel in Channel if channel in open_to]


def stored(customer: Customer | None) -> Preferences:
    """The choices as they were saved; whatever is absent or not understood is the default."""
    kept = customer.preferences if customer is not None else {}
    channels, meanings = kept.get("channels"), kept.get("meanings")
    return Preferences(
        channels=frozenset(c for c in Channel if c in channels) if isinstance(channels, list) else frozenset(Channel),
        meanings=frozenset(m for m in Meaning if m in meanings) if isinstance(meanings, list) else None,
        trouble_only=kept.get("trouble_only") is True,
    )


def read(customer: Customer) -> Preferences:
    """The choices in force, as a page shows them: a channel that may not be used is not among them."""
    choices = stored(customer)
    session = object_session(customer)
    if session is None:
        return choices
    open_to = frozenset(channel for channel in choices.channels if is_open(session, customer, channel))
    return Preferences(open_to, choices.meanings, choices.trouble_only)


def is_open(session: Session, customer: Customer, channel: Channel) -> bool:
    """True if the customer has an address on that channel and may be written to there."""
    subject = _subject(customer, channel)
    if subject is None:
        return False
    standing = consent.standings(session, [subject])[subject]
    if standing.suppressed or standing.said is ConsentState.REVOKED:
        return False
    if channel is Channel.EMAIL or standing.said is ConsentState.GRANTED:
        return True
    policies = session.scalar(select(Store.policies).where(Store.id == customer.store_id)) or {}
    return not policies.get("sms_needs_consent", True)


def is_stopped(session: Session, customer: Customer, channel: Channel) -> bool:
    """True if the page cannot open this channel again: STOP was said (START takes it back), or the address is bad."""
    subject = _subject(customer, channel)
    entry = suppression.find(session, subject) if subject else None
    return entry is not None and entry.reason not in TAKEN_BACK_BY_PAGE


def choices() -> list[Meaning]:
    """The news a shopper can choose from, in the order of a parcel's life."""
    return [meaning for meaning in MEANINGS if meaning in built()]


def save(session: Session, customer: Customer, preferences: Preferences, evidence: Mapping[str, Any]) -> None:
    """Keep the choices, and a statement of consent for each channel that they switch on or off.

    evidence  what was shown and where: {"shown_text"?: …, "page"?: …, "ip"?: …}
    """
    before = read(customer).channels
    customer.preferences = {
        "channels": sorted(preferences.channels),
        **({} if preferences.meanings is None else {"meanings": sorted(preferences.meanings)}),
        **({"trouble_only": True} if preferences.trouble_only else {}),
    }
    shown = {name: value for name, value in evidence.items() if name != "shown_text"}
    for channel in sorted(before ^ preferences.channels):
        subject = _subject(customer, channel)
        if subject is None:
            continue
        on = channel in preferences.channels
        consent.record(
            session,
            subject,
            ConsentState.GRANTED if on else ConsentState.REVOKED,
            "preferences page",
            shown_text=evidence.get("shown_text"),
            evidence=shown,
        )
        if on:
            suppression.lift(session, subject, TAKEN_BACK_BY_PAGE)
    session.flush()


def find_by_token(session: Session, token: str) -> Customer | None:
    """Whose unsubscribe link this is, or None."""
    return session.scalar(select(Customer).where(Customer.unsubscribe_token == token))


def unsubscribe(session: Session, token: str, channel: Channel = Channel.EMAIL) -> bool:
    """Stop news on a channel for the customer of that link; again changes nothing. False if there is no such link."""
    customer = find_by_token(session, token)
    subject = _subject(customer, channel) if customer is not None else None
    if subject is None:
        return customer is not None
    if suppression.suppress(session, subject, Because.UNSUBSCRIBED, "unsubscribe link"):
        consent.record(session, subject, ConsentState.REVOKED, "unsubscribe link")
    return True


def _subject(customer: Customer, channel: Channel) -> Subject | None:
    address = customer.email if channel is Channel.EMAIL else customer.phone
    return (customer.store_id, channel, security.subject_key(address)) if address else None
