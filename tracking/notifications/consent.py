"""Whether a person may be written to on a channel: statements are only ever added, and the newest one counts.

News of an order may go by email because there is an order (contract performance; GDPR 6(1)(b), CASL 6(6)). A text needs
the person's yes, unless the store's policies say that the number was given for it ("sms_needs_consent": false).
Marketing is never sent from here; `offers` says who may get products below the news. Not legal advice: the merchant
answers for the policies.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.models import Channel, Consent, ConsentState, Order, Purpose, Store, Suppression
from tracking.notifications.recipients import Subject


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an address: why it is suppressed, and its newest statements on order news and on offers."""

    suppressed: str | None = None
    said: ConsentState | None = None
    marketing: ConsentState | None = None


def standings(session: Session, subjects: Collection[Subject]) -> dict[Subject, Standing]:
    """Where these addresses stand now, in two queries; every one is in the answer."""
    if not subjects:
        return {}
    stores, channels, keys = ({subject[part] for subject in subjects} for part in range(3))
    blocked = {
        (row.store_id, row.channel, row.subject): row.reason
        for row in session.execute(
            select(Suppression.store_id, Suppression.channel, Suppression.subject, Suppression.reason).where(
                Suppression.store_id.in_(stores), Suppression.channel.in_(channels), Suppression.subject.in_(keys)
            )
        )
    }
    said = {
        (row.purpose, row.store_id, row.channel, row.subject): row.state
        for row in session.execute(
            select(Consent.purpose, Consent.store_id, Consent.channel, Consent.subject, Consent.state)
            .where(
                Consent.store_id.in_(stores),
                Consent.channel.in_(channels),
                Consent.subject.in_(keys),
            )
            .order_by(Consent.id)
        )
    }
    return {
        subject: Standing(
            blocked.get(subject),
            said.get((Purpose.TRANSACTIONAL, *subject)),
            said.get((Purpose.MARKETING, *subject)),
        )
        for subject in subjects
    }


def why_not(channel: Channel, standing: Standing, store: Store, order: Order) -> str | None:
    """The code of the reason why nothing may be sent, or None if it may."""
    if order.sales_channel in (store.policies.get("no_contact_channels") or ()):
        return "sales_channel"
    if standing.suppressed:
        return standing.suppressed
    if standing.said is ConsentState.REVOKED:
        return "consent_revoked"
    if channel is Channel.SMS and standing.said is None and store.policies.get("sms_needs_consent", True):
        return "no_consent"
    return None


def record(
    session: Session,
    subject: Subject,
    state: ConsentState,
    method: str,
    *,
    shown_text: str | None = None,
    evidence: Mapping[str, Any] | None = None,
    order_id: int | None = None,
    purpose: Purpose = Purpose.TRANSACTIONAL,
) -> Consent:
    """Add a statement; none is ever changed.

    method    checkout, csv import, api, reply keyword, preferences page, unsubscribe link …
    evidence  where it can be proved; no address in it
    """
    store_id, channel, key = subject
    consent = Consent(
        store_id=store_id,
        channel=channel,
        subject=key,
        purpose=purpose,
        state=state,
        method=method[:40],
        shown_text=shown_text,
        evidence=dict(evidence or {}),
        order_id=order_id,
    )
    session.add(consent)
    session.flush()
    return consent
