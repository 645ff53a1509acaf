"""What an edge would have counted, and a way to ask for it as any GraphQL client does."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from localcloud.api.analytics.models import record
from localcloud.api.cloud import RecordingDataPlane
from localcloud.api.store import Store
from localcloud.edge.model import DURATION_BASE, InvocationCount

Json = dict[str, Any]
Query = Callable[..., Json]
ROWS = "workersInvocationsAdaptive"


def bucket(milliseconds: float) -> int:
    return round(math.log(milliseconds * 1000) / math.log(DURATION_BASE))


def served(
    version: str = "v1",
    requests: int = 1,
    *,
    ago: float = 0,
    second: int | None = None,
    status: str = "success",
    script: str = "shop",
    account: str = "00000000000000000000000000000a01",
    milliseconds: Mapping[float, int] | None = None,
    response_bytes: int = 0,
) -> InvocationCount:
    """`milliseconds`: wall time → how many invocations took it; by default all took 10."""
    return InvocationCount(
        second=int(time.time() - ago) if second is None else second,
        account=account,
        script=script,
        script_id="f" * 32,
        version=version,
        status=status,
        requests=requests,
        subrequests=0,
        response_bytes=response_bytes,
        durations={bucket(ms): n for ms, n in (milliseconds or {10: requests}).items()},
    )


def keep(store: Store, *counts: InvocationCount) -> None:
    record(store, counts)


@pytest.fixture
def ask(http: httpx.Client) -> Query:
    """Posts a query; the whole answer."""

    def ask(query: str, **variables: Any) -> Json:
        answer = http.post("/graphql", json={"query": query, "variables": variables})
        assert answer.status_code == 200
        return answer.json()

    return ask


@pytest.fixture
def rows(ask: Query, account: str) -> Callable[..., list[Json]]:
    """Asks for Workers invocations: what is selected of them, and their arguments as GraphQL text."""

    def rows(selection: str, filter: str = "", more: str = "") -> list[Json]:
        answer = ask(
            "query ($account: string!) { viewer { accounts(filter: {accountTag: $account}) {"
            f" {ROWS}(limit: 100, filter: {{{filter}}} {more}) {{ {selection} }} }} }} }}",
            account=account,
        )
        assert answer["errors"] is None, answer["errors"]
        return answer["data"]["viewer"]["accounts"][0][ROWS]

    return rows


def refusal(answer: Json) -> Json:
    """The one error of an answer without data."""
    assert answer["data"] is None
    (error,) = answer["errors"]
    return error


@pytest.fixture
def served_flushing(
    edge: RecordingDataPlane, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], None]], None]:
    """Has the edge do something when it is told to flush."""

    def arrange(work: Callable[[], None]) -> None:
        async def flush() -> None:
            work()

        monkeypatch.setattr(edge, "flush", flush)

    return arrange
