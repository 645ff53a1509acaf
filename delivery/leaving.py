"""Work that is left in order: by Ctrl-C, by a machine that goes down, by a terminal that is closed."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = tuple(
    found
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if (found := getattr(signal, name, None)) is not None
)
Handler = Callable[[int, FrameType | None], None] | signal.Handlers


@contextmanager
def left_once(
    at_first: Callable[[], None] = lambda: None, afterwards: Handler = signal.SIG_IGN
) -> Generator[None]:
    """The first of these signals raises `KeyboardInterrupt`, after `at_first`; from then on `afterwards` gets them, so that what is
    done on the way out is not stopped half-way. For the main thread."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in _SIGNALS:
            signal.signal(number, afterwards)
        at_first()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, leave) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
