"""The Pages project: the last successful production deployment before the one that is live."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx

from delivery.errors import FailedError, RefusedError
from delivery.rollback.component import SHORTEST_PREFIX, NowhereError, Place, Report, Returned
from delivery.rollback.returning import VERIFY_SECONDS, Answer, Verified, verify_answers
from settings.names import pages_name

_TRY_SECONDS: Final = 2.0
_PAGES: Final = 20
Json = dict[str, Any]


@dataclass(frozen=True)
class PagesComponent:
    place: Place
    name: str = "pages"

    @property
    def _path(self) -> str:
        return f"/pages/projects/{pages_name(self.place.stack)}"

    def go_back(self, to: str | None, why: str) -> Returned:
        """Cloudflare keeps no message with it: `why` stands in the incident alone."""
        del why
        live: Json = self._project().get("canonical_deployment") or {}
        if not live:
            raise NowhereError(f"Pages project {pages_name(self.place.stack)} has no deployment")
        target = self._before(live) if to is None else self._named(to)
        before, after = str(live["id"]), str(target["id"])
        if before == after:
            return Returned(after, after, False)
        self._roll_back(after)
        return Returned(before, after, True)

    def _before(self, live: Json) -> Json:
        good = [d for d in self._deployments() if _succeeded(d) and _time(d) < _time(live)]
        if not good:
            name = pages_name(self.place.stack)
            raise NowhereError(f"Pages project {name} has no earlier deployment that succeeded")
        return max(good, key=_time)

    def _named(self, word: str) -> Json:
        """A deployment by its id or the beginning of it. Raises `RefusedError`."""
        named = [d for d in self._deployments() if str(d["id"]).startswith(word)]
        if len(word) < SHORTEST_PREFIX or len(named) != 1:
            several = "not known" if len(named) < 2 else "the beginning of several"
            raise RefusedError(f"deployment {word!r} is {several}", "give the whole id of one")
        if not _succeeded(named[0]):
            raise RefusedError(f"deployment {word!r} did not succeed", "name another")
        return named[0]

    def _roll_back(self, after: str) -> None:
        asked = False

        def attempt() -> None:
            nonlocal asked
            if asked and (self._project().get("canonical_deployment") or {}).get("id") == after:
                return  # done, and its answer was lost
            asked = True
            self.place.api.ask("POST", f"{self._path}/deployments/{after}/rollback")

        self.place.api.until_told(attempt)

    def now(self) -> str:
        live: Json = self._project().get("canonical_deployment") or {}
        return str(live.get("id") or "nothing")

    def verify(self, returned: Returned, report: Report) -> Verified:
        """The project's own address has to answer with the page that the deployment's own address has."""
        public = f"https://{self._project()['subdomain']}/"
        target: Json = self.place.api.call("GET", f"{self._path}/deployments/{returned.after}")
        wanted = self._page(str(target["url"]))
        if wanted is None:
            raise FailedError(f"deployment {returned.after} does not answer at {target['url']}")
        return verify_answers(
            lambda _number: Answer(self._page(public), "no page"),
            wanted,
            VERIFY_SECONDS,
            report,
            f"the page of deployment {returned.after[:8]}",
        )

    def _project(self) -> Json:
        told: Json = self.place.api.call("GET", self._path, missing=dict)
        return told

    def _deployments(self) -> list[Json]:
        found: list[Json] = []
        for page in range(1, _PAGES + 1):
            params = {"env": "production", "page": str(page), "per_page": "25"}
            told: list[Json] = self.place.api.call(
                "GET", f"{self._path}/deployments", params=params
            )
            if not told:
                break
            found += told
        return found

    def _page(self, url: str) -> str | None:
        try:
            answer = self.place.edge.request("GET", url, timeout=_TRY_SECONDS)
        except httpx.HTTPError:
            return None
        return hashlib.sha256(answer.content).hexdigest() if answer.is_success else None


def _succeeded(deployment: Json) -> bool:
    stage: Json = deployment.get("latest_stage") or {}
    return (stage.get("name"), stage.get("status")) == ("deploy", "success")


def _time(deployment: Json) -> float:
    return datetime.fromisoformat(str(deployment["created_on"])).timestamp()
