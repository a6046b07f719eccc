"""Small letters of the language against those of Python, over all of Unicode."""

from __future__ import annotations

from aisle import _core

# Letters that Unicode 15 and 16 gave a small one, for Pythons that know them.
NEWER = {0xA7CB, 0xA7CC, 0xA7DA, 0xA7DC, *range(0x10D50, 0x10D66)}


def test_every_letter_becomes_the_small_one_that_python_knows() -> None:
    letters = [chr(code) for code in range(1, 0x110000)
               if not 0xD800 <= code < 0xE000 and code not in NEWER]  # fmt: skip
    cased = [one for one in letters if one.lower() != one or one.upper() != one]
    assert len(cased) > 2_000
    ids = _core.Dictionary()
    rows = ids.encode([str(number) for number in range(len(cased))])
    catalog = _core.Catalog(ids)
    for name, cells in (("letter", cased), ("small", [one.lower() for one in cased])):
        catalog.add_column(name, "text")
        catalog.update(rows, name, cells)
    nothing = _core.GivenValues({})
    lowers = _core.Expression(catalog, "lower(letter) == small")
    same = lowers.matches(0, None, nothing, nothing, None, 0)
    # One letter alone becomes two in Python: a small i and a dot.
    assert [one for one, is_same in zip(cased, same.tolist(), strict=True) if not is_same] == ["İ"]
