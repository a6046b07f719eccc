"""`aisle strategy check | diff | explain | schema`: what a change does before anyone sees it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import aisle
from aisle.cli.answers import Answer, BadArgumentError, read_log
from aisle.strategy import Strategies, Strategy, read_strategies
from aisle.strategy.describe import describe


def run_check(args: argparse.Namespace) -> Answer:
    """Check a strategy file: its form, and with --bundle every name in it."""
    strategies = read_strategies(args.file)
    if args.bundle is not None:
        aisle.Engine(aisle.load(args.bundle), strategy=strategies).close()
    found = {name: len(one.rules) for name, one in strategies.placements.items()}
    lines = [f"{args.file}: {name}: {rules} rules, all right" for name, rules in found.items()]
    if args.bundle is None:
        lines.append("names of attributes are checked with --bundle shop.aisle")
    return Answer({"file": args.file, "placements": found}, "\n".join(lines))


def run_explain(args: argparse.Namespace) -> Answer:
    """Say in words what a strategy does, in the order in which it applies."""
    strategies = read_strategies(args.file)
    words = {name: describe(one) for name, one in strategies.placements.items()}
    text = "\n".join(
        "\n".join([f"{name}:", *(f"  {n}. {line}" for n, line in enumerate(lines, 1))])
        for name, lines in words.items()
    )
    return Answer({"placements": words}, text)


def run_diff(args: argparse.Namespace) -> Answer:
    """Replay a log through two strategies and show how the slates move."""
    first, second = (_one(path, args.placement) for path in (args.first, args.second))
    found = aisle.evaluate.compare_strategies(
        aisle.load(args.bundle),
        read_log([args.log], args.format),
        first,
        second,
        k=args.k,
        max_requests=args.requests,
    )
    return Answer(found.to_dict(), str(found))


def run_schema(args: argparse.Namespace) -> Answer:
    """Print the JSON schema that editors complete strategy files from."""
    schema = Strategies.model_json_schema()
    if args.out is not None:
        Path(args.out).write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
        return Answer({"file": args.out}, f"{args.out}: name it in the first line of a file: "
                      f"# yaml-language-server: $schema={args.out}")  # fmt: skip
    return Answer(schema, json.dumps(schema, indent=2))


def _one(path: str, placement: str | None) -> Strategy:
    strategies = read_strategies(path)
    if placement is not None:
        return strategies[placement]
    if len(strategies) > 1 and "default" not in strategies.placements:
        known = ", ".join(strategies.placements)
        raise BadArgumentError(
            f"{path} has several placements; choose one with --placement: {known}"
        )
    return strategies.default
