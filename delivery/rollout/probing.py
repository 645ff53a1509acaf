"""Our own requests to one version: good or bad, and neither where they tell nothing about that version."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from delivery.edge import Edge
from delivery.rollout.measurements import Probed
from delivery.rollout.strategy import Check
from delivery.serving import OVERRIDES, PROBE, VERSION

_NAMES_ITSELF: Final = {"/version": "id", "/health": "version"}
"""Path → the member of its JSON that says which version answered."""
_BESIDE_SECONDS: Final = 2.0
_LONGEST: Final = 30.0
_SHORTEST: Final = 0.05
_LONGEST_LINE: Final = 120


@dataclass(frozen=True)
class _Told:
    """`good` None: nothing is known of the version that was meant. `wrong` is empty for a good one."""

    good: bool | None
    wrong: str = ""


@dataclass(frozen=True)
class Prober:
    """`worker_name` is the script's, as the override header needs it."""

    edge: Edge
    worker_url: str
    worker_name: str
    checks: Sequence[Check]

    def probe(self, version: str) -> Probed:
        """One round: each check once. Another version's answer, and a network of ours that is down, count neither as good
        nor as bad, and are told in `last`, a line of at most 120 printable characters."""
        good, bad, last = 0, 0, ""
        for check in self.checks:
            told = self._check(check, version)
            good += told.good is True
            bad += told.good is False
            # What counts is told before what does not.
            if told.wrong and (told.good is False or not bad):
                last = _line(f"{check.method} {urlsplit(check.path).path} {told.wrong}")
        return Probed(good, bad, last)

    def _check(self, check: Check, version: str) -> _Told:
        limit = min(max(check.within, _SHORTEST), _LONGEST)
        started = time.monotonic()
        try:
            answer = self._ask(check.method, check.path, version, limit)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return _Told(None, "could not be asked: no connection to the edge")
        except httpx.InvalidURL:
            return _Told(None, "could not be asked: the path is no path of a URL")
        except httpx.TimeoutException:
            return _Told(False, f"gave no answer within {limit:g} s")
        except httpx.HTTPError:
            return _Told(False, "got no answer: the connection was closed")
        return self._laid(check, version, answer, time.monotonic() - started)

    def _laid(self, check: Check, version: str, answer: httpx.Response, seconds: float) -> _Told:
        """What an answer says of the version that was meant."""
        wrong = _mistake(check, answer, seconds)
        served = _named(check.path, answer) or self._serving(check, version)
        if served == version:
            return _Told(not wrong, wrong)
        if served is not None:
            return _Told(None, f"was answered by {served[:8]}, not by {version[:8]}")
        if wrong:
            return _Told(False, wrong)
        return _Told(None, "was answered, and nobody says by which version")

    def _serving(self, check: Check, version: str) -> str | None:
        """Which version an override leads to now; None where it does not say."""
        path = next(iter(_NAMES_ITSELF))
        if check.method == "GET" and urlsplit(check.path).path == path:
            return None
        try:
            return _named(path, self._ask("GET", path, version, _BESIDE_SECONDS))
        except httpx.HTTPError:
            return None

    def _ask(self, method: str, path: str, version: str, seconds: float) -> httpx.Response:
        headers = {
            OVERRIDES: f'{self.worker_name}="{version}"',
            **PROBE,
            # A connection of its own tells a network that is down from a version that does not answer.
            "connection": "close",
        }
        url = self.worker_url.rstrip("/") + path
        try:
            return self.edge.request(method, url, headers=headers, timeout=seconds)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # A kept connection that was just being closed says nothing of the version; twice in a row does.
            return self.edge.request(method, url, headers=headers, timeout=seconds)


def _mistake(check: Check, answer: httpx.Response, seconds: float) -> str:
    if answer.status_code != check.status:
        return f"answered {answer.status_code}, not {check.status}"
    if seconds > max(check.within, _SHORTEST):
        return f"took {seconds:.1f} s, more than {check.within:g} s"
    if check.contains is not None and check.contains not in answer.text:
        return "answered without what it must contain"
    return ""


def _named(path: str, answer: httpx.Response) -> str | None:
    told: Any = answer.headers.get(VERSION)
    # Versions that were uploaded before there was the header say it in these answers alone.
    member = _NAMES_ITSELF.get(urlsplit(path).path)
    if told or member is None:
        return told
    try:
        told = answer.json()[member]
    except (ValueError, LookupError, TypeError):
        return None
    return told if isinstance(told, str) and told else None


def _line(text: str) -> str:
    return re.sub(r"[^ -~]", "?", text)[:_LONGEST_LINE]
