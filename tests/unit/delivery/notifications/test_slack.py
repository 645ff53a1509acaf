"""What Slack shows: the words as they are, whoever wrote them."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from delivery.notifications import Severity
from delivery.notifications.channel import NotDeliveredError
from delivery.notifications.slack import Slack, escape, message
from tests.unit.delivery.notifications.news import CANARY, news
from tests.unit.delivery.notifications.receiver import Receiver, Reply


def texts(block: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if isinstance(block, dict):
        block = cast("dict[str, Any]", block)
        if block.get("type") in {"plain_text", "mrkdwn"}:
            found.append(block)
        for value in block.values():
            found.extend(texts(value))
    if isinstance(block, list):
        for value in cast("list[Any]", block):
            found.extend(texts(value))
    return found


def test_the_message_says_what_happened_with_its_numbers_and_the_link(receiver: Receiver) -> None:
    Slack(f"{receiver.url}/services/x").deliver(news(3, severity=Severity.ERROR), 5.0)
    told = receiver.received[0]
    assert told.path == "/services/x"
    body = told.json()
    assert body["text"] == (
        "🔴 [staging] error: Event 3; 10 %; "
        "errors 12 % of 900, stable 0.0988 % of 8,100; p95 910 ms, stable 205 ms"
    )
    shown = [text["text"] for text in texts(body["blocks"])]
    assert "The candidate does as well as stable." in shown
    assert "error rate\n0.1 % (stable 0.1 %)" in shown
    assert "Share\n10 %" in shown
    assert "Severity\nerror" in shown
    assert "To read on: pitchey rollout report staging r-42" in shown
    assert "<https://example.test/report?a=1&amp;b=2|Open>" in shown
    assert "r-42-3" in shown


def test_what_matters_most_stands_first_however_many_numbers_there_are() -> None:
    numbers = {f"number {n}": str(n) for n in range(60)}
    fields = [b["fields"] for b in message(news(1, numbers=numbers))["blocks"] if "fields" in b]
    shown = [text["text"] for text in fields[0]]
    assert shown[:3] == ["Severity\ninfo", "Share\n10 %", "number 0\n0"]
    assert [len(part) for part in fields] == [10, 10, 10]


def test_nothing_in_the_words_is_a_mention_a_link_or_a_mark() -> None:
    evil = "<!channel> <https://evil.test|click> *b* & &lt;"
    written = message(
        news(1, title=evil, text=evil, numbers={evil: evil}, link=f"https://x/{evil}", command=evil)
    )
    assert "<" not in written["text"]
    assert "&amp;lt;" in written["text"]
    assert written["mrkdwn"] is False
    for text in texts(written["blocks"]):
        assert text["type"] == "plain_text"
        assert "<" not in text["text"]
        assert ">" not in text["text"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://a|b>", None, "https://a b"])
def test_a_link_is_one_or_is_left_out(link: str | None) -> None:
    linked = [
        t["text"] for t in texts(message(news(1, link=link))["blocks"]) if t["type"] == "mrkdwn"
    ]
    assert linked in ([], ["<https://a%7Cb%3E|Open>"])


def test_slack_s_limits_are_kept_however_long_the_words_are() -> None:
    numbers = {f"{n}" + "&" * 3000: "<" * 3000 for n in range(60)}
    command = "&" * 9000
    written = message(
        news(1, title="&" * 5000, text=">" * 9000, numbers=numbers, id="i" * 999, command=command)
    )
    assert len(written["text"]) <= 3000
    assert len(written["blocks"]) <= 50
    for block in written["blocks"]:
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= 150
        if "fields" in block:
            assert 1 <= len(block["fields"]) <= 10
            assert all(len(text["text"]) <= 2000 for text in block["fields"])
    assert all(1 <= len(text["text"]) <= 3000 for text in texts(written["blocks"]))
    assert escape("&&&", 11) == "&amp;&amp;…"
    json.dumps(message(news(1, text="\ud800", title="")))


def test_the_address_is_in_no_error_and_no_representation(receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(400, CANARY.encode())
    slack = Slack(f"{receiver.url}/{CANARY}")
    with pytest.raises(NotDeliveredError) as caught:
        slack.deliver(news(1), 5.0)
    assert CANARY not in f"{caught.value!r}{slack!r}"
    assert caught.value.reason == "answered 400"
