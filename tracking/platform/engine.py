"""The queue: huey carries ids to workers. Which storage is one setting; the tables hold the truth."""

from pathlib import Path
from urllib.parse import urlsplit

from huey import Huey, SqliteHuey

QUEUE = "waypost"


def make_queue(url: str, *, immediate: bool = False) -> Huey:
    """The queue at `url`: sqlite:///FILE, postgresql://… or redis://….

    immediate  run tasks at once in the caller, for tests
    """
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        file.parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey(QUEUE, filename=str(file), immediate=immediate, results=False, journal_mode="wal", timeout=10)
    if url.startswith("postgresql://"):
        from huey import PostgresHuey  # noqa: PLC0415 - only where PostgreSQL is used

        return PostgresHuey(QUEUE, dsn=url, immediate=immediate, results=False)
    from huey import PriorityRedisHuey  # noqa: PLC0415 - needs the extra waypost[redis]

    return PriorityRedisHuey(QUEUE, url=url, immediate=immediate, results=False)


def is_embedded(url: str) -> bool:
    """True if the queue is a file of this machine."""
    return urlsplit(url).scheme == "sqlite"
