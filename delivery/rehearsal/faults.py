"""What can go wrong in a rehearsal, as it is written on the command line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from delivery.errors import RefusedError
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


@dataclass(frozen=True)
class _Kind:
    """`value` names what may follow the `=`, with the default in `default`; empty where nothing may."""

    said: str
    make: Callable[[str], tuple[Mapping[str, Any], float]]
    value: str = ""
    default: str = ""
    world: World | None = None


def _number(word: str, least: float, most: float, unit: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise RefusedError(
            f"{word!r} is not a number of {unit} from {least:g} to {most:g}",
            "`pitchey rehearse --list` shows the faults",
        )
    return number


def _errors(word: str) -> tuple[Mapping[str, Any], float]:
    percent = _number(word, 0, 100, "percent")
    return {"kind": "errors", "rate": percent / 100}, percent


def _slow(word: str) -> tuple[Mapping[str, Any], float]:
    milliseconds = _number(word, 1, 60_000, "milliseconds")
    return {"kind": "slow", "milliseconds": milliseconds}, milliseconds


def _leak(word: str) -> tuple[Mapping[str, Any], float]:
    milliseconds = _number(word, 1, 60_000, "milliseconds")
    made = {"kind": "leak", "milliseconds": milliseconds, "requests": _LEAK_REQUESTS}
    return made, milliseconds


def _route(word: str) -> tuple[Mapping[str, Any], float]:
    known = dict.fromkeys(f"/{route.path.split('/')[1]}" for route in ROUTES)
    return {"kind": "route", "path": _one_of(word, [path for path in known if path != "/"])}, 0.0


def _method(word: str) -> tuple[Mapping[str, Any], float]:
    known = dict.fromkeys(route.method for route in ROUTES)
    return {"kind": "method", "method": _one_of(word, list(known))}, 0.0


def _one_of(word: str, known: Sequence[str]) -> str:
    if word not in known:
        raise RefusedError(f"users never ask for {word}", f"use one of {', '.join(known)}")
    return word


def _new_visitors(word: str) -> tuple[Mapping[str, Any], float]:
    percent = _number(word, 1, 100, "percent")
    return {"kind": "new-visitors", "rate": percent / 100}, percent


def _of_kind(kind: str) -> Callable[[str], tuple[Mapping[str, Any], float]]:
    return lambda _: ({"kind": kind}, 0.0)


def _api(word: str) -> tuple[Mapping[str, Any], float]:
    return {}, _number(word, 1, 90, "percent")


def _nothing(_: str) -> tuple[Mapping[str, Any], float]:
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
    return [
        (f"{name}={kind.default}" if kind.value else name, kind.said)
        for name, kind in _KINDS.items()
    ]


def read_fault(text: str) -> Fault:
    """`NAME` or `NAME=VALUE`. Raises `RefusedError`."""
    name, separator, value = text.partition("=")
    kind = _KINDS.get(name)
    if kind is None:
        near = difflib.get_close_matches(name, _KINDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(_KINDS)}, all"
        raise RefusedError(f"there is no fault {name!r}", hint)
    if separator and not kind.value:
        raise RefusedError(f"the fault {name} takes no value", f"write {name} alone")
    build, number = kind.make(value if separator else kind.default)
    return Fault(
        name, f"{name}={value or kind.default}" if kind.value else name, build, kind.world, number
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
