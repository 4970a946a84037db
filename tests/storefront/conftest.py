"""Words need a catalogue, and nothing else of the application."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tracking.platform import i18n


@pytest.fixture(scope="module")
def catalogues() -> Iterator[None]:
    """The translations, without a database."""
    app = Flask("words")
    i18n.init_app(app)
    with app.app_context():
        yield
