"""What is kept for a while only."""

from datetime import timedelta

from sqlalchemy import func, select

from tests.factories import NOON
from tracking.models import PushDelivery, RateLimit, RawAnswer
from tracking.platform import clock
from tracking.workers.tidy import tidy


def test_only_what_is_past_its_time_goes(session) -> None:
    real = clock.real_now()
    with clock.frozen(NOON):
        for days in (13, 15):
            at = NOON - timedelta(days=days)
            session.add(RawAnswer(carrier="ups", http_status=200, body=b"{", numbers=[], received_at=at))
        for hours in (1, 30):
            session.add(RateLimit(key=f"k{hours}", window_start=real - timedelta(hours=hours), used=1))
        for days in (29, 31):
            session.add(PushDelivery(provider="twilio", event_id=str(days), received_at=real - timedelta(days=days)))
        session.flush()
        assert tidy(session) == 3
        assert tidy(session) == 0
    for row in (RawAnswer, RateLimit, PushDelivery):
        assert session.scalar(select(func.count()).select_from(row)) == 1
