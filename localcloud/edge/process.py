"""One workerd process: started on sockets that it is handed, ready when it says so, and gone with its owner."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from typing import Final

from localcloud.edge.errors import StartError
from localcloud.owner import ending_with

_log = logging.getLogger(__name__)
_KEPT_LINES: Final = 60
_SHOWN_PER_SECOND: Final = 20


@dataclass(frozen=True)
class Program:
    """What a process runs: its configuration, and the files that it embeds, by name. Compared to know whether a running
    process is still the right one."""

    config: str = field(repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    socket_names: tuple[str, ...] = ()
    debug_address: str | None = None

    def write(self, folder: Path) -> Path:
        """Into a new folder that only its owner can read: the configuration holds secrets."""
        folder.mkdir(mode=0o700)
        for name, content in {**self.files, "config.capnp": self.config.encode()}.items():
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
        return folder / "config.capnp"


class Workerd:
    """A started process. `ended` is set when it has exited, by itself or not."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.process = process
        self.started = time.monotonic()
        self.ended = asyncio.Event()
        self.stopping = False
        self.startup_seconds = 0.0
        self._output: deque[str] = deque(maxlen=_KEPT_LINES)
        self._shown = (0, 0)
        self._callbacks: list[Callable[[], None]] = []
        self._tasks = [asyncio.create_task(self._read(process.stderr))]
        if process.stdout is not None:
            self._tasks.append(asyncio.create_task(self._read(process.stdout)))
        self._waiting = asyncio.create_task(self._wait())

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        return "\n".join(self._output)

    async def _read(self, stream: asyncio.StreamReader | None) -> None:
        while stream is not None:
            try:
                line = await stream.readline()
            except ValueError:  # a line longer than the buffer: what is left of it follows
                continue
            if not line:
                return
            self._note(line.decode("utf-8", "replace").rstrip())

    def _note(self, line: str) -> None:
        self._output.append(line)
        second = int(time.monotonic())
        count = self._shown[1] + 1 if self._shown[0] == second else 1
        self._shown = (second, count)
        if count <= _SHOWN_PER_SECOND:
            _log.info("%s: %s", self.name, line)

    async def _wait(self) -> None:
        await self.process.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.ended.set()
        for callback in self._callbacks:
            callback()

    def on_end(self, callback: Callable[[], None]) -> None:
        """`callback` is called once, when the process has exited; at once if it has."""
        if self.ended.is_set():
            callback()
        else:
            self._callbacks.append(callback)

    async def stop(self, grace: float) -> None:
        """Lets requests in flight end for `grace` seconds, then kills."""
        self.stopping = True
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(grace):
                await self.ended.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        self.stopping = True
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.ended.wait()


async def start(
    workerd: Path,
    name: str,
    program: Program,
    sockets: Mapping[str, socket],
    folder: Path,
    watch: Callable[[Workerd], None] | None = None,
) -> Workerd:
    """Returns when it accepts on all its sockets; `folder` is gone by then. Raises `StartError` with what it printed.

    `watch` gets the process as soon as it runs, before it is ready, and may end it.
    """
    config = program.write(folder)
    ready, told = os.pipe()
    try:
        command = [
            *(str(workerd), "serve", str(config), "--experimental", f"--control-fd={told}"),
            *(f"--socket-fd={key}={listener.fileno()}" for key, listener in sockets.items()),
        ]
        if program.debug_address is not None:
            _clear(program.debug_address)
            command.append(f"--debug-port={program.debug_address}")
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(told, *(listener.fileno() for listener in sockets.values())),
            preexec_fn=ending_with(),
            env={"PATH": "/usr/bin:/bin", "TZ": "UTC"},
        )
    except BaseException:
        os.close(ready)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        os.close(told)
    running = Workerd(name, process)
    try:
        if watch is not None:
            watch(running)
        expected = len(sockets) + (program.debug_address is not None)
        if not await _listening(ready, expected):
            await running.ended.wait()
        _check_ready(running)
    except BaseException:
        await running.kill()
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    running.startup_seconds = time.monotonic() - began
    return running


def _clear(address: str) -> None:
    """What a killed process left behind would be in the way."""
    Path(address.removeprefix("unix:")).unlink(missing_ok=True)


def _check_ready(running: Workerd) -> None:
    """Raises `StartError` when the process has ended instead."""
    if running.stopping or running.ended.is_set():
        raise StartError(running.name, running.output)


async def _listening(ready: int, expected: int) -> bool:
    """Whether workerd has reported so many sockets; it has not when it ended before."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(ready, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        while expected > 0:
            line = await reader.readline()
            if not line:
                return False
            if json.loads(line).get("event") == "listen":
                expected -= 1
        return True
    finally:
        transport.close()
