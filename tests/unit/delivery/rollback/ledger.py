"""The ledger of a Rollouts Worker, kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
TOKEN = "t0ken-of-the-ledger"


@dataclass
class Ledger:
    entries: list[Json] = field(default_factory=list[Json])
    fence: int = 0
    lease: Json | None = None
    switch: Json | None = None
    on_append: Callable[[], None] = lambda: None
    flags: dict[str, str | None] = field(default_factory=dict[str, str | None])
    on_flags: Callable[[], None] = lambda: None

    def write(self, kind: str, rollout: str, **body: Any) -> None:
        entry = {"seq": len(self.entries) + 1, "at": 1.0, "kind": kind, "rollout": rollout}
        self.entries.append({**entry, "fence": self.fence, "body": body})

    def last(self, kind: str) -> Json:
        return [entry for entry in self.entries if entry["kind"] == kind][-1]

    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, list[str]],
        headers: Mapping[str, str],
        sent: Any,
    ) -> tuple[int, Any]:
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {"detail": "no token"}
        open_to_all: Mapping[tuple[str, str], Callable[[], tuple[int, Any]]] = {
            ("GET", "/ledger"): lambda: self._read(
                int(query["after"][0]), query.get("kinds", [""])[0]
            ),
            ("POST", "/lease"): lambda: self._take(sent),
            ("PUT", "/flags"): lambda: self._hear(sent["flags"]),
        }
        if (method, path) in open_to_all:
            return open_to_all[method, path]()
        if self.lease is None or sent["fence"] != self.fence:
            return 412, {"detail": "the fence is not the lease's"}
        if method == "POST":
            return self._append(sent)
        held = self.lease
        if (method, path) == ("DELETE", "/lease"):
            self.lease = None
        elif path == "/switch":
            self.switch = None
        return 200, held

    def _hear(self, flags: Mapping[str, str | None]) -> tuple[int, Any]:
        self.flags.update(flags)
        self.on_flags()
        return 200, {"seconds": 180}

    def _read(self, after: int, kinds: str) -> tuple[int, Any]:
        rows = [entry for entry in self.entries if entry["seq"] > after]
        rows = [entry for entry in rows if not kinds or entry["kind"] in kinds.split(",")]
        state = {"last": len(self.entries), "lease": self.lease, "switch": self.switch}
        return 200, {"entries": rows, **state, "now": 0.0, "more": False}

    def _take(self, sent: Json) -> tuple[int, Any]:
        if self.lease is not None and not sent["take"]:
            return 409, {"holder": self.lease["holder"], "until": self.lease["until"]}
        self.fence += 1
        self.lease = {"holder": sent["holder"], "fence": self.fence, "until": 9e9}
        return 200, self.lease

    def _append(self, sent: Json) -> tuple[int, Any]:
        self.on_append()
        if sent["after"] != len(self.entries):
            return 409, {"last": len(self.entries)}
        for entry in sent["entries"]:
            self.write(entry["kind"], entry["rollout"], **entry["body"])
        return 200, {"last": len(self.entries)}
