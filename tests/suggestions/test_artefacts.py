"""Where models are kept, and how they are mapped."""

import os
import threading
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import recommendations
from tests.suggestions.shop import Shop, buy
from tracking.suggestions import artefact_of, artefact_path, artefacts, model_version


def newest(shop: Shop) -> Path:
    path = artefact_path(shop.state_dir, shop.store)
    assert path is not None
    return path


def folder(shop: Shop) -> Path:
    return artefacts.folder_of(shop.state_dir, shop.store)


def files(shop: Shop) -> list[str]:
    return sorted(path.name for path in folder(shop).iterdir())


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are read from now on."""
    names: list[str] = []
    honest = recommendations.read_model

    def noted(path: Path) -> recommendations.Model:
        names.append(path.name)
        return honest(path)

    monkeypatch.setattr(artefacts, "read_model", noted)
    return names


def test_nobody_is_named_in_the_artefact(shop: Shop) -> None:
    content = newest(shop).read_bytes()
    assert shop.mug.ref.encode() in content
    assert b"example.com" not in content
    assert b"customer" not in content


def test_a_missing_artefact_is_said_once_in_the_log(shop: Shop) -> None:
    for path in folder(shop).iterdir():
        path.unlink()
    with capture_logs() as logs:
        assert artefacts.load(shop.state_dir, shop.store) is None
        assert artefacts.load(shop.state_dir, shop.store) is None
    assert [(line["event"], line["store"]) for line in logs] == [("recommendations_unavailable", shop.store.slug)]
    assert model_version(shop.state_dir, shop.store) == ""
    assert artefact_of(shop.state_dir, shop.store) == artefacts.Artefact()


def test_two_versions_are_kept_and_older_ones_removed(shop: Shop) -> None:
    for _ in range(3):
        shop.fit()
    assert files(shop) == ["current", "model-00000003.wpr", "model-00000004.wpr"]
    assert (folder(shop) / "current").read_text() == "model-00000004.wpr\nmodel-00000003.wpr\n"
    assert model_version(shop.state_dir, shop.store) == "00000004"
    found = artefact_of(shop.state_dir, shop.store)
    assert (found.version, found.previous, found.size_bytes) == ("00000004", True, newest(shop).stat().st_size)
    assert 0 <= found.age_s < 60


def test_whoever_has_a_removed_model_mapped_keeps_it(shop: Shop) -> None:
    model = artefacts.load(shop.state_dir, shop.store)
    assert model is not None
    before = [*model.products]
    path = newest(shop)
    for _ in range(2):
        shop.fit()
    assert not path.exists()
    assert [*model.products] == before


def test_what_a_dead_process_left_half_written_is_removed_a_day_later(shop: Shop) -> None:
    left, fresh = folder(shop) / ".model-00000009.wpr.abc", folder(shop) / ".current.def"
    left.write_bytes(b"half")
    fresh.write_bytes(b"being written")
    long_ago = time.time() - 2 * 86_400
    os.utime(left, (long_ago, long_ago))
    shop.fit()
    assert not left.exists()
    assert fresh.exists()


def test_a_damaged_artefact_leads_back_to_the_one_before(shop: Shop) -> None:
    for _ in range(4):
        buy(shop.session, shop.store, None, shop.mug, shop.jam)
    shop.fit()
    assert shop.titles() == ["Jam", "Tea"]
    spoil(newest(shop))
    touch_pointer(shop)
    with capture_logs() as logs:
        assert shop.titles() == shop.titles() == ["Tea", "Jam"]
    assert [(line["event"], line["version"]) for line in logs] == [("recommendations_unsound", "00000002")]
    assert "damaged" in artefacts.unsound(shop.state_dir, shop.store)
    shop.fit()
    assert shop.titles() == ["Jam", "Tea"]
    assert artefacts.unsound(shop.state_dir, shop.store) == ""


def touch_pointer(shop: Shop) -> None:
    """As a process sees it that has not mapped anything yet."""
    pointer = folder(shop) / "current"
    text = pointer.read_text()
    pointer.unlink()
    pointer.write_text(text)


def test_an_artefact_of_another_format_leads_back_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommendations.artefact.FORMAT", 99)
    shop.fit()
    monkeypatch.undo()
    with capture_logs() as logs:
        assert shop.titles() == ["Tea", "Jam"]
    assert ["format 99" in line["why"] for line in logs] == [True]


def test_a_pointer_that_says_nothing_leads_to_the_newest_there_is(shop: Shop) -> None:
    shop.fit()
    for text in (b"", b"\xff\xfe", b"../../etc/passwd\nmodel-1.wpr\n"):
        (folder(shop) / "current").write_bytes(text)
        assert model_version(shop.state_dir, shop.store) == "00000002"
        assert shop.titles() == ["Tea", "Jam"]


def test_going_back_by_hand_is_naming_the_older_one_first(shop: Shop) -> None:
    for _ in range(4):
        buy(shop.session, shop.store, None, shop.mug, shop.jam)
    shop.fit()
    assert shop.titles() == ["Jam", "Tea"]
    (folder(shop) / "current").write_text("model-00000001.wpr\nmodel-00000002.wpr\n")
    assert shop.titles() == ["Tea", "Jam"]
    shop.fit()
    assert files(shop) == ["current", "model-00000001.wpr", "model-00000003.wpr"]


def test_a_model_that_cannot_be_read_back_is_not_put_in_use(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(path: Path) -> recommendations.Model:
        raise recommendations.ArtefactError(f"{path.name} is damaged")

    monkeypatch.setattr(artefacts, "read_model", breaks)
    with pytest.raises(recommendations.ArtefactError):
        shop.fit()
    assert files(shop) == ["current", "model-00000001.wpr"]
    assert model_version(shop.state_dir, shop.store) == "00000001"


def test_a_new_artefact_is_used_at_once_and_each_read_once(shop: Shop, read: list[str]) -> None:
    assert shop.titles() == shop.titles() == ["Tea", "Jam"]
    for _ in range(4):
        buy(shop.session, shop.store, None, shop.mug, shop.jam)
    shop.fit()
    assert shop.titles() == shop.titles() == ["Jam", "Tea"]
    # the middle one is the fit's own look at what it has written
    assert read == ["model-00000001.wpr", "model-00000002.wpr", "model-00000002.wpr"]


def test_a_large_artefact_is_read_in_a_thread_while_others_go_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shop.titles() == ["Tea", "Jam"]
    for _ in range(4):
        buy(shop.session, shop.store, None, shop.mug, shop.jam)
    shop.fit()
    monkeypatch.setattr(artefacts, "AT_ONCE_BYTES", 0)
    honest, go_on, threads = recommendations.read_model, threading.Event(), []

    def slow(path: Path) -> recommendations.Model:
        threads.append(threading.current_thread())
        assert go_on.wait(20)
        return honest(path)

    monkeypatch.setattr(artefacts, "read_model", slow)
    assert shop.titles() == shop.titles() == ["Tea", "Jam"]
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert shop.titles() == ["Jam", "Tea"]
    assert [thread.name for thread in threads] == ["map-model"]


def test_whoever_can_wait_gets_a_large_artefact_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "AT_ONCE_BYTES", 0)
    model = artefacts.load(shop.state_dir, shop.store, wait=True)
    assert model is not None
    assert model.orders == 4


def test_files_replaced_while_they_are_being_opened_are_looked_up_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, gone = recommendations.read_model, newest(shop)

    def replaced_meanwhile(path: Path) -> recommendations.Model:
        if path == gone and gone.exists():
            monkeypatch.setattr(artefacts, "read_model", honest)
            for _ in range(2):
                shop.fit()
        return honest(path)

    monkeypatch.setattr(artefacts, "read_model", replaced_meanwhile)
    assert artefacts.load(shop.state_dir, shop.store) is not None
    assert not gone.exists()
