"""An order's page: what the carrier said, every date shown, every message with its reason; and what can be done."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.console.conftest import Person, Scene, reads_of
from tests.factories import NOON, make_account
from tracking import news
from tracking.console import order as page
from tracking.models import Audit, EventSource, Message, MessageState, OrderState
from tracking.notifications import explanation, ledger
from tracking.platform.facts import Location, TrackingEvent, TrackingResult, Zone
from tracking.platform.status import Reason, Status


def shown(person: Person, scene: Scene) -> str:
    answer = person.get(f"{scene.base}/orders/{scene.order.public_id}")
    assert answer.status_code == 200
    return answer.text


def scanned(scene: Scene, text: str, **values: object) -> None:
    """A scan of the carrier, in Bangkok's time."""
    event = TrackingEvent(
        **{
            "at": datetime(2026, 11, 24, 9, 0, tzinfo=UTC).astimezone(),
            "zone": Zone.STATED,
            "code": "X1",
            "status": Status.IN_TRANSIT,
            "description": text,
            "location": Location(city="BANGKOK", country="TH"),
            **values,
        }
    )
    result = TrackingResult(number=scene.shipment.number, status=event.status, events=(event,))
    news.parcel_news(scene.session, scene.shipment, result, EventSource.POLL)
    scene.session.commit()


def test_page_has_who_where_what_and_the_shoppers_link(scene: Scene, owner: Person) -> None:
    text = shown(owner, scene)
    for part in (
        f"Order {scene.order.number}",
        "Zoé Müller",
        "fell@example.com",
        "5 Example Street",
        "LA9 4AA Kendal",
        "£178.00",
        f"/s/fell/t/{scene.order.token}",
        "Times of London",
    ):
        assert part in text, part


def test_scans_keep_the_carriers_code_and_words(scene: Scene, owner: Person) -> None:
    at = datetime.fromisoformat("2026-11-24T16:00:00+07:00")
    scanned(scene, "ถึงศูนย์คัดแยก", at=at, code="TH-204", status=Status.EXCEPTION, reason=Reason.WEATHER)
    text = shown(owner, scene)
    assert "<code>TH-204</code> ถึงศูนย์คัดแยก" in text
    assert "Held up: the weather" in text
    assert "today 09:00" in text, "in the destination's time"
    assert "16:00 there (UTC+7)" in text
    assert "Bangkok, Thailand" in text


def test_every_date_that_was_shown_is_listed_with_its_source(scene: Scene, owner: Person) -> None:
    scene.shipment.carrier_latest_on = date(2026, 12, 4)
    news.order_news(scene.session, scene.order, [scene.shipment])
    scene.session.commit()
    text = shown(owner, scene)
    assert "first said" in text
    assert "estimate of UPS" in text
    assert "your own promise" in text
    assert "days later" in text


def test_ledger_says_the_same_as_the_command_line(scene: Scene, owner: Person) -> None:
    message = scene.session.scalars(select(Message).where(Message.order_id == scene.order.id)).first()
    assert message is not None
    ledger.move(scene.session, message, MessageState.HELD, "quiet_hours", next_at=NOON + timedelta(hours=20))
    scene.session.commit()
    explained = explanation.of_order(scene.session, scene.order)
    sentences = [step.sentence for told in explained.messages for step in told.steps]
    sentences += [one.sentence for one in explained.absent]
    text = shown(owner, scene)
    assert len(sentences) > 3
    for sentence in sentences:
        assert sentence.replace("’", "’") in text, sentence
    assert "It is a quiet hour where the person lives." in text
    assert "waiting for its hour" in text
    assert "tomorrow 08:00" in text


def test_hostile_words_of_shops_and_carriers_are_text(scene: Scene, owner: Person) -> None:
    bad = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    order = scene.order
    order.recipient = order.note = order.address1 = order.sales_channel = bad[:60]
    order.lines[0].title = order.lines[0].variant = bad
    order.lines[0].image_url = "https://evil.example/pixel.png"
    order.lines[1].image_url = "javascript:alert(1)"
    scene.shipment.carrier_url = "javascript:alert(1)"
    scene.shipment.pickup_place = scene.shipment.service = bad
    scene.session.commit()
    scanned(scene, bad, code=bad)
    text = shown(owner, scene)
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "javascript:" not in text
    assert "evil.example" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in owner.get(f"{scene.base}/").text


