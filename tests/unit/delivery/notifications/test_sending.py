"""News is told once, in order, as soon as it can be, and never in the way of whoever has it."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from delivery.notifications import Notifier, Severity, State, try_channels
from delivery.notifications.line import Limits
from delivery.notifications.notification import Notification
from delivery.notifications.slack import Slack
from delivery.notifications.webhook import Webhook
from tests.unit.delivery.notifications.news import CANARY, news
from tests.unit.delivery.notifications.receiver import Received, Receiver, Reply

QUICK = Limits(pause=0.01, longest_pause=0.05, timeout=5.0)


def hook(receiver: Receiver, minimum: Severity = Severity.INFO) -> Webhook:
    return Webhook(f"{receiver.url}/{CANARY}", f"secret-{CANARY}", minimum)


def ids(receiver: Receiver) -> list[str]:
    return [told.json()["id"] for told in receiver.received]


def test_everything_is_told_in_the_order_it_came(receiver: Receiver) -> None:
    notifier = Notifier([hook(receiver)], limits=Limits(waiting=200))
    for number in range(100):
        notifier.send(news(number))
    assert notifier.close(20) == []
    assert ids(receiver) == [f"r-42-{number}" for number in range(100)]


def test_what_fails_for_a_while_is_told_again_and_nothing_overtakes_it(receiver: Receiver) -> None:
    answers = iter([Reply(503), Reply(lost=True), Reply(429, headers={"Retry-After": "1"})])
    receiver.reply = lambda _: next(answers, Reply())
    notifier = Notifier([hook(receiver)], limits=QUICK)
    begun = time.monotonic()
    notifier.send(news(1))
    notifier.send(news(2))
    assert notifier.close(20) == []
    assert ids(receiver) == ["r-42-1"] * 4 + ["r-42-2"]
    assert time.monotonic() - begun >= 1.0, "Retry-After is kept to"


def test_what_will_never_work_is_tried_once_and_said(receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(404, f"no {CANARY}".encode())
    said: list[str] = []
    notifier = Notifier([hook(receiver)], said.append, limits=QUICK)
    notifier.send(news(1, title="Returned\n\x1b[31m\x00to stable"))
    lost = notifier.close(20)
    assert lost == ["webhook was not told `Returned [31m to stable`: answered 404"]
    assert len(receiver.received) == 1
    assert said == lost


def test_tries_end(receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(500)
    notifier = Notifier([hook(receiver)], limits=Limits(pause=0.01, tries=3))
    notifier.send(news(1))
    assert notifier.close(20) == ["webhook was not told `Event 1`: answered 500, after 3 tries"]
    assert len(receiver.received) == 3


def test_a_redirect_is_not_followed(receiver: Receiver, other: Receiver) -> None:
    receiver.reply = lambda _: Reply(307, headers={"Location": other.url})
    notifier = Notifier([hook(receiver)], limits=QUICK)
    notifier.send(news(1))
    assert notifier.close(20) == ["webhook was not told `Event 1`: answered 307"]
    assert other.received == []


def test_the_same_event_is_told_once(receiver: Receiver) -> None:
    notifier = Notifier([hook(receiver)], limits=QUICK)
    for _ in range(3):
        notifier.send(news(1))
    notifier.close(20)
    assert ids(receiver) == ["r-42-1"]


def test_the_same_event_is_refused_once(receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(404)
    notifier = Notifier([hook(receiver)], limits=QUICK)
    for _ in range(3):
        notifier.send(news(1))
    assert len(notifier.close(20)) == 1
    assert ids(receiver) == ["r-42-1"]


def test_a_machine_that_starts_no_thread_is_no_reason_to_fail(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    notifier = Notifier([hook(receiver)], limits=QUICK)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start)
        notifier.send(news(1))
    assert notifier.close(5) == ["webhook was not told `Event 1`: its turn did not come"]


def test_a_controller_that_starts_again_does_not_tell_it_again(
    receiver: Receiver, other: Receiver, tmp_path: Path
) -> None:
    folder = tmp_path / "notified"
    slack = Slack(f"{other.url}/{CANARY}")
    first = Notifier([hook(receiver)], folder=folder, limits=QUICK)
    first.send(news(1))
    first.close(20)
    second = Notifier([hook(receiver), slack], folder=folder, limits=QUICK)
    second.send(news(1))
    second.send(news(2))
    second.close(20)
    assert ids(receiver) == ["r-42-1", "r-42-2"]
    assert len(other.received) == 2, "each channel has its own"
    kept = (folder / "r-42.json").read_text()
    assert json.loads(kept) == {"slack": ["r-42-1", "r-42-2"], "webhook": ["r-42-1", "r-42-2"]}
    assert CANARY not in kept


def test_what_was_not_delivered_is_told_by_the_next_controller(
    receiver: Receiver, tmp_path: Path
) -> None:
    receiver.reply = lambda _: Reply(404)
    first = Notifier([hook(receiver)], folder=tmp_path, limits=QUICK)
    first.send(news(1))
    first.close(20)
    receiver.reply = lambda _: Reply()
    second = Notifier([hook(receiver)], folder=tmp_path, limits=QUICK)
    second.send(news(1))
    assert second.close(20) == []
    assert len(receiver.received) == 2


def test_a_folder_that_is_broken_or_cannot_be_written_costs_nothing(
    receiver: Receiver, tmp_path: Path
) -> None:
    (tmp_path / "r-42.json").write_text('{"webhook": 3')
    (tmp_path / "file").write_text("")
    for number, folder in enumerate((tmp_path, tmp_path / "file" / "notified")):
        notifier = Notifier([hook(receiver)], folder=folder, limits=QUICK)
        notifier.send(news(number))
        assert notifier.close(20) == []
    assert len(receiver.received) == 2


def test_a_rollout_s_name_leads_to_no_other_folder(receiver: Receiver, tmp_path: Path) -> None:
    folder = tmp_path / "notified"
    notifier = Notifier([hook(receiver)], folder=folder, limits=QUICK)
    notifier.send(news(1, rollout="../../x"))
    assert notifier.close(20) == []
    assert [path.parent for path in tmp_path.rglob("*.json")] == [folder]


def test_a_hanging_receiver_holds_up_neither_the_sender_nor_the_end_nor_another(
    receiver: Receiver, other: Receiver
) -> None:
    receiver.free.clear()
    notifier = Notifier([hook(receiver), Slack(other.url)], limits=Limits(timeout=60.0))
    notifier.send(news(0))
    longest = 0.0
    for number in range(1, 5):
        begun = time.monotonic()
        notifier.send(news(number))
        longest = max(longest, time.monotonic() - begun)
    assert longest < 0.2
    begun = time.monotonic()
    lost = notifier.close(1.0)
    assert 0.9 < time.monotonic() - begun < 2.0
    assert lost == [
        "webhook was not told `Event 0`: no answer yet",
        *(f"webhook was not told `Event {n}`: its turn did not come" for n in range(1, 5)),
    ]
    assert len(other.received) == 5


def test_a_receiver_that_hangs_is_given_up_and_tried_again(receiver: Receiver) -> None:
    receiver.free.clear()
    notifier = Notifier([hook(receiver)], limits=Limits(timeout=0.2, pause=0.01, tries=2))
    notifier.send(news(1))
    assert notifier.close(20) == [
        "webhook was not told `Event 1`: no answer within 0.2 s, after 2 tries"
    ]


def test_the_end_does_not_wait_for_a_pause_between_tries(receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(429, headers={"Retry-After": "50"})
    notifier = Notifier([hook(receiver)])
    notifier.send(news(1))
    begun = time.monotonic()
    assert notifier.close(0.5) == ["webhook was not told `Event 1`: answered 429"]
    assert time.monotonic() - begun < 2.0


def test_when_many_wait_progress_goes_first_and_errors_never(receiver: Receiver) -> None:
    receiver.free.clear()
    notifier = Notifier([hook(receiver)], limits=Limits(waiting=20, pause=0.01))
    notifier.send(news(0))
    wait_for(lambda: len(receiver.received) == 1)
    notifier.send(news(1, state=State.STARTED))
    notifier.send(news(2, state=State.PAUSED, severity=Severity.WARNING))
    for number in range(3, 30):
        notifier.send(news(number))
    for number in range(30, 55):
        notifier.send(news(number, state=State.RETURNED, severity=Severity.ERROR))
    receiver.free.set()
    lost = notifier.close(20)
    assert ids(receiver) == ["r-42-0", *(f"r-42-{number}" for number in range(30, 55))]
    assert lost == [
        "webhook was not told `Event 1`: too much waited",
        "webhook was not told `Event 2`: too much waited",
        "webhook was not told of progress 27 times: too much waited",
    ]


def test_an_error_does_not_wait_for_the_tries_of_what_came_before(receiver: Receiver) -> None:
    answers = iter([Reply(503), Reply(503)])
    receiver.reply = lambda _: next(answers, Reply())
    notifier = Notifier([hook(receiver)], limits=Limits(pause=60.0, longest_pause=60.0))
    notifier.send(news(0))
    wait_for(lambda: len(receiver.received) == 1)
    notifier.send(news(1))
    notifier.send(news(2, state=State.PAUSED, severity=Severity.WARNING))
    notifier.send(news(3, state=State.RETURNED, severity=Severity.ERROR))
    lost = notifier.close(5)
    assert ids(receiver) == ["r-42-0", "r-42-2", "r-42-3"]
    assert lost == [
        "webhook was not told `Event 0`: answered 503",
        "webhook was not told `Event 2`: answered 503",
        "webhook was not told of progress once: too much waited",
    ]


def test_at_the_end_pauses_are_short(receiver: Receiver) -> None:
    answers = iter([Reply(503), Reply(503)])
    receiver.reply = lambda _: next(answers, Reply())
    notifier = Notifier([hook(receiver)], limits=Limits(pause=60.0, longest_pause=60.0))
    notifier.send(news(0))
    assert notifier.close(10) == []
    assert len(receiver.received) == 3


def test_what_was_given_up_is_said_before_the_end(receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(404)
    said: list[str] = []

    def report(line: str) -> None:
        time.sleep(0.3)
        said.append(line)

    notifier = Notifier([hook(receiver)], report, limits=QUICK)
    notifier.send(news(0))
    assert notifier.close(10) == said


def test_a_channel_is_told_what_is_severe_enough_for_it(
    receiver: Receiver, other: Receiver
) -> None:
    channels = [hook(receiver, minimum=Severity.WARNING), Slack(other.url)]
    notifier = Notifier(channels, limits=QUICK)
    for number, severity in enumerate(Severity):
        notifier.send(news(number, severity=severity))
    notifier.close(20)
    assert ids(receiver) == ["r-42-1", "r-42-2"]
    assert len(other.received) == 3


class Broken:
    """A channel with a mistake in it."""

    name = "broken"
    minimum = Severity.INFO

    def deliver(self, notification: Notification, timeout: float) -> str | None:
        raise RuntimeError(f"{CANARY} {notification.id} {timeout}")


def test_a_mistake_in_a_channel_stays_there_and_says_no_secret(receiver: Receiver) -> None:
    notifier = Notifier([Broken(), hook(receiver)], limits=QUICK)
    notifier.send(news(1))
    notifier.send(news(2))
    assert notifier.close(20) == [
        "broken was not told `Event 1`: it failed (RuntimeError)",
        "broken was not told `Event 2`: it failed (RuntimeError)",
    ]
    assert len(receiver.received) == 2


def test_an_output_that_is_gone_does_not_end_the_telling(receiver: Receiver) -> None:
    def report(_: str) -> None:
        raise BrokenPipeError

    answers = iter([Reply(404)])
    receiver.reply = lambda _: next(answers, Reply())
    notifier = Notifier([hook(receiver)], report, limits=QUICK)
    notifier.send(news(1))
    notifier.send(news(2))
    assert len(notifier.close(20)) == 1
    assert len(receiver.received) == 2


def test_what_comes_after_the_end_is_said(receiver: Receiver) -> None:
    notifier = Notifier([hook(receiver)], limits=QUICK)
    assert notifier.close(1) == []
    notifier.send(news(1))
    assert notifier.close(1) == ["webhook was not told `Event 1`: came after the end"]


def test_many_threads_may_send(receiver: Receiver) -> None:
    notifier = Notifier([hook(receiver)], limits=Limits(waiting=1000))
    threads = [
        threading.Thread(target=lambda: [notifier.send(news(n)) for n in range(40)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert notifier.close(30) == []
    assert sorted(ids(receiver)) == sorted({f"r-42-{n}" for n in range(40)})


def test_a_try_tells_each_channel_and_says_what_happened(
    receiver: Receiver, other: Receiver
) -> None:
    def refuse(_: Received) -> Reply:
        return Reply(403, CANARY.encode())

    other.reply = refuse
    hanging = Webhook(
        "http://192.0.2.1:9", CANARY, name="hanging", clock=lambda: time.sleep(60) or 0
    )
    tried = try_channels(
        [hook(receiver, minimum=Severity.ERROR), Slack(other.url), hanging, Broken()],
        "staging",
        "pitchey-api-staging",
        patience=1.0,
    )
    assert [(one.channel, one.told, one.detail) for one in tried] == [
        ("webhook", True, "told"),
        ("slack", False, "answered 403"),
        ("hanging", False, "no answer within 1 s"),
        ("broken", False, "it failed (RuntimeError)"),
    ]
    assert receiver.received[0].json()["state"] == "test"


def wait_for(true: object) -> None:
    deadline = time.monotonic() + 10
    while not (callable(true) and true()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
