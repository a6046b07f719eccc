"""What each command does: arguments in, an `Answer` out. Nothing here prints."""

from __future__ import annotations

import argparse
import ast
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aisle
from aisle.aside import check_target
from aisle.cli.answers import Answer, BadArgumentError, read_log, read_paths
from aisle.names import unknown


def run_check(args: argparse.Namespace) -> Answer:
    """Report what is wrong with a log, how much it matters, and write it without that."""
    read_paths(args.log)
    if args.drop and not args.clean:
        raise BadArgumentError("--drop says what --clean leaves out: give --clean OUT")
    for out in filter(None, (args.html, args.clean)):
        check_target(Path(out), [*args.log, *(args.reference or []), *filter(None, [args.items])])
    report = aisle.check(
        args.log[0] if len(args.log) == 1 else args.log,
        aisle.read_items(args.items, id=args.id) if args.items else None,
        format=args.format,
        reference=read_log(args.reference, args.format) if args.reference else None,
        variant=args.variant,
        shown=args.shown,
        measure=not args.no_effects,
        now=args.now,
        progress=sys.stderr.isatty() and not args.json,
        **_reading(args),
    )
    data, text = report.to_dict(), str(report)
    if args.html:
        data["html"] = str(report.save_html(args.html))
        text += f"\n{args.html}: the report as a page"
    if args.clean:
        kept = report.clean(args.drop)
        aisle.write_events(kept, args.clean)
        data["clean"] = {"path": args.clean, "events": len(kept)}
        text += f"\n{args.clean}: {len(kept):,} events"
    if args.strict and not report.ok:
        raise aisle.DataError(f"{text}\n{report.source} is not fit for use: see what BLOCKS")
    return Answer(data, text)


def _reading(args: argparse.Namespace) -> dict[str, Any]:
    """The options of reading that were given."""
    columns = dict(pair.partition("=")[::2] for pair in args.columns)
    if any(not name or not source for name, source in columns.items()):
        raise BadArgumentError(f"--columns wants NAME=COLUMN, got {' '.join(args.columns)!r}")
    found: dict[str, Any] = {"columns": columns} if columns else {}
    if args.time_unit:
        found["time_unit"] = args.time_unit
    if args.quarantine:
        found["quarantine"] = args.quarantine
    return found


def run_fit(args: argparse.Namespace) -> Answer:
    """Fit the default recipe on a log and save the bundle."""
    events = read_log(args.log, args.format)
    items = aisle.read_items(args.items, id=args.id) if args.items else None
    bundle = aisle.fit(
        events,
        items=items,
        strategy=args.strategy,
        k_anonymity=args.k_anonymity,
        progress=sys.stderr.isatty(),
    )
    bundle.save(args.out)
    size = Path(args.out).stat().st_size
    data = {
        "bundle": args.out,
        "bytes": size,
        "events": len(events),
        "items": len(events.items),
        "visitors": len(events.visitors),
    }
    text = (
        f"{args.out}: {size / 1e6:.1f} MB from {data['events']:,} events of "
        f"{data['visitors']:,} visitors on {data['items']:,} items"
    )
    return Answer(data, text)


def run_evaluate(args: argparse.Namespace) -> Answer:
    """Fit one model and rank all items after every event of a test log."""
    make = _model(args.model)
    options, known = _options(args.set), make().get_params()
    for name in options:
        if name not in known:
            raise BadArgumentError(unknown("parameter", name, known, of=args.model))
    request_time = _when(args.request_time)
    train = read_log(args.log, args.format)
    model = make(**options).fit(train)
    test = read_log([args.test], args.format)
    with warnings.catch_warnings():
        # Doubts about the input are notes of the report: text and JSON have them.
        warnings.simplefilter("ignore", aisle.evaluate.EvaluationWarning)
        report = aisle.evaluate.next_item(
            model,
            test,
            k=args.k,
            ties=args.ties,
            repeats=args.repeats,
            targets=args.targets,
            unknown=args.unknown,
            exclude_seen=args.exclude_seen,
            request_time=request_time,
            train=train,
            items=aisle.read_items(args.items, id=args.id) if args.items else None,
            progress=sys.stderr.isatty(),
        )
    return Answer(report.to_dict(), str(report))


def _when(text: str) -> str | float:
    """What --request-time says."""
    if text in ("last", "target"):
        return text
    try:
        return float(text)
    except ValueError:
        raise BadArgumentError(
            f"--request-time wants last, target or seconds, got {text!r}"
        ) from None


def run_recommend(args: argparse.Namespace) -> Answer:
    """Answer one request from a bundle."""
    if args.visitor is None and args.session is None:
        raise BadArgumentError("who is it for? Give --visitor ID or --session ITEM,ITEM,…")
    with aisle.Engine(aisle.load(args.bundle), strategy=args.strategy) as engine:
        session = None if args.session is None else [i for i in args.session.split(",") if i]
        slate = engine.recommend(
            args.visitor,
            k=args.k,
            item=args.item,
            session=session,
            placement=args.placement,
            market=args.market,
            where=args.where,
        )
        lines = [f"{one.place:3d}  {one.score:10.4f}  {one.item}" for one in slate]
    return Answer(slate.to_dict(), "\n".join(lines) or "nothing to recommend")


def run_replay(args: argparse.Namespace) -> Answer:
    """Recommend before each event of a log, compare, then observe it."""
    with aisle.Engine(aisle.load(args.bundle)) as engine:
        log = read_log(args.log, args.format)
        report = aisle.evaluate.replay(engine, log, k=args.k, progress=sys.stderr.isatty())
    return Answer(report.to_dict(), str(report))


def run_demo(args: argparse.Namespace) -> Answer:
    """Run the main job from end to end, on a log or on a simulated shop."""
    from aisle import demo

    found = demo.run(
        args.data, format=args.format, page=args.out, max_events=args.events, quiet=args.json
    )
    return Answer(found.data, found.text)


def run_bench(args: argparse.Namespace) -> Answer:
    """Measure the rows of the benchmark table."""
    from aisle import bench

    rows = bench.run(only=args.only, quiet=args.json)
    return Answer({"rows": [row.data for row in rows]}, bench.table(rows))


def run_build_info(args: argparse.Namespace) -> Answer:
    """Say what this build is: versions, compiler, processor instructions."""
    info = aisle.build_info()
    width = max(map(len, info))
    return Answer(dict(info), "\n".join(f"{key:{width}}  {value}" for key, value in info.items()))


def _options(pairs: Sequence[str]) -> dict[str, Any]:
    """`["k=100", "weighting=div"]` -> `{"k": 100, "weighting": "div"}`."""
    options: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise BadArgumentError(f"--set wants NAME=VALUE, got {pair!r}")
        try:
            options[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            options[name] = {"true": True, "false": False}.get(text, text)
    return options


def _model(name: str) -> Callable[..., Any]:
    kinds = aisle.models.all_models()
    if name not in kinds:
        raise BadArgumentError(unknown("model", name, kinds))
    return kinds[name]
