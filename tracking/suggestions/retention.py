"""What is past its time: added up by day, so that reports outlive it, and deleted. Flushes, never commits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tracking.models.recommendation import (
    RecommendationDay,
    RecommendationTrial,
    RecommendationTrialDay,
    RecommendationUse,
)
from tracking.platform import clock
from tracking.platform.db import changed
from tracking.suggestions.totals import dismissed_too

USES: Final = timedelta(days=90)
TRIALS: Final = timedelta(days=180)
# rows in one go: the rest waits for the next hour
AT_ONCE: Final = 20_000


def fold(session: Session) -> int:
    """Add up and delete what is past its time. Returns how many rows went."""
    now = clock.now()
    uses = session.scalars(
        select(RecommendationUse.id).where(RecommendationUse.first_at < now - USES).limit(AT_ONCE)
    ).all()
    trials = session.scalars(
        select(RecommendationTrial.id)
        .where(RecommendationTrial.began_at < now - TRIALS, RecommendationTrial.counted_at.is_not(None))
        .limit(AT_ONCE)
    ).all()
    return fold_uses(session, uses) + fold_trials(session, trials)


def fold_uses(session: Session, ids: Sequence[int]) -> int:
    """Add these uses to their days and delete them."""
    use = RecommendationUse
    days: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * 5)
    for some in _chunks(ids):
        for store_id, first_at, surface, kind, place, clicks, away, followed, minor in session.execute(
            select(
                use.store_id,
                use.first_at,
                use.surface,
                use.kind,
                use.place,
                use.clicks,
                dismissed_too(),
                use.followed_order_id,
                use.followed_minor,
            ).where(use.id.in_(some))
        ):
            counts = (1, int(clicks > 0), int(away), int(followed is not None), minor or 0)
            day = days[store_id, first_at.date(), surface, kind, place]
            day[:] = [old + new for old, new in zip(day, counts, strict=True)]
    names = ("shown", "clicked", "dismissed", "followed", "followed_minor")
    _add(session, RecommendationDay, ("store_id", "day", "surface", "kind", "place"), names, days)
    return _delete(session, use, ids)


def fold_trials(session: Session, ids: Sequence[int]) -> int:
    """Add these rows of the comparison to their days and delete them."""
    row = RecommendationTrial
    days: defaultdict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0] * 5)
    for some in _chunks(ids):
        for store_id, began_at, held_out, orders, spent in session.execute(
            select(row.store_id, row.began_at, row.held_out, row.orders, row.spent_minor).where(row.id.in_(some))
        ):
            counts = (1, int(orders > 0), orders, float(spent), float(spent) ** 2)
            day = days[store_id, began_at.date(), held_out]
            day[:] = [old + new for old, new in zip(day, counts, strict=True)]
    names = ("shoppers", "came_back", "orders", "spent", "spent_squares")
    _add(session, RecommendationTrialDay, ("store_id", "day", "held_out"), names, days)
    return _delete(session, row, ids)


def _add(
    session: Session,
    row: type[Any],
    key: Sequence[str],
    names: Sequence[str],
    days: Mapping[tuple[Any, ...], Sequence[float]],
) -> None:
    if not days:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # always in one order, so that two of these never wait for each other
    for where, counts in sorted(days.items(), key=lambda item: [str(part) for part in item[0]]):
        added = insert(row).values(dict(zip(key, where, strict=True)) | dict(zip(names, counts, strict=True)))
        added = added.on_conflict_do_update(
            index_elements=[getattr(row, name) for name in key],
            set_={name: getattr(row, name) + getattr(added.excluded, name) for name in names},
        )
        session.execute(added)


def _delete(session: Session, row: type[Any], ids: Sequence[int]) -> int:
    return sum(
        changed(session.execute(delete(row).where(row.id.in_(some)).execution_options(synchronize_session=False)))
        for some in _chunks(ids)
    )


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + 1000] for start in range(0, len(ids), 1000))
