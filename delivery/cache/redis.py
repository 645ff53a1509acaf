"""A stack's Redis by Upstash's REST API, as far as what it keeps is taken away: https://upstash.com/docs/redis/features/restapi

An entry there names the generation of each of its tags; a tag that gets another generation, or none, has no entries any more. What the
edge keeps is right by a list of changes (`worker/src/cache/`).
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from delivery.cache.purge import batches
from delivery.errors import FailedError

Command = Sequence[str | int]
_CHANGES: Final = "changes:1"
_KEPT_CHANGES: Final = 1000
_GENERATION: Final = "generation:"
_GENERATION_SECONDS: Final = 7 * 86_400
_TAGS_AT_ONCE: Final = 100
_MOST_CHANGES: Final = 1000
"""Tags in the list of changes; more of them, and the list is begun anew, which is as good and shorter."""
_SCANNED: Final = 1000
_ATTEMPTS: Final = 4
_FIRST_WAIT: Final = 0.2


@dataclass(frozen=True)
class Redis:
    """Of what goes wrong neither the address nor the token is told: both are secrets."""

    client: httpx.Client
    url: str = field(repr=False)
    token: str = field(repr=False)
    sleep: Callable[[float], None] = time.sleep

    def renew(self, tags: Sequence[str]) -> None:
        """Gives each tag another generation, and tells all isolates. Raises `FailedError`."""
        for some in batches(tags, _TAGS_AT_ONCE):
            commands: list[Command] = [
                ("SET", _GENERATION + tag, uuid.uuid4().hex, "EX", _GENERATION_SECONDS)
                for tag in some
            ]
            if len(tags) <= _MOST_CHANGES:
                commands.append(_changed(some))
            self.pipeline(commands)
        if len(tags) > _MOST_CHANGES:
            self._begin_changes_anew()

    def renew_all(self) -> int:
        """Leaves no tag a generation, so that nothing that was kept before is used again; how many tags there were. Raises
        `FailedError`."""
        found = 0
        for names in self._scan(_GENERATION):
            found += len(names)
            self.pipeline([("UNLINK", *names)])
        self._begin_changes_anew()
        return found

    def tags(self, beginning: str) -> list[str]:
        """Those that begin so and may have entries; `beginning` is without what a pattern takes for more than itself. Raises
        `FailedError`."""
        names = {name for some in self._scan(_GENERATION + beginning) for name in some}
        return sorted(name.removeprefix(_GENERATION) for name in names)

    def pipeline(self, commands: Sequence[Command]) -> list[Any]:
        """The replies. Asked again while it does not answer. Raises `FailedError`."""
        wait = _FIRST_WAIT
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._ask(commands)
            except (httpx.TransportError, _BusyError) as error:
                if attempt == _ATTEMPTS:
                    said = str(error) if isinstance(error, _BusyError) else type(error).__name__
                    raise FailedError(f"Redis does not answer: {said}", "run it again") from None
            self.sleep(wait)
            wait *= 2
        raise AssertionError("unreachable")

    def _ask(self, commands: Sequence[Command]) -> list[Any]:
        answer = self.client.post(
            f"{self.url.rstrip('/')}/pipeline",
            json=[list(command) for command in commands],
            headers={"authorization": f"Bearer {self.token}"},
        )
        if answer.status_code == 429 or answer.status_code >= 500:
            raise _BusyError(f"HTTP {answer.status_code}")
        if answer.status_code == 401:
            raise FailedError("Redis refuses the stack's token", "set upstashRedisRestToken again")
        try:
            replies: Any = answer.json()
            read = [reply["result"] for reply in replies if "error" not in reply]
        except (ValueError, LookupError, TypeError):
            raise FailedError(
                f"Redis answered HTTP {answer.status_code}, and not as Redis does"
            ) from None
        if len(read) != len(commands):
            raise FailedError("Redis refused a command", "its token may be for reading alone")
        return read

    def _scan(self, beginning: str) -> Iterator[list[str]]:
        cursor = "0"
        while True:
            command = ("SCAN", cursor, "MATCH", f"{beginning}*", "COUNT", _SCANNED)
            [[following, names]] = self.pipeline([command])
            if names:
                yield [str(name) for name in names]
            cursor = str(following)
            if cursor == "0":
                return

    def _begin_changes_anew(self) -> None:
        # Trimmed, not deleted: its places go on growing, so that nobody takes the new one for an old one.
        self.pipeline([("XTRIM", _CHANGES, "MAXLEN", 0), _changed(())])


class _BusyError(Exception):
    """It may answer in a moment."""


def _changed(tags: Sequence[str]) -> Command:
    told = json.dumps(list(tags))
    return ("XADD", _CHANGES, "MAXLEN", "~", _KEPT_CHANGES, "*", "tags", told)
