"""A fitted model in one file that processes map read-only.

Layout: MAGIC, SHA-256 of all that follows, length of the header (8 bytes, little endian), header (JSON: format,
figures, each array's place and length), then the arrays, each on a 64-byte boundary. No pickle. A file is replaced
whole or not at all; whoever has the old one mapped keeps it.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommendations.bought_together import BoughtTogether
from recommendations.ids import Ids
from recommendations.model import Model
from recommendations.popular import Popular

MAGIC = b"WAYPOST\x00RECO\r\n\x1a\n"
FORMAT = 1
_ALIGN = 64
_HEADER_AT = len(MAGIC) + 32 + 8

Arrays = dict[str, npt.NDArray[Any]]

# type of every array of FORMAT 1; anything else in a file is a fault
_TYPES = {
    "products.blob": "|u1",
    "products.offsets": "<i8",
    "bought_together.starts": "<i8",
    "bought_together.neighbour": "<i4",
    "bought_together.score": "<f4",
    "bought_together.people": "<i4",
    "bought_together.orders": "<i4",
    "popular.product": "<i4",
    "popular.score": "<f4",
    "popular.people": "<i4",
    "popular.orders": "<i4",
}


class ArtefactError(Exception):
    """There is no usable artefact at that place: missing, damaged, or of another format. Answer more simply."""


def write_model(model: Model, path: Path) -> None:
    """Write `model` to `path`, replacing what is there in one step; folders are made. OSError if it cannot."""
    arrays = _arrays(model)
    places, end = {}, 0
    for name, data in arrays.items():
        places[name] = {"at": end, "length": len(data)}
        end += -(-data.nbytes // _ALIGN) * _ALIGN
    header = json.dumps({"format": FORMAT, "as_of": model.as_of, "orders": model.orders, "arrays": places}).encode()
    header += b" " * (-(_HEADER_AT + len(header)) % _ALIGN)
    pieces = [len(header).to_bytes(8, "little"), header]
    for data in arrays.values():
        pieces += [data.tobytes(), bytes(-data.nbytes % _ALIGN)]
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    _replace(path, [MAGIC, digest.digest(), *pieces])


def read_model(path: Path) -> Model:
    """Map the model at `path`, read-only, after checking all of it. ArtefactError if it is missing or not sound."""
    try:
        whole = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError) as error:
        raise ArtefactError(f"no artefact at {path.name}: {error}") from error
    try:
        return _model(*_open(whole))
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise ArtefactError(f"{path.name} is damaged or of another format: {error}") from error


def _replace(path: Path, pieces: list[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _arrays(model: Model) -> Arrays:
    parts = {"products": model.products, "bought_together": model.bought_together, "popular": model.popular}
    return {
        name: np.ascontiguousarray(getattr(parts[name.split(".")[0]], name.split(".")[1]), np.dtype(kind))
        for name, kind in _TYPES.items()
    }


def _open(whole: npt.NDArray[np.uint8]) -> tuple[dict[str, Any], Arrays]:
    view = memoryview(whole.data)
    if bytes(view[: len(MAGIC)]) != MAGIC:
        raise ValueError("not an artefact")
    if hashlib.sha256(view[len(MAGIC) + 32 :]).digest() != bytes(view[len(MAGIC) : len(MAGIC) + 32]):
        raise ValueError("the checksum is wrong")
    body = _HEADER_AT + int.from_bytes(view[_HEADER_AT - 8 : _HEADER_AT], "little")
    header = json.loads(bytes(view[_HEADER_AT:body]))
    if header["format"] != FORMAT:
        raise ValueError(f"format {header['format']}, not {FORMAT}")
    arrays = {}
    for name, kind in _TYPES.items():
        place = header["arrays"][name]
        arrays[name] = np.frombuffer(view, np.dtype(kind), int(place["length"]), body + int(place["at"]))
    return header, arrays


def _model(header: dict[str, Any], arrays: Arrays) -> Model:
    products = Ids(arrays["products.blob"], arrays["products.offsets"])
    together = BoughtTogether(*(arrays[name] for name in _TYPES if name.startswith("bought_together.")))
    popular = Popular(*(arrays[name] for name in _TYPES if name.startswith("popular.")))
    n = len(products)
    _require_bounds(products.offsets, len(products.blob))
    _require_bounds(together.starts, len(together.neighbour))
    _require(len(together.starts) == n + 1, "neighbours and products differ in number")
    for part, rows in ((together, together.neighbour), (popular, popular.product)):
        _require(len(rows) == len(part.score) == len(part.people) == len(part.orders), "columns differ in length")
        _require(not len(rows) or (int(rows.min()) >= 0 and int(rows.max()) < n), "a product number is out of range")
    return Model(products, together, popular, float(header["as_of"]), int(header["orders"]))


def _require_bounds(bounds: npt.NDArray[np.int64], end: int) -> None:
    _require(len(bounds) > 0 and bounds[0] == 0 and bounds[-1] == end, "bounds do not fit their array")
    _require(bool(np.all(np.diff(bounds) >= 0)), "bounds go backwards")


def _require(truth: bool, otherwise: str) -> None:
    if not truth:
        raise ValueError(otherwise)
