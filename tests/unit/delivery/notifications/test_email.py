"""Mail: inside TLS, to those who want it, as one thread, and with no header that somebody smuggled in."""

from __future__ import annotations

import socket
import threading
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from delivery.notifications import Notifier, Severity
from delivery.notifications.channel import NotDeliveredError
from delivery.notifications.email import Email, message, message_id
from delivery.notifications.line import Limits
from tests.unit.delivery.notifications.mail_server import mail_server
from tests.unit.delivery.notifications.news import CANARY, news

TO = ("ops@pitchey.test", "dev@pitchey.test")
SENDER = "rollouts@pitchey.test"


def parsed(mail: bytes) -> EmailMessage:
    return message_from_bytes(mail, policy=default)


@pytest.mark.parametrize(("scheme", "at_once"), [("smtps", True), ("smtp", False)])
def test_a_mail_arrives_inside_tls(tmp_path: Path, scheme: str, at_once: bool) -> None:
    with mail_server(tmp_path, at_once=at_once) as (server, tls):
        url = f"{scheme}://us%40er:right%3A@127.0.0.1:{server.port}"
        channel = Email(url, TO, SENDER, tls=tls)
        assert (
            channel.deliver(news(3, severity=Severity.ERROR, text="Zurück.\n.\nEnde"), 5.0) is None
        )
    assert server.encrypted == [True]
    assert server.logins == ["\0us@er\0right:"]
    mail = parsed(server.mails[0])
    assert mail["Subject"] == "[staging] error: Event 3"
    assert mail["From"] == SENDER
    assert mail["To"] == ", ".join(TO)
    assert mail["Message-ID"] == "<r-42-3@pitchey.test>"
    assert mail["In-Reply-To"] == mail["References"] == "<rollout.r-42@pitchey.test>"
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    text = plain.get_content()
    for part in (
        "Zurück.",
        "error rate  0.1 %",
        "Severity    error",
        "Share       10 %",
        "Read on: https://example.test/report?a=1&b=2",
        "To read on: pitchey rollout report staging r-42",
    ):
        assert part in text
    assert html is not None
    shown = html.get_content()
    for part in (
        "Zurück.",
        "error: Event 3",
        "<td>0.1 % (stable 0.1 %)</td>",
        '<a href="https://example.test/report?a=1&amp;b=2">',
        "<code>pitchey rollout report staging r-42</code>",
    ):
        assert part in shown


def test_no_word_of_a_mail_is_markup_and_nothing_is_fetched_to_show_it() -> None:
    evil = '<img src="https://evil.test/x">&\ud800'
    for link in (f"https://x/{evil}", f"javascript:{evil}"):
        made = message(
            news(1, title=evil, text=evil, numbers={evil: evil}, link=link, command=evil),
            SENDER,
            TO,
        )
        html = parsed(made.as_bytes()).get_body(("html",))
        assert html is not None
        shown = html.get_content()
        assert "<img" not in shown
        assert shown.count("https://evil.test") == shown.count("&lt;img")
        assert ('href="https://x/&lt;img' in shown) == link.startswith("https")
        assert 'href="javascript' not in shown


def test_the_same_event_has_the_same_message_id_and_a_strange_one_a_fit_one() -> None:
    first, second = (message(news(3), SENDER, TO)["Message-ID"] for _ in range(2))
    assert first == second
    for strange in ("a b", "a\r\nBcc: x", "a>b", "é", "a..b", "x" * 300):
        made = message_id(strange, "pitchey.test")
        assert made.isascii()
        assert len(made) < 100
        assert " " not in made
        assert "\n" not in made


