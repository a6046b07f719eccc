"""Next basket: what is held out, what the model is asked with, repeat and explore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import aisle
from aisle import evaluate

DAY = 86_400_000_000


class Lists:
    """Recommends one list; remembers the baskets it was asked with and the items it learned."""

    def __init__(self, best: str) -> None:
        self.best = best

    def get_params(self) -> dict[str, Any]:
        return {"best": self.best}

    asked: list[Any] = []  # noqa: RUF012 - of all clones
    learned: list[Any] = []  # noqa: RUF012

    def fit(self, events: Any) -> Lists:
        type(self).learned[:] = list(events["item"])
        type(self).asked.clear()
        self.items_ = sorted(set(self.best))
        return self

    def recommend_basket(self, baskets: Sequence[Sequence[Any]], k: int) -> Any:
        self.asked.append([sorted(basket) for basket in baskets])
        return list(self.best)[:k], [float(len(self.best) - n) for n in range(len(self.best))][:k]


def bought(*visitors: str) -> dict[str, Any]:
    """A word a visitor: baskets between dots, a day apart, letters are items."""
    rows = [
        (n, item, 20_000 * DAY + day * DAY + place)
        for n, word in enumerate(visitors)
        for day, basket in enumerate(word.split("."))
        for place, item in enumerate(basket)
    ]
    visitor, item, time = zip(*rows, strict=True)
    return {
        "visitor": list(visitor),
        "item": list(item),
        "time": list(time),
        "type": ["purchase"] * len(rows),
    }


def test_the_newest_basket_is_held_out_and_the_others_are_asked_with() -> None:
    report = evaluate.baskets(Lists("abcdef"), bought("ab.c.ad", "e.f", "b"), k=3)
    assert sorted(Lists.learned) == ["a", "b", "b", "c", "e"]
    assert Lists.asked == [[["a", "b"], ["c"]], [["e"]]]
    assert report.n_events == 2
    assert report.dropped["visitors with too few baskets"] == 1
    assert report.protocol["asked by"] == "recommend_basket(baskets)"


def test_the_metrics_of_a_basket_by_hand() -> None:
    report = evaluate.baskets(Lists("abcdef"), bought("ab.c.ad", "e.f"), k=3)
    # {a, d}: a at 1, d at 4; {f}: at 6.
    assert report["Recall@3"] == pytest.approx((1 / 2 + 0) / 2)
    assert report["Precision@3"] == pytest.approx((1 / 3 + 0) / 2)
    assert report["HR@3"] == pytest.approx(1 / 2)
    assert report["MAP@3"] == pytest.approx((1 / 2 + 0) / 2)
    assert report["NDCG@3"] == pytest.approx((1 / (1 + 1 / 1.5849625007)) / 2)


def test_repeat_and_explore_are_over_the_visitors_who_have_such_targets() -> None:
    report = evaluate.baskets(Lists("abcdef"), bought("ab.c.ad", "e.f", "b.b"), k=4)
    rows = report.slices["repeat and explore"]
    assert rows["repeat"] == {"events": 2, "HR": 1.0, "Recall": 1.0}
    assert rows["explore"] == {"events": 2, "HR": 0.5, "Recall": 0.5}
    # Of a, b, c, d: three were bought by the first, none by the second, one by the third.
    assert report["repeat share@4"] == pytest.approx((3 / 4 + 0 + 1 / 4) / 3)


def test_a_model_without_baskets_is_asked_with_all_items() -> None:
    events = aisle.Events.from_columns(**bought("ab.c.ad", "e.f", "ab.ca"))
    report = evaluate.baskets(aisle.models.Popularity(), events, k=2)
    assert report.protocol["asked by"] == "recommend(all items)"
    assert report.n_events == 2  # d and f are unknown to the fit
    assert report.dropped["events with an item the model never saw"] == 2
    assert 0 < report["Recall@2"] < 1


def test_sessions_are_baskets_where_a_visitor_has_several() -> None:
    columns = bought("ab.cd") | {"session": [1, 1, 1, 2]}
    evaluate.baskets(Lists("abcd"), columns, k=1)
    assert Lists.asked == [[["a", "b", "c"]]]
    evaluate.baskets(Lists("abcd"), columns, k=1, basket="time")
    assert Lists.asked == [[["a"], ["b"], ["c"]]]


def test_views_are_no_part_of_a_basket_and_do_not_leak() -> None:
    columns = bought("a.b", "a.b")
    columns["type"] = ["purchase", "purchase", "purchase", "purchase"]
    more = {"visitor": [0, 0], "item": ["x", "y"], "type": ["view", "view"]}
    more["time"] = [20_000 * DAY + 5, 20_009 * DAY]
    columns = {name: [*columns[name], *more[name]] for name in columns}
    evaluate.baskets(Lists("ab"), columns, k=1)
    assert Lists.asked == [[["a"]], [["a"]]]
    assert sorted(Lists.learned) == ["a", "a", "x"]


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"basket": "week"}, "basket must be"),
        ({"at_least": 1}, "at_least must be 2"),
        ({"repeats": "drop"}, "baskets has no"),
        ({"at_least": 9}, "no visitor has 9 baskets"),
        ({"ties": "mean"}, "one target"),
    ],
)
def test_a_wrong_option_is_named(option: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        evaluate.baskets(Lists("ab"), bought("a.b"), k=1, **option)
