"""The event types and their fixed numbers."""

from __future__ import annotations

from typing import Final

EVENT_TYPES: Final[dict[str, int]] = {
    "view": 0,
    "cart": 1,
    "remove_from_cart": 2,
    "purchase": 3,
    "refund": 4,
    "search": 5,
    "impression": 6,
    "click": 7,
    "like": 8,
    "dislike": 9,
    "own": 10,
}
"""Name -> number; the numbers are stored in logs and bundles and never change."""

TYPE_NAMES: Final[tuple[str, ...]] = tuple(EVENT_TYPES)
"""Number -> name."""

ALIASES: Final[dict[str, str]] = {
    "addtocart": "cart",
    "add_to_cart": "cart",
    "add-to-cart": "cart",
    "basket": "cart",
    "removefromcart": "remove_from_cart",
    "remove-from-cart": "remove_from_cart",
    "transaction": "purchase",
    "buy": "purchase",
    "order": "purchase",
    "return": "refund",
    "detail": "view",
    "pageview": "view",
    "page_view": "view",
}
"""What other systems call them."""

NO_ITEM_NEEDED: Final[tuple[int, ...]] = (EVENT_TYPES["search"],)
"""The types whose events may come without an item."""


def number_of(name: object) -> int | None:
    """Return the number of an event type by name, alias or number, or None if there is none.

    Examples
    --------
    >>> number_of("view"), number_of("addtocart"), number_of(3), number_of("vue")
    (0, 1, 3, None)
    """
    if isinstance(name, str):
        known = name.strip().lower()
        known = ALIASES.get(known, known)
        if known in EVENT_TYPES:
            return EVENT_TYPES[known]
        return number_of(int(known)) if known.isascii() and known.isdigit() else None
    if isinstance(name, bool):
        return None
    try:
        number = int(name)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number == name and 0 <= number < len(TYPE_NAMES) else None
