"""The arguments of every command, with an example in its help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import aisle
from aisle.cli import commands, strategies, tuning
from aisle.cli.answers import Answer

Commands = Any  # argparse keeps the type of its table of commands to itself


def parser() -> argparse.ArgumentParser:
    """The parser of `aisle`; the chosen command's function is in `args.run`."""
    made = argparse.ArgumentParser(
        prog="aisle",
        description="A recommendation engine for shops that knows the last click.",
        epilog="aisle COMMAND --help shows an example of each.",
    )
    made.add_argument("--version", action="version", version=f"aisle {aisle.__version__}")
    table = made.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_demo(table)
    _add_check(table)
    _add_fit(table)
    _add_evaluate(table)
    _add_tune(table)
    _add_recommend(table)
    _add_replay(table)
    _add_strategy(table)
    _add_bench(table)
    _add(table, "build-info", commands.run_build_info, "aisle build-info --json")
    return made


def _add(
    table: Commands,
    name: str,
    run: Callable[[argparse.Namespace], Answer],
    example: str,
) -> argparse.ArgumentParser:
    summary = (run.__doc__ or "").strip()
    command: argparse.ArgumentParser = table.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--json", action="store_true", help="one JSON object on stdout")
    command.set_defaults(run=run)
    return command


def _add_demo(table: Commands) -> None:
    demo = _add(
        table, "demo", commands.run_demo, "aisle demo --data clicks.csv.zst --format serenade"
    )
    demo.add_argument("--data", nargs="+", metavar="PATH", help="a log; default: a simulated shop")
    _add_format(demo)
    demo.add_argument(
        "--events", type=_positive, default=50_000, metavar="N", help="replay at most N (50000)"
    )
    demo.add_argument("--out", default="aisle-demo.html", metavar="PAGE", help="the page to write")


def _add_check(table: Commands) -> None:
    check = _add(
        table,
        "check",
        commands.run_check,
        "aisle check clicks.csv --items products.csv --html check.html --clean clean.parquet",
    )
    _add_log(check)
    check.add_argument(
        "--items", metavar="PATH", help="a table of items; its columns are attributes"
    )
    check.add_argument("--id", metavar="COLUMN", help="the id column of --items (item or id)")
    check.add_argument("--reference", nargs="+", metavar="LOG", help="an earlier log, for drift")
    check.add_argument("--variant", metavar="COLUMN", help="an experiment's arm in this log")
    check.add_argument("--shown", metavar="COLUMN", help="what the arm was shown")
    check.add_argument(
        "--columns", nargs="+", default=[], metavar="NAME=COLUMN", help="their names"
    )
    check.add_argument("--time-unit", choices=("s", "ms", "us"), help="of numeric times")
    check.add_argument("--quarantine", metavar="OUT", help="write the rows that cannot be read")
    check.add_argument("--now", metavar="TIME", help="the clock that future events are judged by")
    check.add_argument("--no-effects", action="store_true", help="measure no effects on HR@20")
    check.add_argument("--html", metavar="PAGE", help="write the report as a page")
    check.add_argument("--clean", metavar="OUT", help="write the log without it: .parquet or .csv")
    check.add_argument("--drop", nargs="+", metavar="RULE", help="what --clean leaves out")
    check.add_argument("--strict", action="store_true", help="fail where something blocks")


def _add_fit(table: Commands) -> None:
    fit = _add(
        table,
        "fit",
        commands.run_fit,
        "aisle fit clicks.csv --format retailrocket --out shop.aisle",
    )
    _add_log(fit)
    fit.add_argument("--items", metavar="PATH", help="a table of items; its columns are attributes")
    fit.add_argument("--id", metavar="COLUMN", help="the id column of --items (item or id)")
    _add_strategy_of(fit)
    fit.add_argument(
        "--k-anonymity", type=_positive, metavar="K", help="visitors that a pair of items needs"
    )
    fit.add_argument("--out", default="shop.aisle", metavar="BUNDLE", help="the bundle to write")


def _add_evaluate(table: Commands) -> None:
    evaluate = _add(
        table,
        "evaluate",
        commands.run_evaluate,
        "aisle evaluate train.txt --format serenade --test test.txt --model VSKNN --set k=100",
    )
    _add_log(evaluate)
    evaluate.add_argument("--test", required=True, metavar="PATH", help="the log to rank on")
    evaluate.add_argument("--model", required=True, metavar="NAME", help="a name in aisle.models")
    evaluate.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="K=V",
        help="the model's parameters",
    )
    evaluate.add_argument(
        "--ties", choices=["conservative", "standard", "mean"], default="conservative",
        help="where a target stands among items with its score",
    )  # fmt: skip
    evaluate.add_argument(
        "--repeats", choices=["keep", "drop", "drop_any"], default="keep",
        help="clicks on the item clicked right before, or at all before",
    )  # fmt: skip
    evaluate.add_argument(
        "--targets", choices=["next", "all"], default="next",
        help="the next item, or all that follow in the session",
    )  # fmt: skip
    evaluate.add_argument(
        "--unknown", choices=["drop", "miss"], default="drop",
        help="what becomes of items that the model never saw",
    )  # fmt: skip
    evaluate.add_argument(
        "--exclude-seen", action="store_true", help="recommend no item of the session again"
    )
    evaluate.add_argument(
        "--request-time", default="last", metavar="WHEN",
        help="last, target, or seconds after the last event (last)",
    )  # fmt: skip
    evaluate.add_argument("--items", metavar="PATH", help="a table of items: diversity, revenue")
    evaluate.add_argument("--id", metavar="COLUMN", help="the id column of --items (item or id)")
    _add_depths(evaluate)


