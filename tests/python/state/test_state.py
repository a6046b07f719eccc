"""The durable state: what an engine observed is there again, and what it forgot is nowhere."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from shops import MINUTE, NOW, bundle  # type: ignore[import-not-found]

DURABILITIES = ("none", "async", "sync")


@pytest.fixture(scope="module")
def shop() -> aisle.Bundle:
    made: aisle.Bundle = bundle()
    return made


def holds(folder: Path, text: str) -> list[str]:
    """The files that have these bytes anywhere."""
    return [f.name for f in folder.rglob("*") if f.is_file() and text.encode() in f.read_bytes()]


@pytest.mark.parametrize("durability", DURABILITIES)
def test_what_was_observed_is_there_again(
    shop: aisle.Bundle, tmp_path: Path, durability: Any
) -> None:
    path = tmp_path / "shop.db"
    with aisle.Engine(shop, state=path, durability=durability) as engine:
        assert engine.observe("ann", "i3", time=NOW) == "accepted"
        engine.observe("ann", "i4", "cart", NOW + MINUTE, 9.5, "e-1", "s-1")
        engine.observe("ann", "i5", time=NOW + 2 * MINUTE)
        assert engine.observe("ann", "i5", time=NOW + 2 * MINUTE) == "duplicate"
        engine.observe("bob", "brand new", time=NOW)
        engine.observe("cat", "i1", time=NOW, consent=False)
        before = engine.recommend("ann", k=10, time=NOW + 3 * MINUTE)
        engine.flush()
        assert engine.stats()["state_events"] == 4
    with aisle.Engine(shop, state=str(path), durability=durability) as engine:
        stats = engine.stats()
        assert (stats["events"], stats["state_events"], stats["visitors"]) == (4, 4, 2)
        after = engine.recommend("ann", k=10, time=NOW + 3 * MINUTE)
        assert after.items == before.items
        assert after.scores == pytest.approx(before.scores)
        assert "i4" not in after.items  # it is in the cart
        assert engine.observe("zoe", "i9", event_id="e-1") == "duplicate"
        assert "brand new" in engine.recommend("eve", k=100, time=NOW).items


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), stops=st.lists(st.integers(1, 80), max_size=4))
def test_an_engine_that_was_stopped_is_one_that_was_not(
    tmp_path_factory: pytest.TempPathFactory, seed: int, stops: list[int]
) -> None:
    made = bundle()
    path = tmp_path_factory.mktemp("state") / "shop.db"
    draw = random.Random(seed)
    rows = []
    for at in range(80):
        kind = draw.choice(["view", "cart", "purchase"])
        late = draw.choice([0, 0, 0, 5 * MINUTE])
        visitor, item = f"v{draw.randrange(6)}", f"i{draw.randrange(70)}"
        rows.append((visitor, item, kind, NOW + at * MINUTE - late))
    kept = aisle.Engine(made)
    stopped = aisle.Engine(made, state=path)
    for at, row in enumerate(rows):
        if at in stops:
            stopped.close()
            stopped = aisle.Engine(made, state=path)
        assert stopped.observe(*row) == kept.observe(*row)
    later = NOW + 100 * MINUTE
    for visitor in [f"v{n}" for n in range(6)]:
        slates = [one.recommend(visitor, k=12, time=later) for one in (kept, stopped)]
        assert slates[0].items == slates[1].items
    stopped.close()


def test_a_log_in_columns_is_written_too(shop: aisle.Bundle, tmp_path: Path) -> None:
    log = aisle.Events.from_columns(
        visitor=[1, 2, 1, 3], item=["i1", "i2", "i3", None], time=[NOW + n for n in range(4)],
        type=["view", "view", "purchase", "search"], value=[None, 2.0, 30.0, None],
    )  # fmt: skip
    with aisle.Engine(shop, state=tmp_path / "s.db", durability="sync") as engine:
        assert engine.observe_many(log)["accepted"] == 3
    with closing(sqlite3.connect(tmp_path / "s.db")) as database:
        rows = database.execute(
            "SELECT v.name, i.name, type, time - ?, value FROM events "
            "JOIN visitors v ON v.id = visitor JOIN items i ON i.id = item ORDER BY seq", (NOW,)
        ).fetchall()  # fmt: skip
    assert rows == [("1", "i1", 0, 0, None), ("2", "i2", 0, 1, 2.0), ("1", "i3", 3, 2, 30.0)]


def test_a_newer_bundle_has_learned_from_older_events(tmp_path: Path) -> None:
    made = bundle()
    newest = int(made.array("newest")[0])
    with aisle.Engine(made, state=tmp_path / "s.db") as engine:
        engine.observe("ann", "i3", time=newest)
        engine.observe("ann", "i4", time=newest + MINUTE)
    with aisle.Engine(made, state=tmp_path / "s.db") as engine:
        slate = engine.recommend("ann", k=5, time=newest + 2 * MINUTE, explain=True)
        assert slate[0].explanation is not None  # the session is there, i3 included
        assert engine.stats()["events"] == 2


@pytest.mark.parametrize("durability", DURABILITIES)
def test_forget_leaves_no_byte(shop: aisle.Bundle, tmp_path: Path, durability: Any) -> None:
    path = tmp_path / "shop.db"
    engine = aisle.Engine(shop, state=path, durability=durability)
    for at in range(2000):
        visitor = "secret-visitor-4711" if at % 7 == 0 else f"v{at % 50}"
        engine.observe(visitor, f"i{at % 60}", time=NOW + at * MINUTE)
    if durability != "none":
        engine.flush()
        assert holds(tmp_path, "secret-visitor-4711")
    assert engine.forget("secret-visitor-4711")
    assert holds(tmp_path, "secret-visitor-4711") == []
    assert not engine.forget("secret-visitor-4711")
    kept = engine.stats()["state_events"]
    engine.close()
    assert holds(tmp_path, "secret-visitor-4711") == []
    with closing(sqlite3.connect(path)) as database:
        gone = database.execute("SELECT events FROM erasures ORDER BY rowid").fetchall()
    assert gone == [(286,), (0,)]
    with aisle.Engine(shop, state=path) as engine:
        assert engine.stats()["events"] == kept == 2000 - 286


def test_forget_while_others_observe(shop: aisle.Bundle, tmp_path: Path) -> None:
    engine = aisle.Engine(shop, state=tmp_path / "s.db", durability="async")
    done = threading.Event()

    def click(name: str) -> None:
        at = 0
        while not done.is_set():
            engine.observe(name, f"i{at % 60}", time=NOW + at)
            at += 1

    threads = [threading.Thread(target=click, args=(name,)) for name in ("busy-one", "to-erase-x")]
    for thread in threads:
        thread.start()
    for _ in range(5):
        engine.forget("to-erase-x")
    done.set()
    for thread in threads:
        thread.join()
    engine.forget("to-erase-x")
    assert holds(tmp_path, "to-erase-x") == []
    known = engine.stats()["state_events"]
    engine.close()
    with aisle.Engine(shop, state=tmp_path / "s.db") as again:
        assert again.stats()["events"] == known


CHILD = """
import sys, aisle
engine = aisle.Engine(aisle.load(sys.argv[1]), state=sys.argv[2], durability=sys.argv[3])
n = engine.stats()["events"]
print(n, flush=True)
while True:
    engine.observe("k%d" % (n % 97), "i%d" % (n % 1009), event_id="e%d" % n)
    n += 1
    if sys.argv[3] == "async" and n % 20 == 0:
        engine.flush()
    if sys.argv[3] == "sync" or n % 20 == 0:
        print(n, flush=True)
