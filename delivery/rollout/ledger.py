"""The ledger at the edge: what was decided and done, who may act, and the dead-man's switch.

Every call ends within its patience, and is made so that it may be repeated: what was written under a lost answer is
found again by its id, and never written twice.
"""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeVar

import httpx
import stamina

from delivery.edge import Edge
from delivery.errors import FailedError, RefusedError

Json = dict[str, Any]
Answer = TypeVar("Answer")
ID: Final = "id"
"""Key in every body: what tells an entry that was written from one that was not."""
_PAGE: Final = 1000
_LONGEST_WAIT: Final = 1.0
_TRY_SECONDS: Final = 2.0
_NO_MEND: Final = "`pitchey rollout resume` goes on from what the ledger says"


class LedgerUnreachableError(FailedError):
    """The ledger did not answer, or not as a ledger does."""


class LedgerConflictError(FailedError):
    """Somebody wrote in between: the ledger has come to entry `last`."""

    def __init__(self, last: int) -> None:
        super().__init__(f"the ledger has come to entry {last} meanwhile", _NO_MEND)
        self.last = last


class LeaseLostError(FailedError):
    """The lease is somebody else's, or has run out."""

    def __init__(self, detail: str, hint: str = _NO_MEND) -> None:
        super().__init__(f"the rollout's lease is lost: {detail}", hint)
        self.detail = detail


class LeaseHeldError(RefusedError):
    """Another controller is at work; `until` in Unix seconds."""

    def __init__(self, holder: str, until: float) -> None:
        super().__init__(
            f"{holder} leads a rollout of this Worker", "follow it with `pitchey rollout watch`"
        )
        self.holder = holder
        self.until = until


class SwitchUnavailableError(RefusedError):
    """The Rollouts Worker has no token for deployments."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`at` in Unix seconds by the ledger's clock; `fence` None for a request."""

    seq: int
    at: float
    kind: str
    rollout: str
    fence: int | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lease:
    """`until` in Unix seconds by the ledger's clock."""

    holder: str
    fence: int
    until: float


@dataclass(frozen=True, slots=True)
class LedgerState:
    """`last` is the newest entry's number, also of kinds that were not asked for; `now` the ledger's clock."""

    entries: tuple[Entry, ...]
    last: int
    lease: Lease | None
    switch: Mapping[str, Any] | None
    now: float


class _NotNowError(Exception):
    """No answer, 429 or a failure of the Worker's own."""


@dataclass(slots=True)
class _Call:
    """`lost`: an answer of this call was lost, so that it may have been carried out."""

    deadline: float
    lost: bool = False