def test_cancelling_changes_the_order_tells_and_is_written_down(scene: Scene, owner: Person) -> None:
    url = f"{scene.base}/orders/{scene.order.public_id}/cancel"
    answer = owner.post(url, {"reason": "out of stock", "refunded": "17,50"})
    assert answer.status_code == 303
    assert "is cancelled" in owner.get(answer.location).text
    scene.session.expire_all()
    assert scene.order.state is OrderState.CANCELLED
    assert scene.order.refunded_minor == 1750
    row = scene.session.scalars(select(Audit).where(Audit.action == "order.cancelled")).one()
    assert (row.store_id, row.actor, row.subject) == (
        scene.store.id,
        f"user:{scene.owner.public_id}",
        f"order:{scene.order.public_id}",
    )
    assert "out of stock" not in str(row.detail)
    version = scene.order.version
    assert owner.post(url).status_code == 303
    scene.session.expire_all()
    assert scene.order.version == version, "again changes nothing"
    assert "Cancel the order" not in shown(owner, scene)


@pytest.mark.parametrize(("amount", "told"), [("all of it", "not an amount"), ("999999", "More would be refunded")])
def test_refund_that_cannot_be_is_refused_and_nothing_is_cancelled(
    scene: Scene, owner: Person, amount: str, told: str
) -> None:
    answer = owner.post(f"{scene.base}/orders/{scene.order.public_id}/cancel", {"reason": "kept", "refunded": amount})
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="kept"' in answer.text
    scene.session.expire_all()
    assert scene.order.state is OrderState.OPEN


def test_carrier_is_asked_by_making_the_parcel_due(scene: Scene, owner: Person) -> None:
    scene.shipment.next_poll_at = None
    scene.shipment.carrier_account_id = make_account(scene.session, "ups").id
    scene.session.commit()
    assert "Ask now" in shown(owner, scene)
    url = f"{scene.base}/orders/{scene.order.public_id}/parcels/{scene.shipment.public_id}/ask"
    answer = owner.post(url)
    assert answer.location.endswith(f"#{scene.shipment.public_id}")
    scene.session.expire_all()
    assert scene.shipment.next_poll_at is not None
    assert scene.shipment.next_poll_at < NOON + timedelta(hours=2)
    assert scene.session.scalars(select(Audit.action)).all() == ["carrier.asked"]
    for _ in range(page.ASKS):
        answer = owner.post(url)
    assert "Wait a few minutes" in owner.get(answer.location).text


def test_parcel_that_is_leased_stays_with_its_worker(scene: Scene, owner: Person) -> None:
    scene.shipment.next_poll_at, scene.shipment.lease_until = None, NOON
    scene.session.commit()
    url = f"{scene.base}/orders/{scene.order.public_id}/parcels/{scene.shipment.public_id}/ask"
    assert "being asked already" in owner.get(owner.post(url).location).text
    scene.session.expire_all()
    assert scene.shipment.next_poll_at is None


def test_parcel_without_an_account_says_why_nobody_is_asked(scene: Scene, owner: Person) -> None:
    text = shown(owner, scene)
    assert "There is no account at UPS, so nobody is asked." in text
    assert "Ask now" not in text


def test_parcel_of_another_order_is_not_asked_through_this_one(scene: Scene, owner: Person) -> None:
    url = f"{scene.base}/orders/{scene.order.public_id}/parcels/{scene.foreign_shipment.public_id}/ask"
    assert owner.post(url).status_code == 404


def test_page_reads_a_bounded_number_of_times_whatever_the_history(scene: Scene, owner: Person) -> None:
    scanned(scene, "scan", at=NOON, code="C")
    shown(owner, scene)
    few = reads_of(lambda: shown(owner, scene))
    for minute in range(1, 30):
        scanned(scene, f"scan {minute}", at=NOON - timedelta(minutes=minute), code=f"C{minute}")
    assert shown(owner, scene).count("<code>C") == 30
    assert reads_of(lambda: shown(owner, scene)) == few
