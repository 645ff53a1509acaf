"""Which hosts and Workers the Access applications of a stack stand in front of."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ...properties import Property
from ...resources import Stack

_WORKERS: Final = ("all_workers", "worker")
_PREVIEWS: Final = ("all_preview_workers", "preview_worker")


@dataclass(frozen=True)
class Coverage:
    hosts: Sequence[str]
    """Patterns with `*`."""
    is_told: bool
    """False while hosts or kinds of destinations are not known yet."""
    workers: frozenset[tuple[str, str]]
    """Kinds of destinations and ids of Workers."""
    kinds: frozenset[str]
    untold_kinds: frozenset[str]
    """Kinds of destinations whose Workers are not known yet."""

    def covers(self, host: str) -> bool:
        return any(fnmatch.fnmatchcase(host.lower(), pattern) for pattern in self.hosts)

    def may_cover_worker(self, ids: set[str], name: str, *, previews: bool) -> bool:
        """Whether its workers.dev addresses are covered, or may be: not everything is known yet."""
        every, single = _PREVIEWS if previews else _WORKERS
        if every in self.kinds or single in self.untold_kinds or not self.is_told:
            return True
        prefixes = ("*.", f"*-{name}.") if previews else ("*.", f"{name}.")
        return any((single, id) in self.workers for id in ids) or any(
            host.startswith(prefixes) and host.endswith(".workers.dev") for host in self.hosts
        )


def coverage(stack: Stack) -> Coverage:
    """Paths are left out: an application for `example.com/admin` does not cover `example.com`."""
    hosts: list[str] = []
    workers: set[tuple[str, str]] = set()
    kinds: set[str] = set()
    untold: set[str] = set()
    is_told = True
    for application in stack.of("ZeroTrustAccessApplication"):
        for place in _hosts(application.inputs):
            text = place.text
            host = _whole_host(text) if text is not None else None
            is_told = is_told and place.is_told
            if host is not None:
                hosts.append(host)
        destinations = application.inputs["destinations"]
        for destination in destinations.elements():
            kind, worker = destination["type"].word or "", destination["workerId"].text
            is_told = is_told and destination["type"].is_told
            kinds.add(kind)
            if worker is not None:
                workers.add((kind, worker))
            elif not destination["workerId"].is_told:
                untold.add(kind)
        is_told = is_told and destinations.is_told
    return Coverage(
        hosts,
        is_told,
        frozenset(workers),
        frozenset(kinds),
        frozenset(untold),
    )


def _hosts(inputs: Property) -> Iterator[Property]:
    if inputs["domain"].exists:
        yield inputs["domain"]
    if not inputs["selfHostedDomains"].is_told:
        yield inputs["selfHostedDomains"]
    yield from inputs["selfHostedDomains"].elements()
    for destination in inputs["destinations"].elements():
        for key in ("uri", "hostname"):
            if destination[key].exists:
                yield destination[key]


def _whole_host(text: str) -> str | None:
    host, _, path = text.lower().removeprefix("https://").partition("/")
    return host if path in {"", "*"} else None
