"""Where models are kept, and how they are mapped."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.suggestions.shop import Shop, buy
from tracking.suggestions import artefact_path, artefacts, model_version


def test_nobody_is_named_in_the_artefact(shop: Shop) -> None:
    content = artefact_path(shop.state_dir, shop.store).read_bytes()
    assert shop.mug.ref.encode() in content
    assert b"example.com" not in content
    assert b"customer" not in content


def test_a_missing_artefact_means_nothing_and_one_line_in_the_log(shop: Shop) -> None:
    artefact_path(shop.state_dir, shop.store).unlink()
    with capture_logs() as logs:
        assert shop.titles() == shop.titles() == []
    assert [(line["event"], line["store"]) for line in logs] == [("recommendations_unavailable", shop.store.slug)]
    assert model_version(shop.state_dir, shop.store) == ""


def test_a_damaged_artefact_means_nothing_until_the_next_fit(shop: Shop) -> None:
    path = artefact_path(shop.state_dir, shop.store)
    path.write_bytes(path.read_bytes()[:-7])
    with capture_logs() as logs:
        assert shop.titles() == []
    assert len(logs) == 1
    shop.fit()
    assert shop.titles() == ["Tea", "Jam"]


def test_a_new_artefact_is_used_at_once_and_an_old_one_read_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    honest = recommendations.read_model
    monkeypatch.setattr(artefacts, "read_model", lambda path: read.append(path) or honest(path))
    shop.fit()
    before = model_version(shop.state_dir, shop.store)
    assert shop.titles() == shop.titles() == ["Tea", "Jam"]
    assert len(read) == 1
    for _ in range(4):
        buy(shop.session, shop.store, None, shop.mug, shop.jam)
    shop.fit()
    assert model_version(shop.state_dir, shop.store) != before
    assert shop.titles() == ["Jam", "Tea"]
    assert len(read) == 2