"""


@pytest.mark.parametrize("durability", ["sync", "async"])
def test_kill_9_loses_nothing_that_was_acknowledged(
    shop: aisle.Bundle, tmp_path: Path, durability: str
) -> None:
    saved, path = tmp_path / "shop.aisle", tmp_path / "shop.db"
    shop.save(saved)
    (tmp_path / "child.py").write_text(textwrap.dedent(CHILD), encoding="utf-8")
    draw, last = random.Random(5), 0
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, str(tmp_path / "child.py"), str(saved), str(path), durability],
            stdout=subprocess.PIPE, text=True,
        ) as child:  # fmt: skip
            assert child.stdout is not None
            told = [int(child.stdout.readline())]
            for _ in range(draw.randrange(1, 100)):
                told.append(int(child.stdout.readline()))
            child.send_signal(signal.SIGKILL)
            told += [int(line) for line in child.stdout.read().split()]
        with aisle.Engine(shop, state=path) as engine:
            known = int(engine.stats()["events"])
        assert known >= told[-1]
        assert known >= last  # whatever was known at the last opening is on disk
        last = known
    assert last > 100


FULL = """
import resource, sys, aisle
engine = aisle.Engine(aisle.load(sys.argv[1]), state=sys.argv[2], durability="async")
engine.observe("v", "i1"); engine.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
told, n = "", 0
try:
    while n < 400_000:
        engine.observe("visitor-%d" % n, "i%d" % (n % 60)); n += 1
        if n % 5_000 == 0: engine.flush()
