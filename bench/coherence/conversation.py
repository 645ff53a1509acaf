"""Everything that a run asks goes through here, and is judged when it is answered."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bench.coherence.asked import Asked
from bench.coherence.checks import Coherence
from bench.site import Site, Told

_CACHE: Final = "pitchey-cache"


@dataclass
class Conversation:
    site: Site
    coherence: Coherence
    verdicts: Counter[str] = field(default_factory=Counter[str])
    statuses: Counter[int] = field(default_factory=Counter[int])
    """0: nothing answered in time."""
    versions: Counter[str] = field(default_factory=Counter[str])
    by_kind: Counter[str] = field(default_factory=Counter[str])

    async def ask(
        self,
        asked: Asked,
        *,
        secret: str = "",
        body: Mapping[str, Any] | None = None,
        by_zone: bool = True,
        more: tuple[tuple[str, str], ...] = (),
    ) -> tuple[Asked, Told | None]:
        """What was asked, with the time at which it was, and the answer. `secret` is the token or the cookie that is shown."""
        asked = replace(asked, at=time.monotonic())
        headers = [*more, *_headers(asked, secret, by_zone=by_zone)]
        told = await self.site.send(asked.method, asked.path, headers, body, by_zone=by_zone)
        self.by_kind[asked.about.kind] += 1
        self.statuses[0 if told is None else told.status] += 1
        if told is not None:
            self.verdicts[told.headers.get(_CACHE, "none")] += 1
            self.versions[told.version] += 1
            self.coherence.judge(asked, told)
        return asked, told


def _headers(asked: Asked, secret: str, *, by_zone: bool) -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = []
    cookies: list[str] = []
    if asked.visitor is not None:
        cookies.append(f"pitchey-visitor={asked.visitor}")
        if not by_zone:
            headers.append(("cloudflare-workers-version-key", asked.visitor))
    if asked.shows == "token":
        headers.append(("authorization", f"Bearer {secret}"))
    if asked.shows == "cookie":
        cookies.append(secret)
    if cookies:
        headers.append(("cookie", "; ".join(cookies)))
    if asked.encodings:
        headers.append(("accept-encoding", asked.encodings))
    if asked.tag is not None:
        headers.append(("if-none-match", asked.tag))
    return headers
