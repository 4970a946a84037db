"""Brings stored credentials and tokens under the newest encryption key; flushes, never commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.models import CarrierAccount
from tracking.platform import security
from tracking.platform.errors import ConfigError

# columns of an account that hold what `security.seal` wrote
SEALED: Final = ("credentials", "token")


@dataclass(frozen=True, slots=True)
class Round:
    """What became of some accounts.

    accounts    how many there were
    resealed    values that are under the newest key now
    kept        values that were already
    unreadable  "carrier/public id/column" of values that no key opens; they are left as they are
    last_id     where the next round goes on; None: there are no more
    """

    accounts: int
    resealed: int
    kept: int
    unreadable: Sequence[str]
    last_id: int | None


def reseal_some(session: Session, after_id: int, most: int) -> Round:
    """Encrypt again what is not under the newest key, in up to `most` accounts with ids above `after_id`."""
    rows = session.scalars(
        select(CarrierAccount)
        .where(CarrierAccount.id > after_id)
        .order_by(CarrierAccount.id)
        .limit(most)
        # a worker that puts a new token there meanwhile waits, so that it is not written over
        .with_for_update(of=CarrierAccount)
        .execution_options(populate_existing=True)
    ).all()
    resealed, kept, unreadable = 0, 0, list[str]()
    for row in rows:
        for column in SEALED:
            sealed = getattr(row, column)
            if sealed is None:
                continue
            if security.is_newest(sealed):
                kept += 1
                continue
            try:
                setattr(row, column, security.reseal(sealed))
                resealed += 1
            except ConfigError:
                unreadable.append(f"{row.carrier}/{row.public_id}/{column}")
    session.flush()
    return Round(len(rows), resealed, kept, unreadable, rows[-1].id if len(rows) == most else None)
