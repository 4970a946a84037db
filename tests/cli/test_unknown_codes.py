"""`waypost carriers unknown`: what carriers sent and no table knows."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.cli.conftest import Waypost
from tests.factories import NOON
from tracking.carriers._codes import note_text, note_unseen, take_unseen
from tracking.models import UnknownCode
from tracking.platform.facts import Location, TrackingEvent, TrackingResult, Zone
from tracking.platform.status import Status
from tracking.polling.settle import note_texts
from tracking.workers.tidy import count_unseen


@pytest.fixture
def counted(session: Session) -> None:
    take_unseen()
    for _ in range(3):
        note_unseen("ups", "X/998/Q!")
    event = TrackingEvent(NOON, Zone.STATED, "Q!", Status.UNKNOWN, "Out for delivery today", None, Location("Leeds"))
    note_texts("ups", TrackingResult("1Z", Status.IN_TRANSIT, (event,)))
    note_unseen("dpd", "Resting")
    count_unseen(session, take_unseen())
    session.commit()


@pytest.mark.usefixtures("counted")
def test_codes_are_listed_by_how_often_they_came_with_what_was_said(waypost: Waypost) -> None:
    first, second = json.loads(waypost("carriers", "unknown", "--json").stdout)
    assert (first["carrier"], first["code"], first["seen"], first["text"]) == (
        "ups",
        "X/998/Q!",
        3,
        "Out for delivery today",
    )
    assert (second["carrier"], second["code"], second["text"], second["status"]) == ("dpd", "Resting", "", "unknown")
    assert first["status"] == "out_for_delivery"
    assert first["like"].startswith("ups ")
    assert "Resting" in waypost("carriers", "unknown", "--carrier", "dpd").stdout
    assert "Q!" not in waypost("carriers", "unknown", "--carrier", "dpd").stdout


@pytest.mark.usefixtures("counted")
def test_they_become_rows_to_review(waypost: Waypost) -> None:
    rows = waypost("carriers", "unknown", "--table").stdout.splitlines()
    assert rows[0].startswith("X/998,Q!,out_for_delivery,,Out for delivery today,ups ")
    assert rows[1] == "Resting,unknown,,,"


def test_nothing_unknown_is_said_so(waypost: Waypost, session: Session) -> None:
    assert "Every code that came is known." in waypost("carriers", "unknown").stdout
    assert waypost("carriers", "unknown", "--json", "--table").exit_code == 2


def test_the_first_text_is_kept_and_a_later_one_fills_a_gap(session: Session) -> None:
    take_unseen()
    note_unseen("gls", "event/NEW")
    count_unseen(session, take_unseen())
    for text in ("first words", "second words"):
        note_unseen("gls", "event/NEW")
        note_text("gls", "NEW", text)
        note_text("gls", "EW", "another code")
        count_unseen(session, take_unseen())
    (row,) = session.scalars(select(UnknownCode).execution_options(populate_existing=True))
    assert (row.seen, row.text) == (3, "first words")
