"""The `ratelimit` of a rule, by Cloudflare's reference of rate limiting parameters."""

from __future__ import annotations

from typing import Final

from localcloud.api.rulesets import errors
from localcloud.api.shapes import as_object, as_texts, whole_number
from localcloud.api.store import Json

PERIODS: Final = (10, 60, 120, 300, 600, 3600)
TIMEOUTS: Final = (0, *PERIODS, 86400)
_COLO: Final = "cf.colo.id"
_KNOWN: Final = frozenset(
    {
        "characteristics", "period", "counting_expression", "mitigation_timeout", "requests_per_period",
        "requests_to_origin", "score_per_period", "score_response_header_name",
    }
)  # fmt: skip


def check(sent: object, longest_period: int) -> None:
    """`longest_period` is what the zone's plan has, in seconds. Raises `ApiError`."""
    limit = as_object(sent)
    if limit is None:
        raise errors.BAD_RATELIMIT(reason="a rule of the http_ratelimit phase needs ratelimit")
    for name in limit:
        if name not in _KNOWN:
            raise errors.BAD_JSON(reason=f'unknown field "{name}"')
    _check_characteristics(limit)
    period = _one_of(limit, "period", PERIODS)
    allowed = [length for length in PERIODS if length <= longest_period]
    if period not in allowed:
        raise errors.BAD_RATELIMIT(
            reason=f"not entitled to use the period {period}, can only use a period among {allowed}"
        )
    if limit.get("mitigation_timeout") is not None:
        _one_of(limit, "mitigation_timeout", TIMEOUTS)
    _check_threshold(limit)


def _check_characteristics(limit: Json) -> None:
    characteristics = as_texts(limit.get("characteristics"))
    if not characteristics:
        raise errors.BAD_RATELIMIT(reason="characteristics must name at least one")
    if _COLO not in characteristics:
        raise errors.NO_COLO()
    if {"ip.src", "cf.unique_visitor_id"} <= set(characteristics):
        raise errors.BAD_RATELIMIT(
            reason="characteristics ip.src and cf.unique_visitor_id exclude each other"
        )


def _check_threshold(limit: Json) -> None:
    """Requests are counted, or a score that the origin gives."""
    by_score = [limit.get(key) for key in ("score_per_period", "score_response_header_name")]
    requests = limit.get("requests_per_period")
    if requests is None and all(value is not None for value in by_score):
        return
    if any(value is not None for value in by_score):
        raise errors.BAD_RATELIMIT(
            reason="use either requests_per_period, or score_per_period with score_response_header_name"
        )
    if (whole_number(requests) or 0) < 1:
        raise errors.BAD_RATELIMIT(reason="requests_per_period must be a whole number from 1")


def _one_of(limit: Json, name: str, values: tuple[int, ...]) -> int:
    number = whole_number(limit.get(name))
    if number not in values:
        raise errors.BAD_RATELIMIT(reason=f"{name} must be one of {', '.join(map(str, values))}")
    return number
