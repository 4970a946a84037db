"""Where fitted models are kept, and how a process maps them: once, until they are replaced."""

from pathlib import Path
from threading import Lock

import structlog

from recommendations import ArtefactError, Model, read_model
from tracking.models.store import Store

log = structlog.get_logger(__name__)

MAX_CACHED = 64


def artefact_path(state_dir: Path, store: Store) -> Path:
    """Where the store's fitted model is kept."""
    return state_dir / "recommendations" / store.public_id / "model.wpr"


def model_version(state_dir: Path, store: Store) -> str:
    """Changes whenever the store's model is replaced; "" while there is none. For keys of cached pages."""
    mark = _mark(artefact_path(state_dir, store))
    return "-".join(map(str, mark)) if mark else ""


Mark = tuple[int, int, int]

_loaded: dict[Path, tuple[Mark | None, Model | None]] = {}
_lock = Lock()


def _mark(path: Path) -> Mark | None:
    """What changes when the file is replaced; None if there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_ino, facts.st_size


def load(path: Path, store: str) -> Model | None:
    """The model at `path`, mapped once in a process until it is replaced; None if there is no sound one."""
    mark = _mark(path)
    with _lock:
        known = _loaded.get(path)
        if known is not None and known[0] == mark:
            return known[1]
    try:
        model = read_model(path)
    except ArtefactError as error:
        # once for each file, not for each page
        log.warning("recommendations_unavailable", store=store, why=str(error))
        model = None
    with _lock:
        _loaded.pop(path, None)
        while len(_loaded) >= MAX_CACHED:
            _loaded.pop(next(iter(_loaded)))
        _loaded[path] = (mark, model)
    return model
