"""Each rule finds the defect that was planted, counts it exactly, and is silent without it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle

sys.path.insert(0, str(Path(__file__).parent))
from hygiene_logs import DAY, START, add, check, events, people  # type: ignore[import-not-found]

HOUR = DAY // 24
SILENT = {"enough_data", "no_catalogue", "cold_items", "drift", "new_items"}


def test_people_alone_are_no_finding() -> None:
    found = check(events(people()))
    assert set(found) <= SILENT
    assert found.ok
    assert len(found.clean()) == len(found.events)


def test_exact_copies() -> None:
    log = people()
    twice = {name: values + values[10:35] + values[10:12] for name, values in log.items()}
    found = check(events(twice))["exact_duplicates"]
    assert (found.count, found.level) == (27, "hurts")
    assert found.rows is not None
    assert found.rows.tolist() == list(range(len(log["time"]), len(log["time"]) + 27))
    assert len(check(events(twice)).clean()) == len(log["time"])


def test_a_copy_differs_in_no_column() -> None:
    log = people()
    prices = [1.0] * len(log["time"]) + [2.0, 1.0]
    twice = {name: values + values[3:5] for name, values in log.items()}
    report = check(events(twice, price=prices))
    assert report["exact_duplicates"].count == 1
    assert report["same_instant"].count == 1


@pytest.mark.parametrize("kind", [str, int])
def test_an_idempotency_key_that_comes_twice(kind: Any) -> None:
    log = people()
    keys = [kind(number) for number in range(len(log["time"]))]
    keys[7], keys[9] = keys[3], keys[3]
    found = check(events(log, event_id=keys))["repeated_event_ids"]
    assert found.rows is not None
    assert found.rows.tolist() == [7, 9]


def test_missing_keys_are_no_repetition() -> None:
    log = people()
    keys: list[str | None] = [None] * len(log["time"])
    assert "repeated_event_ids" not in check(events(log, event_id=keys))


def test_the_future() -> None:
    log = people()
    log = add(log, visitor=["v1", "v2"], item="i001", time=[START + 60 * DAY, START + 61 * DAY])
    report = check(events(log))
    assert report["future"].count == 2
    assert report["outlying_times"].count == 2


def test_late_events() -> None:
    log = people()
    late = add(
        log, visitor=["v1"] * 3, item="i001", time=[log["time"][-1] - n * HOUR for n in (1, 2, 3)]
    )
    assert check(events(late))["late"].count == 2  # one hour is the limit, and not beyond it
    tight = aisle.hygiene.Limits(lateness=1800)
    assert check(events(late), limits=tight)["late"].count == 3


def test_one_time_for_all_blocks() -> None:
    log = people()
    log["time"] = [START] * len(log["time"])
    assert check(events(log))["one_time"].level == "blocks"


def test_days_only() -> None:
    log = people()
    log["time"] = [t // DAY * DAY for t in log["time"]]
    assert check(events(log))["only_days"].level == "hurts"


def test_times_that_are_an_order_judge_nobody_by_pauses() -> None:
    visitors = [f"s{n}" for n in range(100) for _ in range(40)]
    steps = [START + n * 1_000_000 for n in range(4000)]
    rng = np.random.default_rng(0)
    log = {
        "visitor": visitors,
        "item": [f"i{n}" for n in rng.integers(0, 900, 4000)],
        "time": steps,
    }
    report = check(events(log))
    assert report["only_an_order"].level == "note"
    assert "bots" not in report


def test_a_sender_in_another_zone() -> None:
    rng = np.random.default_rng(0)
    time = START + np.cumsum(rng.exponential(1e6, 5000)).astype(np.int64)
    shifted = rng.random(5000) < 0.1
    time[shifted] += 2 * HOUR
    log = {"visitor": [f"v{n % 700}" for n in range(5000)],
           "item": [f"i{n}" for n in rng.integers(0, 99, 5000)], "time": time.tolist()}  # fmt: skip
    found = check(events(log))["mixed_clocks"]
    assert abs(found.count - int(shifted.sum())) <= 128  # the last block is not whole
    assert "+2 h" in found.title
    plain = dict(log, time=np.sort(time - 2 * HOUR * shifted).tolist())
    assert "mixed_clocks" not in check(events(plain))


def test_hours_that_were_not_recorded_are_no_second_clock() -> None:
    time = [START + hour * HOUR + second * 1_000_000 for hour in range(90) for second in range(40)]
    log = {"visitor": [f"v{n % 500}" for n in range(3600)], "item": ["x"] * 3600, "time": time}
    assert "mixed_clocks" not in check(events(log))


def test_ids_that_stand_for_nobody() -> None:
    log = people()
    rng = np.random.default_rng(1)
    many = [int(START + t) for t in rng.integers(0, 14 * DAY, 400)]
    log = add(log, visitor="null", item=[f"i{n % 99}" for n in range(400)], time=many)
    found = check(events(log))["placeholder_ids"]
    assert (found.count, found.level) == (400, "hurts")


def test_one_id_for_many_people() -> None:
    log = people()
    session = [f"{v}-{t // DAY}" for v, t in zip(log["visitor"], log["time"], strict=True)]
    mixed = [START + n * 30_000_000 for n in range(120)]
    log = add(log, visitor="tablet", item=[f"i{n % 99}" for n in range(120)], time=mixed)
    report = check(events(log, session=session + [f"t{n % 3}" for n in range(120)]))
    assert report["shared_ids"].count == 1
    assert report["shared_ids"].details["events"] == 120


def test_consent_that_was_not_given() -> None:
    log = people()
    agreed = [1] * len(log["time"])
    agreed[4] = agreed[8] = 0
    found = check(events(log, consent=agreed))["no_consent"]
    assert found.rows is not None
    assert found.rows.tolist() == [4, 8]


@pytest.mark.parametrize(
    ("reason", "steps"),
    [
        ("burst", [200_000] * 60),
        ("no_dwell", [800_000, 700_000] * 30),
        ("regular", [15_000_000] * 60),
        ("no_sleep", [40 * 60_000_000, 20 * 60_000_000] * 30),
    ],
)
def test_machines_by_their_pauses(reason: str, steps: list[int]) -> None:
    rng = np.random.default_rng(0)
    time = (START + np.cumsum(steps)).tolist()
    log = add(
        people(), visitor="robot", item=[f"i{n:03d}" for n in rng.integers(0, 150, 60)], time=time
    )
    found = check(events(log))["bots"]
    assert found.count == 1
    assert reason in found.details["visitors"]
    assert found.examples[0].startswith("robot")
    assert "robot" not in check(events(log)).clean().visitors.tolist()


def test_machines_by_their_way_through_the_catalogue() -> None:
    rng = np.random.default_rng(0)
    time = START + np.cumsum(rng.exponential(60e6, 130) + 1e6).astype(np.int64)
    wide = add(people(), visitor="shop", item=[f"i{n:03d}" for n in range(150, 700)],
               time=[START + n * 1_700_000_000 for n in range(550)])  # fmt: skip
    wide["visitor"] = [f"w{n}" if v == "shop" else v for n, v in enumerate(wide["visitor"])]
    log = add(wide, visitor="sweep", item=[f"i{n:03d}" for n in range(130)], time=time.tolist())
    found = check(events(log))["bots"]
    assert (found.count, found.details["visitors"]) == (1, {"sweep": 1})


def test_machines_by_their_user_agent() -> None:
    log = people()
    agents = ["Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"] * len(
        log["time"]
    )
    agents[5] = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    agents[6] = ""
    found = check(events(log, user_agent=agents))["bots"]
    assert found.rows is not None
    assert found.rows.tolist() == [5]
    assert found.details["user_agent_events"] == 1


def test_the_lines_of_an_order_are_no_machine() -> None:
    log = add(people(), visitor="office", item=[f"i{n:03d}" for n in range(150)] * 4,
              time=START + 5 * DAY, type="purchase")  # fmt: skip
    assert not {"bots", "huge_sessions"} & set(check(events(log)))


def test_sessions_of_a_thousand() -> None:
    rng = np.random.default_rng(0)
    time = START + np.cumsum(rng.exponential(20e6, 600) + 1e6).astype(np.int64)
    log = add(people(), visitor="long", item=[f"i{n:03d}" for n in rng.integers(0, 150, 600)],
              time=time.tolist())  # fmt: skip
    found = check(events(log))["huge_sessions"]
    assert (found.count, found.details["events"]) == (1, 600)


def test_sessions_of_one_event() -> None:
    log = {"visitor": [f"v{n}" for n in range(50)], "item": ["x"] * 50,
           "time": [START + n * HOUR for n in range(50)]}  # fmt: skip
    found = check(events(log))["one_event_sessions"]
    assert (found.count, found.level) == (50, "blocks")


def test_session_ids_that_never_end() -> None:
    log = people()
    session = list(log["visitor"])
    session = [
        s if s == "v3" else f"{s}-{t // DAY}" for s, t in zip(session, log["time"], strict=True)
    ]
    found = check(events(log, session=session))["endless_sessions"]
    assert found.count == 1
    assert found.examples[0].startswith("v3")


def test_prices_that_are_off() -> None:
    log = people()
    price = [10.0] * len(log["time"])
    often = [n for n, item in enumerate(log["item"]) if item == log["item"][0]]
    assert len(often) > 10
    price[often[2]], price[often[3]], price[often[4]], price[0] = 1000.0, 0.05, -3.0, 0.0
    report = check(events(log, price=price))
    assert report["price_outliers"].rows is not None
    assert report["price_outliers"].rows.tolist() == sorted([often[2], often[3]])
    assert (report["worthless_prices"].count, report["worthless_prices"].details["negative"]) == (
        2,
        1,
    )


def test_currencies_and_quantities() -> None:
    log = people()
    currency = ["EUR"] * len(log["time"])
    currency[3] = "CHF"
    quantity = [1] * len(log["time"])
    quantity[5], quantity[6] = -2, 70_000
    report = check(events(log, currency=currency, quantity=quantity))
    assert report["currencies"].count == 1
    assert report["negative_quantities"].details["not_refunds"] == 1
    assert report["huge_quantities"].count == 1


def test_the_catalogue_beside_the_log() -> None:
    log = people()
    ids = sorted(set(log["item"]))
    known = [*ids[1:], "new1", "new2", "new3"]
    items = aisle.read_items({
        "id": known,
        "price": [None, 0.0] + [5.0] * (len(known) - 2),
        "title": ["", None] + ["a good thing"] * (len(known) - 2),
    })  # fmt: skip
    report = check(events(log), items)
    assert report["unknown_items"].count == log["item"].count(ids[0])
    assert report["never_seen"].count == 3
    assert report["missing_prices"].count == 2
    assert report["missing_titles"].count == 2
    aside = report.clean(["unknown_items"])
    assert ids[0] not in aside.items.tolist()
    joined, waiting = report.rejoin(aisle.read_items({"id": [ids[0]]}))
    assert (len(joined), len(waiting)) == (log["item"].count(ids[0]), 0)
    joined, waiting = report.rejoin(aisle.read_items({"id": ["something else"]}))
    assert (len(joined), len(waiting)) == (0, log["item"].count(ids[0]))


def test_impressions_and_clicks() -> None:
    log = {
        "visitor": ["a"] * 7, "item": ["x", "y", "x", "z", "x", "y", "q"],
        "time": [START + n * 5_000_000 for n in range(7)],
        "type": ["impression"] * 2 + ["click"] + ["click"] + ["impression"] * 2 + ["view"],
    }  # fmt: skip
    report = check(events(log, list_id=["l1", "l1", "l1", "l1", "l2", "l2", None]))
    lonely = report["clicks_without_impressions"].rows
    assert lonely is not None
    assert lonely.tolist() == [3]
    assert (
        report["impressions_without_clicks"].count,
        report["impressions_without_clicks"].of,
    ) == (1, 2)
    only = check(events({name: values[2:4] for name, values in log.items()}))
    assert only["no_impressions"].count == 2


def test_refunds() -> None:
    log = {"visitor": ["a", "a", "a", "b"], "item": ["x", "x", "y", "x"],
           "time": [START + n * HOUR for n in range(4)],
           "type": ["purchase", "refund", "refund", "refund"]}  # fmt: skip
    report = check(events(log))
    assert report["refunds"].count == 3
    lonely = report["refunds_without_purchase"].rows
    assert lonely is not None
    assert lonely.tolist() == [2, 3]


def test_enough_for_which_model() -> None:
    report = check(events(people(visitors=20)))
    assert report["enough_data"].level == "blocks"
    more = check(events(people(visitors=400)))["enough_data"]
    assert more.level == "note"
    assert more.details["trending"]["events"]["has"] >= 1000
    assert more.details["ranker"]["clicks"] == {"has": 0, "needs": 500}
    assert any(text.startswith("ranker") for text in more.examples)


def test_events_without_a_key_are_no_repetition_of_each_other() -> None:
    log = people()
    keys = [float(n) if n % 2 else np.nan for n in range(len(log["time"]))]
    assert "repeated_event_ids" not in check(events(log, event_id=keys))


def test_who_is_in_no_arm_crosses_none() -> None:
    log = people()
    arm = [None if n % 2 else "a" for n in range(len(log["time"]))]
    assert "crossed_arms" not in check(events(log, arm=arm), variant="arm")
    nobody: list[str | None] = [None] * len(arm)
    assert "crossed_arms" not in check(events(log, arm=nobody), variant="arm", shown="item")


def test_one_fast_clock_makes_no_other_late() -> None:
    log = people()
    log["time"][100] = START + 400 * DAY
    report = check(events(log), now="2027-01-01")
    assert "late" not in report
    assert report["outlying_times"].count == 1


def test_times_of_a_wrong_unit() -> None:
    log = people()
    log["time"] = [np.datetime64(t // 1_000_000, "us") for t in log["time"]]
    found = check(events(log))["before_1990"]
    assert (found.level, found.share) == ("blocks", 1.0)


def test_prices_that_are_texts_are_missing() -> None:
    log = people()
    ids = sorted(set(log["item"]))
    items = aisle.read_items({"id": ids, "price": [1.0] * len(ids)})
    items.attributes["price"] = aisle.read_items(
        {"id": ids, "cost": ["9 EUR"] * len(ids)}
    ).attributes["cost"]
    assert check(events(log), items)["missing_prices"].count == len(ids)


def test_a_loyal_visitor_is_no_session_too_long() -> None:
    log = people()
    time = [START + n * DAY // 40 for n in range(520)]
    log = add(log, visitor="loyal", item=[f"i{n % 150:03d}" for n in range(520)], time=time)
    told = events(log)
    report = check(aisle.Events(
        time=told.time, visitor=told.visitor, visitors=told._visitors, item=told.item,
        items=told._items, type=told.type, session=told.visitor, sessions=told._visitors,
    ))  # fmt: skip
    assert not report["huge_sessions"].is_default


def test_ids_that_count_up_may_begin_with_zero() -> None:
    log = people()
    log["visitor"] = [int(v[1:]) for v in log["visitor"]]
    log = add(log, visitor=0, item=[f"i{n % 99:03d}" for n in range(400)],
              time=[START + n * 3_000_000_000 for n in range(400)])  # fmt: skip
    assert "placeholder_ids" not in check(events(log))
