"""The command line: one object for machines, one line for mistakes, exit codes 0, 1 and 2."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import aisle
from aisle import cli
from aisle.cli import commands
from aisle.cli.arguments import parser

COMMANDS = [
    "demo",
    "check",
    "fit",
    "evaluate",
    "tune",
    "recommend",
    "replay",
    "bench",
    "build-info",
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Sixty sessions of four clicks, each through neighbouring items."""
    path = tmp_path / "clicks.txt"
    rows = ["SessionId\tItemId\tTime"]
    for session in range(60):
        rows += [
            f"{session}\ti{(session + step) % 20}\t{1_700_000_000 + session * 3600 + step * 30}"
            for step in range(4)
        ]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def bundle(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "shop.aisle"
    assert cli.main(["fit", str(log), "--format", "serenade", "--out", str(path)]) == 0
    capsys.readouterr()
    return path


def answer(capsys: pytest.CaptureFixture[str], *argv: str) -> dict:
    assert cli.main([*argv, "--json"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1, "one object and nothing else"
    return json.loads(out)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert f"example:\n  aisle {command}" in capsys.readouterr().out


def test_the_examples_are_commands_that_parse(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
        example = capsys.readouterr().out.split("example:\n  aisle ")[1].split("\n")[0]
        assert parser().parse_args(example.split()).command == command


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"aisle {aisle.__version__}\n"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["no-such-command"],
        ["fit"],
        ["recommend", "shop.aisle", "--visitor", "v", "--k", "0"],
        ["recommend", "shop.aisle", "--visitor", "v", "--k", "many"],
    ],
)
def test_arguments_that_cannot_be_exit_2(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(argv)
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


def test_build_info_names_the_version_and_the_instructions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    info = answer(capsys, "build-info")
    assert info["version"] == aisle.__version__
    assert info["simd"] in {"baseline", "avx2", "avx512", "avx512_vnni"}


def test_options_are_python_values_or_words() -> None:
    pairs = ["k=100", "weighting=div", "idf_weighting=None", "on=true", "s=a=b"]
    wanted = {"k": 100, "weighting": "div", "idf_weighting": None, "on": True, "s": "a=b"}
    assert commands._options(pairs) == wanted
    with pytest.raises(commands.BadArgumentError, match="NAME=VALUE"):
        commands._options(["k"])


def test_numbers_that_are_none_are_null() -> None:
    assert cli._plain({"a": float("nan"), "b": [1, float("inf")]}) == {"a": None, "b": [1, None]}


def test_fit_writes_a_bundle_and_says_what_is_in_it(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "shop.aisle"
    found = answer(capsys, "fit", str(log), "--format", "serenade", "--out", str(out))
    assert (found["events"], found["items"], found["visitors"]) == (240, 20, 60)
    assert found["bytes"] == out.stat().st_size


def test_recommend_answers_for_a_session(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "recommend", str(bundle), "--session", "i3,i4", "--k", "5")
    items = [row["item"] for row in found["items"]]
    assert len(set(items)) == 5
    assert "i5" in items
    assert all(row["reasons"] for row in found["items"])


def test_a_wrong_parameter_of_a_model_is_named(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--test", str(log), "--model", "VSKNN", "--set", "kk=3"]
    assert cli.main(["evaluate", str(log), "--format", "serenade", *words]) == 2
    told = capsys.readouterr().err
    assert "unknown parameter 'kk' of VSKNN; did you mean 'k'?" in told
    assert "__init__" not in told


def test_demo_goes_through_a_log_and_writes_a_page_that_needs_nothing_else(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    found = answer(capsys, "demo", "--data", str(log), "--format", "serenade", "--out", str(page))
    assert found["log"]["events"] == 240
    assert found["fitted_events"] + found["replayed_events"] == 240
    methods = found["methods"]
    assert {"engine", "popularity", "session kNN", "co-visitation"} <= set(methods)
    assert methods["engine"]["metrics"]["HR@20"] >= methods["popularity"]["metrics"]["HR@20"]
    html = page.read_text()
    assert "<svg" in html or "data:image" in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html


def test_demo_tells_people_what_it_found(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = str(tmp_path / "page.html")
    assert cli.main(["demo", "--data", str(log), "--format", "serenade", "--out", page]) == 0
    told = capsys.readouterr()
    assert "HR@20" in told.out
    assert "session 1" in told.out
    assert "came next" in told.out
    assert "fitting on" in told.err


def test_demo_wants_more_than_a_handful_of_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few.txt"
    few.write_text("SessionId\tItemId\tTime\n1\ta\t1\n1\tb\t2\n")
    assert cli.main(["demo", "--data", str(few), "--format", "serenade"]) == 1
    assert "too few" in capsys.readouterr().err


def test_recommend_without_anybody_says_what_is_missing(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["recommend", str(bundle)]) == 2
    assert "--visitor" in capsys.readouterr().err


def test_evaluate_reports_metrics_and_latency(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(log), "--format", "serenade", "--test", str(log)]
    found = answer(capsys, "evaluate", *paths, "--model", "VSKNN", "--set", "k=10")
    assert 0.5 < found["metrics"]["HR@20"] <= 1
    assert set(found["latency_us"]) >= {"p50", "p90", "p99"}
    assert found["events"] > 0


def test_evaluate_takes_the_choices_and_says_them(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(log), "--format", "serenade", "--test", str(log), "--model", "VSKNN"]
    chosen = ["--ties", "standard", "--repeats", "drop", "--exclude-seen", "--request-time", "30"]
    found = answer(capsys, "evaluate", *paths, *chosen)
    assert found["protocol"]["ties"].startswith("standard")
    assert found["protocol"]["repeats"] == "consecutive repeats dropped"
    assert found["protocol"]["seen items"] == "not recommended"
    assert found["protocol"]["request time"] == "the last event's + 30 s"
    assert "in the training log too" in found["notes"][0]
    assert "Recall@20" in answer(capsys, "evaluate", *paths, "--targets", "all")["metrics"]
    assert cli.main(["evaluate", *paths, "--request-time", "noon"]) == 2
    assert "last, target or seconds, got 'noon'" in capsys.readouterr().err


def test_replay_reports_speed_and_memory_too(
    log: Path, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, "replay", str(bundle), str(log), "--format", "serenade")
    assert 0 < found["metrics"]["HR@20"] <= 1
    assert found["events_per_s"] > 0
    assert found["peak_rss_mb"] > 0
    assert set(found["recommend_us"]) == set(found["observe_us"]) >= {"p50", "p99"}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--model", "VSKN"], "VSKNN"),
        (["--model", "VSKNN", "--set", "kk=3"], "k"),
        (["--model", "VSKNN", "--set", "k=0"], "k"),
        (["--model", "VSKNN", "--set", "k"], "NAME=VALUE"),
    ],
)
def test_a_wrong_name_or_option_exits_2_and_tells_the_right_one(
    argv: list[str], words: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(log), "--format", "serenade", "--test", str(log)]
    assert cli.main(["evaluate", *paths, *argv]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert told.err.count("\n") == 1


def test_a_file_that_is_not_there_exits_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fit", "nowhere.csv", "--format", "serenade"]) == 1
    assert "nowhere.csv" in capsys.readouterr().err
    assert cli.main(["recommend", "nowhere.aisle", "--visitor", "v"]) == 1
    assert "nowhere.aisle" in capsys.readouterr().err


def test_a_file_that_is_no_log_and_a_format_that_is_none(
    tmp_path: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")
    assert cli.main(["fit", str(wrong), "--format", "serenade"]) == 1
    assert "SessionId" in capsys.readouterr().err
    assert cli.main(["fit", str(log), "--format", "serenad"]) == 2
    assert "serenade" in capsys.readouterr().err


def test_a_bundle_with_a_flipped_byte_exits_1(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = bytearray(bundle.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    bundle.write_bytes(damaged)
    assert cli.main(["recommend", str(bundle), "--visitor", "v"]) == 1
    told = capsys.readouterr()
    assert bundle.name in told.err
    assert "Traceback" not in told.err


def test_a_bug_is_one_line_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AISLE_DEBUG", raising=False)
    monkeypatch.setattr(aisle, "build_info", lambda: 1 / 0)
    assert cli.main(["build-info"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("aisle: this is a bug: ZeroDivisionError")
    assert told.count("\n") == 1


def test_ctrl_c_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(aisle, "build_info", interrupt)
    assert cli.main(["build-info"]) == 130
    assert capsys.readouterr().err == "aisle: interrupted\n"


def test_it_runs_as_a_module_and_ends_quietly_in_a_closed_pipe() -> None:
    command = [sys.executable, "-m", "aisle", "build-info"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")
