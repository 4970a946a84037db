"""The list: what needs a person comes first, filters stand in the address, and every row says what is true."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.console.conftest import Person, Scene, reads_of
from tests.factories import NOON, make_account, make_customer, make_order, make_shipment
from tracking import news
from tracking.console import needs, rows
from tracking.console.rows import Wanted
from tracking.models import Channel, LineState, Meaning, Message, MessageState, Order, OrderState, Shipment
from tracking.platform.status import Reason, Status


def parcel(scene: Scene, number: str, **values: object) -> Shipment:
    """A parcel of an order of its own."""
    order = make_order(scene.session, scene.store, number=number)
    return make_shipment(scene.session, order, **values)


def listed(person: Person, scene: Scene, query: str = "") -> str:
    answer = person.get(f"{scene.base}/{query}")
    assert answer.status_code == 200
    return answer.text


def test_calm_store_says_that_nothing_is_needed(scene: Scene, owner: Person) -> None:
    page = listed(owner, scene)
    assert "Nothing needs you now" in page
    assert scene.order.number in page
    assert "Zoé Müller" in page


def test_everything_that_waits_is_counted_with_a_link(scene: Scene, owner: Person) -> None:
    session = scene.session
    parcel(scene, "T-1", status=Status.EXCEPTION, reason=Reason.DAMAGED, status_at=NOON)
    parcel(scene, "T-2", status=Status.ATTEMPT_FAIL, status_at=NOON)
    parcel(scene, "L-1", label_at=NOON - timedelta(days=4))
    make_order(session, scene.store, number="U-1", placed_at=NOON - timedelta(days=9))
    hold(scene, MessageState.HELD)
    hold(scene, MessageState.FAILED)
    make_account(session, "ups", failures=9, last_error="unauthorized")
    session.commit()
    counts = needs.count(session, scene.store)
    assert counts == needs.Counts(trouble=2, late=0, unsent=1, unscanned=1, held=1, failed=1, carriers=1)
    page = listed(owner, scene)
    assert "6 things need you now" in page
    for query in ("status=trouble", "status=unsent-late", "status=unscanned", "show=held", "show=failed", "/carriers"):
        assert query in page


def hold(scene: Scene, state: MessageState) -> Message:
    message = Message(
        store_id=scene.store.id,
        order_id=scene.order.id,
        meaning=Meaning.HANDED_OVER,
        occasion=state.value,
        channel=Channel.EMAIL,
        recipient="fell@example.com",
        subject_key="k",
        locale="en",
        state=state,
        why="quiet_hours",
        next_at=NOON + timedelta(hours=20) if state is MessageState.HELD else None,
    )
    scene.session.add(message)
    scene.session.flush()
    return message


def test_each_count_leads_to_what_it_counts(scene: Scene, owner: Person) -> None:
    parcel(scene, "T-1", status=Status.RETURNING, status_at=NOON)
    parcel(scene, "L-1", label_at=NOON - timedelta(days=4))
    parcel(scene, "L-2", label_at=NOON - timedelta(hours=2))
    make_order(scene.session, scene.store, number="U-1", placed_at=NOON - timedelta(days=9))
    make_order(scene.session, scene.store, number="U-2", placed_at=NOON)
    scene.session.commit()
    shown = {query: listed(owner, scene, f"?status={query}") for query in ("trouble", "unscanned", "unsent-late")}
    assert "T-1" in shown["trouble"]
    assert "L-1" not in shown["trouble"]
    assert "L-1" in shown["unscanned"]
    assert "L-2" not in shown["unscanned"]
    assert "U-1" in shown["unsent-late"]
    assert "U-2" not in shown["unsent-late"]
    assert "U-2" in listed(owner, scene, "?status=unsent")


def test_parcel_past_its_day_is_late_and_says_since_when(scene: Scene, owner: Person) -> None:
    late = parcel(scene, "A-1", status=Status.IN_TRANSIT, carrier_latest_on=date(2026, 11, 22))
    later = parcel(scene, "A-2", status=Status.IN_TRANSIT, carrier_latest_on=date(2026, 11, 28))
    parcel(scene, "A-3", status=Status.IN_TRANSIT, carrier_latest_on=date(2026, 11, 25))
    late.order.promised_latest = date(2026, 11, 26)
    later.order.promised_latest = date(2026, 11, 25)
    for one in (late, later):
        news.order_news(scene.session, one.order, [one])
    scene.session.commit()
    page = listed(owner, scene, "?late=1")
    assert "late since Sun 22 Nov" in page
    assert "A-1" in page
    assert "A-2" in page, "announced for a later day than first said"
    assert "A-3" not in page
    assert needs.count(scene.session, scene.store).late == 2


def test_delivered_and_cancelled_parcels_are_never_late_nor_overdue(scene: Scene) -> None:
    parcel(scene, "D-1", status=Status.DELIVERED, carrier_latest_on=date(2026, 11, 20), delivered_at=NOON)
    cancelled = parcel(scene, "C-1", label_at=NOON - timedelta(days=5), carrier_latest_on=date(2026, 11, 20))
    cancelled.order.state = OrderState.CANCELLED
    scene.session.commit()
    counts = needs.count(scene.session, scene.store)
    assert (counts.late, counts.unscanned, counts.unsent) == (0, 0, 0)


def test_partly_sent_order_is_listed_until_all_of_it_is_in_parcels(scene: Scene, owner: Person) -> None:
    order = make_order(scene.session, scene.store, lines=2, number="P-1", placed_at=NOON - timedelta(days=9))
    make_shipment(scene.session, order, lines=[order.lines[0]])
    scene.session.commit()
    assert "Partly sent" in listed(owner, scene, "?status=unsent-late")
    order.lines[1].state = LineState.CANCELLED
    scene.session.commit()
    assert "P-1" not in listed(owner, scene, "?status=unsent-late")


def test_order_that_stands_still_is_judged_at_its_own_instant(scene: Scene) -> None:
    frozen = parcel(scene, "F-1", label_at=NOON - timedelta(days=5))
    frozen.order.frozen_at = NOON - timedelta(days=4, hours=20)
    scene.session.commit()
    assert needs.count(scene.session, scene.store).unscanned == 0


def test_filters_are_in_the_address_and_combine(scene: Scene, owner: Person) -> None:
    for number, carrier, channel, status in (
        ("X-1", "dhl", "web", Status.IN_TRANSIT),
        ("X-2", "dhl", "marketplace:x", Status.IN_TRANSIT),
        ("X-3", "ups", "marketplace:x", Status.IN_TRANSIT),
        ("X-4", "dhl", "marketplace:x", Status.DELIVERED),
    ):
        order = make_order(scene.session, scene.store, number=number, sales_channel=channel)
        make_shipment(scene.session, order, carrier=carrier, status=status)
    scene.session.commit()

    def found(query: str) -> set[str]:
        page = listed(owner, scene, query)
        return {number for number in ("X-1", "X-2", "X-3", "X-4") if f">{number}<" in page}

    assert found("?carrier=dhl") == {"X-1", "X-2", "X-4"}
    assert found("?status=in_transit") == {"X-1", "X-2", "X-3"}
    assert found("?channel=marketplace:x&carrier=dhl") == {"X-2", "X-4"}
    assert found("?status=in_transit&carrier=dhl&channel=marketplace:x") == {"X-2"}
    assert found("?status=nonsense&late=x") == {"X-1", "X-2", "X-3", "X-4"}
    assert found("?carrier=nobody") == set()


def test_pages_follow_each_other_without_a_gap_or_a_repetition(scene: Scene, owner: Person) -> None:
    for n in range(rows.PAGE + 5):
        parcel(scene, f"N-{n:03d}")
    scene.session.commit()
    seen: list[str] = []
    url: str | None = f"{scene.base}/"
    while url:
        page = owner.get(url).text
        here = [part.split("<")[0] for part in page.split('class="open" href="')[1:]]
        seen += [part.split(">")[1] for part in here]
        link = page.partition('rel="next"')[0].rpartition('href="')[2] if 'rel="next"' in page else ""
        url = link.partition('"')[0] or None
    assert len(seen) == rows.PAGE + 6
    assert len(set(seen)) == len(seen)


def test_unsent_orders_are_paged_too(scene: Scene, owner: Person) -> None:
    for n in range(rows.PAGE + 3):
        make_order(scene.session, scene.store, number=f"Q-{n:03d}", placed_at=NOON - timedelta(minutes=n % 5))
    scene.session.commit()
    first = rows.find(scene.session, scene.store, Wanted(unsent=True))
    rest = rows.find(scene.session, scene.store, Wanted(unsent=True, before_order=first.last_order))
    numbers = [order.number for order in (*first.orders, *rest.orders)]
    assert len(numbers) == len(set(numbers)) == rows.PAGE + 3
    assert rest.last_order is None
    link = listed(owner, scene, "?status=unsent").partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    assert "Q-" in owner.get(link.replace("&amp;", "&")).text


def test_a_rare_filter_looks_through_a_bounded_stretch_and_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "WALK", 5)
    rare = make_order(scene.session, scene.store, number="R-1", sales_channel="rare")
    make_shipment(scene.session, rare)
    for n in range(7):
        parcel(scene, f"N-{n}")
    wanted = Wanted(channel="rare")
    first = rows.find(scene.session, scene.store, wanted)
    assert first.shipments == ()
    assert first.last is not None
    second = rows.find(scene.session, scene.store, Wanted(channel="rare", before=first.last))
    assert [one.order.number for one in second.shipments] == ["R-1"]


@pytest.mark.parametrize(
    ("query", "taught"),
    [
        ("?status=trouble", "Nothing here, and that is good"),
        ("?late=1", "Nothing is late"),
        ("?carrier=dhl", "Nothing fits these filters"),
        ("?status=unsent", "Every order of the last weeks is in a parcel"),
    ],
)
def test_empty_lists_teach(scene: Scene, owner: Person, query: str, taught: str) -> None:
    assert taught in listed(owner, scene, query)


def test_new_store_is_told_how_orders_come_in(scene: Scene, owner: Person) -> None:
    scene.session.delete(scene.shipment)
    for row in scene.session.query(Message).filter_by(order_id=scene.order.id):
        scene.session.delete(row)
    scene.session.delete(scene.session.get(Order, scene.order.id))
    scene.session.commit()
    page = listed(owner, scene)
    assert "No orders yet" in page
    assert "waypost orders import" in page


def test_list_reads_a_bounded_number_of_times(scene: Scene, owner: Person, session: Session) -> None:
    listed(owner, scene)
    few = reads_of(lambda: listed(owner, scene))
    for n in range(15):
        order = make_order(session, scene.store, make_customer(session, scene.store), number=f"B-{n}", lines=3)
        make_shipment(session, order)
        make_shipment(session, order, carrier="dhl")
    session.commit()
    assert reads_of(lambda: listed(owner, scene)) == few
