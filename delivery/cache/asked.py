"""What is asked for most, by the data points that the Worker writes of its requests (`worker/src/telemetry/points.ts`).

Cloudflare's SQL of Analytics Engine: https://developers.cloudflare.com/analytics/analytics-engine/sql-api/
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from delivery.errors import FailedError

_PATH: Final = re.compile(r"(?=.{1,200}\Z)/api/[\w/-]+(?:\?[\w-]+=[\w-]+(?:&[\w-]+=[\w-]+)*)?")
_HOURS: Final = 24
_ATTEMPTS: Final = 3
_WAIT: Final = 0.5
_LONGEST_LINE: Final = 120


@dataclass(frozen=True)
class Asked:
    """`times` in the last day, as far as Cloudflare's sampling tells."""

    path: str
    times: int


def most_asked(
    api: httpx.Client,
    account: str,
    dataset: str,
    top: int,
    *,
    seconds: float = 5.0,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Asked]:
    """Of what is everybody's, most asked for first; empty where nothing was. `seconds` for each try. Raises `FailedError`."""
    query = (
        f"SELECT blob8 AS path, SUM(_sample_interval) AS times FROM {dataset} "  # noqa: S608 (names of ours)
        f"WHERE timestamp > NOW() - INTERVAL '{_HOURS}' HOUR AND blob8 != '' "
        f"GROUP BY path ORDER BY times DESC, path LIMIT {top} FORMAT JSON"
    )
    answer = _answered(api, f"/accounts/{account}/analytics_engine/sql", query, seconds, sleep)
    if answer.status_code != 200:
        said = re.sub(r"[^ -~]", " ", answer.text)[:_LONGEST_LINE].strip()
        # A dataset comes into being with its first point.
        if answer.status_code in {404, 422} and "not exist" in said:
            return []
        raise FailedError(
            f"Analytics Engine answered {answer.status_code}: {said}",
            "the token needs Account Analytics Read",
        )
    try:
        rows: Any = answer.json()["data"]
        found = [Asked(str(row["path"]), round(float(row["times"]))) for row in rows]
    except (ValueError, LookupError, TypeError):
        raise FailedError("the answer of Analytics Engine makes no sense", "run it again") from None
    # Whoever writes points can write anything into them.
    return [asked for asked in found if _PATH.fullmatch(asked.path)]


def _answered(
    api: httpx.Client, path: str, query: str, seconds: float, sleep: Callable[[float], None]
) -> httpx.Response:
    said = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            sleep(_WAIT)
        try:
            answer = api.post(path, content=query, timeout=seconds)
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            continue
        if answer.status_code != 429 and answer.status_code < 500:
            return answer
        said = f"HTTP {answer.status_code}"
    raise FailedError(f"Analytics Engine does not answer: {said}", "run it again")
