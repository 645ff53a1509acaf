"""`pitchey notify` says of each channel whether news arrives, and nothing of how it is reached."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from delivery.commands import notify, stacks
from delivery.errors import RefusedError
from delivery.notifications import Notifier
from delivery.notifications.channel import Channel
from delivery.notifications.webhook import Webhook
from tests.unit.delivery.notifications.news import CANARY
from tests.unit.delivery.notifications.receiver import Receiver, Reply

Wanted = Callable[..., None]
LEFT = "slack is not told of rollouts: the secret slackWebhookUrl is not set"


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Wanted:
    """`wanted(*channels, left_out=())`: what the stack's settings ask for."""
    for name in ("Pulumi.yaml", "Pulumi.staging.yaml"):
        (tmp_path / name).write_text("name: pitchey\n")
    monkeypatch.chdir(tmp_path)

    def find_cloud(_name: str, _project: Path) -> SimpleNamespace:
        return SimpleNamespace(name="fake", start=print_nothing)

    def print_nothing(_report: object) -> None: ...

    monkeypatch.setattr(stacks, "find_cloud", find_cloud)

    def want(*channels: Channel, left_out: tuple[str, ...] = ()) -> None:
        def notifier_of(_stack: object, report: Callable[[str], None]) -> Notifier:
            for line in left_out:
                report(line)
            return Notifier(channels, report, left_out=left_out)

        monkeypatch.setattr(notify, "notifier_of", notifier_of)

    return want


def run(*words: str) -> Result:
    app = typer.Typer()
    notify.register(app)
    return CliRunner().invoke(app, list(words))


def test_a_test_arrives_and_that_is_said(wanted: Wanted, receiver: Receiver) -> None:
    wanted(Webhook(f"{receiver.url}/{CANARY}", CANARY))
    result = run("staging")
    assert (result.exit_code, result.stdout) == (0, "✓ webhook: told\n")
    assert receiver.received[0].json()["state"] == "test"


def test_why_it_did_not_arrive_is_said_without_a_secret(
    wanted: Wanted, receiver: Receiver, other: Receiver
) -> None:
    receiver.reply = lambda _: Reply(404, CANARY.encode())
    broken = Webhook(f"{receiver.url}/{CANARY}", CANARY, name="first")
    wanted(broken, Webhook(other.url, CANARY, name="second"))
    result = run("staging")
    assert result.exit_code == 2
    assert result.stdout == "✗ first: answered 404\n✓ second: told\n"
    assert CANARY not in result.output
    told = json.loads(run("staging", "--json").stdout)
    assert told["channels"][0] == {"channel": "first", "told": False, "detail": "answered 404"}
    assert told["leftOut"] == []


def test_a_channel_that_hangs_is_given_up(wanted: Wanted, receiver: Receiver) -> None:
    receiver.free.clear()
    wanted(Webhook(receiver.url, CANARY))
    result = run("staging", "--patience", "1")
    assert result.exit_code == 2
    assert "no answer within 1 s" in result.stdout


def test_a_channel_that_cannot_be_used_is_a_failure_too(wanted: Wanted, receiver: Receiver) -> None:
    wanted(Webhook(receiver.url, CANARY), left_out=(LEFT,))
    result = run("staging")
    assert result.exit_code == 2
    assert result.stdout.splitlines() == ["✓ webhook: told", f"✗ {LEFT}"]
    assert json.loads(run("staging", "--json").stdout)["leftOut"] == [LEFT]


def test_with_nobody_to_tell_it_is_one_line_and_status_1(wanted: Wanted) -> None:
    wanted()
    result = run("staging")
    assert isinstance(result.exception, RefusedError)
    assert result.exception.what == "nobody is to hear of rollouts of staging"
    assert result.exception.exit_status == 1


def test_a_stack_that_there_is_not_is_refused(wanted: Wanted) -> None:
    wanted()
    assert isinstance(run("nowhere").exception, RefusedError)
