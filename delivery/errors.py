"""What can go wrong, as one line and a mend.

DeliveryError
├── RefusedError      the user's input, or a verdict: exit status 1
└── FailedError       the cloud's or the engine's failure: exit status 2
"""

from __future__ import annotations

from typing import ClassVar, Final


class DeliveryError(Exception):
    """`what` says what is wrong and where, `hint` what to do about it. Neither ends in a full stop or holds a secret."""

    exit_status: ClassVar[int] = 2

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class RefusedError(DeliveryError):
    """Somebody's input cannot be worked with; nothing was changed."""

    exit_status: ClassVar[int] = 1


class FailedError(DeliveryError):
    """The cloud or the engine did not do what it was asked for."""


NO_ROOM: Final = "no space left on device"
"""How the engine and the system say it, on every machine."""


def disk_full(where: str = "") -> FailedError:
    return FailedError(f"{where}the disk is full", "free some space, then run it again")
