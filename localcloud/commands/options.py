"""What the commands share: the project they are in, where results go, and signs of life while something takes its time."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from localcloud.cloud import LocalCloud
from localcloud.daemon.client import DaemonClient
from localcloud.errors import LocalCloudError

_WIDE: Final = 200
_PATIENCE_SECONDS: Final = 2.0

JsonOption = Annotated[
    bool, typer.Option("--json", help="For machines: JSON on standard output, nothing else.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")]


def find_cloud() -> LocalCloud:
    """The local cloud of the project that the working folder is in. Raises `LocalCloudError`."""
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file():
            return LocalCloud(folder)
    raise LocalCloudError(
        f"no Pulumi.yaml in {here} or a folder above it; change into the project's folder"
    )


def daemon() -> DaemonClient:
    """Raises `LocalCloudError` when it is not running."""
    return DaemonClient(find_cloud().home)


def results() -> Console:
    """Standard output; wide when piped, so that nothing is broken in two."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)


def print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2))


def say(text: str) -> None:
    """A line on standard error: standard output is for results."""
    typer.echo(text, err=True)


@contextlib.contextmanager
def waiting(what: str) -> Generator[Callable[[str], None]]:
    """From two seconds on, tells what is being waited for; what is reported meanwhile is said at once."""
    ended = threading.Event()
    started = time.monotonic()

    def tick() -> None:
        while not ended.wait(_PATIENCE_SECONDS):
            say(f"… {what} ({time.monotonic() - started:.0f} s)")

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield say
    finally:
        ended.set()
        thread.join()


def confirm(question: str, *, yes: bool, consequence: str) -> None:
    """Raises `LocalCloudError` when nobody is there to ask, `typer.Abort` for a no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise LocalCloudError(f"nobody is there to confirm that {consequence}; say it with --yes")
    typer.confirm(question, abort=True, err=True)


def size(count: int) -> str:
    """Bytes as a person reads them."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
