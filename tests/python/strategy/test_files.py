"""Strategy files: every problem with its line, column and way out; and what holds is read."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import aisle
from aisle.strategy import Strategies, Strategy, files, read_strategies

WHOLE = """\
version: 1
placements:
  default:
    filter: price < 50
    exclude: {seen: true}
    sources: {knn: 80, trending: {quota: 20, weight: 0.5}}
    rules:
      - {name: own brand, boost: 1.5, where: brand == "own", until: 2026-12-24}
      - {boost: "1 + margin", when: context.device == "mobile"}
      - {bury: 2, where: stock < 3, enabled: false}
      - {add: 0.2, where: sale}
      - {pin: sku-1, slot: 1, from: 2026-11-27T18:00:00+01:00}
      - {hide: [a, 7]}
      - {at_most: 25%, where: sale}
      - {at_most: 2, per: brand}
      - {at_least: 1, where: age(added) < "7d"}
    boosts: max
    diversity: 0.3
    at_most: {category: 3}
    minimum: 4
  cart: {}
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a strategy file and gives its path."""

    def writer(text: str, name: str = "shop.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return writer


def refusal(path: Path) -> str:
    """What is wrong with the file, without its folder."""
    with pytest.raises(aisle.ConfigError) as caught:
        read_strategies(path)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_a_whole_file_is_read(write: Any) -> None:
    found = read_strategies(write(WHOLE))
    assert list(found.placements) == ["default", "cart"]
    recipe = found["default"]
    assert recipe.filter == "price < 50"
    assert recipe.exclude.seen
    assert recipe.sources is not None
    assert recipe.sources.knn is not None
    assert recipe.sources.knn.quota == 80
    assert recipe.sources.cart is None
    assert [rule.action for rule in recipe.rules] == [
        "boost", "boost", "bury", "add", "pin", "hide", "at_most", "at_most", "at_least",
    ]  # fmt: skip
    assert recipe.names[:2] == ["own brand", "boost 2"]
    assert recipe.rules[0].until == datetime(2026, 12, 24, tzinfo=UTC)
    assert recipe.rules[4].from_ == datetime(2026, 11, 27, 17, tzinfo=UTC), "the zone counts"
    assert recipe.rules[5].hide == ["a", 7]
    assert found["cart"] == Strategy()


def test_a_file_without_placements_is_one_strategy_for_all(write: Any) -> None:
    found = read_strategies(write("diversity: 0.5\n"))
    assert found.default.diversity.strength == 0.5
    assert list(found.placements) == ["default"]


@pytest.mark.parametrize("name", ["shop.yaml", "shop.yml", "shop.json"])
def test_json_says_the_same(write: Any, name: str) -> None:
    plain = read_strategies(write(WHOLE)).to_dict()
    assert read_strategies(write(json.dumps(plain, indent=1), name)).to_dict() == plain


def test_what_is_read_goes_back_to_plain_values(write: Any) -> None:
    found = read_strategies(write(WHOLE))
    plain = found.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert Strategies(**plain) == found
    recipe = found["default"]
    assert Strategy.from_dict(recipe.to_dict()) == recipe


FAULTS = [
    ("", "shop.yaml: the file is empty; write at least exclude: {}"),
    ("# nothing but a comment\n", "shop.yaml: the file is empty"),
    ("[a, b]", "shop.yaml:1:1: a strategy file holds fields, here is list"),
    ("just words", "shop.yaml:1:1: a strategy file holds fields, here is str"),
    ("placements: {}", "placements is empty: name at least one"),
    ("placements: [a]", "shop.yaml:1:1: placements: must be a valid dictionary"),
    ("version: 2\nplacements: {a: {}}", "shop.yaml:1:1: version: must be less than or equal to 1"),
    ("exclude:\n  sean: true", "shop.yaml:2:3: exclude.sean: unknown field 'sean'; did you mean"),
    ("rools: []", "shop.yaml:1:1: rools: unknown field 'rools'; did you mean 'rules'?"),
    ("a: 1\na: 2", "shop.yaml:2:1: 'a' stands here twice"),
    ("exclude: {seen: true, seen: false}", "shop.yaml:1:23: 'seen' stands here twice"),
    ("1: 2", "shop.yaml:1:1: a field's name must be text; quote it"),
    ("? [a]\n: 1", "shop.yaml:1:3: a field's name must be text; quote it"),
    ("filter: 3", "shop.yaml:1:1: filter: must be a valid string, got 3"),
    ("filter: ''", "shop.yaml:1:1: filter: string should have at least 1 character"),
    ("exclude: {seen: maybe}", "shop.yaml:1:11: exclude.seen: must be a valid boolean"),
    ("diversity: much", "shop.yaml:1:1: diversity: "),
    ("diversity: .nan", "shop.yaml:1:1: diversity"),
    ("boosts: sum", "shop.yaml:1:1: boosts: must be 'multiply' or 'max', got 'sum'"),
    ("minimum: -1", "shop.yaml:1:1: minimum: must be greater than or equal to 0, got -1"),
    ("sources:\n  knn: 5000", "shop.yaml:2:3: sources.knn: must be less than or equal to 1000"),
    ("sources:\n  trendin: 5", "shop.yaml:2:3: sources.trendin: unknown field 'trendin'; did"),
    ("weights: {knn.plase: 1}", "unknown feature 'knn.plase'; did you mean 'knn.place'?"),
    ("filter: [a", "shop.yaml:1:11: "),
    ("\tfilter: a", "shop.yaml:1:1: found character '\\t'"),
    ("a: b\n---\na: c", "shop.yaml:2:1: "),
    ("a: *nobody", "shop.yaml:1:4: found undefined alias"),
    ("filter: !!python/object/apply:os.system [ls]", "shop.yaml:1:1: filter: must be a valid str"),
    ("filter: !!python/name:os.system x", "shop.yaml:1:9: could not determine a constructor"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), FAULTS)
def test_a_fault_is_named_with_its_place(write: Any, text: str, words: str) -> None:
    said = refusal(write(text))
    assert words in said
    assert said.startswith("shop.yaml:")


RULE_FAULTS = [
    ("bost: 2", "2:5: rules[0].bost: unknown field 'bost'; did you mean 'boost'?"),
    ("name: x", "2:5: rules[0]: a rule has exactly one of include, exclude, boost, bury, add"),
    ("{boost: 2, bury: 2}", "2:5: rules[0]: a rule has exactly one of include, exclude"),
    ("boost: -1", "2:5: rules[0].boost: must be greater than 0, got -1"),
    ("boost: true", "2:5: rules[0].boost: must be a valid number, got True"),
    ("boost: .inf", "2:5: rules[0].boost: "),
    ("bury: 0", "2:5: rules[0].bury: must be greater than 0, got 0"),
    ("add: 1001", "2:5: rules[0].add: must be less than or equal to 1000, got 1001"),
    ("pin: a", "2:5: rules[0]: pin and slot go together: pin: sku-1, slot: 1"),
    ("{boost: 2, slot: 1}", "2:5: rules[0]: pin and slot go together"),
    ("{pin: a, slot: 0}", "2:14: rules[0].slot: must be greater than or equal to 1, got 0"),
    ("{pin: 1.5, slot: 1}", "2:6: rules[0].pin: "),
    ("{boost: 2, per: brand}", "2:5: rules[0]: per belongs to at_most, not to boost"),
    ("{hide: [a], where: sale}", "2:5: rules[0]: hide names its items itself: it takes no where"),
    ("hide: a", "2:5: rules[0].hide: must be a valid list, got 'a'"),
    ("at_least: 1", "2:5: rules[0]: at_least needs where: the items that the slots are for"),
    ("at_most: 1", "2:5: rules[0]: at_most needs where (the items it counts) or per (a column)"),
    ("{at_most: 120%, per: brand}", "2:6: rules[0].at_most: "),
    ("{boost: 2, until: soon}", "2:16: rules[0].until: 'soon' is no date or time; write 2026"),
    ("{boost: 2, until: 5}", "2:16: rules[0].until: "),
    ("{boost: 2, until: 2026-13-01}", "2:23: '2026-13-01': month must be in 1..12"),
    ("{boost: 2, until: 2026-02-30T00:00:00}", "2:23: '2026-02-30T00:00:00': day is out of range"),
    (
        "{boost: 2, from: 2026-02-01, until: 2026-01-01}",
        "2:5: rules[0]: from (2026-02-01) is not before until (2026-01-01)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "words"), RULE_FAULTS)
def test_a_rules_fault_is_named_with_its_place(write: Any, rule: str, words: str) -> None:
    assert refusal(write(f"rules:\n  - {rule}\n")).startswith(f"shop.yaml:{words}")


def test_every_problem_of_a_file_is_told_at_once(write: Any) -> None:
    said = refusal(
        write(
            "placements:\n  home:\n    divrsity: 1\n    rules:\n      - bost: 2\n"
            "      - boost: -1\n  cart:\n    minimum: x\n"
        )
    )
    assert [line.split(": ")[:2] for line in sorted(said.splitlines())] == [
        ["shop.yaml:3:5", "placements.home.divrsity"],
        ["shop.yaml:5:9", "placements.home.rules[0].bost"],
        ["shop.yaml:6:9", "placements.home.rules[1].boost"],
        ["shop.yaml:8:5", "placements.cart.minimum"],
    ]


def test_two_pins_on_one_slot_are_refused_unless_they_may_never_meet(write: Any) -> None:
    both = "rules:\n  - {pin: a, slot: 1}\n  - {pin: b, slot: 1%s}\n"
    assert "two pins on slot 1: 'a' and 'b'" in refusal(write(both % ""))
    for apart in (", enabled: false", ", when: context.x", ", until: 2026-01-01"):
        assert len(read_strategies(write(both % apart)).default.rules) == 2


def test_an_alias_is_spelt_out(write: Any) -> None:
    found = read_strategies(write("placements:\n  a: &same {rules: [{hide: [x]}]}\n  b: *same\n"))
    assert found["a"] == found["b"]


def test_a_file_cannot_exhaust_its_reader(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Depth, number of fields, aliases of aliases, bytes: each has an end, with a message."""
    monkeypatch.setattr(files, "MOST_FIELDS", 2_000)
    limit = "deeper than 32 or more than 2,000 fields"
    assert limit in refusal(write("x: " + "[" * 50 + "]" * 50))
    assert limit in refusal(write("rules: [" + "{hide: [x]}, " * 1_000 + "]"))
    assert limit in refusal(write("a: &a [*a]"))
    laughs = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9))
    assert limit in refusal(write(f"l0: &l0 [a, a, a, a, a, a, a, a, a, a]\n{laughs}\n"))
    big = write("")
    with big.open("wb") as file:
        file.truncate(files.MOST_BYTES + 1)
    assert "a strategy file has at most 16,777,216" in refusal(big)


