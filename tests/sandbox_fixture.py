"""The `sandbox` fixture: a running sandbox on free loopback ports, with the carriers' limits switched off."""

from collections.abc import Iterator

import pytest

from tracking.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Carriers, Twilio and mail. `sandbox.state.limits.counting` turns the documented limits on."""
    with Sandbox(limits="off") as running:
        yield running
