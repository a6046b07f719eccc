"""The arguments of every command, with an example in its help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import aisle
from aisle.cli import commands

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
    _add_fit(table)
    _add_evaluate(table)
    _add_recommend(table)
    _add_replay(table)
    _add_bench(table)
    _add(table, "build-info", commands.run_build_info, "aisle build-info --json")
    return made


def _add(
    table: Commands,
    name: str,
    run: Callable[[argparse.Namespace], commands.Answer],
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


def _add_fit(table: Commands) -> None:
    fit = _add(
        table,
        "fit",
        commands.run_fit,
        "aisle fit clicks.csv --format retailrocket --out shop.aisle",
    )
    _add_log(fit)
    fit.add_argument("--items", metavar="PATH", help="a table of items; its columns are attributes")
    fit.add_argument("--id", default="item", metavar="COLUMN", help="the id column of --items")
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
    _add_depths(evaluate)


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
