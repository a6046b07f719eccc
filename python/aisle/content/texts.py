"""Texts to hashed n-grams: any script, accents and case folded, nothing to download."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable
from zlib import crc32

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint32]

CHARACTERS = (3, 4, 5)  # lengths of the n-grams inside words
LONGEST_WORD = 40  # of a longer one (a link, a code) the begin
REMEMBERED = 200_000  # words whose features are kept at hand
MOST_WORDS = 400  # of a longer text the begin: it says what the item is
# Accents of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic: optional in
# writing. Marks of other scripts are letters of the word and stay.
_OPTIONAL = ((0x0300, 0x036F), (0x0591, 0x05C7), (0x064B, 0x065F))
# Scripts without spaces whose signs are words or nearly so: each stands alone.
_ALONE = (
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


class _Letters(dict[int, str]):
    """What becomes of each character; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if _within(code, _OPTIONAL):
            kept = ""
        elif _within(code, _ALONE):
            kept = f" {letter} "
        else:
            kept = letter if unicodedata.category(letter)[0] in "LNM" else " "
        self[code] = kept
        return kept


_LETTERS = _Letters()


def words_of(text: str) -> list[str]:
    """The words of a text: letters and digits of any script, accents and case folded.

    A sign of Han or Kana is a word of its own.

    Examples
    --------
    >>> words_of("Crème-Brûlée, 500ML")
    ['creme', 'brulee', '500ml']
    >>> words_of("青い茶")
    ['青', 'い', '茶']
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return [word[:LONGEST_WORD] for word in folded.translate(_LETTERS).split()[:MOST_WORDS]]


def hash_of(kind: str, text: str) -> int:
    """The number of a feature, 32 bits, the same for ever: it is written into bundles."""
    return crc32(f"{kind}\0{text}".encode("utf-8", "surrogatepass"))


def characters_of(word: str) -> list[str]:
    """The n-grams inside a word, its begin and end marked; none of a word of one sign.

    Examples
    --------
    >>> characters_of("cup")
    ['<cu', 'cup', 'up>', '<cup', 'cup>', '<cup>']
    """
    if len(word) < 2:
        return []
    marked = f"<{word}>"
    return [marked[i : i + n] for n in CHARACTERS for i in range(len(marked) - n + 1)]


class NGrams:
    """The hashed features of texts; a word that comes again is cut once."""

    def __init__(self) -> None:
        self._characters: dict[str, list[int]] = {}

    def words(self, text: str) -> list[int]:
        """Hashes of the words and of the pairs of neighbours."""
        words = words_of(text)
        pairs = [hash_of("p", f"{a} {b}") for a, b in itertools.pairwise(words)]
        return [hash_of("w", word) for word in words] + pairs

    def characters(self, text: str) -> list[int]:
        """Hashes of the n-grams inside each word."""
        found: list[int] = []
        for word in words_of(text):
            hashes = self._characters.get(word)
            if hashes is None:
                if len(self._characters) >= REMEMBERED:  # an engine runs for months
                    self._characters.clear()
                hashes = [hash_of("c", one) for one in characters_of(word)]
                self._characters[word] = hashes
            found += hashes
        return found


def labels_of(name: str, labels: Iterable[str]) -> list[int]:
    """Hashes of the values of an attribute: case and accents folded, words kept together."""
    return [hash_of(f"a:{name}", " ".join(words_of(label)) or label) for label in labels]
