"""What became of an item that is not in a slate, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aisle.explanation import Limit, effects_of, limit_of

KEPT_OUT = {
    "none": "it is not in the list that the caller gave",
    "anchor": "the page is about it",
    "bought": "the visitor bought it",
    "in_cart": "it is in the cart",
    "seen": "the visitor has seen it, or disliked it",
    "not_returned_to": "the session has seen it, and visitors of this shop rarely come back",
    "unavailable": "it can't be bought now: out of stock, not yet or no longer available",
    "relation": "it is a substitute where complements are wanted, or the other way round",
    "shown": "it stands on a page before this one",
    "excluded": "this request excludes it",
}
OUTCOMES = {
    "unknown": "the shop has no such item",
    "not_found": "no source brought it: it has little to do with this session",
    "below_minimum": (
        "the slate would have been shorter than the strategy's minimum, and was left empty"
    ),
}


def in_words(verdict: Mapping[str, Any]) -> str:
    """The first step that kept the item out, with the rule or limit that it names."""
    outcome = verdict["outcome"]
    if outcome == "listed":
        return f"asked again, it is in place {verdict['place']}"
    if outcome == "kept_out":
        return (
            KEPT_OUT[verdict["reason"]] if verdict["reason"] != "filtered" else _filtered(verdict)
        )
    if outcome == "capped":
        return _capped(limit_of(verdict["limit"]))
    if outcome == "kept_for_others":
        limit = limit_of(verdict["limit"])
        return (
            f"the rule {limit.rule!r} keeps {limit.slots} slots for other items, "
            f"and {_standing(verdict)}"
        )
    if outcome == "ranked":
        return _ranked(verdict)
    return OUTCOMES[outcome]


def _filtered(verdict: Mapping[str, Any]) -> str:
    if verdict["rule"]:
        return f"the rule {verdict['rule']!r} does not let it through"
    owner = "request" if verdict["is_by_request"] else "strategy"
    return f"the {owner}'s filter does not let it through"


def _capped(limit: Limit) -> str:
    by = f"the rule {limit.rule!r} allows" if limit.rule else "the strategy allows"
    of = f" of {limit.column} {limit.value!r}" if limit.column else " of its items"
    return f"{by} at most {limit.slots}{of}, and others took those slots"


def _ranked(verdict: Mapping[str, Any]) -> str:
    """Names the step that moved it behind the end of the slate, where one did."""
    _, _, by_score, boosted, diversified = verdict["standing"]
    places = verdict["asked"] - verdict["pins"]
    effects = effects_of(verdict["effects"])
    if effects and by_score <= places < boosted:
        rules = ", ".join(str(one) for one in effects if one.counts)
        return f"{rules} took it from place {by_score} to place {boosted}, {_asked(verdict)}"
    if boosted <= places < diversified:
        return f"diversity took it from place {boosted} to place {diversified}, {_asked(verdict)}"
    return f"{_standing(verdict)}, {_asked(verdict)}"


def _standing(verdict: Mapping[str, Any]) -> str:
    _, _, by_score, boosted, diversified = verdict["standing"]
    told = f"it is a candidate in place {boosted}"
    if by_score != boosted:
        told += f" (place {by_score} by the scorer)"
    return told if boosted == diversified else f"{told}, after diversity in place {diversified}"


def _asked(verdict: Mapping[str, Any]) -> str:
    asked, pins = verdict["asked"], verdict["pins"]
    taken = f", {pins} of them pinned" if pins else ""
    return f"and {asked} {'was' if asked == 1 else 'were'} asked for{taken}"
