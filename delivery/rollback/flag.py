"""A feature flag: goes back to what the Worker does without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx

from delivery.errors import RefusedError
from delivery.rollback.component import Place, Report, Returned
from delivery.rollback.flags import Flags
from delivery.rollback.returning import Answer, Verified, verify_answers
from delivery.rollback.worker import worker_address
from delivery.serving import PROBE
from settings.names import worker_name

PREFIX: Final = "flag:"
_SET: Final = "the value in KV"
_ABSENT: Final = "the Worker's default"
_NOT_FOUND: Final = 404
_CONVERGES_SECONDS: Final = 75.0
"""KV serves an old value for up to 60 seconds."""
_TRY_SECONDS: Final = 2.0


@dataclass(frozen=True)
class FlagComponent:
    place: Place
    flag: str

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.flag}"

    def go_back(self, to: str | None, why: str) -> Returned:
        """KV keeps no message with it: `why` stands in the incident alone."""
        del why
        if to is not None:
            raise RefusedError("a flag has no versions", "leave --to out: the flag is deleted")
        flags = Flags(self.place.api, self.place.stack)
        if not flags.is_set(self.flag):
            return Returned(_ABSENT, _ABSENT, False)
        flags.delete(self.flag)
        return Returned(_SET, _ABSENT, True)

    def now(self) -> str:
        is_set = Flags(self.place.api, self.place.stack).is_set(self.flag)
        return _SET if is_set else _ABSENT

    def verify(self, returned: Returned, report: Report) -> Verified:
        address = worker_address(self.place, worker_name(self.place.stack))
        url = f"{address}/flags/{quote(self.flag, safe='')}"
        return verify_answers(
            lambda _number: self._serving(url),
            returned.after,
            _CONVERGES_SECONDS,
            report,
            f"without flag {self.flag}",
        )

    def _serving(self, url: str) -> Answer:
        try:
            answer = self.place.edge.request("GET", url, headers=PROBE, timeout=_TRY_SECONDS)
        except httpx.HTTPError as error:
            return Answer(None, str(error) or type(error).__name__)
        if answer.status_code == _NOT_FOUND:
            return Answer(_ABSENT)
        return Answer(_SET) if answer.is_success else Answer(None, f"HTTP {answer.status_code}")
