"""A feature flag: goes back to what the Worker does without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx

from delivery.errors import RefusedError
from delivery.rollback.component import NowhereError, Place, Report, Returned
from delivery.rollback.returning import Answer, Verified, verify_answers
from delivery.rollback.worker import worker_address
from delivery.serving import PROBE
from settings.names import flags_title, worker_name

PREFIX: Final = "flag:"
_SET: Final = "the value in KV"
_ABSENT: Final = "the Worker's default"
_NOT_FOUND: Final = 404
_CONVERGES_SECONDS: Final = 75.0
"""KV serves an old value for up to 60 seconds."""
_TRY_SECONDS: Final = 2.0
_PAGES: Final = 50


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
        path = f"/storage/kv/namespaces/{self._namespace()}"
        known: list[Any] = self.place.api.call("GET", f"{path}/keys", params={"prefix": self.flag})
        if self.flag not in {key["name"] for key in known}:
            return Returned(_ABSENT, _ABSENT, False)
        self.place.api.call("DELETE", f"{path}/values/{quote(self.flag, safe='')}", missing=dict)
        return Returned(_SET, _ABSENT, True)

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

    def _namespace(self) -> str:
        title = flags_title(self.place.stack)
        for page in range(1, _PAGES + 1):
            params = {"page": str(page), "per_page": "100"}
            told: list[Any] = self.place.api.call("GET", "/storage/kv/namespaces", params=params)
            for namespace in told:
                if namespace["title"] == title:
                    return str(namespace["id"])
            if not told:
                break
        raise NowhereError(f"there is no KV namespace {title}")

    def _serving(self, url: str) -> Answer:
        try:
            answer = self.place.edge.request("GET", url, headers=PROBE, timeout=_TRY_SECONDS)
        except httpx.HTTPError as error:
            return Answer(None, str(error) or type(error).__name__)
        if answer.status_code == _NOT_FOUND:
            return Answer(_ABSENT)
        return Answer(_SET) if answer.is_success else Answer(None, f"HTTP {answer.status_code}")
