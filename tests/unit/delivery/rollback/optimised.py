"""The application's API as far as its answers show which optimisations had a hand in them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Told = tuple[int, Any, dict[str, str]]
OFF = {"off", '"off"'}


@dataclass
class Optimised:
    """An isolate: `known` are the flags as it has read them, `follows` False for one that reads no more; `kept` what its edge has."""

    flags: Mapping[str, str]
    known: dict[str, str] = field(default_factory=dict[str, str])
    follows: bool = True
    silent: bool = False
    """A version from before its caches told what they did."""
    kept: set[str] = field(default_factory=set[str])
    flights: dict[str, float] = field(default_factory=dict[str, float])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, target: str, headers: Mapping[str, str]) -> Told:
        with self.lock:
            if self.follows:
                self.known = dict(self.flags)
            path = urlsplit(target).path
            if path == "/api/health":
                way = "hyperdrive" if self._is_on("hyperdrive") else "direct"
                return 200, {"dependencies": {"DATABASE": {"status": "ok", "detail": way}}}, {}
            if self.known.get("maintenance", "off") not in OFF:
                return 503, {"title": "Maintenance"}, {"retry-after": "120"}
        told = {} if self.silent else {"cache-status": self._status(target)}
        if self._is_on("compression") and "gzip" in headers.get("accept-encoding", ""):
            told["content-encoding"] = "gzip"
        return 200, {"pitches": ["x" * 2000]}, told

    def _status(self, target: str) -> str:
        caches, collapses = self._is_on("edge-cache"), self._is_on("collapsing")
        with self.lock:
            if caches and target in self.kept:
                return "pitchey-edge; hit; ttl=9"
            now = time.monotonic()
            if collapses and now - self.flights.get(target, 0.0) < 1:
                return f"pitchey-edge; fwd={'miss' if caches else 'bypass'}; collapsed"
            self.flights[target] = now
        if "genre" not in target:
            self.kept.add(target)
        redis = "fwd=miss" if self._is_on("redis") else "fwd=bypass"
        by = "seen" if self._is_on("smart-ttl") else "usual"
        edge = "fwd=miss; stored; ttl=60" if caches else "fwd=bypass"
        return f"pitchey-redis; {redis}, pitchey-edge; {edge}; detail=ttl-{by}"

    def _is_on(self, name: str) -> bool:
        return self.known.get(name, "") not in OFF
