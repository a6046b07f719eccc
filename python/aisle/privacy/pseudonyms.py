"""Pseudonyms: ids as keyed hashes, so that who reads a file does not read who was there."""

from __future__ import annotations

import hmac
import operator
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError, DataError, Dictionary

SHORTEST = 16  # bytes of a key
DIGITS = 32  # hexadecimal, 128 bits
CHECK = b"aisle: the key of the visitors"  # hashed, it tells one key from another


def pseudonym(id: str | int, key: bytes | str) -> str:  # noqa: A002 - the word users know
    """Return the name under which an engine with that ``visitor_key`` keeps an id.

    Parameters
    ----------
    id
        The shop's id; ``42`` and ``"42"`` are one.
    key
        At least 16 bytes, or their hexadecimal digits.

    Returns
    -------
    str
        32 hexadecimal digits: the first 128 bits of HMAC-SHA256(key, UTF-8 of the id).

    Raises
    ------
    DataError
        For what is no id.
    ConfigError
        For a key that is too short, or none.

    Examples
    --------
    >>> import aisle
    >>> aisle.privacy.pseudonym("user-1", bytes(range(32)))
    'c49dc017978a22e182445ec29fd48df8'
    """
    hidden = Pseudonyms(key)(id)
    if hidden is id:
        raise DataError(f"an id must be a str or an int, got {id!r}")
    return str(hidden)


class Pseudonyms:
    """One key, and what becomes of ids under it."""

    def __init__(self, key: bytes | str) -> None:
        self._key = key_of(key)

    @property
    def check(self) -> str:
        """What a state keeps to know the key again; the key can't be had from it."""
        return hmac.digest(self._key, CHECK, "sha256").hex()[:DIGITS]

    def __call__(self, id: object) -> object:  # noqa: A002
        """Return an id's pseudonym; what is no id comes back, for the core to refuse."""
        if isinstance(id, str):
            text: str = id
        elif isinstance(id, bool | float) or not hasattr(id, "__index__"):
            return id
        else:
            text = str(operator.index(id))
        try:
            data = text.encode()
        except UnicodeEncodeError:
            return id
        return hmac.digest(self._key, data, "sha256").hex()[:DIGITS] if data else id

    def column(
        self, codes: npt.NDArray[np.uint32], names: Dictionary
    ) -> tuple[npt.NDArray[np.uint32], Dictionary]:
        """Return a column of a log, codes of shape (rows,) and their names, under pseudonyms."""
        used, mine = names.subset(codes)
        hidden = Dictionary()
        hidden.encode([self(name) for name in used.names().tolist()])
        return mine, hidden


def key_of(key: Any) -> bytes:
    """Return a key as bytes.

    Raises
    ------
    ConfigError
        For a key that is too short, or none. It does not say the key.
    """
    made = "secrets.token_bytes(32) makes one"
    if isinstance(key, str):
        try:
            key = bytes.fromhex(key)
        except ValueError:
            raise ConfigError(
                f"visitor_key is a text of {len(key)} letters that are not hexadecimal digits; "
                f"give bytes or their .hex(); {made}"
            ) from None
    if not isinstance(key, bytes | bytearray):
        raise ConfigError(
            f"visitor_key must be bytes or hexadecimal digits, got {type(key).__name__}; {made}"
        )
    if len(key) < SHORTEST:
        raise ConfigError(
            f"visitor_key has {len(key)} bytes and must have at least {SHORTEST}; {made}"
        )
    return bytes(key)
