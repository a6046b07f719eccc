"""A sentence for a shopper: which reason it tells, whom it names, and texts of one's own."""

from __future__ import annotations

import html
import json
import re
import string
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aisle
from aisle.explanation import Explanation, Feature, Named
from aisle.sentences import ANYWHERE, BUILT_IN, PLACEHOLDERS, reason_of

sys.path.insert(0, str(Path(__file__).parent))
from shops import MINUTE, NOW, engine  # type: ignore[import-not-found]

PAIRS = {"co_visitation": 100}


def told(**fields: Any) -> Explanation:
    given: dict[str, Any] = {
        "item": Named("i1", "Blue pot"),
        "place": 1,
        "sources": {},
        "features": (),
        "score": 1.0,
        "boosted": 1.0,
        "rules": (),
        "pin": None,
        "limits": (),
        "place_by_score": 1,
        "place_before_diversity": 1,
        "place_after_diversity": 1,
        "fallback": None,
    }
    return Explanation(**{**given, **fields})


def by_sources(links: dict[str, Named] | None = None, **parts: float) -> Explanation:
    """Sources, each with its part in the score."""
    return told(
        sources={name: (n + 1, 1.0) for n, name in enumerate(parts)},
        features=tuple(Feature(f"{name}.place", 1.0, part, part) for name, part in parts.items()),
        links={} if links is None else links,
        group="pots",
    )


TEA = {name: Named("t", "Green tea") for name in ("purchase", "knn", "vectors", "cart", "rules")}


@pytest.mark.parametrize(
    ("explanation", "sentence"),
    [
        (by_sources(TEA, knn=0.2, purchase=0.5), "Often bought with Green tea"),
        (by_sources(TEA, knn=0.7, purchase=0.5), "Because you looked at Green tea"),
        (by_sources(TEA, vectors=0.1), "Similar to Green tea"),
        (by_sources(TEA, cart=1), "Often put into the cart with Green tea"),
        (by_sources(TEA, rules=1), "Often looked at after Green tea"),
        (by_sources({"knn": Named(7, None)}, knn=1), "Because you looked at 7"),
        (by_sources(knn=1), "Goes with what you looked at"),
        (by_sources(TEA, trending=1, knn=0.5), "Trending now"),
        (by_sources(trending_alike=1), "Trending in pots"),
        (by_sources(history=1), "You looked at this before"),
        (by_sources(buy_again=1), "You may be running low on Blue pot"),
        (by_sources(TEA, knn=-1, rules=-2), "Because you looked at Green tea"),
        (told(), "Goes with what you looked at"),
        (told(fallback="popular"), "Popular now"),
        (told(fallback="kept_for"), "Popular now"),
        (told(fallback="trending"), "Trending now"),
        (told(fallback="trending_alike"), "Trending now"),
        (told(fallback="trending_alike", group="pots"), "Trending in pots"),
        (told(fallback="new"), "New here"),
        (told(fallback="seen"), "You looked at this before"),
        (told(fallback="sold_out"), "Sold out at the moment"),
        (told(pin="ours"), "Our pick"),
    ],
)
def test_the_strongest_reason_is_told(explanation: Explanation, sentence: str) -> None:
    assert aisle.Sentences().sentence(explanation) == sentence


def test_the_named_item_is_the_one_that_links_most() -> None:
    shop = engine(strategy=aisle.Strategy(sources=PAIRS))
    shop.observe("v", "i3", time=NOW)
    shop.observe("v", "i44", time=NOW + MINUTE)
    slate = shop.recommend("v", k=12, time=NOW + MINUTE, explain=True)
    sentences = slate.sentences()
    assert len(sentences) == 12
    named = 0
    for one, sentence in zip(slate, sentences, strict=True):
        assert one.sentence == sentence
        match = re.fullmatch("Often looked at together with Thing (3|44)", sentence)
        if match:
            named += 1
            assert int(match[1]) // 10 == int(str(one.item)[1:]) // 10
    assert named >= 8
    assert set(slate.sentences("de")).isdisjoint(sentences)
    assert slate.sentences("de-AT") == slate.sentences("de_at") == slate.sentences("de")
    assert slate.sentences("xx") == sentences


@pytest.mark.parametrize(
    ("source", "type", "words"),
    [
        ("purchase", "purchase", "Often bought with {}"),
        ("cart", "cart", "Often put into the cart with {}"),
        ("co_visitation", "view", "Often looked at together with {}"),
        ("rules", "view", "Often looked at after {}"),
        ("knn", "view", "Because you looked at {}"),
    ],
)
def test_each_source_names_its_partner(source: str, type: str, words: str) -> None:  # noqa: A002
    partner = {"bread": "butter", "tea": "milk", "pen": "ink"}
    pairs = [pair for _ in range(30) for pair in partner.items()]
    bought = aisle.Events.from_columns(
        visitor=[f"v{n}" for n in range(len(pairs)) for _ in range(2)],
        item=[item for pair in pairs for item in pair],
        type=[type] * (2 * len(pairs)),
        time=NOW + np.arange(2 * len(pairs)) * MINUTE,
    )
    shop = aisle.Engine(aisle.fit(bought), strategy=aisle.Strategy(sources={source: 100}))
    session = ["bread", "pen", "tea"]
    slate = shop.recommend(session=session, k=6, explain=True)
    found = {one.item: one.sentence for one in slate if one.item in partner.values()}
    assert found == {to: words.format(item) for item, to in partner.items()}


def test_a_stranger_is_told_what_is_popular() -> None:
    slate = engine().recommend("nobody", k=60, time=NOW, explain=True)
    assert {"Trending now"} <= set(slate.sentences()) <= {"Trending now", "Popular now"}


