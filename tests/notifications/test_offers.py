"""Products below good news by email: who gets any, with which letters, and how they stand there."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import make_store
from tests.notifications.scene import BASE_URL, at, make_scene, milestone, plan, sessions
from tracking.models import Channel, Consent, ConsentState, Meaning, MilestoneKind, Order, Purpose, Shipment
from tracking.notifications import delivery, dossier, outbox, rendering
from tracking.notifications.consent import Standing
from tracking.notifications.meanings import MEANINGS
from tracking.notifications.offers import MOST, Offer, Offers, choose, is_on, may_carry, may_get
from tracking.platform import i18n, security
from tracking.platform.db import db
from tracking.platform.status import Reason

US = {"policies": {"email_offers": "unless_refused"}}
TEA = Offer("Tea <b>& more</b>", "Bought with your Mug by 41 people", "£9.00", "https://shop.example/tea", None)


def ready(session: Session, kind: MilestoneKind, **store: Any) -> tuple[Order, Shipment, dossier.Dossier]:
    """An order whose letter about that moment is about to go out."""
    order, [parcel] = make_scene(session, store=make_store(session, **(US | store)))
    concerned = None if kind in {MilestoneKind.ORDERED, MilestoneKind.ALL_DELIVERED} else parcel
    with at():
        planned = plan(session, order, milestone(session, order, kind, concerned))
    [mail] = [message for message in planned if message.channel is Channel.EMAIL]
    return order, parcel, dossier.load(session, [mail.id])[0]


@pytest.mark.parametrize("kind", [kind for kind in MilestoneKind if kind is not MilestoneKind.CANCELLED])
def test_only_good_news_carries_offers(session: Session, kind: MilestoneKind) -> None:
    try:
        order, parcel, found = ready(session, kind)
    except ValueError:
        # a moment of which nothing is told by email
        return
    parcel.proof = ["photo"]
    session.commit()
    good = {Meaning.ORDER_CONFIRMED, Meaning.HANDED_OVER, Meaning.DELIVERED, Meaning.ALL_DELIVERED}
    with at():
        assert may_carry(found) == (found.message.meaning in good)
    assert order.store.policies["email_offers"] == "unless_refused"


def test_no_meaning_that_is_trouble_may_carry_them() -> None:
    assert not [row.meaning for row in MEANINGS.values() if row.recommends and row.trouble]


def test_a_carrier_s_word_alone_is_no_good_news_yet(session: Session) -> None:
    _, parcel, found = ready(session, MilestoneKind.DELIVERED)
    with at():
        assert not may_carry(found)
        parcel.reason = Reason.NEIGHBOUR
        assert may_carry(found)


@pytest.mark.parametrize(
    ("rule", "said", "country", "may"),
    [
        (None, None, "US", True),
        (None, None, "GB", False),
        (None, None, "FR", False),
        (None, None, None, False),
        (None, ConsentState.GRANTED, "FR", True),
        (None, ConsentState.REVOKED, "US", False),
        ("unless_refused", None, "FR", True),
        ("unless_refused", ConsentState.REVOKED, "FR", False),
        ("if_agreed", None, "US", False),
        ("if_agreed", ConsentState.GRANTED, "US", True),
        ("never", ConsentState.GRANTED, "US", False),
    ],
)
def test_who_may_get_offers(
    session: Session, rule: str | None, said: ConsentState | None, country: str | None, may: bool
) -> None:
    store = make_store(session, policies={"email_offers": rule} if rule else {})
    assert may_get(Standing(marketing=said), store, country) is may


def test_a_no_to_marketing_stops_offers_and_no_news(session: Session) -> None:
    order, _, found = ready(session, MilestoneKind.HANDED_OVER)
    with at():
        assert may_carry(found)
        session.add(
            Consent(
                store_id=order.store_id,
                channel=Channel.EMAIL,
                subject=security.subject_key(order.email or ""),
                purpose=Purpose.MARKETING,
                state=ConsentState.REVOKED,
                method="checkout",
            )
        )
        session.flush()
        [again] = dossier.load(session, [found.message.id])
        assert not may_carry(again)
        assert again.standing.said is None


def test_what_a_customer_chose_is_kept_as_a_statement_and_only_once(session: Session) -> None:
    order, _ = make_scene(session, store=make_store(session, **US))
    customer = order.customer
    assert customer is not None
    assert is_on(session, customer, order.store, order.country)
    for _ in range(2):
        choose(session, customer, {"shown_text": "Products?", "page": "preferences"}, on=False)
    assert not is_on(session, customer, order.store, order.country)
    statements = session.query(Consent).filter_by(purpose=Purpose.MARKETING).all()
    assert [(one.state, one.shown_text) for one in statements] == [(ConsentState.REVOKED, "Products?")]
    choose(session, customer, {}, on=True)
    assert is_on(session, customer, order.store, order.country)


# ---- the letter


@pytest.mark.parametrize("locale", ["en", "fr", "th"])
def test_offers_stand_below_the_order_and_above_the_small_print(session: Session, locale: str) -> None:
    order, _, found = ready(session, MilestoneKind.HANDED_OVER)
    found.message.locale = locale
    with at():
        letter = rendering.render(found, BASE_URL, Offers("More from us", (TEA,)))
        plain = rendering.render(found, BASE_URL)
    assert letter.html is not None
    assert plain.html is not None
    for text, title in ((letter.html, "Tea &lt;b&gt;&amp; more&lt;/b&gt;"), (letter.text, "Tea <b>& more</b>")):
        places = [
            text.index(order.lines[0].title),
            text.index("More from us"),
            text.index(title),
            text.index("Bought with your Mug by 41 people"),
            text.index("/preferences#offers"),
        ]
        assert places == sorted(places)
        assert "£9.00" in text
        assert "https://shop.example/tea" in text
    for text in (letter.title or "", plain.html, plain.text):
        assert "Tea" not in text
        assert "#offers" not in text
    assert letter.title == plain.title


def test_a_letter_holds_three_offers_at_most_and_their_pictures_only_from_the_shop(session: Session) -> None:
    _, _, found = ready(session, MilestoneKind.HANDED_OVER)
    many = tuple(
        Offer(f"Tea {n}", "Chosen by us", "", f"https://shop.example/{n}", f"/pictures/{n}.png") for n in range(5)
    )
    with at():
        letter = rendering.render(found, BASE_URL, Offers("More from us", many))
    assert letter.html is not None
    assert letter.text.count("Chosen by us") == letter.html.count("Chosen by us") == MOST
    assert re.findall(r'<img src="([^"]+)"', letter.html) == [f"{BASE_URL}/pictures/{n}.png" for n in range(3)]
    assert len(letter.html.encode()) < 45_000


def test_without_any_picture_no_frames_stand_empty(session: Session) -> None:
    _, _, found = ready(session, MilestoneKind.HANDED_OVER)
    with at():
        letter = rendering.render(found, BASE_URL, Offers("More from us", (TEA, TEA)))
    assert letter.html is not None
    assert 'class="offer-picture' not in letter.html


# ---- the port


@dataclass
class Shelf:
    """Offers the same to everybody, and remembers what it was asked and told."""

    found: Offers
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    told: list[tuple[int, Offers]] = field(default_factory=list)

    def offers(self, session: Session, order: Order, shipment: Shipment | None) -> Offers:
        assert order in session
        self.asked.append((i18n.locale(), shipment.number if shipment else None))
        return self.found

    def sent(self, session: Session, order_id: int, offers: Offers) -> None:
        assert session.in_transaction()
        self.told.append((order_id, offers))


def send(channels: Any, shelf: Shelf) -> delivery.Report:
    db.session.rollback()
    with sessions()() as session:
        leased = outbox.lease_due(session, 100, 60)
        session.commit()
    return delivery.deliver(sessions(), leased, channels, base_url=BASE_URL, offering=shelf)


def test_what_goes_out_is_asked_for_when_it_goes_out_and_told_back(
    session: Session, channels: Any, sandbox: Any
) -> None:
    order, parcel, _ = ready(session, MilestoneKind.HANDED_OVER)
    number, order_id = parcel.number, order.id
    shelf = Shelf(Offers("More from us", (TEA,), receipt="what was shown"))
    with at():
        send(channels, shelf)
    assert shelf.asked == [("en", number)]
    assert shelf.told == [(order_id, shelf.found)]
    [mail] = sandbox.state.mail
    assert "Bought with your Mug by 41 people" in mail.text
    assert "Tea" not in mail.header("Subject")


def test_who_is_only_to_be_counted_gets_a_plain_letter(session: Session, channels: Any, sandbox: Any) -> None:
    ready(session, MilestoneKind.HANDED_OVER)
    shelf = Shelf(Offers(receipt="held out"))
    with at():
        send(channels, shelf)
    assert [offers.receipt for _, offers in shelf.told] == ["held out"]
    [mail] = sandbox.state.mail
    assert "#offers" not in mail.text


def test_texts_and_bad_news_are_not_even_asked_about(session: Session, channels: Any, sandbox: Any) -> None:
    ready(session, MilestoneKind.ATTEMPT_FAILED)
    ready(session, MilestoneKind.OUT_FOR_DELIVERY)
    ready(session, MilestoneKind.HANDED_OVER, policies={"email_offers": "never"})
    shelf = Shelf(Offers("More from us", (TEA,), receipt="x"))
    with at():
        send(channels, shelf)
    assert len(sandbox.state.mail) == 3
    assert sandbox.state.messages
    assert shelf.asked == []
    assert shelf.told == []
