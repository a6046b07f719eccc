"""Privacy: pseudonyms of ids."""

from aisle.privacy.pseudonyms import pseudonym

__all__ = ["pseudonym"]
