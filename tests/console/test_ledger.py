"""The store's messages and carriers as lists."""

from datetime import timedelta

from tests.console.conftest import Person, Scene
from tests.factories import NOON, make_account
from tracking.console import messages
from tracking.models import Channel, Meaning, Message, MessageState
from tracking.platform import clock


def message(scene: Scene, occasion: str, **values: object) -> Message:
    row = Message(
        **{
            "store_id": scene.store.id,
            "order_id": scene.order.id,
            "meaning": Meaning.HANDED_OVER,
            "occasion": occasion,
            "channel": Channel.SMS,
            "recipient": "+447946000123",
            "subject_key": "k",
            "locale": "en",
            "state": MessageState.SENT,
            "why": "accepted",
            "planned_at": NOON,
            "next_at": None,
            **values,
        }
    )
    scene.session.add(row)
    scene.session.flush()
    return row


def test_messages_are_listed_with_reason_and_without_whole_addresses(scene: Scene, owner: Person) -> None:
    message(scene, "a", state=MessageState.HELD, why="quiet_hours", next_at=NOON + timedelta(hours=20))
    message(scene, "b", state=MessageState.FAILED, why="bad_address")
    message(scene, "c", state=MessageState.UNCERTAIN, why="no_answer")
    scene.session.commit()
    page = owner.get(f"{scene.base}/messages").text
    assert "+44…23" in page
    assert "+447946000123" not in page
    assert "fell@example.com" not in page
    assert "goes out tomorrow 08:00" in page
    held = owner.get(f"{scene.base}/messages?show=held").text
    assert "The address does not exist." not in held
    failed = owner.get(f"{scene.base}/messages?show=failed").text
    assert "The address does not exist." in failed
    assert "did not say what became of it" in failed
    assert "2 messages failed" in failed


def test_messages_are_paged_without_a_gap(scene: Scene, owner: Person) -> None:
    for n in range(messages.PAGE + 3):
        message(scene, f"n{n}", state=MessageState.FAILED if n % 2 else MessageState.UNDELIVERABLE, why="refused")
    scene.session.commit()
    first = owner.get(f"{scene.base}/messages?show=failed").text
    link = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = owner.get(link).text
    assert first.count('class="open"') == messages.PAGE
    assert second.count('class="open"') == 3


def test_empty_ledger_teaches(scene: Scene, owner: Person) -> None:
    assert "Nothing failed" in owner.get(f"{scene.base}/messages?show=failed").text
    assert "Nothing waits" in owner.get(f"{scene.base}/messages?show=held").text


def test_carriers_say_whether_they_answer_and_what_is_left(scene: Scene, owner: Person) -> None:
    assert "No account at a carrier" in owner.get(f"{scene.base}/carriers").text
    failing = make_account(scene.session, "ups", budgets=500, failures=7, last_error="unauthorized")
    make_account(scene.session, "dhl", last_success_at=NOON)
    make_account(scene.session, "usps", paused_until=clock.real_now() + timedelta(hours=1), last_error="rate_limited")
    make_account(scene.session, "fedex", enabled=False, failures=9)
    make_account(scene.session, "la-poste", store_id=scene.other.id, name="Somebody else's")
    scene.shipment.carrier_account_id = failing.id
    scene.session.commit()
    page = owner.get(f"{scene.base}/carriers").text
    assert "1 carrier does not answer" in page
    assert "UPS does not accept the credentials of your account." in page
    assert "0 of 500" in page
    assert "1 parcel waits for it" in page
    assert "USPS asks to slow down." in page
    assert "Switched off" in page
    assert "Somebody else" not in page


def test_parcels_that_nobody_is_asked_about_are_named(scene: Scene, owner: Person) -> None:
    page = owner.get(f"{scene.base}/carriers").text
    assert "Nobody is asked about these" in page
    assert "1 parcel" in page
