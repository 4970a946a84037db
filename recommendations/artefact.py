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

from recommendations.blend import Blend, Task
from recommendations.content import Content
from recommendations.ids import Ids
from recommendations.learnt import Learnt
from recommendations.model import Model
from recommendations.neighbours import Neighbours
from recommendations.popular import HALF_LIVES_D, Popular
from recommendations.signals import NAMES

MAGIC = b"WAYPOST\x00RECO\r\n\x1a\n"
FORMAT = 4
_ALIGN = 64
_HEADER_AT = len(MAGIC) + 32 + 8

Arrays = dict[str, npt.NDArray[Any]]

# type of every array of this FORMAT; anything else in a file is a fault
_TYPES = {
    "products.blob": "|u1",
    "products.offsets": "<i8",
    "neighbours.starts": "<i8",
    "neighbours.neighbour": "<i4",
    "neighbours.within": "<f4",
    "neighbours.share": "<f4",
    "neighbours.later": "<f4",
    "neighbours.people": "<i4",
    "neighbours.orders": "<i4",
    "neighbours.followed": "<i4",
    "popular.recent": "<f4",
    "popular.buyers": "<i4",
    "popular.people": "<i4",
    "popular.orders": "<i4",
    "popular.first": "<f8",
    "popular.last": "<f8",
    "blend.weights": "<f8",
    "blend.cases": "<i8",
    "content.starts": "<i8",
    "content.neighbour": "<i4",
    "content.score": "<f4",
    "content.same_sort": "|b1",
    "content.look": "<i4",
    "model.allowed": "|b1",
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
    parts = {
        "products": model.products,
        "neighbours": model.learnt.neighbours,
        "popular": model.learnt.popular,
        "blend": model.blend,
        "content": model.content,
        "model": model,
    }
    return {
        name: np.ascontiguousarray(getattr(parts[name.split(".")[0]], name.split(".")[1]), np.dtype(kind)).ravel()
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
    n = len(products)
    _require_bounds(products.offsets, len(products.blob))
    for name in ("popular.recent", "blend.weights"):
        columns = len(HALF_LIVES_D) if name == "popular.recent" else len(NAMES)
        arrays[name] = arrays[name].reshape(-1, columns)
    near = Neighbours(*_part(arrays, "neighbours"))
    popular, content, blend = (
        Popular(*_part(arrays, "popular")),
        Content(*_part(arrays, "content")),
        Blend(*_part(arrays, "blend")),
    )
    for rows in (near, content):
        _require_bounds(rows.starts, len(rows.neighbour))
        _require(len(rows.starts) == n + 1, "neighbours and products differ in number")
        _require(not len(rows.neighbour) or _is_within(rows.neighbour, n), "a product number is out of range")
    for column in (near.within, near.share, near.later, near.people, near.orders, near.followed):
        _require(len(column) == len(near.neighbour), "columns differ in length")
    _require(len(content.score) == len(content.same_sort) == len(content.neighbour), "columns differ in length")
    of_products = (*_part(arrays, "popular"), content.look, arrays["model.allowed"])
    _require(all(len(column) == n for column in of_products), "columns and products differ in number")
    _require(len(blend.weights) == len(blend.cases) == len(Task), "the blend is of other tasks")
    for name, values in arrays.items():
        _require(values.dtype.kind != "f" or name.startswith("popular.") or bool(np.isfinite(values).all()), name)
    learnt = Learnt(near, popular, float(header["as_of"]))
    return Model(products, learnt, blend, content, arrays["model.allowed"], int(header["orders"]))


def _part(arrays: Arrays, part: str) -> list[npt.NDArray[Any]]:
    return [arrays[name] for name in _TYPES if name.startswith(f"{part}.")]


def _is_within(numbers: npt.NDArray[np.int32], n: int) -> bool:
    return int(numbers.min()) >= 0 and int(numbers.max()) < n


def _require_bounds(bounds: npt.NDArray[np.int64], end: int) -> None:
    _require(len(bounds) > 0 and bounds[0] == 0 and bounds[-1] == end, "bounds do not fit their array")
    _require(bool(np.all(np.diff(bounds) >= 0)), "bounds go backwards")


def _require(truth: bool, otherwise: str) -> None:
    if not truth:
        raise ValueError(otherwise)
