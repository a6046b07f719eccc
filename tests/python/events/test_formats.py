"""Every format on a real sample, and on small tables in its published columns."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle
from aisle.events import FORMATS, Events, read_events

SAMPLES = {
    "serenade": ("bol_serenade_toy/train.txt.zst", 113_601),
    "session-rec": ("yoochoose_100k_timestamps/yoochoose-clicks-100k_train_full.txt.zst", 70_278),
    "retailrocket": ("raw_format_samples/sample_retailrocket.csv.zst", 10_080),
    "diginetica": ("raw_format_samples/sample_train-item-views.csv.zst", 12_391),
    "yoochoose": ("raw_format_samples/sample_yoochoose.dat.zst", 1_913),
    "rees46": ("rees46_multicategory_head/2019-Oct_first17k.csv.zst", 17_435),
    "uci-online-retail": ("uci_online_retail/online_retail.csv.zst", 541_909),
    "uci-eshop": ("uci_eshop_clickstream/e-shop clothing 2008.csv.zst", 165_474),
    "dunnhumby": ("dunnhumby_completejourney/transactions_sample.csv.zst", 75_000),
}


def utc(text: str) -> int:
    return int(np.datetime64(text, "us").astype(np.int64))


@pytest.mark.parametrize("name", SAMPLES)
def test_reads_every_row_of_the_real_sample(name: str, data: Path) -> None:
    path, rows = SAMPLES[name]
    events = read_events(data / path, format=name)
    assert len(events) == rows == events.report.rows
    assert events.report.rows_skipped == 0
    assert events.visitor.max() < len(events.visitors)
    assert events.item.max() < len(events.items)
    assert events.time.min() >= utc("2008-01-01")
    assert events.time.max() < utc("2021-01-01")


def test_globo_has_the_counts_of_its_publication(data: Path) -> None:
    events = read_events(data / "globo_clicks/globo_clicks.csv.zst", format="globo")
    assert events.sessions is not None
    counts = (len(events), len(events.sessions), len(events.visitors), len(events.items))
    assert counts == (2_988_181, 1_048_594, 322_897, 46_033)
    assert events.report.unmapped == ["session_start", "session_size"]
    assert events.visitors.dtype == np.int64
    assert events.extra["device"].dtype == np.int64


def test_online_retail_keeps_customers_refunds_and_invoices_apart(data: Path) -> None:
    events = read_events(data / SAMPLES["uci-online-retail"][0], format="uci-online-retail")
    ids = events.visitors
    by_invoice = np.array([str(name).startswith("invoice-") for name in ids])
    assert (~by_invoice).sum() == 4_372
    assert by_invoice[events.visitor].sum() == 135_080
    assert len(events.items) == 4_070
    assert events.sessions is not None
    assert len(events.sessions) == 25_900
    assert (events.type == 4).sum() == 10_624  # negative quantities, cancellations among them
    items = events.item_table()
    assert items is not None
    assert items.attributes["description"].kind == "category"


def test_rees46_fills_the_one_row_without_a_session(data: Path) -> None:
    events = read_events(data / SAMPLES["rees46"][0], format="rees46")
    assert events.sessions is not None
    assert len(events.sessions) == 5_066 + 1
    assert "1 rows without a session" in events.report.notes[0]
    assert np.isnan(events.value).sum() == (events.type != 3).sum()  # type: ignore[arg-type]
    items = events.item_table()
    assert items is not None
    assert items.columns == ["brand", "category", "category_id", "price"]


def test_session_logs_are_sorted_stably_by_session_number_and_time(data: Path) -> None:
    path = data / "bol_serenade_toy/test.txt.zst"
    events = read_events(path, format="serenade")
    as_filed = read_events(path, format="serenade", order="file")
    session, time = numbers(events), events.time
    assert (np.diff(session) >= 0).all()
    assert (np.diff(time)[np.diff(session) == 0] >= 0).all()
    assert (np.diff(as_filed.time) < 0).any()
    order = np.lexsort((as_filed.time, numbers(as_filed)))
    assert (as_filed.to_numpy()["item"][order] == events.to_numpy()["item"]).all()


def numbers(events: Events) -> Any:
    return events.to_numpy()["session"].astype(np.int64)


def test_sequences_continue_one_another_in_the_order_of_lines(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("7 8\n\n9 7  9\n")
    (tmp_path / "test.txt").write_text("10 7\r\n")
    events = read_events([tmp_path / "train.txt", tmp_path / "test.txt"], format="sequences")
    table = events.to_numpy()
    assert table["item"].tolist() == [7, 8, 9, 7, 9, 10, 7]
    assert table["session"].tolist() == ["train-1"] * 2 + ["train-3"] * 3 + ["test-1"] * 2
    assert np.diff(events.time).tolist() == [1_000_000] * 6


def test_sequences_of_the_papers_have_their_sessions(data: Path) -> None:
    for name, sessions in (("sessions_yoochoose1_64", 15_324), ("sessions_diginetica", 15_963)):
        events = read_events(data / name / "test_sessions.txt.zst", format="sequences")
        assert len(events.visitors) == sessions


def test_retailrocket_is_read_as_published() -> None:
    table = {
        "timestamp": [1433221332117, 1433224214164],
        "visitorid": [257597, 257597],
        "event": ["view", "transaction"],
        "itemid": [355908, 248676],
        "transactionid": [None, 4000.0],
    }
    events = read_events(table, format="retailrocket")
    assert events.type.tolist() == [0, 3]
    assert events.time[0] == 1433221332117000
    assert events.session is None


def test_yoochoose_buys_are_purchases_with_their_value(tmp_path: Path) -> None:
    path = tmp_path / "yoochoose-buys.dat"
    path.write_text("420374,2014-04-06T18:44:58.314Z,214537888,12462,2\n")
    events = read_events(path, format="yoochoose")
    assert events.type.tolist() == [3]
    assert events.value is not None
    assert events.value.tolist() == [24924.0]
    assert events.time[0] == utc("2014-04-06T18:44:58.314")


def test_diginetica_is_read_with_its_first_spelling(tmp_path: Path) -> None:
    path = tmp_path / "train-purchases.csv"
    path.write_text(
        "sessionId;userId;timeframe;eventdate;ordernumber;itemId\n150;18278;17100868;2016-05-06;16421;25911\n"
    )
    events = read_events(path, format="diginetica")
    assert events.type.tolist() == [3]
    assert events.visitors.tolist() == [18278]
    assert events.time[0] == utc("2016-05-06") + 17_100_868_000


def test_dunnhumby_lines_are_sales_with_what_was_paid(data: Path) -> None:
    events = read_events(data / SAMPLES["dunnhumby"][0], format="dunnhumby")
    table = events.to_numpy()
    assert [table[name][0] for name in ("visitor", "session", "item")] == [
        2261,
        31625220889,
        940996,
    ]
    assert table["time"][0] == np.datetime64("2017-01-28T19:06:53")
    assert table["value"][0] == pytest.approx(3.86)
    assert table["discount"][0] == pytest.approx(0.43)
    assert set(table["type"]) == {"purchase"}
    assert np.nansum(table["value"]) == pytest.approx(230_000, rel=0.1)
    assert events.report.unmapped == ["week"]


def test_dunnhumby_with_days_instead_of_dates(tmp_path: Path) -> None:
    path = tmp_path / "transaction_data.csv"
    path.write_text(
        "household_key,BASKET_ID,DAY,PRODUCT_ID,QUANTITY,SALES_VALUE,STORE_ID,RETAIL_DISC,TRANS_TIME,"
        "WEEK_NO,COUPON_DISC,COUPON_MATCH_DISC\n"
        "2375,26984851472,1,1004906,1,1.39,364,-0.6,1631,1,0,0\n"
        "2375,26984851472,2,1004906,-1,-1.39,364,0,0005,1,0,0\n"
    )
    events = read_events(path, format="dunnhumby")
    assert events.time.tolist() == [utc("2000-01-01T16:31"), utc("2000-01-02T00:05")]
    assert events.to_numpy()["type"].tolist() == ["purchase", "refund"]
    assert events.to_numpy()["value"].tolist() == pytest.approx([1.39, 1.39])


def test_recbole_files_have_typed_names(tmp_path: Path) -> None:
    path = tmp_path / "ml.inter"
    path.write_text(
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
        "196\t242\t3\t881250949\n186\t302\t5\t891717742\n22\t377\t1\t878887116\n"
    )
    events = read_events(path, format="recbole")
    table = events.to_numpy()
    assert table["type"].tolist() == ["view", "like", "dislike"]
    assert table["rating"].tolist() == [3, 5, 1]
    assert table["visitor"].tolist() == [196, 186, 22]
    assert events.time[0] == 881250949_000_000


@pytest.mark.parametrize(
    ("header", "session"),
    [
        ("session_id:token\titem_id:token\ttimestamp:float", True),
        ("item_id:token\tuser_id:token", False),
        ("visitor_id:token\titem_id:token\tcount:float", False),
        ("user_id:token\tsession_id:token\titem_id:token\tlabel:float", True),
    ],
)
def test_recbole_files_have_any_of_the_usual_columns(
    header: str, session: bool, tmp_path: Path
) -> None:
    width = header.count("\t") + 1
    rows = ["\t".join(str(1000 * row + n) for n in range(width)) for row in (1, 2, 3)]
    path = tmp_path / "data.inter"
    path.write_text("\n".join([header, *rows]) + "\n")
    events = read_events(path, format="recbole")
    assert len(events.items) == 3
    assert (events.session is not None) == session
    assert (np.diff(events.time) > 0).all()
    assert any("no times" in note for note in events.report.notes) == ("timestamp" not in header)


def test_a_header_where_a_file_needs_none_is_one_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "yoochoose-clicks.dat"
    row = "1,2014-04-07T10:51:09.277Z,214536502,0\n"
    path.write_text("session_id,timestamp,item_id,category\n" + row)
    assert read_events(path, format="yoochoose").items.tolist() == [214536502]
    path.write_text(row)
    assert read_events(path, format="yoochoose").items.tolist() == [214536502]


def test_names_of_events_can_be_given_to_any_format() -> None:
    table = {"time": ["2024-05-01"] * 2, "visitor": [1, 1], "item": [1, 2],
             "type": ["glance", "view"]}  # fmt: skip
    events = read_events(table, types={"Glance": "impression"})
    assert events.to_numpy()["type"].tolist() == ["impression", "view"]
    with pytest.raises(aisle.ConfigError, match=r"types.*'peek'.*impression"):
        read_events(table, types={"glance": "peek"})


def test_aisle_format_keeps_context_and_knows_aliases(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "time,visitor,type,item,price,query,device\n"
        "2024-05-01T10:00:00+02:00,ann,view,a,9.5,,phone\n"
        "2024-05-01 08:00:01,ann,search,,,red shoes,phone\n"
        "2024-05-01T08:00:02Z,bob,addtocart,007,1,,\n"
    )
    events = read_events(path)
    assert events.type.tolist() == [0, 5, 1]
    assert np.diff(events.time).tolist() == [1_000_000, 1_000_000]
    assert events.item.tolist() == [0, 0xFFFFFFFF, 1]
    assert events.items.tolist() == ["a", "007"]
    assert events.extra["query"].tolist() == [None, "red shoes", None]
    assert events.extra["device"].tolist() == ["phone", "phone", None]


def test_context_of_any_type_is_kept_as_numbers_or_texts() -> None:
    import duckdb

    table = duckdb.connect().sql(
        "SELECT TIMESTAMPTZ '2024-05-01 12:00:00+00' AS time, 1 AS visitor, 2 AS item,"
        " [1, 2] AS tags, 1.25::DECIMAL(9, 2) AS cost, 'x'::ENUM('x') AS size,"
        ' 7 AS "bad time", true AS gift'
    )
    extra = read_events(table).extra
    assert {name: column.tolist() for name, column in extra.items()} == {
        "tags": ["[1, 2]"],
        "cost": [1.25],
        "size": ["x"],
        "_bad time": [7],
        "gift": [True],
    }


def test_columns_can_have_other_names(tmp_path: Path) -> None:
    path = tmp_path / "log.tsv"
    path.write_text("when\twho\twhat\n7.5\t1\t2\n")
    names = {"time": "when", "visitor": "who", "item": "what"}
    events = read_events(path, columns=names, time_unit="s")
    assert events.time.tolist() == [7_500_000]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "csv.gz", "csv.zst", "jsonl.gz"])
def test_all_kinds_of_files_give_the_same_events(suffix: str, tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / f"log.{suffix}"
    query = (
        'SELECT 1600000000 + i AS "Time", i % 7 AS "SessionId", i % 5 AS "ItemId"'
        " FROM range(50) r(i)"
    )
    kind = {"csv": "CSV, HEADER", "jsonl": "JSON", "parquet": "PARQUET"}[suffix.split(".")[0]]
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT {kind})")
    events = read_events(path, format="serenade")
    assert events.to_numpy()["session"].tolist() == sorted(i % 7 for i in range(50))
    assert events.items.tolist() == [0, 1, 2, 3, 4]


def test_several_files_and_globs_are_read_in_order(tmp_path: Path) -> None:
    for n in (2, 1):
        (tmp_path / f"part-{n}.csv").write_text(f"time,visitor,item\n2024-01-0{n},v,{n}\n")
    assert read_events(tmp_path / "part-*.csv").items.tolist() == [1, 2]
    files = [tmp_path / "part-2.csv", tmp_path / "part-1.csv"]
    assert read_events(files).items.tolist() == [2, 1]


def test_a_path_with_glob_characters_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "log[1].csv"
    path.write_text("time,visitor,item\n2024-01-01,v,1\n")
    assert len(read_events(path)) == 1


def test_texts_that_look_like_integers_stay_texts_in_typed_tables() -> None:
    table = {"time": ["2024-01-01"], "visitor": ["17"], "item": [42]}
    events = read_events(table)
    assert events.visitors.tolist() == ["17"]
    assert events.items.tolist() == [42]


def test_every_format_says_what_it_is() -> None:
    assert len(FORMATS) == 21
    assert all(known.about and known.layouts for known in FORMATS.values())


def test_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("time,visitor,item\n2024-01-01,v,1\n")
    read_events(path, progress=True)
    assert "1 rows" in capsys.readouterr().err


def test_unknown_format_names_the_near_one() -> None:
    with pytest.raises(aisle.UnknownNameError, match="serenade"):
        read_events("x.csv", format="serenad")
    with pytest.raises(KeyError):
        read_events("x.csv", format="serenad")
