"""What a Ctrl-C leaves behind, as it is told in one line: it depends on what was being done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

_KEPT: Final = "what was done is kept, and the same command goes on from there"
_NOTHING: Final = "no cloud was changed"
_OF_A_ROLLOUT: Final = (
    "what was decided is in the ledger; `pitchey rollout status STACK` tells where it stands"
)
LEFT: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            *("comment", "outputs", "preview", "simulate", "status"),
            *("database status", "policy check", "policy explain", "policy list"),
            *("rollout history", "rollout plan", "rollout report", "rollout status"),
            "rollout watch",
            *("local env", "local faults list", "local logs", "local snapshots", "local status"),
            "local trust",
        ),
        _NOTHING,
    ),
    **dict.fromkeys(
        (
            *("rollout abort", "rollout pause", "rollout promote", "rollout resume"),
            *("rollout retry", "rollout signal", "rollout start"),
        ),
        _OF_A_ROLLOUT,
    ),
    "database seed": "nothing was written",
    "rehearse": "the same command begins the rehearsal anew",
    "notify": "a test may have been sent, and the same command sends it again",
}
"""Of these commands; any other goes on from there."""


def left_behind(words: Sequence[str]) -> str:
    """A line for people, of a command line's words after `pitchey`."""
    for depth in (3, 2, 1):
        told = LEFT.get(" ".join(words[:depth]))
        if told is not None:
            return told
    return _KEPT
