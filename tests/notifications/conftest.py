"""Channels on the sandbox, closed when a test ends."""

from collections.abc import Iterator

import pytest

from tests.notifications.scene import make_channels
from tracking.channels._base import Channel as Adapter
from tracking.models import Channel
from tracking.sandbox import Sandbox


@pytest.fixture
def channels(sandbox: Sandbox) -> Iterator[dict[Channel, Adapter]]:
    """Email and SMS, on the sandbox."""
    made = make_channels(sandbox)
    yield made
    for adapter in made.values():
        adapter.close()
