"""Pages of a list: newest first, each with a cursor to the next. A cursor is opaque and holds nothing secret."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from tracking.platform.errors import InputError

Row = TypeVar("Row")


def dump_cursor(place: Sequence[Any]) -> str:
    """The place of a row in its order as text."""
    return base64.urlsafe_b64encode(json.dumps(list(place)).encode()).decode().rstrip("=")


def load_cursor(text: str | None, kinds: Sequence[Callable[[Any], Any]]) -> tuple[Any, ...] | None:
    """What `dump_cursor` wrote, each part read by its kind. raises InputError"""
    if not text:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(place, list) or len(place) != len(kinds):
            raise ValueError
        return tuple(kind(part) for kind, part in zip(kinds, place, strict=True))
    except (ValueError, TypeError, binascii.Error, OverflowError, RecursionError):
        raise InputError("This cursor is not one of ours. Begin again without one.", field="cursor") from None


def whole(value: Any) -> int:
    """A row's id in a cursor. ValueError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ValueError
    return value


def words(value: Any) -> str:
    """A text in a cursor. ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def instant(value: Any) -> datetime:
    """An aware instant in a cursor. ValueError for anything else."""
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


def page(rows: Sequence[Row], limit: int, place: Callable[[Row], Sequence[Any]]) -> tuple[Sequence[Row], str | None]:
    """Of up to `limit` + 1 rows: those of this page, and the cursor to the next, None if this is the last."""
    shown = rows[:limit]
    return shown, dump_cursor(place(shown[-1])) if len(rows) > limit else None
