"""`aisle strategy check`: expressions that are none, and rules that contradict each other."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import aisle
from aisle import _core, cli
from aisle.strategy import Rule, Strategies, Strategy
from aisle.strategy.checks import contradictions, rules_for_nobody

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from shops import bundle  # type: ignore[import-not-found]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("shop") / "shop.aisle"
    bundle().save(path)
    return str(path)


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the check of a file; gives the exit code, and what was said without the folder."""

    def run(text: str, *argv: str) -> tuple[int, str]:
        path = tmp_path / "shop.yaml"
        path.write_text(text, encoding="utf-8")
        code = cli.main(["strategy", "check", str(path), *argv])
        told = capsys.readouterr()
        said = (told.out + told.err).replace(f"{tmp_path}/", "").removeprefix("aisle: ")
        assert "bug" not in said
        return code, said

    return run


SYNTAX = [
    ("filter: price <", "1:16: filter: the expression ends too early"),
    ("filter:  'price = 3'", "1:17: filter: write == for 'equal'"),
    ("filter: 'brand == ''a'' and #'", "1:29: filter: this character"),
    ('filter: "brand == \\"Gr\\u00f6ße\\" and #"', "1:38: filter: "),
    ("filter: größe == 3 and", "1:23: filter: the expression ends too early"),
    ("rules:\n- {boost: 1 +, where: sale or}", "2:14: rules[0].boost: the expression ends too"),
    ("rules:\n- {boost: 1 +, where: sale or}", "2:30: rules[0].where: the expression ends too"),
    ("rules:\n- {add: (x}", "2:11: rules[0].add: expected a closing )"),
    ("rules:\n- {include: a b}", "2:15: rules[0].include: "),
    ("rules:\n- {exclude: a b}", "2:15: rules[0].exclude: "),
    ("rules:\n- {hide: [a], when: 1 <}", "2:24: rules[0].when: the expression ends too early"),
    ("rules:\n- {boost: 2, where: a b, enabled: false}", "2:23: rules[0].where: "),
    ("filter: |\n  price < 3\n  and brand = 2\n", "3:13: filter: write == for 'equal'"),
    ("filter: >\n  price < 3\n  and brand = 2\n", "1:9: filter: write == for 'equal'"),
    ("filter: price < 3\n  and brand = 2\n", "1:9: filter: write == for 'equal'"),
    ("placements: {a: {}, b: {filter: 3 3}}", "1:35: placements.b.filter: "),
    ('{"rules": [{"boost": "1 +"}]}', "1:26: rules[0].boost: the expression ends too early"),
]


@pytest.mark.parametrize(("text", "words"), SYNTAX)
def test_an_expression_that_is_none_is_shown_in_its_file(check: Any, text: str, words: str) -> None:
    code, said = check(text)
    assert code == 2
    assert f"shop.yaml:{words}" in said


def test_every_such_expression_is_told_at_once(check: Any) -> None:
    rules = "\n".join("- {boost: 1 +}" for _ in range(5))
    _, said = check(f"filter: a b\nrules:\n{rules}\n")
    places = [line.split(":")[1] for line in said.splitlines() if line.startswith("shop.yaml")]
    assert places == ["1", "3", "4", "5", "6", "7"]


