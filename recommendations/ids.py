"""A sorted list of texts in two arrays, so that it can be mapped from a file and searched without being read whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


def _encode(text: str) -> bytes:
    # a shop's id may hold anything, a lone surrogate included
    return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True, eq=False)
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
        return self._raw(index).decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        """All texts in order."""
        return (self[index] for index in range(len(self)))

    def find(self, text: str) -> int | None:
        """Where `text` stands; None if it is not here."""
        wanted, low, high = _encode(text), 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self._raw(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self) and self._raw(low) == wanted else None

    def find_all(self, texts: Iterable[str]) -> npt.NDArray[np.int64]:
        """Where those of `texts` that are here stand: ascending, each once."""
        found = {index for text in texts if (index := self.find(text)) is not None}
        return np.array(sorted(found), np.int64)

    def _raw(self, index: int) -> bytes:
        return self.blob[self.offsets[index] : self.offsets[index + 1]].tobytes()