class Ledger:
    """`patience`: seconds in which any call ends."""

    def __init__(self, edge: Edge, url: str, token: str, patience: float = 5) -> None:
        self._edge = edge
        self._url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}"}
        self._patience = patience

    def with_patience(self, seconds: float) -> Ledger:
        """The same ledger, asked with another patience."""
        other = copy.copy(self)
        other._patience = seconds
        return other

    def read(
        self, after: int = 0, kinds: Sequence[str] = (), *, all_pages: bool = True
    ) -> LedgerState:
        """Entries after number `after`, oldest first. Raises `LedgerUnreachableError`."""
        return self._read(self._call(), after, kinds, all_pages)

    def append(
        self, fence: int, after: int, entries: Sequence[tuple[str, str, Mapping[str, Any]]]
    ) -> int:
        """Writes all (kind, rollout, body), or none; the number of the last. Raises `LedgerConflictError` when the ledger
        has not come to `after`, `LeaseLostError`, `LedgerUnreachableError`."""
        given = [_entry(*entry) for entry in entries]
        call = self._call()
        body = {"fence": fence, "after": after, "entries": given}
        answer = self._send(call, "POST", "/ledger", body, (409, 412))
        if answer.is_success:
            return int(_member(answer, "last"))
        if call.lost and (last := self._written(call, after, given)) is not None:
            return last
        if answer.status_code == 412:
            raise LeaseLostError(_detail(answer))
        raise LedgerConflictError(int(_member(answer, "last")))

    def request(self, rollout: str, body: Mapping[str, Any]) -> int:
        """Asks whoever leads the rollout for something; the entry's number. Raises `LedgerUnreachableError`."""
        entry = _entry("request", rollout, body)
        call = self._call()
        # It needs no fence and no number, so that only its id tells whether a lost answer had carried it out.
        known = self._read(call, 2**49, (), False).last

        def seen() -> int | None:
            found = self._read(call, known, ("request",), True).entries
            return next((e.seq for e in found if e.body.get(ID) == entry["body"][ID]), None)

        def write() -> int:
            if call.lost and (seq := seen()) is not None:
                return seq
            return int(_member(self._once(call, "POST", "/ledger/requests", entry, ()), "last"))

        return _retried(call, write)

    def take(self, holder: str, seconds: int, *, force: bool = False) -> Lease:
        """`holder` must be unlike any other's: it tells one's own lease after a lost answer. Raises `LeaseHeldError`,
        `LedgerUnreachableError`."""
        call = self._call()
        body = {"holder": holder, "seconds": seconds, "take": force}
        answer = self._send(call, "POST", "/lease", body, (409,))
        if answer.is_success:
            return Lease(holder, int(_member(answer, "fence")), float(_member(answer, "until")))
        if call.lost:
            lease = self._read(call, 2**49, (), False).lease
            if lease is not None and lease.holder == holder:
                return lease
        raise LeaseHeldError(str(_member(answer, "holder")), float(_member(answer, "until")))

    def renew(self, fence: int, seconds: int) -> float:
        """Until when the lease holds now. Raises `LeaseLostError`, `LedgerUnreachableError`."""
        body = {"fence": fence, "seconds": seconds}
        answer = self._send(self._call(), "PUT", "/lease", body, (412,))
        if answer.status_code == 412:
            raise LeaseLostError(_detail(answer))
        return float(_member(answer, "until"))

    def give_back(self, fence: int) -> None:
        """An armed switch still goes off when the lease would have run out. Raises `LeaseLostError`,
        `LedgerUnreachableError`."""
        call = self._call()
        answer = self._send(call, "DELETE", "/lease", {"fence": fence}, (412,))
        if answer.status_code == 412 and not call.lost:
            raise LeaseLostError(_detail(answer))

    def arm(
        self, fence: int, *, account: str, script: str, stable: str, candidate: str, rollout: str
    ) -> None:
        """Raises `SwitchUnavailableError`, `LeaseLostError`, `LedgerUnreachableError`."""
        given = {"account": account, "script": script, "stable": stable, "candidate": candidate}
        self._switch("PUT", {"fence": fence, **given, "rollout": rollout})

    def disarm(self, fence: int) -> None:
        """Raises `LeaseLostError`, `LedgerUnreachableError`."""
        self._switch("DELETE", {"fence": fence})

    def tell_flags(self, flags: Mapping[str, str | None]) -> None:
        """Has isolates that serve hear of flags that were changed in KV (None: taken away) within seconds; KV may take a minute
        or more. Raises `LedgerUnreachableError`."""
        self._send(self._call(), "PUT", "/flags", {"flags": dict(flags)}, ())

    def _switch(self, method: str, body: Json) -> None:
        answer = self._send(self._call(), method, "/switch", body, (412, 501))
        if answer.status_code == 412:
            raise LeaseLostError(_detail(answer))
        if answer.status_code == 501:
            raise SwitchUnavailableError(
                "the dead-man's switch cannot be armed: it has no token for deployments",
                "set pitchey:deploymentsToken, then `pitchey up`",
            )

    def _written(self, call: _Call, after: int, given: Sequence[Json]) -> int | None:
        """The number of the last of the given entries, when they stand right behind `after`."""
        found = self._read(call, after, (), True).entries[: len(given)]
        ids = [entry["body"][ID] for entry in given]
        return found[-1].seq if [entry.body.get(ID) for entry in found] == ids else None

    def _read(self, call: _Call, after: int, kinds: Sequence[str], all_pages: bool) -> LedgerState:
        entries: list[Entry] = []
        chosen = f"&kinds={','.join(kinds)}" if kinds else ""
        while True:
            path = f"/ledger?after={after}&limit={_PAGE}{chosen}"
            answer = self._send(call, "GET", path, None, ())
            try:
                told: Json = answer.json()
                page = [_told_entry(entry) for entry in told["entries"]]
                state = LedgerState(
                    (*entries, *page),
                    int(told["last"]),
                    _told_lease(told["lease"]),
                    told["switch"],
                    float(told["now"]),
                )
                more = bool(told.get("more", len(page) == _PAGE))
            except (LookupError, TypeError, ValueError, AttributeError):
                _unreadable()
            if not (more and all_pages and page):
                return state
            entries.extend(page)
            after = page[-1].seq

    def _call(self) -> _Call:
        return _Call(time.monotonic() + self._patience)

    def _send(
        self, call: _Call, method: str, path: str, body: Json | None, known: tuple[int, ...]
    ) -> httpx.Response:
        return _retried(call, lambda: self._once(call, method, path, body, known))

    def _once(
        self, call: _Call, method: str, path: str, body: Json | None, known: tuple[int, ...]
    ) -> httpx.Response:
        seconds = min(_TRY_SECONDS, max(call.deadline - time.monotonic(), 0.05))
        try:
            answer = self._edge.request(
                method, self._url + path, headers=self._headers, json=body, timeout=seconds
            )
        except httpx.HTTPError as error:
            call.lost = True
            raise _NotNowError(_in_words(error)) from None
        status = answer.status_code
        if answer.is_success or status in known:
            return answer
        if status == 429 or status >= 500:
            call.lost = True
            raise _NotNowError(f"it answered {status}")
        hint = "`pitchey up` brings its token and address" if status in (401, 403, 404) else None
        said = _detail(answer)
        raise LedgerUnreachableError(f"the ledger refused {method} with {status}: {said}", hint)


