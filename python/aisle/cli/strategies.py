"""`aisle strategy check | diff | explain | schema`: what a change does before anyone sees it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import aisle
from aisle.cli.answers import Answer, BadArgumentError, read_log
from aisle.strategy import Strategies, read_strategies
from aisle.strategy.checks import (
    contradictions,
    problems_in_texts,
    rules_for_nobody,
    unknown_ids,
)
from aisle.strategy.columns import problems_in_columns
from aisle.strategy.describe import describe, describe_market
from aisle.strategy.files import Document
from aisle.strategy.placements import located, read_document
from aisle.strategy.problems import Problem


def run_check(args: argparse.Namespace) -> Answer:
    """Check a strategy file: form, syntax, rules that contradict; with --bundle every name."""
    strategies, document = read_document(args.file)
    notes: list[str] = []
    if args.bundle is None:
        _refuse(problems_in_texts(strategies), document)
    else:
        with aisle.Engine(aisle.load(args.bundle)) as engine:
            catalog = engine.catalog()
            columns = problems_in_columns(strategies, catalog)
            _refuse([*columns, *problems_in_texts(strategies, catalog)], document)
            engine.swap(strategy=strategies)  # what the core alone knows of a strategy
            _refuse(rules_for_nobody(strategies, catalog), document)
            notes = located(unknown_ids(strategies, catalog), document)
    _refuse(contradictions(strategies, args.k), document)
    found = {name: len(one.rules) for name, one in strategies.placements.items()}
    lines = [f"{args.file}: {name}: {rules} rules, all right" for name, rules in found.items()]
    lines += [f"note: {one}" for one in notes]
    if args.bundle is None:
        lines.append(
            "names and types in expressions, and what filters leave, "
            "are checked with --bundle shop.aisle"
        )
    told = {"file": args.file, "placements": found} | ({"notes": notes} if notes else {})
    return Answer(told, "\n".join(lines))


def run_explain(args: argparse.Namespace) -> Answer:
    """Say in words what a strategy does, in the order in which it applies."""
    strategies = read_strategies(args.file)
    words = {name: describe(one) for name, one in strategies.placements.items()}
    words |= {f"@{name}": describe_market(one, name) for name, one in strategies.markets.items()}
    text = "\n".join(
        "\n".join([f"{name}:", *(f"  {n}. {line}" for n, line in enumerate(lines, 1))])
        for name, lines in words.items()
    )
    return Answer({"placements": words}, text)


def run_diff(args: argparse.Namespace) -> Answer:
    """Replay a log through two strategies and show how the slates move."""
    chosen = args.placement, args.market
    first, second = (_chosen(path, *chosen) for path in (args.first, args.second))
    found = aisle.evaluate.compare_strategies(
        aisle.load(args.bundle),
        read_log([args.log], args.format),
        first,
        second,
        placement=args.placement,
        market=args.market,
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


def _refuse(problems: list[Problem], document: Document) -> None:
    if problems:
        raise aisle.ConfigError("\n".join(located(problems, document)))


def _chosen(path: str, placement: str | None, market: str | None) -> Strategies:
    """The file's strategies, which have that placement, or one that answers when none is named."""
    strategies = read_strategies(path)
    strategies.check(placement, market)
    if placement is not None:
        return strategies
    if len(strategies) > 1 and "default" not in strategies.placements:
        known = ", ".join(strategies.placements)
        raise BadArgumentError(
            f"{path} has several placements; choose one with --placement: {known}"
        )
    return strategies