def test_more_rules_than_a_strategy_takes_are_refused(write: Any) -> None:
    said = refusal(write("rules:\n" + "  - hide: [x]\n" * 1001))
    assert said == "shop.yaml:1002:5: more than 1,000 rules; a strategy takes 1,000"
    with pytest.raises(aisle.ConfigError, match="rules: list should have at most 1000 items"):
        Strategy(rules=[{"hide": ["x"]}] * 1001)


def test_a_file_of_far_too_many_rules_is_not_read_to_its_end(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yaml

    made = []
    compose = yaml.composer.Composer.compose_node

    def counted(self: Any, parent: Any, index: Any) -> Any:
        made.append(index)
        return compose(self, parent, index)

    monkeypatch.setattr(yaml.composer.Composer, "compose_node", counted)
    said = refusal(write("rules:\n" + "  - {boost: 2, where: price < 3}\n" * 100_000))
    assert said == "shop.yaml:1002:5: more than 1,000 rules; a strategy takes 1,000"
    assert len(made) < 6_000, "nothing behind the first rule too many was looked at"


def test_a_deep_file_is_refused_before_python_runs_out_of_frames(write: Any) -> None:
    assert "deeper than 32" in refusal(write("x: " + "[" * 5_000))
    assert "deeper than 32" in refusal(write("{a: " * 5_000))


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.yaml"
    assert refusal(missing) == "none.yaml: No such file or directory"
    missing.write_bytes(b"filter: '\xff'")
    assert refusal(missing) == "none.yaml: byte 9 is not UTF-8"
    assert refusal(tmp_path) == f"{tmp_path.name}: Is a directory"


def test_without_pyyaml_json_is_read_and_yaml_says_what_to_install(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert read_strategies(write('{"minimum": 2}', "shop.json")).default.minimum == 2
    assert "pip install 'aisle[yaml]'" in refusal(write("minimum: 2"))
    assert refusal(write('{"minimum": ', "shop.json")).startswith("shop.json:1:13: ")
    assert "minimum: must be" in refusal(write('{"minimum": -1}', "shop.json"))
    assert "deeper than 32" in refusal(write("[" * 100_000, "shop.json"))
