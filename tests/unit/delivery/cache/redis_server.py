"""Redis behind Upstash's REST API, as far as a purge needs it."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from delivery.cache.redis import Redis

TOKEN = "token-nobody-sees"
URL = "https://redis-nobody-sees.example"


@dataclass
class RedisServer:
    """`moods` are the answers that come before any other: a status, or an exception to raise."""

    values: dict[str, str] = field(default_factory=dict[str, str])
    changes: list[tuple[int, list[str]]] = field(default_factory=list[tuple[int, list[str]]])
    place: int = 0
    page: int = 3
    moods: list[int | Exception] = field(default_factory=list[int | Exception])
    pipelines: list[int] = field(default_factory=list[int])
    token: str = TOKEN

    def client(self) -> Redis:
        web = httpx.Client(transport=httpx.MockTransport(self.answer))
        return Redis(web, URL, TOKEN, sleep=lambda _seconds: None)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.moods:
            mood = self.moods.pop(0)
            if isinstance(mood, Exception):
                raise mood
            return httpx.Response(mood, text="rubbish")
        if request.headers["authorization"] != f"Bearer {self.token}":
            return httpx.Response(401, json={"error": "Unauthorized"})
        commands: list[list[Any]] = json.loads(request.content)
        self.pipelines.append(len(commands))
        return httpx.Response(200, json=[{"result": self._do(*command)} for command in commands])

    def _do(self, name: str, *words: Any) -> Any:
        done: Callable[..., Any] = getattr(self, f"_{name.lower()}")
        return done(*words)

    def _set(self, key: str, value: str, _ex: str, seconds: int) -> str:
        assert seconds == 604_800
        self.values[key] = value
        return "OK"

    def _unlink(self, *keys: str) -> int:
        return sum(self.values.pop(key, None) is not None for key in keys)

    def _scan(self, cursor: str, _match: str, pattern: str, _count: str, _number: int) -> Any:
        # A page of names as they are now: those that are taken away meanwhile move no others past the cursor.
        names = sorted(self.values)
        at = int(cursor)
        beyond = [name for name in names if self._number(name) > at][: self.page]
        following = str(self._number(beyond[-1])) if len(beyond) == self.page else "0"
        return [following, [name for name in beyond if fnmatch.fnmatchcase(name, pattern)]]

    def _number(self, name: str) -> int:
        return int.from_bytes(name.encode().ljust(48, b"\0"), "big")

    def _xadd(self, _key: str, _maxlen: str, _about: str, _kept: int, _id: str, *pairs: str) -> str:
        self.place += 1
        self.changes.append((self.place, json.loads(pairs[1])))
        return f"{self.place}-0"

    def _xtrim(self, _key: str, _maxlen: str, kept: int) -> int:
        assert kept == 0
        self.changes.clear()
        return 0
