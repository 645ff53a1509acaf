"""Faults as they are written on the command line, in the words of `pitchey rehearse` where both know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from delivery.errors import RefusedError
from delivery.fault_kinds import FaultKind, number, shown, split_fault
from delivery.simulation.faults import Fault

ROUTES: Final = ("GET /", "GET /flags", "GET /counter", "POST /counter", "GET /version")
"""Of the application, the most wanted first."""
CONTINENTS: Final = ("EU", "NA", "AS")


def _number(word: str, least: float, most: float, unit: str) -> float:
    return number(word, least, most, unit, "simulate")


def _points(word: str) -> float:
    return _number(word, 0.001, 100, "percentage points") / 100


def _route(word: str) -> Sequence[Fault]:
    found = [route for route in ROUTES if word in {route, route.partition(" ")[2]}]
    return _whole(word, found, [f"route:{route}" for route in found], ROUTES)


def _method(word: str) -> Sequence[Fault]:
    found = [route for route in ROUTES if route.split()[0] == word]
    methods = tuple(dict.fromkeys(route.split()[0] for route in ROUTES))
    return _whole(word, found, [f"route:{route}" for route in found], methods)


def _continent(word: str) -> Sequence[Fault]:
    found = [word] if word in CONTINENTS else []
    return _whole(word, found, [f"continent:{word}"], CONTINENTS)


def _whole(
    word: str, found: Sequence[str], segments: Sequence[str], known: Sequence[str]
) -> Sequence[Fault]:
    """All requests of these segments fail."""
    if not found:
        raise RefusedError(f"no user asks from or for {word!r}", f"use one of {', '.join(known)}")
    return [Fault(errors=1.0, segment=segment) for segment in segments]


def _new_visitors(word: str) -> Sequence[Fault]:
    return [Fault(errors=_number(word, 1, 100, "percent") / 100, segment="visitor:new")]


def _slower(word: str) -> Sequence[Fault]:
    return [Fault(slower=1 + _number(word, 0.1, 10_000, "percent") / 100)]


def _surge(word: str) -> Sequence[Fault]:
    return [Fault(traffic=_number(word, 0.01, 1000, "times"))]


_KINDS: Final[Mapping[str, FaultKind[Sequence[Fault]]]] = {
    "none": FaultKind("a healthy candidate", lambda _: ()),
    "better": FaultKind(
        "no errors, and faster by a third", lambda _: [Fault(errors=-1.0, slower=0.67)]
    ),
    "errors": FaultKind(
        "so many percentage points more of its answers are errors",
        lambda word: [Fault(errors=_points(word))],
        *("POINTS", "2"),
    ),
    "slower": FaultKind("its answers take so many percent longer", _slower, "PERCENT", "50"),
    "cache": FaultKind(
        "so many percentage points more of the cache's uses fail",
        lambda word: [Fault(cache=_points(word))],
        *("POINTS", "50"),
    ),
    "database": FaultKind(
        "so many percentage points more of the database's uses fail",
        lambda word: [Fault(database=_points(word))],
        *("POINTS", "10"),
    ),
    "leak": FaultKind(
        "so many percentage points more errors, and 5 percent slower, with each minute that it serves",
        lambda word: [Fault(errors_a_minute=_points(word), slower_a_minute=0.05)],
        *("POINTS", "0.5"),
    ),
    "route": FaultKind(
        "only this route fails, or this path by any method", _route, "ROUTE", "/flags"
    ),
    "method": FaultKind("only requests of this method fail", _method, "METHOD", "POST"),
    "new-visitors": FaultKind(
        "so many percent of first visits fail; whoever has been here is served",
        _new_visitors,
        *("PERCENT", "100"),
    ),
    "continent": FaultKind("only requests from there fail", _continent, "CONTINENT", "EU"),
    "dead": FaultKind("it answers nobody, and no probe", lambda _: [Fault(dead=True)]),
    "silent": FaultKind("it serves well and reports nothing", lambda _: [Fault(silent=True)]),
    "recorder": FaultKind("nobody counts any more", lambda _: [Fault(recorder_gone=True)]),
    "both": FaultKind(
        "so many percentage points more errors of both versions alike: nobody's fault",
        lambda word: [Fault(errors=_points(word), both=True)],
        *("POINTS", "20"),
    ),
    "stops": FaultKind("nobody comes any more", lambda _: [Fault(traffic=0.0)]),
    "surge": FaultKind("so many times the requests", _surge, "TIMES", "10"),
}


def known_faults() -> list[tuple[str, str]]:
    """How each is written, with an example of its value, and what it does, in a line."""
    return shown(_KINDS)


def read_faults(
    words: Sequence[str], from_share: float = 0.0, from_second: float = 0.0
) -> tuple[Fault, ...]:
    """`NAME` or `NAME=VALUE` each, all from the same share (percent) and second on. Raises `RefusedError`."""
    found = [fault for word in words for fault in _read(word)]
    return tuple(replace(one, from_share=from_share, from_second=from_second) for one in found)


def _read(text: str) -> Sequence[Fault]:
    name, kind, value = split_fault(text, _KINDS)
    if kind.value and not value:
        raise RefusedError(
            f"the fault {name} needs a value",
            f"write {name}={kind.value}, like {name}={kind.example}",
        )
    return kind.make(value)
