"""What a state loses when its process is killed: kill -9 at random moments under load.

    python benchmarks/python/faults_state.py            200 kills for each durability; some minutes
    python benchmarks/python/faults_state.py --kills 5  a look

A process observes as fast as it can and says after each call (`sync`) or each flush (`async`) what
it was told is safe; it is killed with SIGKILL at a random moment, the state opened and counted, and
the next one goes on. Lost is what was acknowledged and is not there. For `async` also how old the
oldest event was that was lost without a flush: at most the 100 ms that are stated.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common

import aisle

FRESH = 10  # kills of one state
CHILD = """
import sys, time, aisle
bundle, state, durability = sys.argv[1:4]
engine = aisle.Engine(aisle.load(bundle), state=state, durability=durability)
n = engine.stats()["events"]
print("open", n, time.time(), flush=True)
while True:
    n += 1
    engine.observe("k%d" % (n % 97), "i%d" % (n % 1009), event_id="e%d" % n)
    if durability == "sync":
        print("safe", n, time.time(), flush=True)
    elif n % 50 == 0:
        print("seen", n, time.time(), flush=True)
        if n % 5000 == 0:
            engine.flush()
            print("safe", n, time.time(), flush=True)
"""


def one_life(command: list[str], moment: float) -> tuple[int, list[tuple[int, float]], float]:
    """What was safe, what was seen and when, and when it was killed."""
    safe, seen = 0, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(moment)
        killed = time.time()
        child.send_signal(signal.SIGKILL)
        for line in child.stdout.read().split("\n"):
            words = line.split(" ")
            if len(words) != 3 or not words[2]:
                continue  # the last line may be cut
            seen.append((int(words[1]), float(words[2])))
            if words[0] == "safe":
                safe = int(words[1])
    return safe, seen, killed


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--output", default=None, help="default: results/faults.json, of 200")
    args = parser.parse_args()
    draw = random.Random(1)
    folder = Path(tempfile.mkdtemp(prefix="aisle-faults-"))
    found: dict[str, dict[str, float]] = {}
    try:
        shop = aisle.simulate.Shop(items=200, visitors=300, days=2, seed=1)
        bundle = folder / "shop.aisle"
        aisle.fit(shop.events(), items=shop.items()).save(bundle)
        (folder / "child.py").write_text(CHILD, encoding="utf-8")
        for durability in ("sync", "async"):
            state = folder / f"{durability}.db"
            lost, oldest, total = 0, 0.0, 0
            for kill in range(args.kills):
                if kill % FRESH == 0:  # what is opened again shall not grow without end
                    for file in folder.glob(f"{durability}.db*"):
                        file.unlink()
                command = [sys.executable, str(folder / "child.py"), str(bundle), str(state)]
                safe, seen, killed = one_life([*command, durability], draw.random() * 0.3)
                with aisle.Engine(aisle.load(bundle), state=state) as engine:
                    events = int(engine.stats()["events"])
                total += len(seen)
                lost += max(0, safe - events)
                gone = [at for number, at in seen if number > events]
                oldest = max(oldest, killed - min(gone)) if gone else oldest
            found[durability] = {"kills": args.kills, "told": total,
                                 "acknowledged_and_lost": lost,
                                 "oldest_lost_ms": round(1000 * oldest, 1)}  # fmt: skip
            print(durability, found[durability])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if args.kills >= 200:
        output = Path(args.output or common.RESULTS / "faults.json")
        told = {"machine": common.machine(), "rows": found}
        output.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0 if all(row["acknowledged_and_lost"] == 0 for row in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
