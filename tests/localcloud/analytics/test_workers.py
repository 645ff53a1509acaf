"""Workers metrics: each version's requests, errors and times, as a rollout reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud.api.analytics import models
from localcloud.api.store import Store
from tests.localcloud.analytics.conftest import keep, served

Json = dict[str, Any]
Rows = Callable[..., list[Json]]


def by_version(rows: list[Json]) -> dict[str, Json]:
    return {row["dimensions"]["scriptVersion"]: row["sum"] for row in rows}


def moment(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_requests_and_errors_of_each_version(store: Store, rows: Rows) -> None:
    keep(
        store,
        served("stable", 900, ago=2),
        served("stable", 90, ago=1),
        served("candidate", 95),
        served("candidate", 3, status="scriptThrewException"),
        served("candidate", 2, status="exceededResources"),
        served("candidate", 4, status="clientDisconnected"),
        served("other", 7, script="elsewhere"),
    )
    found = rows(
        "dimensions { scriptVersion } sum { requests errors clientDisconnects }",
        'scriptName: "shop"',
    )
    assert by_version(found) == {
        "stable": {"requests": 990, "errors": 0, "clientDisconnects": 0},
        "candidate": {"requests": 104, "errors": 5, "clientDisconnects": 4},
    }


def test_rows_are_grouped_by_the_selected_dimensions_alone(store: Store, rows: Rows) -> None:
    keep(store, served("a", 1), served("b", 2), served("b", 4, status="internalError"))
    assert [row["sum"]["requests"] for row in rows("sum { requests }")] == [7]
    statuses = rows("dimensions { status } sum { requests }", more="orderBy: [status_ASC]")
    assert statuses == [
        {"dimensions": {"status": "internalError"}, "sum": {"requests": 4}},
        {"dimensions": {"status": "success"}, "sum": {"requests": 3}},
    ]
    (tagged,) = rows("dimensions { scriptName scriptTag }")
    assert tagged["dimensions"] == {"scriptName": "shop", "scriptTag": "f" * 32}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("date", ["{day}"]),
        ("datetime", ["{day}T10:07:21Z", "{day}T10:07:59Z", "{day}T10:44:00Z"]),
        ("datetimeMinute", ["{day}T10:07:00Z", "{day}T10:44:00Z"]),
        ("datetimeFiveMinutes", ["{day}T10:05:00Z", "{day}T10:40:00Z"]),
        ("datetimeFifteenMinutes", ["{day}T10:00:00Z", "{day}T10:30:00Z"]),
        ("datetimeHour", ["{day}T10:00:00Z"]),
    ],
)
def test_time_falls_into_buckets(store: Store, rows: Rows, name: str, expected: list[str]) -> None:
    midnight = int(time.time()) // 86400 * 86400 - 86400
    for hour, minute, second in ((10, 7, 21), (10, 7, 59), (10, 44, 0)):
        keep(store, served(second=midnight + hour * 3600 + minute * 60 + second))
    found = rows(f"dimensions {{ {name} }} sum {{ requests }}", more=f"orderBy: [{name}_ASC]")
    day = moment(midnight)[:10]
    assert [row["dimensions"][name] for row in found] == [e.format(day=day) for e in expected]
    assert sum(row["sum"]["requests"] for row in found) == 3


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ('datetime_geq: "{1}", datetime_leq: "{2}"', 0b0110),
        ('datetime_gt: "{1}", datetime_lt: "{3}"', 0b0100),
        ('datetime_geq: "{2}"', 0b1100),
        ('datetime_lt: "{2}"', 0b0011),
        ('datetime: "{2}"', 0b0100),
        ('datetime_in: ["{0}", "{3}"]', 0b1001),
        ('datetime_geq: "{0}", datetime_neq: "{1}"', 0b1101),
        ('OR: [{{datetime_leq: "{0}"}}, {{datetime_geq: "{3}"}}]', 0b1001),
        ('AND: [{{datetime_gt: "{0}"}}, {{datetime_lt: "{2}"}}]', 0b0010),
    ],
)
def test_a_filter_of_time_bounds_what_is_counted(
    store: Store, rows: Rows, bounds: str, expected: int
) -> None:
    start = int(time.time()) - 1000
    times = [start + 100 * number for number in range(4)]
    keep(store, *(served(requests=1 << number, second=at) for number, at in enumerate(times)))
    (found,) = rows("sum { requests }", bounds.format(*map(moment, times)))
    assert found["sum"]["requests"] == expected


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ('scriptVersion: "v1"', 1),
        ('scriptVersion_in: ["v1", "v2"]', 3),
        ('scriptVersion_notin: ["v1"]', 6),
        ('scriptVersion_neq: "v2"', 5),
        ('scriptName_like: "shop%"', 3),
        ('scriptName_notlike: "shop%"', 4),
        ('scriptVersion_like: "v."', 0),
        ('AND: [{scriptVersion_geq: "v2"}, {scriptName: "shop"}]', 2),
        ('OR: [{scriptVersion: "v1"}, {scriptName: "blog"}]', 5),
        ('scriptName: "shop", OR: [{scriptVersion: "v1"}, {scriptVersion: "v3"}]', 1),
        ("OR: []", 7),
        ("scriptVersion: null", 7),
    ],
)
def test_filters_by_name(store: Store, rows: Rows, filter: str, expected: int) -> None:
    keep(store, served("v1", 1), served("v2", 2), served("v3", 4, script="blog"))
    found = rows("sum { requests }", filter)
    assert sum(row["sum"]["requests"] for row in found) == expected


def test_times_are_within_one_percent(store: Store, rows: Rows) -> None:
    keep(
        store,
        served(requests=500, milliseconds={10: 500}),
        served(requests=500, milliseconds={20: 300, 40: 150, 800: 50}),
    )
    names = ("P25", "P50", "P75", "P90", "P95", "P99", "P999")
    (found,) = rows(
        f"sum {{ wallTime duration }} min {{ wallTime }} max {{ wallTime }}"
        f" quantiles {{ {' '.join(f'wallTime{n} requestDuration{n} duration{n}' for n in names)} }}"
    )
    walls = [found["quantiles"][f"wallTime{name}"] for name in names]
    milliseconds = [10, 10, 20, 40, 40, 800, 800]
    assert walls == pytest.approx([1000 * ms for ms in milliseconds], rel=0.01)
    assert [found["quantiles"][f"requestDuration{name}"] for name in names] == walls
    assert [found["quantiles"][f"duration{name}"] for name in names] == pytest.approx(
        [ms / 1000 * 0.128 for ms in milliseconds], rel=0.01
    )
    total = 500 * 10 + 300 * 20 + 150 * 40 + 50 * 800
    assert found["sum"]["wallTime"] == pytest.approx(total * 1000, rel=0.01)
    assert found["sum"]["duration"] == pytest.approx(total / 1000 * 0.128, rel=0.01)
    assert found["min"]["wallTime"] == pytest.approx(10_000, rel=0.01)
    assert found["max"]["wallTime"] == pytest.approx(800_000, rel=0.01)


def test_what_is_not_measured_is_null(store: Store, rows: Rows) -> None:
    keep(store, served(requests=3))
    (found,) = rows(
        "sum { requests subrequests cpuTimeUs } min { cpuTime } max { cpuTime }"
        " quantiles { cpuTimeP50 cpuTimeP99 memoryUsageBytesP999 responseBodySizeP50 }"
    )
    assert found["sum"] == {"requests": 3, "subrequests": None, "cpuTimeUs": None}
    assert set(found["quantiles"].values()) | set(found["max"].values()) == {None}


def test_the_bytes_of_bodies_add_up(store: Store, rows: Rows) -> None:
    keep(store, served(response_bytes=100), served(response_bytes=23))
    assert rows("sum { responseBodySize }") == [{"sum": {"responseBodySize": 123}}]


def test_the_order_is_the_one_asked_for(store: Store, rows: Rows) -> None:
    keep(
        store,
        served("a", 5, milliseconds={30: 5}),
        served("b", 9, milliseconds={10: 9}),
        served("c", 5, milliseconds={20: 5}),
    )

    def ordered(order: str) -> list[str]:
        found = rows("dimensions { scriptVersion }", more=f"orderBy: [{order}]")
        return [row["dimensions"]["scriptVersion"] for row in found]

    assert ordered("sum_requests_DESC, scriptVersion_DESC") == ["b", "c", "a"]
    assert ordered("sum_requests_ASC, scriptVersion_ASC") == ["a", "c", "b"]
    assert ordered("quantiles_wallTimeP99_ASC") == ["b", "c", "a"]


def test_a_limit_cuts_after_ordering(ask: Callable[..., Json], store: Store, account: str) -> None:
    keep(store, *(served(f"v{n}", n) for n in range(1, 6)))
    answer = ask(
        f'{{ viewer {{ accounts(filter: {{accountTag: "{account}"}}) {{ workersInvocationsAdaptive('
        "limit: 2, orderBy: [sum_requests_DESC]) { dimensions { scriptVersion } sum { requests } } } } }"
    )
    (found,) = answer["data"]["viewer"]["accounts"]
    assert [row["sum"]["requests"] for row in found["workersInvocationsAdaptive"]] == [5, 4]


def test_nothing_served_is_no_row(rows: Rows) -> None:
    assert rows("dimensions { scriptVersion } sum { requests }") == []


def test_another_accounts_invocations_are_not_counted(store: Store, rows: Rows) -> None:
    keep(store, served(requests=3), served(requests=50, account="0" * 32))
    assert rows("sum { requests }") == [{"sum": {"requests": 3}}]


def test_the_edge_tells_its_latest_counts_before_it_is_asked_for_them(
    served_flushing: Callable[[Callable[[], None]], None], store: Store, rows: Rows
) -> None:
    served_flushing(lambda: keep(store, served(requests=11)))
    assert rows("sum { requests }") == [{"sum": {"requests": 11}}]


def test_what_is_older_than_ninety_days_is_forgotten(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time())
    keep(store, served("old", second=now - 91 * 86400), served("young", second=now - 89 * 86400))
    assert count(store, now) == ["old", "young"]
    monkeypatch.setattr(time, "time", lambda: now + 3601.0)
    keep(store, served("new", second=now))
    assert count(store, now) == ["young", "new"]


def count(store: Store, now: int) -> list[str]:
    account = "00000000000000000000000000000a01"
    return [row.version for row in models.invocations(store, account, 0, now)]
