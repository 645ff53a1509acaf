"""What buckets hold, as `wrangler r2 bucket info` asks for it."""

from __future__ import annotations

import httpx
import pytest

from tests.localcloud.analytics.conftest import Json, Query
from tests.localcloud.analytics.test_queries import ago

_QUERY = """
query getR2StorageMetrics($accountTag: String, $filter: R2StorageAdaptiveGroupsFilter_InputObject) {
  viewer { accounts(filter: { accountTag: $accountTag }) {
    r2StorageAdaptiveGroups(limit: 1, filter: $filter, orderBy: [datetime_DESC]) {
      max { objectCount payloadSize metadataSize } dimensions { datetime }
    }
  } }
}
"""


@pytest.fixture
def bucket(http: httpx.Client, account: str) -> str:
    for name, jurisdiction in (("uploads", "default"), ("elsewhere", "eu")):
        made = http.post(
            f"/accounts/{account}/r2/buckets",
            json={"name": name},
            headers={"cf-r2-jurisdiction": jurisdiction},
        )
        assert made.status_code == 200
    return "uploads"


def put(
    http: httpx.Client,
    account: str,
    bucket: str,
    key: str,
    content: bytes,
    jurisdiction: str = "default",
) -> None:
    made = http.put(
        f"/accounts/{account}/r2/buckets/{bucket}/objects/{key}",
        content=content,
        headers={"content-type": "text/plain", "cf-r2-jurisdiction": jurisdiction},
    )
    assert made.status_code == 200, made.text


def stored(
    ask: Query, account: str, since: float = 86400, until: float = 0, **filter: str
) -> list[Json]:
    times = {"datetime_geq": ago(since), "datetime_leq": ago(until)}
    answer = ask(_QUERY, accountTag=account, filter={**times, **filter})
    assert answer["errors"] is None, answer["errors"]
    return answer["data"]["viewer"]["accounts"][0]["r2StorageAdaptiveGroups"]


def test_the_objects_of_a_bucket_and_their_bytes(
    http: httpx.Client, ask: Query, account: str, bucket: str
) -> None:
    put(http, account, bucket, "a.txt", b"12345")
    put(http, account, bucket, "b.txt", b"1234567")
    put(http, account, "elsewhere", "c.txt", b"1", "eu")
    (found,) = stored(ask, account, bucketName=bucket)
    assert (found["max"]["objectCount"], found["max"]["payloadSize"]) == (2, 12)
    (found,) = stored(ask, account, bucketName="eu_elsewhere")
    assert (found["max"]["objectCount"], found["max"]["payloadSize"]) == (1, 1)


def test_an_empty_bucket_and_the_past_have_no_samples(
    http: httpx.Client, ask: Query, account: str, bucket: str
) -> None:
    assert stored(ask, account, bucketName=bucket) == []
    put(http, account, bucket, "a.txt", b"12345")
    assert stored(ask, account, 7200, 3600, bucketName=bucket) == []


def test_operations_are_not_counted(ask: Query, account: str) -> None:
    answer = ask(
        f'{{ viewer {{ accounts(filter: {{accountTag: "{account}"}}) {{'
        " r2OperationsAdaptiveGroups(limit: 10000) { dimensions { actionType } sum { requests } } } } }"
    )
    assert answer["data"]["viewer"]["accounts"] == [{"r2OperationsAdaptiveGroups": []}]
