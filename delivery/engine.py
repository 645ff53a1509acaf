"""One run of the Pulumi engine: its arguments, its environment, its events, and a quiet end when it is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from delivery.errors import NO_ROOM, FailedError, disk_full
from delivery.events import Event, parse_event
from delivery.tether import tethered
from settings.run_pass import GATE
from settings.split import SPLIT

_POLL_SECONDS: Final = 0.05
_HIDDEN_FLAGS: Final = {"PULUMI_DEBUG_COMMANDS": "true"}  # without it `--event-log` is refused
_TAKEN_AWAY: Final = ("CLOUDFLARE_", "CF_", "PULUMI_", SPLIT, GATE)
"""CF_ is what wrangler and older providers read."""


@dataclass(frozen=True)
class Result:
    """`output` is what the engine printed for people, both streams."""

    exit_status: int
    output: str
    events: Sequence[Event] = ()
    interrupted: bool = False


@dataclass(frozen=True)
class Engine:
    """The engine's executable in a project, with an environment in which nothing of another cloud is left."""

    executable: Path
    project: Path
    variables: Mapping[str, str] = field(repr=False)

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The user's own environment without any `CLOUDFLARE_*` and `PULUMI_*`, then this cloud's."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_TAKEN_AWAY)}
        # Bytecode is written once and read at every run: an engine without a cache starts the program a second later.
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return kept | dict(self.variables) | dict(extra or {})

    def read(self, *arguments: str, folder: Path | None = None, given: str | None = None) -> str:
        """Standard output of a quick command that is `given` a text. Raises `FailedError` with the engine's own words."""
        done = subprocess.run(
            [str(self.executable), *arguments, "--non-interactive"],
            cwd=folder or self.project,
            env=self.environment(),
            input=given or "",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            if NO_ROOM in done.stderr:
                raise disk_full()
            raise FailedError(
                f"`pulumi {' '.join(arguments[:2])}` failed: {_last_words(done.stderr or done.stdout)}"
            )
        return done.stdout

    def run(
        self,
        arguments: Sequence[str],
        on_event: Callable[[Event], None],
        extra: Mapping[str, str] | None = None,
        on_start: Callable[[int], None] = lambda _pid: None,
        *,
        tied: bool = False,
    ) -> Result:
        """Runs to the end and hands each event on as it comes; `on_start` is told the engine's process. One Ctrl-C asks the engine
        to finish what it is at and stop. An engine that is `tied` is ended when this process is killed; any other would finish."""
        with tempfile.TemporaryDirectory(prefix="pitchey-") as folder:
            log = Path(folder) / "events"
            log.touch()
            command = [
                str(self.executable),
                *arguments,
                "--non-interactive",
                "--color=never",
                f"--event-log={log}",
            ]
            process = subprocess.Popen(
                command,
                cwd=self.project,
                env=self.environment(extra) | _HIDDEN_FLAGS,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                # A group of its own: the terminal's Ctrl-C reaches the engine through here, once, and in order.
                start_new_session=True,
            )
            on_start(process.pid)
            output: list[str] = []
            reader = threading.Thread(target=_drain, args=(process, output), daemon=True)
            reader.start()
            events: list[Event] = []
            tie = tethered(process) if tied else nullcontext()
            with _forwarded_interrupt(process) as interrupted, tie:
                for event in _follow(log, process):
                    events.append(event)
                    on_event(event)
            reader.join(5)
            return Result(process.returncode, "".join(output), events, interrupted.is_set())


@contextmanager
def _forwarded_interrupt(process: subprocess.Popen[str]) -> Generator[threading.Event]:
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def forward(_signal: int, _frame: object) -> None:
        # The first lets the engine finish what is under way; the second ends it there and then.
        process.send_signal(signal.SIGTERM if interrupted.is_set() else signal.SIGINT)
        interrupted.set()

    previous = {number: signal.signal(number, forward) for number in _signals()}
    try:
        yield interrupted
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        if process.poll() is None:
            process.terminate()
            process.wait()


def _signals() -> tuple[signal.Signals, ...]:
    return (signal.SIGINT, signal.SIGTERM)


def _drain(process: subprocess.Popen[str], output: list[str]) -> None:
    if process.stdout is not None:
        output.extend(process.stdout)


def _follow(log: Path, process: subprocess.Popen[str]) -> Iterator[Event]:
    rest = ""
    with log.open(encoding="utf-8") as lines:
        while True:
            ended = process.poll() is not None
            rest += lines.read()
            *whole, rest = rest.split("\n")
            for line in whole:
                event = parse_event(line)
                if event is not None:
                    yield event
            if ended:
                return
            with _quiet_timeout():
                process.wait(_POLL_SECONDS)


@contextmanager
def _quiet_timeout() -> Generator[None]:
    try:
        yield
    except subprocess.TimeoutExpired:
        return


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error:")]
    return (errors or lines or ["it said nothing"])[-1].removeprefix("error:").strip()
