"""Custom numbers: asked for both versions, None where nobody tells one, and never waited for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from delivery.analysis.metrics import Custom
from delivery.metrics.custom import CustomNumbers, NumbersBeside
from delivery.rollout.measurements import Number

Handler = Callable[[httpx.Request], httpx.Response]


def custom(**source: str) -> Custom:
    return Custom.model_validate({"name": "queue", "source": source, "atMost": 3})


PROMETHEUS = custom(kind="prometheus", url="https://prom.example", query='q{v="{version}"}')
ENGINE = custom(kind="analyticsEngine", query="SELECT x WHERE blob1 = '{version}'")
WEBHOOK = custom(kind="webhook", url="https://hook.example/number")


def numbers(web: Handler, api: Handler | None = None) -> CustomNumbers:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise AssertionError("not to be asked")

    return CustomNumbers(
        httpx.Client(transport=httpx.MockTransport(web)),
        httpx.Client(
            transport=httpx.MockTransport(api or refuse), base_url="https://api.example/v4"
        ),
        "account",
        "r1",
        "old",
        "new",
    )


def test_prometheus_is_asked_for_each_version() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        value = {'q{v="old"}': "1.5", 'q{v="new"}': "2"}[request.url.params["query"]]
        result = [{"value": [1, value]}]
        return httpx.Response(200, json={"data": {"resultType": "vector", "result": result}})

    assert numbers(answer).number(PROMETHEUS) == Number("queue", 2, 1.5)


def test_analytics_engine_tells_the_first_number_of_the_first_row() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v4/accounts/account/analytics_engine/sql"
        value = "7" if b"'new'" in request.content else 3.5
        return httpx.Response(200, json={"data": [{"name": "queue", "n": value}]})

    assert numbers(answer, answer).number(ENGINE) == Number("queue", 7, 3.5)


def test_a_webhook_is_told_rollout_version_and_role() -> None:
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(200, json={"value": 4})

    assert numbers(answer).number(WEBHOOK) == Number("queue", 4, 4)
    assert asked[0] == {"rollout": "r1", "version": "new", "role": "candidate"}


@pytest.mark.parametrize("one", [PROMETHEUS, ENGINE, WEBHOOK])
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, text="NaN"),
        httpx.Response(200, json={"value": "inf", "data": []}),
        httpx.ReadTimeout("slow"),
    ],
)
def test_what_is_no_finite_number_is_none(
    one: Custom, answer: httpx.Response | httpx.HTTPError
) -> None:
    def give(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    assert numbers(give, give).number(one) == Number("queue", None, None)


def test_a_slow_source_is_not_waited_for_and_told_once() -> None:
    def slow(_request: httpx.Request) -> httpx.Response:
        time.sleep(0.1)
        return httpx.Response(200, json={"value": 4})

    beside = NumbersBeside(numbers(slow), [WEBHOOK])
    started = time.monotonic()
    assert beside() == ()
    assert time.monotonic() - started < 0.1
    time.sleep(0.5)
    assert beside() == (Number("queue", 4, 4),)
    assert beside() == ()
    beside.close()
