"""What can go wrong in a rehearsal, as it is written on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from delivery.errors import RefusedError
from delivery.fault_kinds import FaultKind, number, shown, split_fault
from delivery.rehearsal.population import ROUTES

_LEAK_REQUESTS: Final = 100
_HARMLESS: Final[Mapping[str, Any]] = {"kind": "errors", "rate": 0}
"""A candidate that is told from stable by its answers' header alone."""


class World(StrEnum):
    """What goes wrong around the candidate."""

    API = "api"
    KILLED = "killed"
    ABANDONED = "abandoned"
    RECORDER = "recorder"


@dataclass(frozen=True)
class Fault:
    """`given` as it was written; `build` is the JSON of `node worker/build.mjs --fault`; `number` is the value where it is one."""

    name: str
    given: str
    build: Mapping[str, Any]
    world: World | None = None
    number: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """At most one fault of the candidate and one of the world around it."""

    candidate: Fault | None
    world: Fault | None

    @property
    def name(self) -> str:
        return "+".join(fault.given for fault in (self.candidate, self.world) if fault is not None)

    @property
    def build(self) -> Mapping[str, Any]:
        return _HARMLESS if self.candidate is None else self.candidate.build


Build = tuple[Mapping[str, Any], float]
"""JSON for the bundler, and the value where it is a number."""


@dataclass(frozen=True)
class _Kind(FaultKind[Build]):
    """Without a value its example is taken."""

    world: World | None = None


def _number(word: str, least: float, most: float, unit: str) -> float:
    return number(word, least, most, unit, "rehearse")


def _errors(word: str) -> Build:
    percent = _number(word, 0, 100, "percent")
    return {"kind": "errors", "rate": percent / 100}, percent


def _slow(word: str) -> Build:
    milliseconds = _number(word, 1, 60_000, "milliseconds")
    return {"kind": "slow", "milliseconds": milliseconds}, milliseconds


def _leak(word: str) -> Build:
    milliseconds = _number(word, 1, 60_000, "milliseconds")
    made = {"kind": "leak", "milliseconds": milliseconds, "requests": _LEAK_REQUESTS}
    return made, milliseconds


def _route(word: str) -> Build:
    known = dict.fromkeys(f"/{route.path.split('/')[1]}" for route in ROUTES)
    return {"kind": "route", "path": _one_of(word, [path for path in known if path != "/"])}, 0.0


def _method(word: str) -> Build:
    known = dict.fromkeys(route.method for route in ROUTES)
    return {"kind": "method", "method": _one_of(word, list(known))}, 0.0


def _one_of(word: str, known: Sequence[str]) -> str:
    if word not in known:
        raise RefusedError(f"users never ask for {word}", f"use one of {', '.join(known)}")
    return word


def _new_visitors(word: str) -> Build:
    percent = _number(word, 1, 100, "percent")
    return {"kind": "new-visitors", "rate": percent / 100}, percent


def _of_kind(kind: str) -> Callable[[str], Build]:
    return lambda _: ({"kind": kind}, 0.0)


def _api(word: str) -> Build:
    return {}, _number(word, 1, 90, "percent")


def _nothing(_: str) -> Build:
    return _HARMLESS, 0.0


_KINDS: Final[Mapping[str, _Kind]] = {
    "none": _Kind("a healthy candidate: it should finish, and nobody should notice", _nothing),
    "better": _Kind("a candidate that is faster than stable", _of_kind("better")),
    "errors": _Kind("so many percent of its answers are errors", _errors, "PERCENT", "5"),
    "slow": _Kind("each answer takes so many milliseconds longer", _slow, "MS", "400"),
    "leak": _Kind(
        f"so many milliseconds slower with every {_LEAK_REQUESTS} requests, errors from {2 * _LEAK_REQUESTS} on",
        _leak,
        "MS",
        "100",
    ),
    "route": _Kind("only paths under this one fail", _route, "PATH", "/flags"),
    "method": _Kind("only requests of this method fail", _method, "METHOD", "POST"),
    "new-visitors": _Kind(
        "so many percent of the first visits fail; whoever has been here is served",
        _new_visitors,
        "PERCENT",
        "100",
    ),
    "dead": _Kind("it throws on every request", _of_kind("dead")),
    "silent": _Kind("it serves well and reports nothing", _of_kind("silent")),
    "api": _Kind(
        "so many percent of the API's calls are answered 500, half of them after the change was made",
        _api,
        "PERCENT",
        "50",
        World.API,
    ),
    "killed": _Kind(
        "the controller is killed in mid-rollout, and another goes on",
        _nothing,
        world=World.KILLED,
    ),
    "abandoned": _Kind(
        "the controller is killed and nobody goes on: the dead-man's switch puts stable back",
        _nothing,
        world=World.ABANDONED,
    ),
    "recorder": _Kind(
        "the Rollouts Worker's objects are gone in mid-rollout: no numbers, no ledger",
        _nothing,
        world=World.RECORDER,
    ),
}


def known_faults() -> list[tuple[str, str]]:
    """How each is written, with its default, and what it does, in a line."""
    return shown(_KINDS)


def read_fault(text: str) -> Fault:
    """`NAME` or `NAME=VALUE`. Raises `RefusedError`."""
    name, kind, value = split_fault(text, _KINDS, ["all"])
    # An `=` with nothing behind it is a value too, of which nothing can be made.
    build, amount = kind.make(value if "=" in text else kind.example)
    return Fault(
        name, f"{name}={value or kind.example}" if kind.value else name, build, kind.world, amount
    )


def read_scenarios(given: Sequence[str]) -> list[Scenario]:
    """One of the faults together, at most one of the candidate and one of the world around it; of `all` one for each.
    Raises `RefusedError`."""
    if "all" in given:
        if len(given) > 1:
            raise RefusedError("--fault all is all of them", "leave the others out")
        return [_scenario([read_fault(name)]) for name in _KINDS]
    return [_scenario([read_fault(text) for text in given])]


def _scenario(faults: Sequence[Fault]) -> Scenario:
    candidates = [fault for fault in faults if fault.world is None]
    worlds = [fault for fault in faults if fault.world is not None]
    for same in (candidates, worlds):
        if len(same) > 1:
            raise RefusedError(
                f"{same[0].given} and {same[1].given} cannot be rehearsed together",
                "one fault of the candidate and one around it: api, killed, abandoned, recorder",
            )
    return Scenario(candidates[0] if candidates else None, worlds[0] if worlds else None)