def _retried(call: _Call, work: Callable[[], Answer]) -> Answer:
    """Raises `LedgerUnreachableError` with what the last try met when the call's time is over."""
    left = max(call.deadline - time.monotonic(), 0.05)
    try:
        for attempt in stamina.retry_context(
            _NotNowError, attempts=None, timeout=left, wait_initial=0.1, wait_max=_LONGEST_WAIT
        ):
            with attempt:
                return work()
    except _NotNowError as error:
        raise LedgerUnreachableError(
            f"the ledger did not answer: {error}", "run it again"
        ) from None
    raise AssertionError("unreachable")


def _entry(kind: str, rollout: str, body: Mapping[str, Any]) -> Json:
    return {"kind": kind, "rollout": rollout, "body": {**body, ID: str(uuid.uuid4())}}


def _told_entry(told: Json) -> Entry:
    given: Any = told["body"]
    body: Json = given if isinstance(given, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    return Entry(
        int(told["seq"]), float(told["at"]), told["kind"], told["rollout"], told["fence"], body
    )


def _told_lease(told: Json | None) -> Lease | None:
    if told is None:
        return None
    return Lease(str(told["holder"]), int(told["fence"]), float(told["until"]))


def _member(answer: httpx.Response, name: str) -> Any:  # noqa: ANN401
    try:
        return answer.json()[name]
    except (ValueError, LookupError, TypeError):
        _unreadable()


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])[:200]
    except (ValueError, LookupError, TypeError):
        return "no reason was given"


def _in_words(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return "no connection" if isinstance(error, httpx.ConnectError) else "the connection broke"


def _unreadable() -> NoReturn:
    raise LedgerUnreachableError("what answers is no ledger", "`pitchey up` brings it")
