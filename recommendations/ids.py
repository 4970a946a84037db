"""A sorted list of texts in two arrays, so that it can be kept in a file and mapped."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, repeat

import numpy as np
import numpy.typing as npt


def _encode(text: str) -> bytes:
    # a shop's id may hold anything, a lone surrogate included
    return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, eq=False)
class Ids:
    """Texts in the order of their UTF-8 bytes, each once. Text `i` is `blob[offsets[i]:offsets[i + 1]]`."""

    blob: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Ids":
        """Sort and deduplicate `texts`."""
        encoded = sorted({_encode(text) for text in texts})
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> str:
        """Text at `index`, 0 ≤ index < len."""
        return self._texts[index]

    def __iter__(self) -> Iterator[str]:
        """All texts in order."""
        return iter(self._texts)

    def find(self, text: str) -> int | None:
        """Where `text` stands; None if it is not here."""
        return self._places.get(text)

    def find_each(self, texts: Iterable[str]) -> npt.NDArray[np.int64]:
        """Where each of `texts` stands; -1 for one that is not here."""
        return np.fromiter(map(self._places.get, texts, repeat(-1)), np.int64)

    def find_all(self, texts: Iterable[str]) -> npt.NDArray[np.int64]:
        """Where those of `texts` that are here stand: ascending, each once."""
        found = {place for text in texts if (place := self._places.get(text)) is not None}
        return np.array(sorted(found), np.int64)

    @cached_property
    def _texts(self) -> list[str]:
        whole, bounds = self.blob.tobytes(), self.offsets.tolist()
        return [whole[begin:end].decode("utf-8", "surrogatepass") for begin, end in pairwise(bounds)]

    @cached_property
    def _places(self) -> dict[str, int]:
        # read once in a process: a page with a long history looks up thousands
        return {text: place for place, text in enumerate(self._texts)}
