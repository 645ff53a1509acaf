"""Probes: a version is blamed for its own answers alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx
import pytest

from delivery.rollout.measurements import Probed
from delivery.rollout.probing import Prober
from delivery.rollout.strategy import Check
from delivery.serving import OVERRIDES

MEANT, OTHER = "11111111-aaaa", "22222222-bbbb"
Handler = Callable[[httpx.Request], httpx.Response]


class MockEdge:
    def __init__(self, handler: Handler) -> None:
        self._client = httpx.Client(transport=httpx.MockTransport(handler))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        timeout: float = 5,
    ) -> httpx.Response:
        return self._client.request(method, url, headers=headers, json=json, timeout=timeout)


def probe(handler: Handler, *checks: Check) -> Probed:
    given = checks or (Check(path="/version"), Check(path="/health"))
    return Prober(MockEdge(handler), "https://api.example.com/", "api", given).probe(MEANT)


def serving(version: str | None, status: int = 200, text: str = "welcome") -> Handler:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers[OVERRIDES] == f'api="{MEANT}"'
        assert request.headers["pitchey-probe"] == "1"
        if version is not None and request.url.path == "/version":
            return httpx.Response(200, json={"id": version})
        if version is not None and request.url.path == "/health":
            return httpx.Response(status, json={"version": version})
        return httpx.Response(status, text=text)

    return answer


def test_a_healthy_version_answers_both_checks() -> None:
    assert probe(serving(MEANT)) == Probed(2, 0, "")


def test_a_version_whose_health_fails_is_blamed_with_its_status() -> None:
    assert probe(serving(MEANT, 503)) == Probed(1, 1, "GET /health answered 503, not 200")


def test_an_override_that_is_ignored_counts_neither_way() -> None:
    told = probe(serving(OTHER, 503))
    assert (told.good, told.bad) == (0, 0)
    assert "answered by 22222222, not by 11111111" in told.last


def test_any_path_is_laid_to_the_version_that_answers_beside_it() -> None:
    page = Check(path="/start?token=hidden", contains="welcome")
    assert probe(serving(MEANT), page).good == 1
    assert probe(serving(OTHER), page).good == 0
    without = probe(serving(MEANT, text="sorry"), page)
    assert (without.bad, without.last) == (1, "GET /start answered without what it must contain")


@pytest.mark.parametrize(("version", "bad"), [(MEANT, 1), (OTHER, 0)])
def test_an_answer_that_names_its_version_is_believed_without_another_question(
    version: str, bad: int
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(500, headers={"pitchey-version": version})

    assert probe(answer, Check(path="/start")).bad == bad
    assert asked == ["/start"]


def test_a_version_that_throws_at_everything_is_blamed_although_it_names_itself_nowhere() -> None:
    assert probe(serving(None, 500)).bad == 2


@pytest.mark.parametrize(
    ("error", "bad"),
    [
        (httpx.ConnectError("refused"), 0),
        (httpx.ConnectTimeout("no route"), 0),
        (httpx.ReadTimeout("hangs"), 2),
        (httpx.RemoteProtocolError("closed"), 2),
    ],
)
def test_our_own_network_is_nobody_s_fault_and_a_hanging_version_is(
    error: httpx.HTTPError, bad: int
) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise error

    told = probe(fail)
    assert (told.good, told.bad) == (0, bad)
    assert told.last


def test_one_closed_connection_is_asked_again() -> None:
    calls: list[str] = []

    def once(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.path)
        if len(calls) == 1:
            raise httpx.RemoteProtocolError("stale")
        return serving(MEANT)(request)

    assert probe(once) == Probed(2, 0, "")


def test_what_is_told_is_one_short_printable_line() -> None:
    check = Check(path="/" + "é " * 100, status=204)
    last = probe(serving(MEANT), check).last
    assert 0 < len(last) <= 120
    assert last.isprintable()
    assert last.isascii()


def test_a_path_that_cannot_be_asked_ends_no_round() -> None:
    told = probe(serving(MEANT), Check(path="/\n"), Check(path="/version"))
    assert (told.good, told.bad) == (1, 0)
    assert told.last.isprintable()
