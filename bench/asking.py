"""Requests at a steady rate whatever the answers take (open loop), in a thread beside what is measured."""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, Final

from bench.load import on_a_loop

VERSION_ID: Final = re.compile(rb'"id":\s*"([0-9a-f-]{36})"')
"""In the body of /version."""
Work = Callable[[threading.Event], Coroutine[Any, Any, None]]
Ask = Callable[[int, float], Coroutine[Any, Any, None]]
"""Gets the request's number and when it is due, by the monotonic clock."""


@contextmanager
def beside(name: str, work: Work) -> Generator[None]:
    """`work` goes on until this is left, and is waited for then. Raises `RuntimeError` when it failed by itself, whatever was raised
    here: that may be what came of it."""
    stop = threading.Event()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            on_a_loop(work(stop))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        if failed:
            raise RuntimeError(f"{name} failed: {failed[0]}") from failed[0]


async def steadily(stop: threading.Event, rate: float, ask: Ask) -> None:
    """`rate` in requests a second. Those that are on their way when it is stopped are waited for."""
    asked: set[asyncio.Task[None]] = set()
    began = time.monotonic()
    for number in itertools.count():
        due = began + number / rate
        await asyncio.sleep(max(due - time.monotonic(), 0))
        if stop.is_set():
            break
        task = asyncio.create_task(ask(number, due))
        asked.add(task)
        task.add_done_callback(asked.discard)
    await asyncio.gather(*asked)
