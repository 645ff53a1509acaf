"""A receiver can tell that a webhook is ours, fresh, and seen before."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from delivery.notifications import State
from delivery.notifications.channel import NotDeliveredError
from delivery.notifications.webhook import Webhook, body, signature
from tests.unit.delivery.notifications.certificate import certificate_in
from tests.unit.delivery.notifications.news import CANARY, news
from tests.unit.delivery.notifications.receiver import Receiver, receiving


def test_the_signature_is_verified_as_the_docstring_says(receiver: Receiver) -> None:
    Webhook(receiver.url, "secret-of-both").deliver(news(7), 5.0)
    told = receiver.received[0]
    pairs = dict(pair.split("=") for pair in told.headers["pitchey-signature"].split(","))
    expected = hmac.new(
        b"secret-of-both", pairs["t"].encode() + b"." + told.body, hashlib.sha256
    ).hexdigest()
    assert hmac.compare_digest(pairs["v1"], expected)
    assert abs(int(pairs["t"]) - time.time()) < 10
    assert told.headers["pitchey-delivery"] == "r-42-7"
    assert told.headers["content-type"] == "application/json"


def test_a_receiver_made_after_the_document_believes_ours_and_nothing_else(
    receiver: Receiver,
) -> None:
    text = (Path(__file__).parents[4] / "docs/settings.md").read_text()
    code = text.split("```python\n", 1)[1].split("```", 1)[0]
    made: dict[str, Any] = {}
    exec(code, made)  # noqa: S102 (our own document)
    Webhook(receiver.url, "secret-of-both").deliver(news(7), 5.0)
    told = receiver.received[0]
    header = told.headers["pitchey-signature"]
    assert made["is_ours"](header, told.body, "secret-of-both")
    assert not made["is_ours"](header, told.body, "another-secret")
    assert not made["is_ours"](header, told.body + b" ", "secret-of-both")
    old = signature("secret-of-both", told.body, int(time.time()) - 301)
    assert not made["is_ours"](old, told.body, "secret-of-both")


def test_the_signature_is_the_one_openssl_makes() -> None:
    # printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
    assert signature("key", b'{"a":1}', 1_700_000_000) == (
        "t=1700000000,v1=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03"
    )


def test_the_body_holds_the_whole_notification(receiver: Receiver) -> None:
    Webhook(receiver.url, "s").deliver(news(7), 5.0)
    assert receiver.received[0].json() == {
        "version": 1,
        "id": "r-42-7",
        "severity": "info",
        "state": "progress",
        "title": "Event 7",
        "text": "The candidate does as well as stable.",
        "numbers": {"error rate": "0.1 % (stable 0.1 %)"},
        "measured": {
            "seconds": 250.0,
            "candidate": {
                "requests": 900,
                "errors": 108,
                "errorRate": 0.12,
                "p95Milliseconds": 910.0,
            },
            "stable": {
                "requests": 8100,
                "errors": 8,
                "errorRate": 8 / 8100,
                "p95Milliseconds": 205.0,
            },
            "alone": None,
            "secondsUntilBack": None,
            "verdicts": [
                {
                    "metric": "error rate",
                    "outcome": "fail",
                    "said": "error rate 12 % of 900 requests: worse",
                    "candidate": 0.12,
                    "stable": 0.001,
                    "requests": None,
                    "stableRequests": None,
                    "evidence": None,
                    "limit": None,
                }
            ],
        },
        "link": "https://example.test/report?a=1&b=2",
        "command": "pitchey rollout report staging r-42",
        "address": "https://api.example.test",
        "rehearsal": False,
        "stack": "staging",
        "worker": "pitchey-api-staging",
        "rollout": "r-42",
        "stable": "11111111-aaaa",
        "candidate": "22222222-bbbb",
        "share": 10.0,
    }


def test_the_document_tells_every_field_and_no_other() -> None:
    text = (Path(__file__).parents[4] / "docs/settings.md").read_text()
    table = text.split("| field | value |\n", 1)[1].split("\n\n", 1)[0]
    rows = dict(row.strip("| ").split(" | ", 1) for row in table.splitlines()[1:])
    named = {name for cell in rows for name in re.findall(r"`(\w+)`", cell)}
    sent = json.loads(body(news(1)))
    assert named == set(sent)
    measured = sent["measured"]
    within = {*measured, *measured["candidate"], *measured["verdicts"][0]}
    assert set(re.findall(r"`(\w+)`", rows["`measured`"])) == within
    for member in State:
        assert f"`{member.value}`" in rows["`state`"]


def test_an_id_cannot_add_a_header(receiver: Receiver) -> None:
    Webhook(receiver.url, "s").deliver(news(7, id="a\r\nX-Evil: 1é\ud800"[:-1]), 5.0)
    assert "x-evil" not in receiver.received[0].headers
    assert receiver.received[0].headers["pitchey-delivery"].startswith("a%0D%0AX-Evil")


def test_user_and_password_of_the_address_become_a_header(receiver: Receiver) -> None:
    Webhook(receiver.url.replace("://", "://us%40er:pa%3Ass@"), "s").deliver(news(7), 5.0)
    assert receiver.received[0].headers["authorization"] == "Basic dXNAZXI6cGE6c3M="


def test_https_is_believed_when_somebody_vouches_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_in(tmp_path)
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(certificate)
    with receiving(offered) as receiver:
        channel = Webhook(f"{receiver.url}/{CANARY}", "s")
        with pytest.raises(NotDeliveredError) as caught:
            channel.deliver(news(1), 5.0)
        assert caught.value.reason == "its certificate is not to be trusted"
        assert receiver.received == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        channel.deliver(news(2), 5.0)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"https://{CANARY}:x/",
        f"https://a:{CANARY}@[/",
        f"file:///{CANARY}",
        f"{CANARY}",
        f"https://a b/{CANARY}",
        f"https://127.0.0.1:1/{CANARY}\n",
        f"http://127.0.0.1:1/{CANARY}",
        f"https://{CANARY}.invalid./",
    ],
)
def test_no_address_is_in_an_error_or_what_hangs_on_to_it(url: str) -> None:
    channel = Webhook(url, CANARY)
    with pytest.raises(NotDeliveredError) as caught:
        channel.deliver(news(1), 2.0)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert CANARY not in repr(channel)
