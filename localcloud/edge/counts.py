"""What the front has counted, as the analytics keep it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from localcloud.edge.model import DURATION_BASE, EdgeRequest, InvocationCount, Version

_LEAST_MILLISECONDS: Final = 0.5
"""workerd's clock stands still within a millisecond: what took none took half of one on average."""


@dataclass(frozen=True)
class Counted:
    """Which version a key of the front's stands for."""

    account: str
    script: str
    script_id: str
    version: str

    @classmethod
    def of(cls, version: Version) -> Counted:
        return cls(version.account, version.script, version.script_id, version.id)


def invocations(taken: Any, known: Mapping[str, Counted]) -> Iterator[InvocationCount]:  # noqa: ANN401 (the front's JSON)
    for tally in taken["tallies"]:
        who = known.get(tally["version"])
        if who is None:
            continue
        for status, row in tally["statuses"].items():
            durations: dict[int, int] = {}
            for milliseconds, requests in row["durations"].items():
                bucket = duration_bucket(float(milliseconds))
                durations[bucket] = durations.get(bucket, 0) + requests
            yield InvocationCount(
                second=tally["second"],
                account=who.account,
                script=who.script,
                script_id=who.script_id,
                version=who.version,
                status=status,
                requests=row["requests"],
                subrequests=0,
                response_bytes=row["bytes"],
                durations=durations,
                server_errors=row["errors"],
            )


def requests(taken: Any, known: Mapping[str, Counted]) -> Iterator[EdgeRequest]:  # noqa: ANN401
    for at, method, url, status, milliseconds, key in taken["lines"]:
        who = known.get(key)
        yield EdgeRequest(
            at=at / 1000,
            method=method,
            url=url,
            status=status,
            milliseconds=milliseconds,
            script=who.script if who else "",
            version=key,
        )


def duration_bucket(milliseconds: float) -> int:
    microseconds = max(_LEAST_MILLISECONDS, milliseconds) * 1000
    return round(math.log(microseconds) / math.log(DURATION_BASE))
