"""What a key of the namespace FLAGS turns off while the Worker serves: its optimisations and, the other way round, maintenance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import httpx

from delivery.errors import RefusedError
from delivery.rollback import evidence
from delivery.rollback.component import Place, Report, Returned, Words
from delivery.rollback.evidence import OFF, ON, Asking, Look
from delivery.rollback.flags import Flags
from delivery.rollback.returning import Answer, Verified, verify_answers
from delivery.rollback.worker import zone_address
from settings.names import worker_name

_CONVERGES_SECONDS: Final = 100.0
"""Cloudflare's KV shows a change within a minute or so; an isolate keeps what it has read for 30 seconds."""
_PAUSE: Final = 0.7
"""Between two rounds, so that the limit of requests of one caller lasts for all of them."""
_ROUND: Final = 30
_COMPRESSED_BY_PLATFORM: Final = "cloudflare"
_WORDS: Final = Words(done="everywhere", made="is set", already="already")


@dataclass(frozen=True)
class Switch:
    """`rests` is what the key's absence means. `look` None: the Worker has no hand in it, and nothing at the edge tells."""

    name: str
    what: str
    look: Look | None
    rests: str = ON
    answers: int = _ROUND
    """So many in a round: fewer where each costs more."""

    def state(self, value: str | None) -> str:
        """`on` or `off`, by the value in KV as the Worker reads it (`worker/src/switches/reading.ts`, and for maintenance
        `worker/src/security/maintenance/`)."""
        read = _read(value)
        if self.rests == ON:
            return OFF if read == "off" or read is False else ON
        closes = read in ("on", True) or isinstance(read, dict)
        return ON if closes or (isinstance(read, int | float) and read > 0) else OFF


SWITCHES: Final[Mapping[str, Switch]] = {
    switch.name: switch
    for switch in (
        Switch("edge-cache", "answers kept at the edge", evidence.edge_cache),
        Switch("collapsing", "one fetch for many who miss at once", evidence.collapsing, answers=5),
        Switch("compression", "gzip where the platform does not", evidence.compression),
        Switch("redis", "answers kept in Redis", evidence.redis),
        Switch("smart-ttl", "lifetimes from what was seen", evidence.smart_ttl),
        Switch("hyperdrive", "the pool of connections", evidence.hyperdrive, answers=10),
        Switch("warming", "warming before traffic shifts", None),
        Switch("maintenance", "closed to all but operators", evidence.maintenance, rests=OFF),
    )
}


@dataclass(frozen=True)
class SwitchComponent:
    """Goes back to `off`; `undo` is the way on again, which for maintenance closes the API."""

    place: Place
    switch: Switch
    undo: bool = False

    @cached_property
    def flags(self) -> Flags:
        return Flags(self.place.api, self.place.stack)

    @property
    def name(self) -> str:
        return self.switch.name

    def go_back(self, to: str | None, why: str) -> Returned:
        """KV keeps no message with it: `why` stands in the incident alone."""
        del why
        if to is not None:
            raise RefusedError(f"{self.name} has no versions", "leave --to out: it is turned off")
        wanted = ON if self.undo else OFF
        before = self.now()
        if before == wanted:
            return Returned(wanted, wanted, False, _WORDS)
        value = None if wanted == self.switch.rests else wanted
        if value is None:
            self.flags.delete(self.name)
        else:
            self.flags.put(self.name, value)
        return Returned(before, wanted, True, _WORDS, {self.name: value})

    def now(self) -> str:
        return self.switch.state(self.flags.values([self.name])[self.name])

    def verify(self, returned: Returned, report: Report) -> Verified:
        """By what answers show. Of warming, which is no matter of the Worker's, by what the next rollout is going to read."""
        look = self.switch.look
        if look is None:
            is_read = self.now() == returned.after
            return Verified(is_read, 0.0, 1, f"the next rollout reads {self.name} {self.now()}")
        cloud = self.place.cloud.name
        address = zone_address(self.place, worker_name(self.place.stack))
        asking = Asking(self.place.edge, address, cloud == _COMPRESSED_BY_PLATFORM)
        return verify_answers(
            lambda _number: _looked(look, asking),
            returned.after,
            _CONVERGES_SECONDS,
            report,
            f"with {self.name} {returned.after}",
            answers=self.switch.answers,
            pause=_PAUSE,
        )


def _looked(look: Look, asking: Asking) -> Answer:
    try:
        return look(asking)
    except (httpx.HTTPError, ValueError, AttributeError) as error:
        return Answer(None, str(error) or type(error).__name__)


def _read(value: str | None) -> object:
    """What a value in JSON says; another one is a text that somebody has written by hand."""
    text = (value or "").strip()
    try:
        read: object = json.loads(text)
    except ValueError:
        return text
    return read
