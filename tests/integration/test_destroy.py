"""`down` and `destroy`, in any order and any number of times: nothing is left behind, and `up` works again."""

from __future__ import annotations

import os
import pty
import signal
import subprocess

import psutil
import pytest

from tests.integration.bad_days import inventory, refusal, until
from tests.integration.checkout import Checkout

STACK = "pitchey-api-staging"
QUESTION = b"Remove the local cloud with every stack"


def test_down_destroy_and_destroy_again_where_nothing_ever_was(checkout: Checkout) -> None:
    checkout.done("down")
    for _ in range(2):
        checkout.done("destroy", "--yes")
        assert "nothing was running" in checkout.pitchey("down").stderr
    assert not checkout.home.exists()


def test_up_after_destroy_begins_anew(checkout: Checkout) -> None:
    checkout.done("local", "up", "--port", str(checkout.port))
    assert not any(inventory(checkout).values())
    first = checkout.up()
    assert first["workerName"] == STACK
    # The application's, and that of the Worker that keeps rollouts.
    assert len(inventory(checkout)["versions"]) == 2


def test_destroy_without_a_terminal_refuses_unless_it_is_told(checkout: Checkout) -> None:
    line = refusal(checkout.pitchey("destroy"))
    assert line.endswith("say it with --yes")
    assert checkout.outputs()["workerName"] == STACK


@pytest.mark.parametrize("answer", [b"\n", None], ids=["no", "Ctrl-C"])
def test_destroy_asks_and_without_a_yes_changes_nothing(
    checkout: Checkout, answer: bytes | None
) -> None:
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        checkout.command("destroy"),
        cwd=checkout.folder,
        env=checkout.environment(),
        stdin=inside,
        stdout=inside,
        stderr=inside,
    ) as process:
        said = b""
        while QUESTION not in said:
            said += os.read(terminal, 4096)
        if answer is not None:
            os.write(terminal, answer)
        else:
            # One that comes before the question waits for an answer is lost, as on a real terminal.
            until(lambda: process.send_signal(signal.SIGINT) or process.poll() is not None)
        assert process.wait(20) == 1
    os.close(inside)
    os.close(terminal)
    assert checkout.outputs()["workerName"] == STACK


def test_a_stale_process_of_an_earlier_run_is_ended_with_the_rest(checkout: Checkout) -> None:
    (daemon,) = [pid for pid in checkout.processes() if _is_daemon(pid)]
    workers = psutil.Process(daemon).children(recursive=True)
    assert workers
    os.kill(daemon, signal.SIGKILL)
    (checkout.home / "daemon.json").unlink()
    again = checkout.up()
    assert again["workerName"] == STACK
    assert not any(_alive(worker) for worker in workers)
    checkout.done("down")
    assert checkout.processes() == []


def _is_daemon(pid: int) -> bool:
    return "localcloud.daemon" in psutil.Process(pid).cmdline()


def _alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_status_after_down_shows_what_was_up(checkout: Checkout) -> None:
    before = checkout.done("status", "staging")
    checkout.done("down")
    assert "nothing was running" in checkout.pitchey("down").stderr
    assert checkout.done("status", "staging") == before


def test_destroy_leaves_neither_process_nor_state(checkout: Checkout) -> None:
    checkout.done("destroy", "--yes")
    assert checkout.processes() == []
    assert not checkout.home.exists()
    left = [path for path in (checkout.folder / ".pitchey").rglob("*") if path.is_file()]
    # Who held a stack last is no state: an empty file that the next run locks again.
    assert all(path.suffix == ".lock" and path.stat().st_size == 0 for path in left), left


def test_up_works_again_after_all_of_it(checkout: Checkout) -> None:
    checkout.done("local", "up", "--port", str(checkout.port))
    again = checkout.up()
    have = inventory(checkout)
    assert len(have["versions"]) == 2
    assert again["stableVersionId"] in have["versions"]
    assert checkout.get(f"{STACK}.pitchey.workers.dev", "/version").is_success
