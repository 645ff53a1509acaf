"""Faults as they are written on a command line: `NAME` or `NAME=VALUE`."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from delivery.errors import RefusedError

Made_co = TypeVar("Made_co", covariant=True)


@dataclass(frozen=True)
class FaultKind(Generic[Made_co]):
    """`said` is what it does, in a line. `value` names what follows the `=`, with an example; both empty where nothing may.
    `make` raises `RefusedError` for a value that means nothing."""

    said: str
    make: Callable[[str], Made_co]
    value: str = ""
    example: str = ""


Kind = TypeVar("Kind", bound=FaultKind[object])


def shown(kinds: Mapping[str, FaultKind[Made_co]]) -> list[tuple[str, str]]:
    """How each is written, with its example, and what it does."""
    return [
        (f"{name}={kind.example}" if kind.value else name, kind.said)
        for name, kind in kinds.items()
    ]


def split_fault(
    text: str, kinds: Mapping[str, Kind], others: Sequence[str] = ()
) -> tuple[str, Kind, str]:
    """Name, kind, and the value, empty where none is given; `others` are words that are known besides. Raises `RefusedError`."""
    name, separator, value = text.partition("=")
    kind = kinds.get(name)
    if kind is None:
        near = difflib.get_close_matches(name, kinds, n=1)
        known = ", ".join((*kinds, *others))
        hint = f"did you mean {near[0]}?" if near else f"use one of {known}"
        raise RefusedError(f"there is no fault {name!r}", hint)
    if separator and not kind.value:
        raise RefusedError(f"the fault {name} takes no value", f"write {name} alone")
    return name, kind, value


def number(word: str, least: float, most: float, unit: str, command: str) -> float:
    """Raises `RefusedError`, with the command that lists the faults."""
    try:
        found = float(word)
    except ValueError:
        found = float("nan")
    if not least <= found <= most:
        raise RefusedError(
            f"{word!r} is not a number of {unit} from {least:g} to {most:g}",
            f"`pitchey {command} --list` shows the faults",
        )
    return found
