"""Where fitted models are kept, and how a process gets at them without waiting.

A store has a folder: `model-<version>.wpr`, a file a fit, and `current`, which names the one in use and below it the
one before. `current` is replaced in one step. The names in it are tried one after the other, so that a damaged file
leads back to the last good one; to go back by hand, put the older name first. All other files are removed at the next
fit: whoever has one mapped keeps it, as an unlinked file lives on until it is closed.
"""

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import Final

import structlog

from recommendations import ArtefactError, Model, read_model, write_model
from tracking.models.store import Store

log = structlog.get_logger(__name__)

MAX_CACHED: Final = 64
# a file up to this size is checked and mapped within some 5 ms: not worth a thread, nor a page without it
AT_ONCE_BYTES: Final = 4 * 1024 * 1024
KEPT: Final = 2
_CURRENT: Final = "current"
_NAME: Final = re.compile(r"model-(?P<version>\d{8})\.wpr")
_STALE_S: Final = 24 * 3600.0

Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Artefact:
    """What there is of a store's model on disk, without opening it.

    version   "" if there is none
    age_s     real seconds since it was written
    previous  whether there is another to fall back on
    """

    version: str = ""
    age_s: float = 0.0
    size_bytes: int = 0
    previous: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What a process has mapped: `version` and `model` None while nothing is sound."""

    mark: Mark | None
    version: str
    model: Model | None


def folder_of(state_dir: Path, store: Store) -> Path:
    """Where the store's models are kept."""
    return state_dir / "recommendations" / store.public_id


def artefact_path(state_dir: Path, store: Store) -> Path | None:
    """The store's newest model; None if there is none. It need not be sound."""
    return next(iter(_named(folder_of(state_dir, store))), None)


def artefact_of(state_dir: Path, store: Store) -> Artefact:
    """What there is of the store's model on disk. Costs three looks at the file system."""
    paths = _named(folder_of(state_dir, store))
    try:
        facts = paths[0].stat()
    except (IndexError, OSError):
        return Artefact()
    return Artefact(_version(paths[0]), max(0.0, time.time() - facts.st_mtime), facts.st_size, len(paths) > 1)


def model_version(state_dir: Path, store: Store) -> str:
    """Changes whenever the store's model is replaced; "" while there is none. For keys of cached pages."""
    path = artefact_path(state_dir, store)
    return _version(path) if path else ""


def publish(model: Model, state_dir: Path, store: Store) -> Path:
    """Write a model, read it back, and only then put it in use; keeps the one before it. One process at a time.

    raises  OSError if it cannot be written, ArtefactError if what was written cannot be read: the old one stays in use
    """
    folder = folder_of(state_dir, store)
    before = _named(folder)
    newest = max((int(_version(path)) for path in (*before, *_files(folder))), default=0)
    path = folder / f"model-{newest + 1:08}.wpr"
    write_model(model, path)
    try:
        read_model(path)
    except ArtefactError:
        path.unlink(missing_ok=True)
        raise
    kept = [path, *before][:KEPT]
    _point(folder, kept)
    _sweep(folder, kept)
    return path


def unsound(state_dir: Path, store: Store) -> str:
    """Why the newest model cannot be used, "" if it can. Reads all of it."""
    path = artefact_path(state_dir, store)
    if path is None:
        return "there is none"
    try:
        read_model(path)
    except ArtefactError as error:
        return str(error)
    return ""


def load(state_dir: Path, store: Store, *, wait: bool = False) -> Model | None:
    """The store's newest sound model, mapped once in a process until it is replaced; None if there is none.

    While a large new file is checked in a thread of its own, callers get the model they had, or None at first.

    wait  check it here and now instead
    """
    return _loader.get(folder_of(state_dir, store), store.slug, wait=wait)


class _Loader:
    """Models by folder. Readers take no lock; a file is looked into by one thread."""

    def __init__(self) -> None:
        self._known: dict[Path, _Known] = {}
        self._loading: set[Path] = set()
        self._lock = Lock()

    def get(self, folder: Path, store: str, *, wait: bool) -> Model | None:
        mark = _mark(folder / _CURRENT)
        known = self._known.get(folder)
        if known is not None and known.mark == mark:
            return known.model
        if wait or _is_small(folder):
            return self._take(folder, store, mark)
        self._begin(folder, store, mark)
        return known.model if known is not None else None

    def _begin(self, folder: Path, store: str, mark: Mark | None) -> None:
        with self._lock:
            if folder in self._loading:
                return
            self._loading.add(folder)
        Thread(target=self._take_and_end, args=(folder, store, mark), name="map-model", daemon=True).start()

    def _take_and_end(self, folder: Path, store: str, mark: Mark | None) -> None:
        try:
            self._take(folder, store, mark)
        finally:
            with self._lock:
                self._loading.discard(folder)

    def _take(self, folder: Path, store: str, mark: Mark | None) -> Model | None:
        version, model = _first_sound(folder, store)
        with self._lock:
            self._known.pop(folder, None)
            while len(self._known) >= MAX_CACHED:
                self._known.pop(next(iter(self._known)))
            self._known[folder] = _Known(mark, version, model)
        return model


def _first_sound(folder: Path, store: str) -> tuple[str, Model | None]:
    """The first of the named files that can be read. Says in the log what is wrong with the others, once a change."""
    tried: list[Path] = []
    # a fit may replace all that was named before it is opened; then the names have changed as well
    for path in _twice(folder):
        if path in tried:
            continue
        tried.append(path)
        try:
            model = read_model(path)
        except ArtefactError as error:
            log.warning("recommendations_unsound", store=store, version=_version(path), why=str(error))
            continue
        return _version(path), model
    log.warning("recommendations_unavailable", store=store)
    return "", None


def _twice(folder: Path) -> Iterator[Path]:
    yield from _named(folder)
    yield from _named(folder)


def _mark(path: Path) -> Mark | None:
    """What changes when the file is replaced; None if there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_ino, facts.st_size


def _is_small(folder: Path) -> bool:
    try:
        return sum(path.stat().st_size for path in _named(folder)[:1]) <= AT_ONCE_BYTES
    except OSError:
        return True


def _named(folder: Path) -> list[Path]:
    """The files that `current` names, newest first; [] if there is none. If it says nothing, the newest there are."""
    try:
        text = (folder / _CURRENT).read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        text = ""
    names = [line for line in text.splitlines() if _NAME.fullmatch(line)]
    return [folder / name for name in names[:KEPT]] or sorted(_files(folder), reverse=True)[:KEPT]


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return []


def _version(path: Path) -> str:
    return path.stem.removeprefix("model-")


def _point(folder: Path, paths: Sequence[Path]) -> None:
    """Put these files in use, in one step."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{_CURRENT}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.writelines(f"{path.name}\n" for path in paths)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(folder / _CURRENT)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _sweep(folder: Path, kept: Sequence[Path]) -> None:
    """Remove models that nobody needs any more, and what dead processes left half written."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            is_old_model = _NAME.fullmatch(path.name) and path not in kept
            if is_old_model or (path.name.startswith(".") and time.time() - path.stat().st_mtime > _STALE_S):
                path.unlink(missing_ok=True)


_loader = _Loader()
