"""The file a model is kept in."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from recommendations import ArtefactError, Orders, artefact, fit, read_model, write_model
from tests.recommendations.shop import Past, ask, learn

PAST: list[Past] = [(f"c{n}", n, ["mug", "ชา เขียว", f"thing {n % 3}"]) for n in range(9)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "model.wpr"


def test_a_model_comes_back_as_it_was(path: Path) -> None:
    model = learn(PAST)
    write_model(model, path)
    read = read_model(path)
    assert list(read.products) == list(model.products)
    assert (read.as_of, read.orders) == (model.as_of, model.orders)
    assert ask(read, "mug") == ask(model, "mug") != []


def test_an_empty_shop_has_an_artefact_too(path: Path) -> None:
    write_model(fit(Orders.from_lines([])), path)
    assert ask(read_model(path), "mug") == []


def test_the_arrays_are_mapped_and_cannot_be_changed(path: Path) -> None:
    write_model(learn(PAST), path)
    scores = read_model(path).learnt.neighbours.within
    assert not scores.flags.writeable
    assert not scores.flags.owndata


def test_the_same_orders_give_the_same_bytes(path: Path) -> None:
    write_model(learn(PAST), path)
    before = path.read_bytes()
    write_model(learn(PAST), path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_missing_file_says_so(path: Path) -> None:
    with pytest.raises(ArtefactError, match="no artefact"):
        read_model(path)


@pytest.mark.parametrize("content", [b"", b"\x00", b"PK\x03\x04 a zip", b"WAYPOST\x00RECO\r\n\x1a\n" + bytes(90)])
def test_what_is_not_an_artefact_is_refused(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ArtefactError):
        read_model(path)


def test_any_damaged_byte_is_noticed(path: Path) -> None:
    write_model(learn(PAST), path)
    sound = path.read_bytes()
    for place in range(0, len(sound), 41):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 0x10]) + sound[place + 1 :])
        with pytest.raises(ArtefactError):
            read_model(path)


def test_a_file_cut_short_is_noticed(path: Path) -> None:
    write_model(learn(PAST), path)
    sound = path.read_bytes()
    for length in (1, 14, 60, len(sound) // 2, len(sound) - 1):
        path.write_bytes(sound[:length])
        with pytest.raises(ArtefactError):
            read_model(path)


def test_another_format_is_refused_and_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefact, "FORMAT", 7)
    write_model(learn(PAST), path)
    monkeypatch.undo()
    with pytest.raises(ArtefactError, match="format 7"):
        read_model(path)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("neighbours.neighbour", lambda a: a + 1000),
        ("neighbours.neighbour", lambda a: a - 1000),
        ("neighbours.starts", lambda a: a[::-1]),
        ("neighbours.within", lambda a: a * np.float32("nan")),
        ("neighbours.followed", lambda a: a[:-1]),
        ("products.offsets", lambda a: a + 1),
        ("popular.recent", lambda a: a[:-1]),
        ("popular.recent", lambda a: a[:-5]),
        ("blend.weights", lambda a: a[:17]),
        ("content.score", lambda a: np.ones(len(a) + 1, np.float32)),
        ("model.allowed", lambda a: a[1:]),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, change: object
) -> None:
    honest = artefact._arrays
    monkeypatch.setattr(
        artefact, "_arrays", lambda m: honest(m) | {name: np.ascontiguousarray(change(honest(m)[name]))}
    )  # type: ignore[operator]
    write_model(learn(PAST), path)
    with pytest.raises(ArtefactError):
        read_model(path)


def test_a_header_that_points_outside_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dumps = json.dumps
    monkeypatch.setattr(artefact.json, "dumps", lambda header: dumps(header).replace('"at": 0', '"at": 999999'))
    write_model(learn(PAST), path)
    with pytest.raises(ArtefactError):
        read_model(path)


def test_readers_see_the_old_or_the_new_model_and_never_half_of_one(path: Path) -> None:
    models = [learn(PAST), learn([*PAST, *((f"d{n}", 1, ["mug", "pan"]) for n in range(5))])]
    write_model(models[0], path)
    expected = [ask(model, "mug") for model in models]
    done = threading.Event()

    def replace() -> None:
        for turn in range(60):
            write_model(models[turn % 2], path)
        done.set()

    writer = threading.Thread(target=replace)
    writer.start()
    while not done.is_set():
        assert ask(read_model(path), "mug") in expected
    writer.join()


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "model.wpr").mkdir()
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        write_model(learn(PAST), tmp_path / "model.wpr")
    assert [file.name for file in tmp_path.iterdir()] == ["model.wpr"]
