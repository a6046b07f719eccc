"""What a person and a machine get: levels, text, page, JSON, the clean log, the command."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle
from aisle import cli
from aisle.hygiene.report import CLEANABLE

sys.path.insert(0, str(Path(__file__).parent))
from hygiene_logs import START, add, check, events, people  # type: ignore[import-not-found]


@pytest.fixture
def dirty() -> aisle.Events:
    """People, a machine, and thirty copies."""
    rng = np.random.default_rng(0)
    log = people(visitors=300)
    log = {name: values + values[10:40] for name, values in log.items()}
    time = (START + np.arange(80) * 300_000).tolist()
    return events(
        add(log, visitor="robot", item=[f"i{n:03d}" for n in rng.integers(0, 150, 80)], time=time)
    )


def test_levels_names_and_rows(dirty: aisle.Events) -> None:
    report = check(dirty)
    assert {"bots", "exact_duplicates"} <= {one.rule for one in report.at("hurts")}
    assert len(report.clean()) == len(dirty) - 110
    assert len(report.clean("bots")) == len(dirty) - 80
    assert len(report.clean([])) == len(dirty)
    assert report.rows(["bots", "exact_duplicates"]).tolist() == report.rows().tolist()
    again = check(report.clean())
    assert not {"bots", "exact_duplicates"} & set(again)
    with pytest.raises(aisle.UnknownNameError, match="exact_duplicates"):
        report.clean(["exact_duplicate"])
    assert len(report.clean(["refunds"])) == len(dirty)  # there are none
    assert len(repr(report["bots"])) < 150
    with pytest.raises(aisle.ConfigError, match="enough_data is not about events"):
        report.clean(["enough_data"])
    with pytest.raises(aisle.UnknownNameError, match="blocks"):
        report.at("block")


def test_text_page_and_json(dirty: aisle.Events, tmp_path: Path) -> None:
    report = check(dirty)
    text = str(report)
    assert "30 events are exact copies" in text
    assert "clean() leaves out 110 events" in text
    told = json.loads(json.dumps(report.to_dict()))
    assert told["ok"] is True
    assert told["clean_events"] == len(dirty) - 110
    assert {"rule", "level", "count", "of", "why", "examples", "effect"} <= set(told["findings"][0])
    page = report.save_html(tmp_path / "check.html").read_text()
    assert "behave like machines" in page
    assert "<script" not in page
    assert "exact_duplicates" in report._repr_html_()
    assert "CheckReport(" in repr(report)


def test_names_from_outside_are_escaped(tmp_path: Path) -> None:
    log = people()
    log["visitor"] = ["<b>x</b>" if v == "v1" else v for v in log["visitor"]]
    twice = {name: values + values for name, values in log.items()}
    report = check(events(twice))
    assert "<b>x" not in report.save_html(tmp_path / "check.html").read_text()


def test_the_effect_of_machines_is_measured() -> None:
    rng = np.random.default_rng(0)
    visitors, items, times = [], [], []
    for number in range(900):  # people go from an item to the next one
        at, item = START + number * 500_000_000, int(rng.integers(0, 50))
        for step in range(4):
            visitors.append(f"v{number}")
            items.append(f"i{(item + step) % 50:03d}")
            times.append(at + step * 20_000_000 + int(rng.integers(0, 9_000_000)))
    for machine in range(60):  # machines go anywhere, within seconds
        for step in range(60):
            visitors.append(f"m{machine}")
            items.append(f"i{rng.integers(0, 50):03d}")
            times.append(START + machine * 6_000_000_000 + step * 200_000)
    log = events({"visitor": visitors, "item": items, "time": times})
    report = check(log, measure=True)
    effect = report["bots"].effect
    assert effect is not None
    assert effect.metric == "HR@20"
    assert effect.low <= effect.difference <= effect.high
    assert effect.before > 0.5
    assert report["bots"].to_dict()["effect"]["difference"] == pytest.approx(effect.difference)
    assert f"{effect.difference:+.4f}" in str(report)


def test_a_source_is_read_and_its_bad_rows_are_a_finding(tmp_path: Path) -> None:
    log = people()
    rows = [
        f"{v},{i},{t}" for v, i, t in zip(log["visitor"], log["item"], log["time"], strict=True)
    ]
    rows[4] = "v1,,1714521600000000"
    rows[9] = "v1,i001,soon"
    path = tmp_path / "log.csv"
    path.write_text("visitor,item,time\n" + "\n".join(rows) + "\n")
    report = check(path, time_unit="us")  # type: ignore[arg-type]
    found = report["unreadable_rows"]
    assert (found.count, found.of, found.level) == (2, len(rows), "hurts")
    assert sum(found.details.values()) == 2


def test_an_experiment_in_the_log() -> None:
    log = {"visitor": list("abcdeff"), "item": ["old", "new", "old", "new", "new", "old", "new"],
           "time": [START + n for n in range(7)]}  # fmt: skip
    arms = ["control", "test", "control", "test", "control", "control", "test"]
    report = check(events(log, group=arms), variant="group", shown="item")
    assert report["assignment_mismatch"].examples[0].startswith("row 5:")
    assert (report["assignment_mismatch"].count, report["crossed_arms"].count) == (1, 1)
    assert report["repeated_units"].count == 1
    with pytest.raises(aisle.UnknownNameError, match="group"):
        check(events(log, group=arms), variant="grup")


def test_drift_against_a_reference() -> None:
    before, after = people(visitors=400), people(visitors=400, seed=1)
    device = ["phone"] * len(before["time"])
    moved = ["phone" if n % 3 else "television" for n in range(len(after["time"]))]
    report = check(events(after, device=moved), reference=events(before, device=device))
    found = report["drift"]
    assert found.level == "hurts"
    assert "device" in found.title
    assert found.details["device"]["new"] == ["television"]
    assert "visitors" not in found.details
    calm = check(events(after), reference=events(before))["drift"]
    assert calm.level == "note"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"limits": {"lateness": 3}}, "limits is"),
        ({"shown": "item"}, "variant="),
        ({"time_unit": "s"}, "the events are read"),
        ({"now": "soon"}, "not a time"),
        ({"variant": "arm"}, "unknown column"),
    ],
)
def test_bad_options(options: dict[str, Any], says: str) -> None:
    with pytest.raises(aisle.AisleError, match=says):
        check(events(people(visitors=5)), **options)


@pytest.mark.parametrize(
    "value", [0, 1, -1, 2.5, 2e6, float("inf"), float("nan"), "many", None, True]
)
def test_bad_limits(value: Any) -> None:
    says = "bot_burst must be a whole number of at least 2 and at most 1,000,000, got "
    with pytest.raises(aisle.ConfigError, match=f"^{re.escape(says + repr(value))}$"):
        aisle.hygiene.Limits(bot_burst=value)


@pytest.mark.parametrize(("name", "value"), [("bot_dwell", 0), ("bot_sweep", 1.5), ("drift", None)])
def test_bad_reals(name: str, value: Any) -> None:
    with pytest.raises(aisle.ConfigError, match=f"^{name} must be a number above 0 and at most"):
        aisle.hygiene.Limits(**{name: value})


def findings_with_rows() -> set[str]:
    """Names of all findings that the sources give rows to."""
    found = set()
    for path in Path(aisle.hygiene.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or path.name == "shop_log.py":
                continue
            named = {one.arg: one.value for one in call.keywords}
            is_short = isinstance(call.func, ast.Attribute) and call.func.attr == "finding"
            is_long = isinstance(call.func, ast.Name) and call.func.id == "Finding"
            if is_short or (is_long and (len(call.args) > 9 or "rows" in named)):
                rule = call.args[0] if call.args else named["rule"]
                assert isinstance(rule, ast.Constant), f"{path.name}: a rule without a fixed name"
                found.add(str(rule.value))
    return found


def test_what_can_be_cleaned_is_what_findings_have_rows_for() -> None:
    assert findings_with_rows() == CLEANABLE


def test_no_event_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("visitor,item,time\n")
    with pytest.raises(aisle.DataError, match="not one event"):
        aisle.check(path)


def test_the_command(
    dirty: aisle.Events, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = aisle.write_events(dirty, tmp_path / "log.csv")
    page, clean = tmp_path / "check.html", tmp_path / "clean.parquet"
    arguments = ["check", str(log), "--no-effects", "--now", "2024-06-01"]
    assert cli.main([*arguments, "--html", str(page), "--clean", str(clean), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["clean"]["events"] == len(dirty) - 110
    assert page.exists()
    assert len(aisle.read_events(clean)) == len(dirty) - 110
    assert cli.main([*arguments, "--drop", "bot", "--clean", str(clean)]) == 2
    assert "bots" in capsys.readouterr().err
    assert cli.main([*arguments, "--clean", str(tmp_path / "clean.xlsx")]) == 2
    assert ".parquet, .csv" in capsys.readouterr().err
    assert cli.main([*arguments, "--clean", str(tmp_path / "no" / "clean.csv")]) == 1
    assert "there is no folder" in capsys.readouterr().err
    assert cli.main([*arguments, "--columns", "visitor"]) == 2
    capsys.readouterr()
    short = aisle.write_events(events(people(visitors=5)), tmp_path / "short.csv.gz")
    assert cli.main(["check", str(short), "--no-effects", "--strict"]) == 1
    assert "not fit for use" in capsys.readouterr().err


def test_what_is_read_or_protected_is_not_written_over(
    dirty: aisle.Events, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = aisle.write_events(dirty, tmp_path / "log.csv")
    before = log.read_bytes()
    for option in ("--clean", "--html"):
        assert cli.main(["check", str(log), "--no-effects", option, str(log)]) == 1
        assert "is read for this" in capsys.readouterr().err
    with pytest.raises(aisle.DataError, match="is read for this"):
        aisle.read_events(log, on_error="skip", quarantine=log)
    assert log.read_bytes() == before
    log.chmod(0o444)
    for write in (aisle.write_events, lambda _, path: check(dirty).save_html(path)):
        with pytest.raises(aisle.DataError, match="write-protected"):
            write(dirty, log)
    assert log.read_bytes() == before
    assert cli.main(["check", str(log), "--no-effects", "--drop", "bots"]) == 2
    assert "give --clean" in capsys.readouterr().err


def test_a_column_that_is_misspelt_is_refused(tmp_path: Path) -> None:
    log = people()
    with pytest.raises(aisle.ConfigError, match="did you mean 'type'"):
        aisle.read_events({**log, "kind": log["type"]}, columns={"typ": "kind"})


@pytest.mark.parametrize(
    "suffix", [".csv", ".csv.zst", ".csv.gz", ".tsv", ".jsonl", ".jsonl.zst", ".parquet"]
)
def test_a_log_that_was_written_is_the_one_that_is_read(suffix: str, tmp_path: Path) -> None:
    log = people(visitors=8)
    told = events(log, price=[1.5] * len(log["time"]), query=['a "b", c\n'] * len(log["time"]))
    back = aisle.read_events(aisle.write_events(told, tmp_path / f"log{suffix}"))
    first, second = told.to_numpy(), back.to_numpy()
    for name in ("time", "visitor", "item", "type", "price", "query"):
        assert first[name].tolist() == second[name].tolist(), name


def test_real_logs_have_the_defects_that_are_known_of_them(data: Path) -> None:
    shop = aisle.check(data / "uci_online_retail" / "online_retail.csv.zst",
                       format="uci-online-retail", measure=False)  # fmt: skip
    assert shop["exact_duplicates"].count == 5_268
    assert shop["negative_quantities"].count == 10_624
    assert shop["refunds"].count == 10_624
    assert shop["cancellations"].count == 9_288
    assert shop["anonymous"].count == 135_080
    test = aisle.check(
        data / "ab_udacity" / "ab_data.csv.zst",
        columns={"time": "timestamp", "visitor": "user_id", "item": "landing_page"},
        variant="group", shown="item", measure=False,
    )  # fmt: skip
    assert test["assignment_mismatch"].count == 3_893
    assert test["repeated_units"].count == 3_894


def test_the_command_writes_what_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, bad = tmp_path / "log.csv", tmp_path / "bad.jsonl"
    path.write_text("visitor,item,time\na,x,2024-05-01\na,,2024-05-01\nb,y,soon\n")
    arguments = ["check", str(path), "--no-effects", "--quarantine", str(bad), "--json"]
    assert cli.main(arguments) == 0
    found = {one["rule"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    rows = [json.loads(line) for line in bad.read_text().splitlines()]
    assert found["unreadable_rows"]["count"] == len(rows) == 2
    assert [row["line"] for row in rows] == [3, 4]