def test_sentences_need_the_reasons() -> None:
    slate = engine().recommend("v", k=3, time=NOW)
    for ask in (slate.sentences, lambda: slate[0].sentence):
        with pytest.raises(aisle.ConfigError, match="explain=True"):
            ask()


@pytest.mark.parametrize("locale", sorted(BUILT_IN))
def test_every_language_has_every_text(locale: str) -> None:
    texts = aisle.Sentences()
    assert texts.missing(locale) == []
    for key, text in BUILT_IN[locale].items():
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert PLACEHOLDERS[key] <= names <= PLACEHOLDERS[key] | ANYWHERE
    assert texts.locales == ["de", "en", "es", "fr"]
    assert repr(texts) == "Sentences(de, en, es, fr; default 'en')"


def test_ones_own_texts_stand_before_the_built_in() -> None:
    texts = aisle.Sentences({"de-AT": {"new": "Ganz neu!"}, "it": {"new": "Novità"}}, default="fr")
    assert texts.text("new", "de-AT") == "Ganz neu!"
    assert texts.text("popular", "de-AT") == BUILT_IN["de"]["popular"]
    assert texts.text("new", "it") == "Novità"
    assert texts.text("popular", "it") == texts.text("popular") == BUILT_IN["fr"]["popular"]
    assert "popular" in texts.missing("it")
    assert "new" not in texts.missing("it")
    assert texts.missing("de-AT") == []
    assert aisle.Sentences().text("new", "de") == "Neu hier", "the built-in ones are nobody's"


def test_texts_from_a_file(tmp_path: Path) -> None:
    wanted = {"nl": {"knn": "Omdat je {item} hebt bekeken"}}
    (tmp_path / "texts.json").write_text(json.dumps(wanted))
    (tmp_path / "texts.yaml").write_text("nl:\n  knn: 'Omdat je {item} hebt bekeken'\n")
    for name in ("texts.json", "texts.yaml"):
        texts = aisle.Sentences(tmp_path / name)
        assert texts.sentence(by_sources(TEA, knn=1), "nl") == "Omdat je Green tea hebt bekeken"
    (tmp_path / "bad.yaml").write_text("nl:\n  knn: 'Omdat'\n")
    with pytest.raises(
        aisle.ConfigError, match=r"bad.yaml: nl.knn: the placeholder {item} is miss"
    ):
        aisle.Sentences(str(tmp_path / "bad.yaml"))
    with pytest.raises(aisle.ConfigError, match=r"none.json: No such file"):
        aisle.Sentences(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"de": {"knn": "Weil Sie schauten"}}, "de.knn: the placeholder {item} is missing in"),
        ({"de": {"knn": "{item} {thing}"}}, "de.knn: unknown placeholder '{thing}'; it takes"),
        (
            {"de": {"new": "{item} ist neu"}},
            "de.new: unknown placeholder '{item}'; it takes {this}",
        ),
        ({"de": {"knn": "{item.__class__}"}}, "de.knn: unknown placeholder '{item.__class__}'"),
        ({"de": {"knn": "{item[0]}"}}, "de.knn: unknown placeholder"),
        ({"de": {"knn": "{}"}}, "de.knn: unknown placeholder '{}'"),
        ({"de": {"knn": "{item!r}"}}, "de.knn: {item} stands alone"),
        ({"de": {"knn": "{item:>9999999}"}}, "de.knn: {item} stands alone"),
        ({"de": {"knn": "{item"}}, "de.knn: "),
        ({"de": {"knn": "{item} }"}}, "a brace of the text's own is {{ or }}"),
        ({"de": {"knnn": "{item}"}}, "de.knnn: unknown key 'knnn'; did you mean 'knn'?"),
        ({"de": {"new": ""}}, "de.new: a text of 1 to 500 characters"),
        ({"de": {"new": 5}}, "de.new: a text of 1 to 500 characters"),
        ({"de": {"new": "x" * 501}}, "de.new: a text of 1 to 500 characters"),
        ({"de": "Neu"}, "de must be a dict"),
        ({"d e": {}}, 'a locale is a text like "de"'),
        ({5: {}}, 'a locale is a text like "de"'),
        (["de"], "texts must be a dict"),
    ],
)
def test_a_bad_text_is_refused_by_locale_and_key(texts: Any, problem: str) -> None:
    with pytest.raises(aisle.ConfigError, match=re.escape(problem)):
        aisle.Sentences(texts)


def test_bad_questions() -> None:
    with pytest.raises(
        aisle.ConfigError, match="unknown locale 'frr' of the texts; did you mean 'fr'"
    ):
        aisle.Sentences(default="frr")
    with pytest.raises(aisle.ConfigError, match="unknown key 'poplar'"):
        aisle.Sentences().text("poplar")
    with pytest.raises(aisle.ConfigError, match="a locale is a text"):
        aisle.Sentences().text("new", "")


@given(st.text(min_size=1, max_size=40))
def test_names_stand_as_they_are(title: str) -> None:
    explanation = by_sources({"knn": Named("t", title)}, knn=1)
    texts = aisle.Sentences({"en": {"knn": "<b>{{{item}}}</b>"}})
    assert texts.sentence(explanation) == "<b>{" + title + "}</b>"
    safe = texts.sentence(explanation, escape=html.escape)
    assert safe == "<b>{" + html.escape(title) + "}</b>"
    assert reason_of(explanation) == (
        "knn",
        {"this": "Blue pot", "group": "pots", "item": title},
    )
