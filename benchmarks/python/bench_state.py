"""What it costs that events last: ingest, recovery and requests with a state, beside others.

    python benchmarks/python/bench_state.py            a million events; a minute or two
    python benchmarks/python/bench_state.py --quick    a twentieth of it, no file

Events of `aisle.simulate.Shop`, in batches. `aisle` takes each batch with `observe_many`; "async"
ends with a flush, in "sync" every batch of 1,000 is on disk before the next. Rows of `no state`
are the same engine without a file. Beside it: `sqlite3` from Python with executemany, one
transaction a batch, WAL, synchronous=FULL, one table without checksums; and `redis-server` (a
stream for all events, pipelined in batches, appendfsync everysec or always), where it is there;
neither keeps sessions or learns. Recovery opens the state again. Requests: p50 of `recommend` while
another thread observes, with a state over without.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import common
import numpy as np

import aisle

BATCH = 1_000


def batches(log: aisle.Events, size: int) -> Iterator[aisle.Events]:
    for begin in range(0, len(log), size):
        yield log._take(np.arange(begin, min(begin + size, len(log))))


def timed(work: Any) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def ingest(bundle: aisle.Bundle, parts: list[aisle.Events], **state: Any) -> tuple[float, Any]:
    engine = aisle.Engine(bundle, **state)

    def work() -> None:
        for part in parts:
            engine.observe_many(part, learn=False)
        engine.flush()

    return timed(work), engine


def plain_sqlite(parts: list[Any], path: Path) -> float:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE events (visitor TEXT, item TEXT, type INTEGER, time INTEGER)")

    def work() -> None:
        for rows in parts:
            database.execute("BEGIN")
            database.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
            database.execute("COMMIT")

    took = timed(work)
    database.close()
    return took


def redis_stream(parts: list[Any], folder: Path, fsync: str) -> float | None:
    """Redis's own protocol, written here: XADD, a batch at a time, then all answers."""
    server = shutil.which("redis-server")
    if server is None:
        return None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--appendonly", "yes", "--appendfsync", fsync, "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        try:
            for _ in range(100):
                try:
                    link = socket.create_connection(("127.0.0.1", port))
                    break
                except OSError:
                    time.sleep(0.05)
            packed = [b"".join(_xadd(row) for row in rows) for rows in parts]
            with link:
                answers = link.makefile("rb")

                def work() -> None:
                    for rows, bytes_ in zip(parts, packed, strict=True):
                        link.sendall(bytes_)
                        for _ in rows:
                            answers.readline()
                            answers.readline()

                took = timed(work)
                answers.close()
            return took
        finally:
            running.terminate()


def _xadd(row: tuple[str, str, int, int]) -> bytes:
    words = ["XADD", "events", "*", "v", row[0], "i", row[1], "y", str(row[2]), "t", str(row[3])]
    parts = [f"*{len(words)}\r\n"]
    parts += [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
    return "".join(parts).encode()


def requests(engine: aisle.Engine, visitors: list[str], log: aisle.Events, count: int) -> float:
    """p50 in microseconds while another thread observes."""
    done = threading.Event()

    def observe() -> None:
        at = 0
        while not done.is_set():
            engine.observe(f"w{at % 5000}", "i1")
            at += 1
            if at % 20 == 0:
                time.sleep(0.001)

    thread = threading.Thread(target=observe)
    thread.start()
    took = [timed(lambda at=at: engine.recommend(visitors[at % len(visitors)], 20))
            for at in range(count)]  # fmt: skip
    done.set()
    thread.join()
    return statistics.median(took) * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of the size, no file")
    parser.add_argument("--output", default=None, help="default: results/state.json")
    args = parser.parse_args()
    count = 50_000 if args.quick else 1_000_000
    print("simulating a shop …", file=sys.stderr)
    visitors_wanted, log = count // 20, aisle.Events.from_columns(visitor=[], item=[], time=[])
    while len(log) < count:
        visitors_wanted *= 2
        shop = aisle.simulate.Shop(items=5_000, visitors=visitors_wanted, days=14, seed=1)
        log = shop.events()
    log = log._take(np.arange(count))
    bundle = aisle.fit(log._take(np.arange(count // 10)), items=shop.items())
    parts = list(batches(log, BATCH))
    table = log.to_pandas()
    columns = [table[name].tolist() for name in ("visitor", "item")]
    times = table["time"].astype("int64").tolist()
    plain = [(str(v), str(i), 0, t) for v, i, t in zip(*columns, times, strict=True)]
    rows = [plain[begin : begin + BATCH] for begin in range(0, count, BATCH)]
    found: dict[str, float | None] = {}
    folder = Path(tempfile.mkdtemp(prefix="aisle-state-"))
    try:
        none, engine = ingest(bundle, parts)
        visitors = [str(one) for one in log.visitors[:1000]]
        found["aisle, no state: events/s"] = count / none
        without = requests(engine, visitors, log, 4000)
        engine.close()
        for durability in ("async", "sync"):
            path = folder / f"{durability}.db"
            took, engine = ingest(bundle, parts, state=path, durability=durability)
            found[f"aisle, {durability}: events/s"] = count / took
            if durability == "async":
                found["recommend p50, state over none"] = (
                    requests(engine, visitors, log, 4000) / without
                )
            engine.close()
            found["bytes an event"] = path.stat().st_size / count
        opened = timed(lambda: aisle.Engine(bundle, state=folder / "sync.db").close())
        found["recovery: events/s"] = count / opened
        found["recovery of 5 million events: s"] = 5e6 * opened / count
        found["sqlite3, a transaction a batch: events/s"] = count / plain_sqlite(
            rows, folder / "plain.db"
        )
        for fsync in ("everysec", "always"):
            took_redis = redis_stream(rows, folder, fsync)
            found[f"redis stream, {fsync}: events/s"] = took_redis and count / took_redis
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, value in found.items():
        print(f"| {name:42} | {'not there' if value is None else f'{value:,.2f}':>14} |")
    if not args.quick:
        output = Path(args.output or common.RESULTS / "state.json")
        output.write_text(json.dumps({"machine": common.machine(), "events": count,
                                      "rows": found}, indent=1) + "\n")  # fmt: skip
        print(f"written to {output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