def _add_tune(table: Commands) -> None:
    tune = _add(
        table,
        "tune",
        tuning.run_tune,
        "aisle tune clicks.txt --format serenade --model STAN VSKNN --trials 50 --storage tune.db",
    )
    _add_log(tune)
    tune.add_argument(
        "--model",
        nargs="+",
        metavar="NAME",
        help="names in aisle.models, or recipe (VSKNN STAN VSTAN)",
    )
    tune.add_argument("--metric", default="MRR@20", metavar="NAME", help="to maximise (MRR@20)")
    tune.add_argument("--trials", type=_positive, metavar="N", help="at most so many (25)")
    tune.add_argument("--budget", metavar="TIME", help="or so long: 90s, 10m, 1h")
    tune.add_argument(
        "--split", type=float, default=0.8, metavar="SHARE", help="of the events to learn from (.8)"
    )
    tune.add_argument("--storage", metavar="FILE", help="keep the trials there, and go on from it")
    tune.add_argument("--seed", type=int, default=0, help="of what is drawn (0)")
    tune.add_argument("--items", metavar="PATH", help="a table of items, for recipes")
    tune.add_argument("--id", metavar="COLUMN", help="the id column of --items (item or id)")
    tune.add_argument(
        "--out", metavar="FILE", help="write the best: a strategy file, or a model's JSON"
    )


def _add_recommend(table: Commands) -> None:
    recommend = _add(
        table,
        "recommend",
        commands.run_recommend,
        "aisle recommend shop.aisle --session i1,i9 --k 5",
    )
    recommend.add_argument("bundle", metavar="BUNDLE")
    recommend.add_argument("--visitor", metavar="ID")
    recommend.add_argument("--session", metavar="ITEM,…", help="the session so far, oldest first")
    recommend.add_argument("--item", metavar="ID", help="the item that the page is about")
    _add_strategy_of(recommend)
    recommend.add_argument("--placement", metavar="NAME", help="whose strategy answers")
    recommend.add_argument("--market", metavar="NAME", help="whose prices, stock and rules")
    recommend.add_argument("--where", metavar="EXPR", help="a filter, for example 'price < 50'")
    recommend.add_argument("--k", type=_positive, default=12, help="how many items (12)")


def _add_replay(table: Commands) -> None:
    replay = _add(
        table,
        "replay",
        commands.run_replay,
        "aisle replay shop.aisle tomorrow.csv --format aisle --json",
    )
    replay.add_argument("bundle", metavar="BUNDLE")
    _add_log(replay)
    _add_depths(replay)


def _add_strategy(table: Commands) -> None:
    strategy = table.add_parser(
        "strategy",
        help="Check, compare or explain strategy files",
        description="Strategy files: what merchandisers change without a deploy.",
        epilog="example:\n  aisle strategy check shop.yaml --bundle shop.aisle",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inner = strategy.add_subparsers(dest="what", metavar="WHAT", required=True)
    check = _add(inner, "check", strategies.run_check, "aisle strategy check shop.yaml")
    check.add_argument("file", metavar="FILE", help="YAML or JSON")
    check.add_argument("--bundle", metavar="BUNDLE", help="whose attributes the names must be")
    check.add_argument("--k", type=_positive, default=12, help="length of a slate (12)")
    explain = _add(inner, "explain", strategies.run_explain, "aisle strategy explain shop.yaml")
    explain.add_argument("file", metavar="FILE", help="YAML or JSON")
    diff = _add(
        inner,
        "diff",
        strategies.run_diff,
        "aisle strategy diff old.yaml new.yaml --bundle shop.aisle --log clicks.csv",
    )
    diff.add_argument("first", metavar="OLD", help="YAML or JSON")
    diff.add_argument("second", metavar="NEW", help="YAML or JSON")
    diff.add_argument("--bundle", required=True, metavar="BUNDLE")
    diff.add_argument("--log", required=True, metavar="LOG", help="the sessions to replay")
    _add_format(diff)
    diff.add_argument("--placement", metavar="NAME", help="whose strategies to compare")
    diff.add_argument("--market", metavar="NAME", help="whose prices, stock and rules")
    diff.add_argument("--k", type=_positive, default=12, help="length of a slate (12)")
    diff.add_argument("--requests", type=_positive, default=5000, help="at most so many (5000)")
    schema = _add(inner, "schema", strategies.run_schema, "aisle strategy schema --out shop.json")
    schema.add_argument("--out", metavar="FILE", help="where to write it; default: stdout")


def _add_strategy_of(command: argparse.ArgumentParser) -> None:
    command.add_argument("--strategy", metavar="FILE", help="a strategy file, YAML or JSON")


def _add_bench(table: Commands) -> None:
    bench = _add(table, "bench", commands.run_bench, "aisle bench --only observe recommend")
    bench.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these rows only")


def _add_log(command: argparse.ArgumentParser) -> None:
    command.add_argument("log", nargs="+", metavar="LOG", help="one or more files of events")
    _add_format(command)


def _add_format(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--format", default="aisle", metavar="NAME", help="how to read the log (aisle)"
    )


def _add_depths(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--k", type=_positive, nargs="+", default=[10, 20], help="depths of the lists (10 20)"
    )


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"a whole number of at least 1, not {text!r}")
    return value
