"""`aisle tune`: search the parameters of models, or of the engine's recipe."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import aisle
from aisle.aside import check_target
from aisle.cli.answers import Answer, BadArgumentError, read_log

INTERRUPTED = 130


def run_tune(args: argparse.Namespace) -> Answer:
    """Search the parameters of models, or of the engine's recipe, on the log's newest sessions."""
    from aisle.tuning.result import check_ending
    from aisle.tuning.spaces import RECIPE

    if args.trials is not None and args.budget is not None:
        raise BadArgumentError("give --trials N or --budget TIME, not both")
    if args.out:
        check_ending(args.out, args.model == [RECIPE])
        check_target(Path(args.out), args.log)
    try:
        found = _found(args)
    except ImportError as error:
        raise aisle.AisleError(str(error)) from None
    data, text = found.to_dict(), str(found)
    if args.out:
        data["out"] = str(found.save(args.out))
        what = "strategy" if found.scorer else "parameters"
        text += f"\n{args.out}: the best {what}"
    # What was done is told; the exit code says that it is not all.
    return Answer(data, text, INTERRUPTED if found.interrupted else 0)


def _found(args: argparse.Namespace) -> aisle.Tuning:
    return aisle.tune(
        read_log(args.log, args.format),
        args.model,
        metric=args.metric,
        budget=args.budget or args.trials or 25,
        split=args.split,
        items=aisle.read_items(args.items, id=args.id) if args.items else None,
        storage=args.storage,
        seed=args.seed,
        progress=sys.stderr.isatty(),
    )
