"""Places as people write them, where carriers print them for labels."""

import re

from tracking.platform.privacy import mask_place

# words that stay small inside a name, and names that are their letters
_SMALL = frozenset({"and", "at", "au", "aux", "de", "des", "du", "en", "et", "la", "le", "les", "of", "the"})
_LETTERS = frozenset({"DHL", "DPD", "GLS", "PO", "UK", "UPS", "US", "USA", "USPS"})


def place_words(text: str) -> str:
    """The name of a place without its capitals: "BUREAU DE POSTE BORDEAUX" → "Bureau de Poste Bordeaux".

    A name that is not all capitals, or in a script without any, stays as it is; "" stays "". What a carrier adds to it
    of people, telephones and codes is hidden.
    """
    text = mask_place(text)
    if not text.isupper():
        return text
    return " ".join(_word(word, index == 0) for index, word in enumerate(text.split()))


def _word(word: str, is_first: bool) -> str:
    if word.strip(".,()") in _LETTERS:
        return word
    small = word.lower()
    if small in _SMALL and not is_first:
        return small
    return re.sub(r"^([dl]['’])?(.)|(?<=-)(.)", lambda found: (found[1] or "") + (found[2] or found[3]).upper(), small)
