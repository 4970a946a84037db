"""The carriers' published examples, where a checkout of the shared reference lies beside this one."""

from pathlib import Path

import pytest

from tracking.carriers import all_slugs, get_carrier
from tracking.platform.facts import ResultCode
from tracking.platform.upstream import Reply

PUBLISHED = Path(__file__).parents[3] / "shared" / "carriers" / "samples"
# other documents than answers to a tracking call in JSON: tokens, push, other products
OTHERS = ("token", "track-alert", "mydhl")

FILES = [
    file
    for slug in all_slugs()
    for file in sorted((PUBLISHED / slug).glob("*.json"))
    if not any(word in file.name for word in OTHERS)
]


@pytest.mark.skipif(not FILES, reason="the shared reference is not here")
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_published_example_can_be_read(file: Path) -> None:
    stated = file.stem.split("-")[1] if file.stem.startswith("error-") else "200"
    status = int(stated) if stated.isdigit() else 200
    answer = get_carrier(file.parent.name).parse(Reply(status, file.read_bytes()), [])
    assert not [error for error in answer.errors if error.code is ResultCode.UNREADABLE]
    assert bool(answer.results) is not (status >= 400 or "not-found-http200" in file.name)
    assert all(result.events for result in answer.results)