@pytest.mark.parametrize(
    "title",
    [
        "x\r\nBcc: evil@evil.test",
        "x\nBcc: evil@evil.test",
        "x\r\n\r\nbody",
        "x\x85Bcc: e",
        "x\x00\ud800y",
    ],
)
def test_a_title_adds_no_header(tmp_path: Path, title: str) -> None:
    with mail_server(tmp_path, at_once=True) as (server, tls):
        channel = Email(f"smtps://127.0.0.1:{server.port}", TO, SENDER, tls=tls)
        channel.deliver(news(1, title=title, numbers={"a\r\nb": "c\r\nd"}), 5.0)
    mail = parsed(server.mails[0])
    assert sorted(mail.keys()) == sorted(message(news(1), SENDER, TO).keys())
    assert mail["Bcc"] is None
    assert str(mail["Subject"]).startswith("[staging] info: x")


def test_no_password_goes_to_a_server_without_tls(tmp_path: Path) -> None:
    with mail_server(tmp_path, at_once=False) as (server, tls):
        server.starttls = False
        channel = Email(f"smtp://u:{CANARY}@127.0.0.1:{server.port}", TO, SENDER, tls=tls)
        with pytest.raises(NotDeliveredError, match="no STARTTLS") as caught:
            channel.deliver(news(1), 5.0)
    assert not caught.value.again
    assert server.logins == []
    assert server.mails == []


def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    with mail_server(tmp_path, at_once=True) as (server, _):
        channel = Email(f"smtps://u:{CANARY}@127.0.0.1:{server.port}", TO, SENDER)
        with pytest.raises(NotDeliveredError, match="certificate") as caught:
            channel.deliver(news(1), 5.0)
    assert not caught.value.again
    assert server.logins == []


def test_what_a_server_puts_off_is_sent_again(tmp_path: Path) -> None:
    with mail_server(tmp_path, at_once=True) as (server, tls):
        server.temporary = 2
        channel = Email(f"smtps://127.0.0.1:{server.port}", TO, SENDER, tls=tls)
        notifier = Notifier([channel], limits=Limits(pause=0.01))
        notifier.send(news(1))
        assert notifier.close(20) == []
    assert len(server.mails) == 1


def test_who_is_refused_is_named_and_the_others_get_it_once(tmp_path: Path) -> None:
    said: list[str] = []
    with mail_server(tmp_path, at_once=True) as (server, tls):
        server.recipients = {TO[0]: 550}
        channel = Email(f"smtps://127.0.0.1:{server.port}", TO, SENDER, tls=tls)
        notifier = Notifier([channel], said.append, limits=Limits(pause=0.01))
        notifier.send(news(1))
        assert notifier.close(20) == []
        server.recipients = dict.fromkeys(TO, 550)
        with pytest.raises(NotDeliveredError, match="every recipient was refused"):
            channel.deliver(news(2), 5.0)
    assert said == [f"email to {', '.join(TO)}: refused for {TO[0]}"]
    assert len(server.mails) == 1


def test_a_wrong_password_is_said_without_it(tmp_path: Path) -> None:
    with mail_server(tmp_path, at_once=True) as (server, tls):
        channel = Email(f"smtps://u{CANARY}:{CANARY}@127.0.0.1:{server.port}", TO, SENDER, tls=tls)
        with pytest.raises(NotDeliveredError) as caught:
            channel.deliver(news(1), 5.0)
    assert caught.value.reason == "user and password were refused (535)"
    assert not caught.value.again
    assert caught.value.__context__ is None
    assert CANARY not in repr(channel)


@pytest.mark.parametrize(
    "url",
    [
        f"smtp://u:{CANARY}@[",
        f"smtp://u:p@{CANARY}:x",
        f"https://{CANARY}",
        f"smtp://{CANARY}.invalid.:1",
    ],
)
def test_no_address_is_in_an_error(url: str) -> None:
    with pytest.raises(NotDeliveredError) as caught:
        Email(url, TO, SENDER).deliver(news(1), 2.0)
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_mail_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        taken: list[socket.socket] = []
        threading.Thread(target=lambda: taken.append(silent.accept()[0]), daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(NotDeliveredError, match=r"no answer within 0.3 s") as caught:
            Email(f"smtp://127.0.0.1:{silent.getsockname()[1]}", TO, SENDER).deliver(news(1), 0.3)
        assert time.monotonic() - begun < 2
        assert caught.value.again
        for connection in taken:
            connection.close()
