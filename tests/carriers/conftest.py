"""Logs as they come: other tests may have set up a process that leaves some out."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _unfiltered_logs() -> Iterator[None]:
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)
