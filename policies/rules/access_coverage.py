"""Which hosts and Workers the Access applications of a stack stand in front of."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..properties import Property
from ..resources import Stack


@dataclass(frozen=True)
class Coverage:
    """`hosts` are patterns with `*`; `is_told` is false while an application's hosts are not known yet."""

    hosts: Sequence[str]
    is_told: bool
    workers: Sequence[str]
    """Ids of single Workers."""
    all_workers: bool
    all_previews: bool
    preview_workers: Sequence[str]

    def covers(self, host: str) -> bool:
        return any(fnmatch.fnmatchcase(host.lower(), pattern) for pattern in self.hosts)


def coverage(stack: Stack) -> Coverage:
    """Paths are left out: an application for `example.com/admin` does not cover `example.com`."""
    hosts: list[str] = []
    workers: list[str] = []
    previews: list[str] = []
    kinds: set[str] = set()
    is_told = True
    for application in stack.of("ZeroTrustAccessApplication"):
        for place in _hosts(application.inputs):
            text = place.text
            is_told = is_told and place.is_told
            host = _whole_host(text) if text is not None else None
            if host is not None:
                hosts.append(host)
        for destination in application.inputs["destinations"].elements():
            kind = destination["type"].word or ""
            kinds.add(kind)
            worker = destination["workerId"].text
            if worker is not None and kind in {"worker", "preview_worker"}:
                (workers if kind == "worker" else previews).append(worker)
            is_told = is_told and destination["workerId"].is_told
    return Coverage(
        hosts, is_told, workers, "all_workers" in kinds, "all_preview_workers" in kinds, previews
    )


def _hosts(inputs: Property) -> Iterator[Property]:
    if inputs["domain"].exists:
        yield inputs["domain"]
    yield from inputs["selfHostedDomains"].elements()
    for destination in inputs["destinations"].elements():
        for key in ("uri", "hostname"):
            if destination[key].exists:
                yield destination[key]


def _whole_host(text: str) -> str | None:
    host, _, path = text.lower().removeprefix("https://").partition("/")
    return host if path in {"", "*"} else None