def test_without_a_bundle_names_stay_open_and_the_answer_says_so(check: Any) -> None:
    code, said = check("filter: nobody_knows < 3 and lower(whatever) == $x")
    assert code == 0
    assert "names and types in expressions" in said
    assert "--bundle" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules: [{name: spring, boost: 2, where: prise < 3}]", "rule 'spring', where:1:1: unkn"),
        ("rules: [{hide: [a]}, {boost: prise}]", "rule 'boost 2', amount:1:1: unknown attribute"),
        ("rules: [{exclude: sale and}]", "rule 'exclude 1', where:1:9: "),
        ("rules: [{boost: 2, when: contxt.device == 'x'}]", "rule 'boost 1', when:1:1: unknown"),
        ("filter: prise < 3", "filter:1:1: unknown attribute 'prise', did you mean 'price'?"),
    ],
)
def test_an_engine_names_the_rule_itself(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    with pytest.raises(aisle.ConfigError) as caught:
        aisle.Engine(bundle(), strategy=aisle.read_strategies(path))
    assert words in str(caught.value)


LOCATED = [
    ("filter: prise < 3", "1:9: filter: unknown attribute 'prise', did you mean 'price'?"),
    ("rules:\n- {exclude: sale and}", "2:21: rules[0].exclude: the expression ends too early"),
    ("rules: [{at_most: 2, per: brend}]", "1:22: rules[0].per: unknown attribute 'brend'"),
    ("objectives: {margin: .2}", "1:14: objectives.margin: unknown attribute 'margin'"),
    ("objectives: {revenue: {weight: 1, column: title}}", "title is a "),
    ('diversity: {"on": categry, strength: .2}', "1:13: diversity.on: unknown attribute 'categry'"),
    ("exposure: [{per: colour, at_most: 20%}]", "1:13: exposure[0].per: unknown attribute"),
    ("explore: {policy: lin_ucb, context: [prise]}", "1:38: explore.context[0]: unknown attribute"),
    ("explore: {policy: lin_ucb, context: [price]}", "explore.context[0]: it asks for the item"),
    ("rules: [{boost: 2, when: price > 3}]", "1:20: rules[0].when: it is asked once for a request"),
    (
        "offers: [{name: a, discount: .1, budget: 1, when: sale}]",
        "offers[0].when: it is asked",
    ),
]


@pytest.mark.parametrize(("text", "words"), LOCATED)
def test_an_engine_says_where_in_the_file_it_stands(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    engine = aisle.Engine(bundle())
    for take in (
        lambda: aisle.Engine(bundle(), strategy=path),
        lambda: engine.swap(strategy=path),
        lambda: engine.swap(bundle(), strategy=str(path)),
    ):
        with pytest.raises(aisle.ConfigError) as caught:
            take()
        assert words in str(caught.value)
        assert f"{path}:" in str(caught.value)


def test_every_column_of_every_placement_is_told(check: Any, saved: str) -> None:
    text = """\
placements:
  a: {at_most: {brend: 2}}
  b: {rules: [{at_most: 2, per: price}]}
  c: {price_reranking: .2, fallback: [a]}
"""
    code, said = check(text, "--bundle", saved)
    assert code != 0
    assert [line.split(" ")[0] for line in said.splitlines()] == [
        "shop.yaml:2:17:",
        "shop.yaml:3:28:",
    ]


REFERENCES = [
    ("a: {fallback: [nowhere]}", "3:7: placements.a.fallback: unknown placement 'nowhere'"),
    ("a: {explore: {over: strategies, among: [nix]}}", "placements.a.explore.among: unknown"),
    ("a: {fallback: [default]}", "circular fallback: "),
    ("a: {weights: {nosuch: 1}}", "3:17: placements.a.weights.nosuch: unknown feature 'nosuch'"),
]


@pytest.mark.parametrize(("text", "words"), REFERENCES)
def test_a_reference_is_told_where_it_stands(check: Any, text: str, words: str) -> None:
    code, said = check(f"placements:\n  default: {{fallback: [a]}}\n  {text}\n")
    assert code != 0
    assert words in said
    assert not said.startswith("shop.yaml:1:1")


CONFLICTS = [
    (
        "- {at_least: 13, where: sale}",
        "2:4: rules[0].at_least",
        "13 slots, a slate has 12 (--k)",
    ),
    (
        "- {at_least: 5, where: sale}\n- {at_least: 75%, where: price < 3}",
        "3:4: rules[1].at_least",
        "at_least keeps 5 + 9 = 14 slots, a slate has 12",
    ),
    (
        "- {at_least: 7, where: sale, from: 2026-01-01}\n"
        "- {at_least: 7, where: price < 3, from: 2026-02-01}",
        "3:4: rules[1].at_least",
        "7 + 7 = 14 slots",
    ),
    (
        "- {pin: a, slot: 1, until: 2026-03-01}\n- {pin: b, slot: 1, from: 2026-02-01}",
        "3:12: rules[1].slot",
        "two pins on slot 1 at one time: 'a' and 'b'",
    ),
    ("- {pin: a, slot: 1}\n- {pin: b, slot: 1}", "1:1: two", "two pins on slot 1: 'a' and 'b'"),
]


@pytest.mark.parametrize(("rules", "place", "words"), CONFLICTS)
def test_rules_that_contradict_each_other_are_named(
    check: Any, rules: str, place: str, words: str
) -> None:
    code, said = check(f"rules:\n{rules}\n")
    assert code == 2
    assert words in said
    assert f"shop.yaml:{place}" in said


@pytest.mark.parametrize(
    "rules",
    [
        [{"at_least": 7, "where": "sale"}, {"at_least": 5, "where": "price < 3"}],
        [{"at_least": 7, "where": "sale"}, {"at_least": 7, "where": "x", "when": "context.y"}],
        [{"at_least": 7, "where": "sale"}, {"at_least": 7, "where": "x", "enabled": False}],
        [
            {"at_least": 7, "where": "sale", "until": "2026-02-01"},
            {"at_least": 7, "where": "x", "from": "2026-02-01"},
        ],
        [
            {"pin": "a", "slot": 1, "until": "2026-02-01"},
            {"pin": "b", "slot": 1, "from": "2026-02-01"},
        ],
        [{"pin": "a", "slot": 1, "when": "context.x"}, {"pin": "b", "slot": 1}],
        [{"pin": "a", "slot": 1}, {"pin": "b", "slot": 2}],
    ],
)  # fmt: skip
def test_rules_that_may_all_be_kept_are_left_alone(rules: list[dict[str, Any]]) -> None:
    assert contradictions(Strategies(placements={"a": Strategy(rules=rules)}), 12) == []


def test_the_slates_length_is_the_callers(check: Any) -> None:
    text = "rules: [{at_least: 13, where: sale}]"
    assert check(text, "--k", "13")[0] == 0
    assert check(text, "--k", "12")[0] == 2


def test_filters_that_leave_nothing_are_named(check: Any, saved: str) -> None:
    with_bundle = ("--bundle", saved)
    code, said = check("filter: price < 0", *with_bundle)
    assert code == 2
    assert said.startswith("shop.yaml:1:1: filter: the filter and the rules that always hold let n")
    code, said = check("rules: [{include: sale}, {exclude: sale}]", *with_bundle)
    assert (code, said.split(" ")[0]) == (2, "shop.yaml:1:1:")
    wanted = "rules:\n- {at_least: 2, where: price < 0}\n"
    assert "it is about 0 of " in check(wanted, *with_bundle)[1]
    apart = "filter: price > 10\nrules:\n- {at_least: 2, where: price < 10}\n"
    assert (
        "shop.yaml:3:17: rules[0].where: at_least keeps slots for items that no filter"
        in (check(apart, *with_bundle)[1])
    )


def test_what_requests_decide_is_not_judged(check: Any, saved: str) -> None:
    for text in (
        "filter: price < context.most",
        "rules: [{exclude: id in history.seen or price < 1e9 and context.all}]",
        "rules: [{exclude: price < 1e9, when: context.closed}]",
        "rules: [{exclude: price < 1e9, until: 2020-01-01}]",
        "rules: [{exclude: price < 1e9, enabled: false}]",
        "rules: [{at_least: 2, where: session.seen}]",
        "rules: [{at_least: 2, where: price < 0, enabled: false}]",
    ):
        assert check(text, "--bundle", saved)[0] == 0, text


def test_hidden_items_and_windows_count() -> None:
    ids = _core.Dictionary()
    rows = ids.encode(["a", "b", 'c"'])
    catalog = _core.Catalog(ids)
    catalog.add_column("sale", "flag")
    catalog.update(rows, "sale", [True, True, False])
    christmas = datetime(2026, 12, 24, tzinfo=UTC)
    hidden = Strategy(
        rules=[
            Rule(hide=["a", "b"]),
            Rule(hide=['c"'], **{"from": "2026-12-01"}),
            Rule(at_least=1, where="sale"),
        ]
    )
    strategies = Strategies(placements={"home": hidden})
    early = rules_for_nobody(strategies, catalog, datetime(2026, 11, 1, tzinfo=UTC))
    assert [str(one).split(":")[0] for one in early] == ["placements.home.rules[2].where"]
    late = rules_for_nobody(strategies, catalog, christmas)
    assert [str(one).split(":")[0] for one in late] == ["placements.home.rules"]


def test_json_names_what_was_found(check: Any, saved: str) -> None:
    code, said = check("rules: [{at_least: 3, where: sale}]", "--bundle", saved, "--json")
    assert code == 0
    assert json.loads(said)["placements"] == {"default": 1}
