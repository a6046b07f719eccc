"""`aisle strategy check | explain | diff | schema`, and a strategy in words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import aisle
from aisle import cli
from aisle.strategy import Rule, Strategies, Strategy
from aisle.strategy.describe import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from shops import bundle  # type: ignore[import-not-found]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.aisle"
    bundle().save(path)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(text: str, name: str = "shop.yaml") -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def answer(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:
    assert cli.main(["strategy", *argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert cli.main(["strategy", *argv]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("aisle: ")
    assert "bug" not in told.err
    return told.err


def test_check_counts_the_rules_of_each_placement(
    file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file("placements: {home: {rules: [{hide: [a]}]}, cart: {}}")
    assert answer(capsys, "check", path) == {"file": path, "placements": {"home": 1, "cart": 0}}


def test_check_tells_where_a_file_is_wrong(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = file("rules:\n  - bost: 2\n  - boost: 0\n")
    lines = refusal(capsys, "check", path).splitlines()
    assert lines[0].startswith(f"aisle: {path}:2:5: rules[0].bost: unknown field 'bost'")
    assert lines[1].startswith(f"{path}:3:5: rules[1].boost: must be greater than 0")


def test_check_holds_names_against_a_bundle(
    file: Any, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fine = file("rules: [{boost: 2, where: price < 3 and sale}, {at_most: 2, per: category}]")
    assert answer(capsys, "check", fine, "--bundle", str(saved))["placements"] == {"default": 2}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules: [{name: spring, boost: 2, where: prise < 3}]", ":1:41: rules[0].where: unknown"),
        ("rules: [{boost: 2, where: prise < 3}]", ":1:27: rules[0].where: unknown attribute"),
        ("rules: [{hide: [a]}, {boost: prise}]", ":1:30: rules[1].boost: unknown attribute"),
        ("rules: [{exclude: sale and}]", ":1:27: rules[0].exclude: the expression ends too early"),
        ("rules: [{boost: 2, when: contxt.device == 'x'}]", ":1:26: rules[0].when: unknown name"),
        ("rules: [{boost: 2, when: price < 3}]", ":1:20: rules[0].when: it is asked once for a"),
        ("rules: [{at_most: 1, per: brnd}]", ":1:22: rules[0].per: unknown attribute 'brnd'"),
        ("rules: [{at_most: 1, per: price}]", ":1:22: rules[0].per: price is a number column"),
        ("filter: prise < 3", ":1:9: filter: unknown attribute 'prise', did you mean 'price'?"),
        ("placements: {a: {}, b: {filter: price}}", ":1:33: placements.b.filter: this is a number"),
        ("at_most: {brnd: 2}", ":1:11: at_most.brnd: unknown attribute 'brnd' of the"),
        ("at_most: {price: 2}", ":1:11: at_most.price: price is a number column; only a"),
    ],
)  # fmt: skip
def test_check_names_the_rule_that_a_bundle_does_not_know(
    file: Any, saved: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    assert words in refusal(capsys, "check", file(text), "--bundle", str(saved))


def test_the_mark_stands_under_its_place(
    file: Any, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(capsys, "check", file("filter: sale and prise < 3"), "--bundle", str(saved))
    assert said.splitlines()[1:] == ["  sale and prise < 3", "           ^^^^^"]


def test_a_rule_that_is_switched_off_is_left_out_of_the_engine() -> None:
    off = Strategy(rules=[Rule(boost=2, where="prise < 3", enabled=False)])
    aisle.Engine(bundle(), strategy=off).close()


def test_explain_says_what_each_placement_does(
    file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file("placements: {home: {filter: price < 9}, cart: {minimum: 3}}")
    words = answer(capsys, "explain", path)["placements"]
    assert "only items with price < 9" in words["home"]
    assert any("fewer than 3" in line for line in words["cart"])
    assert cli.main(["strategy", "explain", path]) == 0
    assert capsys.readouterr().out.startswith("home:\n  1. left out: ")


RULES = [
    ({"include": "price < 9"}, "only items with price < 9 (include 1)"),
    ({"exclude": "sale"}, "no items with sale (exclude 1)"),
    ({"hide": ["a", 7]}, "never a, 7 (hide 1)"),
    ({"boost": 1.5}, "all items: odds times 1.5 (boost 1)"),
    ({"boost": "1 + cost", "where": "sale"}, "items with sale: odds times 1 + cost (boost 1)"),
    ({"bury": 2, "name": "slow"}, "all items: odds divided by 2.0 (slow)"),
    ({"add": 1, "when": "now > x"}, "all items: 1.0 added to the relevance, while now > x ("),
    ({"pin": "a", "slot": 2, "until": "2026-12-24"}, "a stands in slot 2, until 2026-12-24 00:00"),
    ({"pin": "a", "slot": 2, "from": "2026-12-24"}, "a stands in slot 2, from 2026-12-24 00:00"),
    ({"at_most": "25%", "where": "sale"}, "at most 25% items with sale (at_most 1)"),
    ({"at_most": 2, "per": "brand"}, "at most 2 of one brand (at_most 1)"),
    ({"at_least": 1, "where": "sale", "enabled": False}, "at least 1 items with sale, switched"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "words"), RULES)
def test_each_action_has_its_words(rule: dict[str, Any], words: str) -> None:
    assert any(line.startswith(words) for line in describe(Strategy(rules=[rule])))


def test_words_come_in_the_order_in_which_things_apply() -> None:
    rules = [rule for rule, _ in RULES]
    lines = describe(
        Strategy(rules=rules[::-1], filter="price > 1", diversity=0.2, at_most={"brand": 1})
    )
    starts = [
        "left out",
        "only items with price > 1",
        "never",
        "candidates",
        "diversity",
        "at most 1",
    ]
    places = [next(n for n, line in enumerate(lines) if line.startswith(s)) for s in starts]
    assert places == sorted(places)
    assert len(lines) == len(rules) + 5, "nothing is left unsaid"


def test_diff_tells_how_slates_move(
    file: Any, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clicks = tmp_path / "clicks.txt"
    rows = [f"{s}\ti{s % 40 + step}\t{1_700_100_000 + 3600 * s + 30 * step}"
            for s in range(30) for step in range(4)]  # fmt: skip
    clicks.write_text("\n".join(["SessionId\tItemId\tTime", *rows]) + "\n")
    old, new = file("{}", "old.json"), file('{"filter": "price < 20"}', "new.json")
    common = ["--bundle", str(saved), "--log", str(clicks), "--format", "serenade", "--k", "5"]
    same = answer(capsys, "diff", old, old, *common)
    assert (same["changed"], same["overlap"]) == (0.0, 1.0)
    moved = answer(capsys, "diff", old, new, *common)
    assert moved["requests"] == same["requests"] > 0
    assert moved["changed"] > 0.5
    assert moved["overlap"] < 1.0
    many = file('{"placements": {"a": {}, "b": {}}}', "many.json")
    assert "choose one with --placement: a, b" in refusal(capsys, "diff", old, many, *common)
    assert "'c'" in refusal(capsys, "diff", old, many, *common, "--placement", "c")


def valid(schema: Any, value: Any, root: Any) -> bool:
    """Whether a JSON schema takes a value: the part of the standard that ours uses."""
    if "$ref" in schema:
        return valid(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], value, root)
    if "anyOf" in schema:
        return any(valid(one, value, root) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return value in schema.get("enum", [schema.get("const")])
    kinds = {
        "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
        "integer": int, "number": (int, float),
    }  # fmt: skip
    kind = schema.get("type")
    if kind is None:
        return True
    if not isinstance(value, kinds[kind]):
        return False
    if isinstance(value, bool) and kind != "boolean":
        return False
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        return all(name in value for name in schema.get("required", [])) and all(
            valid(fields[name], inner, root)
            if name in fields
            else others is not False and (others is True or valid(others, inner, root))
            for name, inner in value.items()
        )
    if isinstance(value, list):
        most = schema.get("maxItems", len(value))
        return len(value) <= most and all(valid(schema["items"], one, root) for one in value)
    if isinstance(value, int | float):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        return bool(low <= value <= high and value > schema.get("exclusiveMinimum", value - 1))
    return True


def test_the_schema_takes_what_a_strategy_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = answer(capsys, "schema")
    out = tmp_path / "schema.json"
    assert answer(capsys, "schema", "--out", str(out)) == {"file": str(out)}
    assert json.loads(out.read_text()) == schema

    def takes(strategy: Any) -> bool:
        return valid(schema, {"placements": {"default": strategy}}, schema)

    everything = {
        "rules": [rule for rule, _ in RULES],
        "sources": {"knn": 5, "trending": {"quota": 3, "weight": 0.5}},
        "diversity": 0.5,
        "filter": "price < 3",
        "at_most": {"brand": 2},
        "exclude": {"seen": True},
        "boosts": "max",
    }
    assert takes(everything)
    assert takes(Strategy(**everything).to_dict())
    for wrong in (
        {"divrsity": 1},
        {"rules": [{"bost": 1}]},
        {"rules": [{"boost": 0}]},
        {"rules": [{"hide": "a"}]},
        {"sources": {"knnn": 5}},
        {"sources": {"knn": {"quota": 1001}}},
        {"exclude": {"seen": "yes"}},
        {"boosts": "sum"},
        {"at_most": {"brand": 0}},
        {"filter": 3},
    ):
        assert not takes(wrong), wrong
        with pytest.raises(aisle.ConfigError):
            Strategies(placements={"default": wrong})
    assert not valid(schema, {"version": 1}, schema), "placements are required"
