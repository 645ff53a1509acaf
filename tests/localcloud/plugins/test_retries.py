"""An API on a bad day: tried again while it makes sense, told in one line when it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from localcloud.plugins.cloudflare.api import ApiError, UnreachableError
from tests.localcloud.plugins.scripted import Answer, Clock, Script, said

INTERNAL = {"code": 10013, "message": "An unknown error has occurred"}
THROTTLED = {"code": 971, "message": "Please wait and consider throttling your request speed"}
REFUSED = httpx.ConnectError("refused")


def fine() -> httpx.Response:
    return said(200, [])


def test_429_waits_as_long_as_it_was_told_to(clock: Clock) -> None:
    script = Script(clock, [said(429, [THROTTLED], retry_after="17"), fine()])
    assert script.api().call("GET", "/zones") == {"id": "1"}
    assert clock.pauses == [17]


def test_429_may_name_a_date(clock: Clock) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    Script(clock, [said(429, [THROTTLED], retry_after=later), fine()]).api().call("GET", "/zones")
    assert 30 < clock.pauses[0] <= 40


def test_a_ban_of_five_minutes_is_waited_for(clock: Clock) -> None:
    script = Script(clock, [*[said(429, [THROTTLED], retry_after="100") for _ in range(3)], fine()])
    assert script.api().call("GET", "/zones") == {"id": "1"}


@pytest.mark.parametrize("bad", [said(500, [INTERNAL]), said(502, []), httpx.ReadError("cut")])
def test_a_call_that_fails_for_a_while_succeeds_only_later(clock: Clock, bad: Answer) -> None:
    script = Script(clock, [bad, bad, bad, fine()])
    assert script.api().call("PUT", "/zones/1", {"a": 1}) == {"id": "1"}
    assert [request.content for request in script.asked] == [b'{"a":1}'] * 4


def test_a_refusal_is_not_repeated(clock: Clock) -> None:
    script = Script(clock, [said(400, [{"code": 10016, "message": "Invalid name"}])])
    with pytest.raises(ApiError, match=r"^10016: Invalid name$"):
        script.api().call("POST", "/zones", {})
    assert len(script.asked) == 1


DOWN = {
    "refused": (REFUSED, 0.0, "nobody answers at http://api.test; is the cloud running?"),
    "no route": (httpx.ConnectTimeout("timed out"), 3.0, "nobody answers at http://api.test; is the cloud running?"),
    "hung": (httpx.ReadTimeout("timed out"), 30.0, "http://api.test does not answer within 30 s; is the cloud well?"),
    "cutting": (httpx.ReadError("cut"), 0.0, "http://api.test cuts the connection; is the cloud well?"),
}  # fmt: skip


@pytest.mark.parametrize("how", DOWN)
def test_an_api_that_is_down_is_given_up_in_seconds(clock: Clock, how: str) -> None:
    error, each, text = DOWN[how]
    with pytest.raises(UnreachableError) as failure:
        Script(clock, [error], each).api().call("GET", "/zones")
    assert str(failure.value) == text
    assert clock.now - 1000 < (100 if how == "hung" else 25)


def test_a_creation_is_repeated_only_when_the_first_made_nothing(clock: Clock) -> None:
    asked: list[int] = []

    def made() -> dict[str, object] | None:
        asked.append(1)
        return {"id": "found"} if len(asked) > 1 else None

    script = Script(clock, [REFUSED, said(500, [INTERNAL]), httpx.ReadError("cut"), fine()])
    assert script.api().call("POST", "/zones", {}, made_already=made) == {"id": "found"}
    # The refused connection cannot have made anything: nobody is asked.
    assert (len(script.asked), len(asked)) == (3, 2)


LINES = [
    (said(400, [{"code": 10021, "message": "Uncaught Error: no\n  at index.js:1:7\n"}]), "10021: Uncaught Error: no at index.js:1:7"),
    (said(400, [INTERNAL, {"code": 7003, "message": "Could not route"}]), "10013: An unknown error has occurred; 7003: Could not route"),
    (httpx.Response(403, text="<html>\nno</html>"), "403: no JSON in the answer"),
    (httpx.Response(404, json=[]), "HTTP 404 without a reason"),
    (httpx.Response(400, json={"success": False, "errors": None}), "HTTP 400 without a reason"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "line"), LINES)
def test_an_official_error_is_one_line(clock: Clock, answer: httpx.Response, line: str) -> None:
    with pytest.raises(ApiError) as refusal:
        Script(clock, [answer]).api().call("GET", "/zones")
    assert str(refusal.value) == line


def test_the_token_is_sent_and_in_no_text_of_a_client(clock: Clock) -> None:
    script = Script(clock, [fine()])
    api = script.api()
    api.call("GET", "/zones")
    assert script.asked[0].headers["authorization"] == "Bearer hush"
    assert "hush" not in repr(api)
