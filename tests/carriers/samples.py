"""Reads a carrier's sample answers."""

from pathlib import Path

from tracking.carriers import get_carrier
from tracking.platform.facts import Answer
from tracking.platform.upstream import Reply

FOLDER = Path(__file__).parent.parent / "samples" / "carriers"


def raw(slug: str, name: str) -> bytes:
    """A sample as it came."""
    return (FOLDER / slug / name).read_bytes()


def parsed(slug: str, name: str, *numbers: str, status: int = 200) -> Answer:
    """A sample as the adapter understands it."""
    return get_carrier(slug).parse(Reply(status, raw(slug, name)), numbers)
