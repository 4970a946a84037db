"""The words of a text in any language, folded so that the same word is written the same way.

Nothing here knows a language: accents are dropped, plural and silent endings are cut the same light way for French
and English (tasse, tasses → tass; glass, glasses → glass; bougie, bougies → bougi), and scripts that put no space
between words, Thai above all, come as whole runs that `grams` cuts into overlapping pieces.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator
from importlib.resources import files

# what a title or a name says, it says at its beginning: a longer text is a description, or hostile
LONGEST = 400
# letters and their marks of Thai and Lao, Burmese, Khmer, Japanese and Chinese: written without spaces
_UNSPACED = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(f"[{_UNSPACED}]")
_TOKEN = re.compile(rf"[{_UNSPACED}]+|\d+(?:[.,]\d+)?|[^\W\d_{_UNSPACED}]+")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu)['’ʼ](?=\w\w)")
_POSSESSIVE = re.compile(r"['’ʼ]s?\b")
_ACCENT = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ı": "i"}) | {
    first + digit: str(digit) for first in (0x0E50, 0x0ED0) for digit in range(10)
}
# shorter words are left as they are: an ending cut off them leaves too little to tell them apart
_SHORTEST_PLURAL, _SHORTEST_SILENT = 4, 5


def fold(text: str) -> str:
    """`text` in small letters, without accents, compatible forms and Thai digits made plain; its first LONGEST only."""
    # twice: a compatible form may stand for a capital, and a small letter may come with an accent of its own
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text[:LONGEST]).casefold())
    return unicodedata.normalize("NFC", _ACCENT.sub("", plain.translate(_LETTERS)))


def tokens(text: str) -> list[str]:
    """Words (see `stem`), numbers ("12", "0.5") and runs of an unspaced script, as they stand in `text`."""
    plain = _POSSESSIVE.sub("", _ELISION.sub(" ", fold(text)))
    return [_token(found) for found in _TOKEN.findall(plain)]


def is_number(token: str) -> bool:
    """It is a number, not a word with one."""
    return token[:1].isdecimal()


def is_run(token: str) -> bool:
    """It is a run of an unspaced script: one word, or several."""
    return bool(_RUN.match(token))


def stem(word: str) -> str:
    """A folded word without what plural and gender put at its end; the same for all that differ in that only."""
    if len(word) >= _SHORTEST_PLURAL:
        if word.endswith(("eaux", "oux")):
            word = word[:-1]
        elif word.endswith("xes"):
            word = word[:-2]
        elif word.endswith("s") and not word.endswith("ss"):
            word = word[:-1]
    if len(word) >= _SHORTEST_SILENT and word.endswith("e"):
        word = word[:-1]
    elif len(word) >= _SHORTEST_PLURAL and word.endswith("y") and word[-2] not in "aeiou":
        word = word[:-1] + "i"
    return word


def grams(run: str, size: int = 3) -> Iterator[str]:
    """Every `size` neighbouring letters of a run, each letter with its marks; the run itself if it has no more."""
    letters = letters_of(run)
    if len(letters) <= size:
        yield run
        return
    for begin in range(len(letters) - size + 1):
        yield "".join(letters[begin : begin + size])


def letters_of(run: str) -> list[str]:
    """The letters of a run, each with the marks above and below it."""
    letters: list[str] = []
    for sign in run:
        if letters and unicodedata.category(sign) == "Mn":
            letters[-1] += sign
        else:
            letters.append(sign)
    return letters


def load_words(name: str) -> dict[str, frozenset[str]]:
    """Kind → its words, of all languages and as `tokens` gives them, from a file of this package."""
    words: dict[str, set[str]] = {}
    with (files("recommendations") / name).open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            words.setdefault(row["kind"], set()).update(
                token for word in row["words"].split() for token in tokens(word)
            )
    return {kind: frozenset(found) for kind, found in words.items()}


def _token(found: str) -> str:
    if found[0].isdecimal():
        return found.replace(",", ".")
    return found if is_run(found) else stem(found)
