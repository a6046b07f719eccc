"""What `aisle check` finds in real logs, how long it takes, and how well it tells machines.

    python benchmarks/python/bench_check.py            all rows; a minute
    python benchmarks/python/bench_check.py --quick    the simulated shop alone, no file

Time and memory: the command `aisle check` on three million clicks (globo) as a process of its own,
its limits 20 s and 1.5 GB; beside it the time of reading alone, and of pandas finding exact
duplicates. Counts: what others count of `uci_online_retail` and `ab_udacity`. Machines:
`access_log_with_bots` against the words bot, crawl, spider, slurp anywhere in a line (1,528) and in
the user agent alone; with the user agents, and by behaviour alone; and simulated shops, where the
truth is known.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import common
import numpy as np

import aisle

WORDS = re.compile("bot|crawl|spider|slurp", re.IGNORECASE)


def scores(rows: Any, truth: Any) -> dict[str, Any]:
    """Precision and recall of flagged rows."""
    flagged = np.zeros(len(truth), bool)
    flagged[rows] = True
    hit = int((flagged & truth).sum())
    return {
        "flagged": int(flagged.sum()),
        "true": int(truth.sum()),
        "precision": hit / max(int(flagged.sum()), 1),
        "recall": hit / max(int(truth.sum()), 1),
    }


def rows_of(report: aisle.hygiene.CheckReport, rule: str) -> Any:
    """Of a finding, none where it found nothing."""
    return report[rule].rows if rule in report else np.zeros(0, np.int64)


def simulated(seeds: int) -> list[dict[str, Any]]:
    """Machines of simulated shops, by visitor."""
    found = []
    for seed in range(seeds):
        shop = aisle.simulate.Shop(items=4000, visitors=20_000, days=14, seed=seed)
        log = shop.events()
        machines = np.isin(log.visitors, list(shop.bots))
        report = aisle.check(log, measure=False)
        told = np.zeros(len(machines), bool)
        told[np.unique(log.visitor[rows_of(report, "bots")])] = True
        found.append(scores(np.flatnonzero(told), machines))
    return found


def access_log(folder: Path) -> dict[str, Any]:
    """A web server's log: its crawlers with their user agents, and by behaviour alone."""
    import duckdb

    path = folder / "access_log_with_bots" / "apache_logs.zst"
    table = duckdb.sql(
        r"""SELECT regexp_extract(line, '^(\S+)', 1) AS visitor,
                   strptime(regexp_extract(line, '\[([^\]]+)\]', 1), '%d/%b/%Y:%H:%M:%S %z')
                     AS time,
                   regexp_extract(line, '"[A-Z]+ (\S+)', 1) AS item,
                   regexp_extract(line, '"([^"]*)"\s*$', 1) AS user_agent, line
            FROM read_csv('"""
        + str(path)
        + r"""', columns={'line': 'VARCHAR'}, header=false, delim='\x01', quote='', escape='',
                   auto_detect=false)"""
    ).to_arrow_table()
    log = aisle.read_events(table)
    lines = np.array([bool(WORDS.search(text)) for text in log.extra["line"]])
    agents = np.array([bool(WORDS.search(text or "")) for text in log.extra["user_agent"]])
    whole = rows_of(aisle.check(log, measure=False), "bots")
    bare = aisle.Events.from_columns(
        visitor=log.visitors[log.visitor], item=log.items[log.item], time=log.time
    )
    by_deeds = rows_of(aisle.check(bare, measure=False), "bots")
    others = [log.extra["user_agent"][row] for row in whole if not agents[row]]
    names, counts = np.unique(others, return_counts=True)
    top = sorted(zip(counts.tolist(), names.tolist(), strict=True), reverse=True)[:12]
    return {
        "all, against lines": scores(whole, lines),
        "all, against user agents": scores(whole, agents),
        "by behaviour alone, against user agents": scores(by_deeds, agents),
        "flagged beyond the four words": {name[:60]: count for count, name in top},
    }


def counts(folder: Path) -> list[dict[str, Any]]:
    """What is counted by others, and by the check."""
    shop = aisle.check(
        folder / "uci_online_retail" / "online_retail.csv.zst",
        format="uci-online-retail",
        measure=False,
    )
    test = aisle.check(
        folder / "ab_udacity" / "ab_data.csv.zst",
        columns={"time": "timestamp", "visitor": "user_id", "item": "landing_page"},
        variant="group",
        shown="item",
        measure=False,
    )
    expected = [
        (shop, "exact_duplicates", 5_268),
        (shop, "negative_quantities", 10_624),
        (shop, "cancellations", 9_288),
        (shop, "anonymous", 135_080),
        (test, "assignment_mismatch", 3_893),
        (test, "repeated_units", 3_894),
    ]
    return [
        {"rule": rule, "count": report[rule].count if rule in report else 0, "known": known}
        for report, rule, known in expected
    ]


def globo(folder: Path, runs: int) -> dict[str, Any]:
    """Seconds and bytes of the command on three million clicks."""
    path = folder / "globo_clicks" / "globo_clicks.csv.zst"
    seconds, peaks, quick, reading, pandas_s = [], [], [], [], []
    for _ in range(runs):
        for extra, into in (([], seconds), (["--no-effects"], quick)):
            begun = time.perf_counter()
            command = [sys.executable, "-m", "aisle", "check", str(path), "--format", "globo"]
            done = subprocess.Popen([*command, "--json", *extra], stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(done.pid, 0)
            done.returncode = status
            into.append(time.perf_counter() - begun)
            if status:
                raise SystemExit("aisle check failed")
            if not extra:
                peaks.append(used.ru_maxrss / 1e6)
        begun = time.perf_counter()
        log = aisle.read_events(path, format="globo")
        reading.append(time.perf_counter() - begun)
        frame = log.to_pandas()
        begun = time.perf_counter()
        frame.duplicated().sum()
        pandas_s.append(time.perf_counter() - begun)
        del frame, log
    return {
        "seconds": seconds,
        "seconds without effects": quick,
        "limit_s": 20,
        "peak_gb": max(peaks),
        "limit_gb": 1.5,
        "reading_s": reading,
        "pandas_duplicated_s": pandas_s,
    }


def main() -> None:
    """Measure, print, save."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--runs", type=int, default=3)
    args = arguments.parse_args()
    result: dict[str, Any] = {
        "machine": common.machine(),
        "simulated": simulated(1 if args.quick else 5),
    }
    folder = common.data_folder()
    if folder is not None and not args.quick:
        result |= {
            "globo": globo(folder, args.runs),
            "counts": counts(folder),
            "access log": access_log(folder),
        }
    result["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps(result, indent=1, default=float))
    if not args.quick:
        common.save("check", result)


if __name__ == "__main__":
    main()
