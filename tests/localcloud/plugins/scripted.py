"""An API that answers as a test says, and a clock that nobody waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from localcloud.plugins.cloudflare.api import Api

Answer = httpx.Response | Exception


@dataclass
class Clock:
    """Stands in for `time` where the provider waits: `pauses` are the seconds that it would have slept."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list[float])

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@dataclass
class Script:
    """Answers one after the other, the last one for ever. `each` seconds pass with every one."""

    clock: Clock
    answers: list[Answer]
    each: float = 0.0
    asked: list[httpx.Request] = field(default_factory=list[httpx.Request])

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.clock.now += self.each
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def api(self) -> Api:
        credentials = {"authorization": "Bearer hush"}
        return Api(
            "http://api.test", credentials, httpx.Client(transport=httpx.MockTransport(self))
        )


def said(status: int, errors: list[dict[str, Any]], **headers: str) -> httpx.Response:
    body = {"success": not errors, "errors": errors, "messages": [], "result": None if errors else {"id": "1"}}  # fmt: skip
    return httpx.Response(status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})  # fmt: skip
