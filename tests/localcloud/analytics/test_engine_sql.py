"""The SQL API of Analytics Engine, on points that stand in the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from localcloud.api.analytics.engine import points
from localcloud.api.analytics.engine.times import plus_months, read, start_of_months
from localcloud.edge.model import DataPoint
from tests.localcloud.conftest import ServedCloud

START = read("2026-01-05 10:00:00")
"""A Monday."""


@pytest.fixture
def sql(served: ServedCloud, http: httpx.Client, account: str, monkeypatch: Any) -> Any:
    """Asks; what is refused is its text. It is 10:30 on the day that the points are of."""
    monkeypatch.setattr(points.time, "time", lambda: START + 1800.0)
    served.cloud.now = lambda: datetime.fromtimestamp(START + 1800, UTC)
    written = [
        DataPoint(account, "requests", START + 60 * minute + 0.7, f"shop-{minute % 2}", (float(minute), 0.5), ("GET", "/a" if minute < 8 else "/B"))
        for minute in range(10)
    ]  # fmt: skip
    written.append(DataPoint(account, "other", START, "", (), ()))
    written.append(DataPoint("f" * 32, "requests", START, "theirs", (1000.0,), ()))
    points.keep(served.store, written)

    def ask(query: str) -> Any:
        answer = http.post(f"/accounts/{account}/analytics_engine/sql", content=query)
        return answer.json()["data"] if answer.status_code == 200 else answer.text

    return ask


def test_the_answer_names_types_and_counts_rows(sql: Any, http: httpx.Client, account: str) -> None:
    query = "SELECT blob1, count() AS n, avg(double1) AS mean, max(timestamp) FROM requests GROUP BY blob1"
    shown = http.post(f"/accounts/{account}/analytics_engine/sql", content=query).json()
    assert shown == {
        "meta": [
            {"name": "blob1", "type": "String"},
            {"name": "n", "type": "UInt64"},
            {"name": "mean", "type": "Float64"},
            {"name": "max(timestamp)", "type": "DateTime"},
        ],
        "data": [{"blob1": "GET", "n": "10", "mean": 4.5, "max(timestamp)": "2026-01-05 10:09:00"}],
        "rows": 1,
        "rows_before_limit_at_least": 1,
    }
    asked = http.get(f"/accounts/{account}/analytics_engine/sql", params={"query": query})
    assert asked.json() == shown


@pytest.mark.parametrize(
    ("select", "value"),
    [
        ("sum(_sample_interval)", "10"),
        ("SUM(_sample_interval * double1)", 45),
        ("sum(_sample_interval * double1) / sum(_sample_interval)", 4.5),
        ("count(DISTINCT blob2)", "2"),
        ("countIf(double1 > 6)", "3"),
        ("sumIf(double1, blob2 = '/B')", 17),
        ("quantileExactWeighted(0.9)(double1, _sample_interval)", 8),
        ("quantileWeighted(0.5)(double1, _sample_interval)", 4),
        ("argMax(blob2, double1)", "/B"),
        ("sum(if(blob2 = '/B', _sample_interval, 0)) * 100 / count()", 20),
        ("intDiv(sum(double1), 7)", "6"),
        ("1 + 2 * 3 - 4", "3"),
        ("-(2 + 3) * 1.5", -7.5),
        ("7 % 4 = 3 AND NOT 1 > 2 OR 0 = 1", 1),
        ("min(double20)", 0),
        ("max(blob20)", ""),
        ("min(timestamp) + INTERVAL '1' DAY", "2026-01-06 10:00:00"),
        ("now() - INTERVAL 90 MINUTE", "2026-01-05 09:00:00"),
        ("toDateTime('2026-01-31') + INTERVAL 1 MONTH", "2026-02-28 00:00:00"),
        ("toUnixTimestamp(now())", START + 1800),
        ("formatDateTime(min(timestamp), '%d/%m %H:%i')", "05/01 10:00"),
        ("toStartOfInterval(now(), INTERVAL '15' MINUTE)", "2026-01-05 10:30:00"),
        ("toStartOfWeek(toDateTime('2026-01-04 23:00:00'))", "2025-12-29 00:00:00"),
        ("toStartOfInterval(now(), INTERVAL 1 YEAR)", "2026-01-01 00:00:00"),
        ("upper('grün')", "GRÜN"),
        ("concat(lower('A'), toString(3))", "a3"),
        ("CASE WHEN count() > 5 THEN 'many' ELSE 'few' END", "many"),
        ("1 / 0", None),
        ("length('ü')", "2"),
        ("count() > 5", 1),
    ],
)
def test_expressions(sql: Any, select: str, value: Any) -> None:
    assert sql(f"SELECT {select} AS v FROM requests LIMIT 1") == [{"v": value}]  # noqa: S608


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("timestamp >= toDateTime('2026-01-05 10:05:00')", 5),
        ("timestamp > '2026-01-05 10:05:00'", 4),
        ("timestamp > NOW() - INTERVAL '25' MINUTE", 4),
        ("timestamp BETWEEN '2026-01-05 10:01:00' AND '2026-01-05 10:02:00'", 2),
        ("blob2 = '/B'", 2),
        ("blob2 != '/B' AND (double1 < 2 OR double1 = 7)", 3),
        ("index1 IN ('shop-1', 'x')", 5),
        ("index1 NOT IN ('shop-1')", 5),
        ("blob2 LIKE '/_' AND double1 >= 8", 2),
        ("blob2 LIKE '/b'", 0),
        ("blob2 ILIKE '%b'", 2),
        ("NOT blob2 LIKE '%a'", 2),
        ("startsWith(blob2, '/') AND position(blob2, 'B') = 2", 2),
        ("double2 = 0.5", 10),
        ("blob1 = 'it''s' OR blob1 = 'it\\'s'", 0),
        ("dataset = 'other'", 0),
    ],
)
def test_conditions(sql: Any, where: str, count: int) -> None:
    assert sql(f"select count() as n from requests where {where}") == [{"n": str(count)}]  # noqa: S608


def test_groups_orders_limits_and_what_is_selected_from_a_selection(sql: Any) -> None:
    grouped = """
        SELECT toStartOfInterval(timestamp, INTERVAL '5' MINUTE) AS at, index1, SUM(_sample_interval) AS n -- five
        FROM requests WHERE double1 > 0 GROUP BY at, index1 HAVING n > 1 ORDER BY at DESC, index1 LIMIT 3
    """
    assert sql(grouped) == [
        {"at": "2026-01-05 10:05:00", "index1": "shop-0", "n": "2"},
        {"at": "2026-01-05 10:05:00", "index1": "shop-1", "n": "3"},
        {"at": "2026-01-05 10:00:00", "index1": "shop-0", "n": "2"},
    ]
    outer = f"SELECT max(n) AS most, count() FROM ({grouped.replace('LIMIT 3', '')}) WHERE n >= 2"  # noqa: S608
    assert sql(outer) == [{"most": "3", "count()": "4"}]
    distinct = 'SELECT DISTINCT blob2 FROM "requests" ORDER BY blob2 LIMIT 1 OFFSET 1;'
    assert sql(distinct) == [{"blob2": "/a"}]
    by_position = "SELECT index1, count() FROM requests GROUP BY 1 ORDER BY 1 DESC LIMIT 1"
    assert sql(by_position) == [{"index1": "shop-1", "count()": "5"}]
    whole = sql("SELECT * FROM requests ORDER BY timestamp LIMIT 1")[0]
    assert (len(whole), whole["timestamp"], whole["_sample_interval"], whole["blob2"]) == (44, "2026-01-05 10:00:00", 1, "/a")  # fmt: skip


def test_formats_and_tables(sql: Any, http: httpx.Client, account: str) -> None:
    assert sql("SHOW TABLES") == [{"dataset": "other"}, {"dataset": "requests"}]
    path = f"/accounts/{account}/analytics_engine/sql"
    query = "SELECT blob2, count() AS n FROM requests GROUP BY blob2 ORDER BY n FORMAT "
    lines = http.post(path, content=query + "JSONEachRow").text
    assert lines == '{"blob2": "/B", "n": "2"}\n{"blob2": "/a", "n": "8"}\n'
    assert http.post(path, content=query + "TabSeparated").text == "/B\t2\n/a\t8\n"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "expected SELECT"),
        ("DROP TABLE requests", "expected SELECT, found 'DROP'"),
        ("SELECT count() FROM nothing", "dataset nothing does not exist"),
        ("SELECT blob21 FROM requests", "unknown column blob21"),
        ("SELECT account FROM requests", "unknown column account"),
        ("SELECT load_extension('x') FROM requests", "unknown function load_extension"),
        ("SELECT count( FROM requests", "no FROM"),
        ("SELECT 1 FROM requests WHERE sum(double1) > 1", "HAVING may"),
        ("SELECT sum(count()) FROM requests", "inside another"),
        ("SELECT blob1 + 1 FROM requests", "+ takes numbers, not String"),
        ("SELECT 1 FROM requests WHERE blob1 = 1", "cannot be compared"),
        ("SELECT 1 FROM requests WHERE timestamp > 'soon'", "'soon' is no time"),
        ("SELECT if(1, 'a', 2) FROM requests", "no type holds"),
        ("SELECT avg() FROM requests", "avg takes 1 arguments, not 0"),
        ("SELECT 1 FROM requests FORMAT XML", "unknown format XML"),
        ("SELECT 1 FROM requests; SELECT 2 FROM requests", "the end of the query"),
        ("SELECT 1 FROM requests UNION SELECT 2 FROM requests", "expected the end"),
        ("SELECT " + "(" * 80 + "1" + ")" * 80 + " FROM requests", "nested too deeply"),
        ("SELECT ? FROM requests", "unexpected '?'"),
        ("SELECT 1 FROM requests WHERE blob1 = '\\0'", "zero byte"),
        ("SELECT INTERVAL 1 FORTNIGHT FROM requests", "unknown unit"),
    ],
)
def test_what_is_wrong_is_said_in_plain_text(sql: Any, query: str, told: str) -> None:
    refused = sql(query)
    assert isinstance(refused, str), refused
    assert told in refused
    assert refused.count("\n") == 1


def test_names_and_texts_cannot_leave_the_accounts_own_points(sql: Any) -> None:
    assert "does not exist" in sql("SELECT count() FROM \"requests' OR '1'='1\"")
    (row,) = sql("SELECT count() AS \"a\\\" FROM documents --\" FROM requests WHERE blob1 != ''' OR 1=1 --'")  # fmt: skip
    assert list(row.values()) == ["10"]


def test_reading_needs_the_permission_for_analytics(served: ServedCloud, account: str) -> None:
    path = f"/accounts/{account}/analytics_engine/sql"
    reader = served.plain(served.token_with("Account Analytics Read"))
    assert reader.post(path, content="SHOW TABLES").status_code == 200
    assert served.plain(served.token_with("Zone Read")).post(path, content="SHOW TABLES").status_code == 403  # fmt: skip


def test_points_are_kept_for_three_months(served: ServedCloud, sql: Any, monkeypatch: Any) -> None:
    later = START + points.KEPT_SECONDS + 5 * 60
    monkeypatch.setattr(points.time, "time", lambda: float(later))
    assert sql("SELECT count() AS n FROM requests") == [{"n": "5"}]


def test_calendar_steps() -> None:
    assert start_of_months(read("2026-05-31"), 3) == read("2026-04-01")
    assert start_of_months(read("1969-12-31"), 1) == read("1969-12-01")
    assert plus_months(read("2026-01-31"), -2) == read("2025-11-30")
