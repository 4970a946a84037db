"""What the tests of suggestions share."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOON
from tests.suggestions.shop import Shop
from tracking.platform import clock


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.frozen(NOON + timedelta(hours=2)):
        yield


@pytest.fixture
def shop(session: Session, tmp_path: Path) -> Shop:
    return Shop(session, tmp_path)
