"""What can go wrong in a rehearsal, as it is written on the command line, and what a rollout should make of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from delivery.errors import RefusedError
from delivery.rehearsal.population import ROUTES
from delivery.rollout.strategy import Strategy

_LEAK_REQUESTS: Final = 100
_HARMLESS: Final[Mapping[str, Any]] = {"kind": "errors", "rate": 0}
"""A candidate that is told from stable by its answers' header alone."""
_MUCH: Final = 2.0
"""Times the tolerated latency from which on a slow candidate has to be found."""


class Outcome(StrEnum):
    """How a rehearsed rollout ended."""

    FINISHED = "finished"
    RETURNED = "returned"
    REFUSED = "refused"
    """Before any user was given the candidate."""
    PAUSED = "paused"
    """It waits for somebody."""
    UNFINISHED = "unfinished"
    """Longer than the strategy allows, or its controller failed."""


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


# What should become of it

_FINE: Final = frozenset({Outcome.FINISHED})
_HARM: Final = frozenset({Outcome.RETURNED, Outcome.REFUSED})
"""Probes at 0 % are requests too, and the first visits of somebody new."""
_BACK: Final = frozenset({Outcome.RETURNED})
_NEVER_A_PASS: Final = frozenset({Outcome.RETURNED, Outcome.PAUSED})
_EITHER: Final = frozenset(Outcome) - {Outcome.UNFINISHED}


def expected(
    scenario: Scenario, strategy: Strategy, stable_p95: float | None
) -> frozenset[Outcome]:
    """What the strategy promises; `stable_p95` in milliseconds, as users felt it. Harm between the smallest difference and
    the tolerance may end either way."""
    of_candidate = _of_candidate(scenario.candidate, strategy, stable_p95)
    if of_candidate != _FINE:
        return of_candidate
    if scenario.world is None or scenario.world.world in {World.API, World.KILLED}:
        return _FINE
    return _BACK


def _of_candidate(
    fault: Fault | None, strategy: Strategy, stable_p95: float | None
) -> frozenset[Outcome]:
    match None if fault is None else fault.name:
        case "errors" if fault is not None:
            return _of_errors(fault.number, strategy)
        case "slow" if fault is not None:
            return _of_slowness(fault.number, strategy, stable_p95)
        case "dead":
            return frozenset({Outcome.REFUSED}) if strategy.split else _BACK
        case "silent":
            return _NEVER_A_PASS
        case "leak" | "route" | "method" | "new-visitors":
            return _HARM
        case _:
            return _FINE


def _of_errors(percent: float, strategy: Strategy) -> frozenset[Outcome]:
    errors = strategy.analysis.errors
    if errors is None:
        return _EITHER
    if percent <= errors.smallest_difference:
        return _FINE
    return _HARM if percent >= errors.tolerance else _EITHER


def _of_slowness(
    milliseconds: float, strategy: Strategy, stable_p95: float | None
) -> frozenset[Outcome]:
    latency = strategy.analysis.latency
    if latency is None or stable_p95 is None:
        return _EITHER
    if milliseconds <= latency.floor_milliseconds:
        return _FINE
    tolerated = max(latency.floor_milliseconds, stable_p95 * latency.tolerance / 100)
    return _HARM if milliseconds >= _MUCH * tolerated else _EITHER
