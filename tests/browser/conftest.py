"""A real browser and the database behind what it sees."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, sync_playwright

from tracking.platform.settings import Settings

CHROMIUM = shutil.which("chromium")
# what axe looks for
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    with sync_playwright() as tool:
        running = tool.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield running
        running.close()


@pytest.fixture
def settings(tmp_path: Path, sqlite_template: Path) -> Settings:
    """One database is enough for what a browser sees."""
    shutil.copy(sqlite_template, tmp_path / "waypost.db")
    return Settings(
        database_url=f"sqlite:///{tmp_path / 'waypost.db'}",
        queue_url=f"sqlite:///{tmp_path / 'queue.db'}",
        state_dir=tmp_path,
        secret_keys=("a secret key for tests, long enough to be taken",),
        encryption_keys=(Fernet.generate_key().decode(),),
    )
