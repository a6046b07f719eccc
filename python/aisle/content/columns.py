"""Which columns of a catalogue say what an item is, and what they say of some items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from aisle._core import Catalog, ConfigError
from aisle.names import unknown

Use = Literal["text", "attribute", "number"]
Numbers = npt.NDArray[np.uint32]

USES = ("text", "attribute", "number")
NONE = 0xFFFFFFFF
# Of texts: a column of these names, or whose values are mostly distinct and of several words.
TEXTS = ("title", "name", "description", "text", "summary", "headline", "subtitle", "keywords")
WORDS_OF_A_TEXT = 1.5
DISTINCT = 0.5
LOOKED_AT = 2000  # values of a column that are looked at
_BY_KIND = {"text": "text", "category": "attribute", "labels": "attribute", "flag": "attribute"}


def uses_of(catalog: Catalog, wanted: Sequence[str] | Mapping[str, Use] | None) -> dict[str, Use]:
    """What each column is read as.

    None takes texts, categories, labels and the price; other numbers, flags and times say little
    of what an item is and are read where they are named.

    Raises
    ------
    ConfigError
        For a column that there is not, or that cannot be read as that.
    """
    kinds = catalog.columns()
    if wanted is None:
        chosen = {name: _use(catalog, name, kind, named=False) for name, kind in kinds.items()}
        return {name: use for name, use in chosen.items() if use is not None}
    if isinstance(wanted, str):
        raise ConfigError(f"columns is a list of names, or a dict of name and use; got {wanted!r}")
    found: dict[str, Use] = {}
    for name in wanted:
        if name not in kinds:
            raise ConfigError(unknown("column", name, kinds, of="the items"))
        use = wanted[name] if isinstance(wanted, Mapping) else None
        if use is not None and use not in USES:
            raise ConfigError(unknown("use", use, USES, of=f"the column {name!r}"))
        read = use or _use(catalog, name, kinds[name], named=True)
        if read is None or (read == "number") != (kinds[name] == "number"):
            raise ConfigError(
                f'column "{name}" is a {kinds[name]}: it cannot be read as {use or "content"}; '
                "texts, categories, labels, flags and numbers can"
            )
        found[name] = read
    return found


def _use(catalog: Catalog, name: str, kind: str, *, named: bool) -> Use | None:
    if kind == "number":
        return "number" if named or name == "price" else None
    if kind in ("time", "flag"):
        return "attribute" if named and kind == "flag" else None
    if kind == "labels":
        return "attribute"
    words = catalog.values(name)
    if words is None or len(words) == 0:
        return None
    if kind == "text" or name.lower() in TEXTS:
        return "text"
    known = int((catalog.codes(name) != NONE).sum())
    some = words.names(np.arange(min(len(words), LOOKED_AT), dtype=np.uint32))
    length = float(np.mean([len(str(one).split()) for one in some]))
    if len(words) > DISTINCT * known:
        if length >= WORDS_OF_A_TEXT:
            return "text"
        # One word that hardly another item has: a code, a link. It says nothing of others.
        return "attribute" if named or len(words) < 20 else None
    return "attribute"


def texts(catalog: Catalog, name: str, items: Numbers) -> list[str]:
    """The text of each item; empty where it has none."""
    found = _lists(catalog, name, items)
    return [" ".join(one) for one in found]


def values(catalog: Catalog, name: str, items: Numbers) -> list[list[str]]:
    """The values of an attribute of each item: one, several labels, or none."""
    if catalog.columns()[name] == "flag":
        flags = catalog.column(name)[items]
        return [[("false", "true")[flag]] if flag < 2 else [] for flag in flags.tolist()]
    return _lists(catalog, name, items)


def numbers(catalog: Catalog, name: str, items: Numbers) -> npt.NDArray[np.float64]:
    """The number of each item: on a log scale where it is above zero; NaN where it is not known."""
    found = np.asarray(catalog.column(name)[items], np.float64)
    if name == "price":
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.log(np.where(found > 0, found, np.nan))
    return np.where(np.isfinite(found), found, np.nan)


def _lists(catalog: Catalog, name: str, items: Numbers) -> list[list[str]]:
    words = catalog.values(name)
    if words is None:
        return [[] for _ in items]
    codes = catalog.codes(name)[items]
    sets = catalog.sets(name)
    if sets is not None:
        return [[] if one is None else [str(label) for label in one]
                for one in sets.lists(words, codes)]  # fmt: skip
    there = codes != NONE
    distinct, back = np.unique(codes[there], return_inverse=True)
    named = [[str(one)] for one in words.names(distinct.astype(np.uint32)).tolist()]
    found: list[list[str]] = [[] for _ in items]
    for row, place in zip(np.flatnonzero(there).tolist(), back.tolist(), strict=True):
        found[row] = named[place]
    return found
