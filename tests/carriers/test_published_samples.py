"""The carriers' published examples, where a checkout of the shared reference lies beside this one."""

import re
from pathlib import Path

import pytest

from tracking.carriers import all_slugs, get_carrier
from tracking.platform.facts import ResultCode
from tracking.platform.upstream import Reply

PUBLISHED = Path(__file__).parents[3] / "shared" / "carriers" / "samples"
# of aggregators; what they push reads like an answer
INTEGRATIONS = PUBLISHED.parents[1] / "integrations" / "samples"
# other documents than answers to the tracking call of the adapter: tokens, pushes, other products
OTHERS = re.compile(
    r"token|track-alert|push|^usps/summary|_request|vector|webhook_create|event_retrieve|stopped|tracker_create_response_2"
)
REFUSED = re.compile(r"^(spec-4|error|constructed-error|not-found|register_response)")
STATUS = re.compile(r"(?:error|spec)[-_](\d{3})")

FILES = [
    file
    for slug in all_slugs()
    for file in sorted([*(PUBLISHED / slug).glob("*.*"), *(INTEGRATIONS / slug).glob("*.json")])
    if not OTHERS.search(f"{slug}/{file.name}")
]


@pytest.mark.reference
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_published_example_can_be_read(file: Path) -> None:
    stated = STATUS.search(file.name)
    answer = get_carrier(file.parent.name).parse(Reply(int(stated[1]) if stated else 200, file.read_bytes()), [])
    assert not [error for error in answer.errors if error.code is ResultCode.UNREADABLE]
    assert bool(answer.results) is not bool(REFUSED.search(file.name))
    assert all(result.events for result in answer.results)