except aisle.StateError as error:
    told = str(error)
print(told)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
engine.flush()
print(engine.stats()["events"], engine.stats()["state_events"])
engine.close()
"""


def test_a_full_disk_is_told_and_got_over(shop: aisle.Bundle, tmp_path: Path) -> None:
    saved, path = tmp_path / "shop.aisle", tmp_path / "shop.db"
    shop.save(saved)
    (tmp_path / "child.py").write_text(FULL, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "child.py"), str(saved), str(path)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told, counts = done.stdout.splitlines()
    assert str(path) in told
    events, written = map(int, counts.split())
    assert events == written > 1000
    with aisle.Engine(shop, state=path) as engine:
        assert engine.stats()["events"] == events


def test_one_engine_at_a_time(shop: aisle.Bundle, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with aisle.Engine(shop, state=path) as engine:
        with pytest.raises(aisle.StateError, match=r"another engine has this state open"):
            aisle.Engine(shop, state=path)
        engine.observe("v", "i1")
    with aisle.Engine(shop, state=path) as engine:  # as soon as the first is closed
        assert engine.stats()["events"] == 1
    del engine
    third = aisle.Engine(shop, state=path)
    del third  # or gone
    aisle.Engine(shop, state=path).close()


def test_a_reader_beside_it_sees_what_is_written(shop: aisle.Bundle, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with aisle.Engine(shop, state=path, durability="sync") as engine:
        engine.observe("v", "i1")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
            assert reader.execute("SELECT count(*) FROM events").fetchone() == (1,)


def damage(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "cut":
        data = data[: len(data) // 2]
    elif how == "letters":
        data = bytearray(b"Dear customer, your order has been shipped. " * 200)
    else:
        for at in range(5_000, len(data), 997):
            data[at] ^= 0x40
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["cut", "letters", "flipped"])
def test_a_damaged_file_is_told(shop: aisle.Bundle, tmp_path: Path, how: str) -> None:
    path = tmp_path / "shop.db"
    with aisle.Engine(shop, state=path) as engine:
        for at in range(3000):
            engine.observe(f"v{at}", f"i{at % 60}", time=NOW + at)
    damage(path, how)
    with pytest.raises(aisle.StateError, match=r"shop\.db"):
        aisle.Engine(shop, state=path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cant_be_written(shop: aisle.Bundle, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(aisle.StateError, match="must be there and writable"):
        aisle.Engine(shop, state=tmp_path / "shop.db")


def test_wrong_arguments(shop: aisle.Bundle, tmp_path: Path) -> None:
    with pytest.raises(aisle.ConfigError, match="unknown durability 'synch'; did you mean 'sync'"):
        aisle.Engine(shop, state=tmp_path / "s.db", durability="synch")  # type: ignore[arg-type]
    with pytest.raises(aisle.ConfigError, match=r"needs a file: state='shop\.db'"):
        aisle.Engine(shop, durability="sync")
    with pytest.raises(aisle.StateError, match="must be there and writable"):
        aisle.Engine(shop, state=tmp_path / "no" / "s.db")


def test_a_closed_engine_is_closed_twice(shop: aisle.Bundle, tmp_path: Path) -> None:
    engine = aisle.Engine(shop, state=tmp_path / "s.db", durability="sync")
    engine.observe("v", "i1")
    engine.close()
    engine.close()
    with pytest.raises(aisle.ConfigError, match="this engine is closed"):
        engine.observe("v", "i2")


EXPLORE = {"explore": {"policy": "thompson", "pool": 5}}


def test_what_bandits_learned_and_offers_spent_lasts(shop: aisle.Bundle, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    offer = {"name": "may", "discount": 0.1, "budget": 100.0}
    recipe = aisle.Strategy.from_dict({**EXPLORE, "offers": [offer]})
    with aisle.Engine(shop, state=path, strategy=recipe) as engine:
        slate = engine.recommend("ann", k=4)
        explored = next(one.item for one in slate if one.is_explored)
        assert engine.outcome(slate.id, explored) == "learned"
        bought = next(one.item for one in slate if one.offer is not None)
        assert engine.redeem(slate.id, bought)
        arms, spent = engine.save_arms(), engine.offers()["may"]["spent"]
    with aisle.Engine(shop, state=path, strategy=recipe) as engine:
        assert engine.save_arms() == arms
        assert engine.offers()["may"]["spent"] == spent > 0
    with aisle.Engine(shop, state=path, strategy=aisle.Strategy()) as engine:
        assert engine.save_arms() == []  # nothing explores now, and that is no error


def test_the_strategy_that_was_live_is_live_again(shop: aisle.Bundle, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with aisle.Engine(shop, state=path) as engine:
        engine.swap(strategy={"home": aisle.Strategy(filter="price < 9")})
    with aisle.Engine(shop, state=path) as engine:
        assert set(engine.strategies.placements) == {"home"}
        assert len(engine.recommend("v", k=60, placement="home").items) == 8
    with aisle.Engine(shop, state=path, strategy=aisle.Strategy()) as engine:  # a word of one's own
        assert len(engine.recommend("v", k=60).items) == 60
    bare = aisle.fit(aisle.Events.from_columns(visitor=["a", "a"], item=["x", "y"],
                                               time=[NOW, NOW + MINUTE]))  # fmt: skip
    with pytest.raises(aisle.ConfigError, match=r"(?s)does not fit: .*'price'.*strategy="):
        aisle.Engine(bare, state=path)
    aisle.Engine(bare, state=path, strategy=aisle.Strategy()).close()


def test_a_backup_is_made_while_it_serves(shop: aisle.Bundle, tmp_path: Path) -> None:
    path, copy = tmp_path / "shop.db", tmp_path / "copy.db"
    with aisle.Engine(shop, state=path, durability="async") as engine:
        engine.observe("ann", "i1", time=NOW)
        engine.backup(copy)
        engine.observe("ann", "i2", time=NOW + MINUTE)
        with pytest.raises(aisle.StateError, match="could not be written"):
            engine.backup(tmp_path / "no" / "copy.db")
    with aisle.Engine(shop, state=copy) as engine:
        assert engine.stats()["events"] == 1
    with pytest.raises(aisle.ConfigError, match="has no state"):
        aisle.Engine(shop).backup(copy)


def test_old_events_go(shop: aisle.Bundle, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with aisle.Engine(shop, state=path) as engine:
        for at in range(10):
            engine.observe("old-visitor-x" if at < 4 else "new", f"i{at}", time=NOW + at * MINUTE)
        assert engine.prune(NOW + 4 * MINUTE) == 4
        assert holds(tmp_path, "old-visitor-x") == []
    with aisle.Engine(shop, state=path) as engine:
        assert engine.stats()["events"] == 6
        assert engine.prune("2001-01-01") == 0


def test_it_is_read_for_training(shop: aisle.Bundle, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with aisle.Engine(shop, state=path) as engine:
        engine.observe("ann", "i1", time=NOW)
        engine.observe("ann", "i2", "purchase", NOW + MINUTE, 12.5)
        engine.observe("bob", "i3", time=NOW + 2 * MINUTE)
        engine.flush()
        log = aisle.read_state(path)
    table = log.to_pandas()
    assert table["visitor"].tolist() == ["ann", "ann", "bob"]
    assert table["item"].tolist() == ["i1", "i2", "i3"]
    assert log.describe()["types"] == {"view": 2, "purchase": 1}
    assert aisle.fit(log).manifest
    with pytest.raises(aisle.StateError, match="not to be read as a state"):
        aisle.read_state(tmp_path / "none.db")


def test_a_script_that_ends_without_closing_loses_nothing(
    shop: aisle.Bundle, tmp_path: Path
) -> None:
    saved, path = tmp_path / "shop.aisle", tmp_path / "shop.db"
    shop.save(saved)
    script = """
        import sys, aisle
        engine = aisle.Engine(aisle.load(sys.argv[1]), state=sys.argv[2])
        engine.me = engine  # a cycle: nobody would take it away
        for n in range(100):
            engine.observe("v", "i%d" % n)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(saved), str(path)]
    subprocess.run(command, check=True)
    with aisle.Engine(shop, state=path) as engine:
        assert engine.stats()["events"] == 100


def test_the_events_are_written_for_training(shop: aisle.Bundle, tmp_path: Path) -> None:
    with aisle.Engine(shop, state=tmp_path / "shop.db") as engine:
        engine.observe("a", "i1", "cart", time=NOW, value=3.5)
        engine.observe("b", "i2", time=NOW + 1)
        log = aisle.read_events(engine.to_parquet(tmp_path / "log.parquet"))
        assert log.visitors[log.visitor].tolist() == ["a", "b"]
        assert log.type.tolist() == [1, 0]
        with pytest.raises(aisle.ConfigError, match=r"as \.parquet"):
            engine.to_parquet(tmp_path / "log.csv")
    with pytest.raises(aisle.ConfigError, match="no state"):
        aisle.Engine(shop).to_parquet(tmp_path / "other.parquet")
