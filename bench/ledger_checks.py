"""Whether a ledger is whole and tells each thing once: what must hold at every moment, whoever was killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from delivery.rollout.journal import REQUEST, SWITCHED
from delivery.rollout.ledger import ID, Entry
from delivery.rollout.state import State

_ENDS: Final = ("finished", "returned", SWITCHED)


def faults_of(entries: Sequence[Entry]) -> list[str]:
    """What is wrong with a whole ledger, one line each."""
    return [
        *_numbers(entries),
        *_fences(entries),
        *_ids(entries),
        *(fault for rollout in _rollouts(entries).items() for fault in _rollout(*rollout)),
    ]


def changed(before: Sequence[Entry], after: Sequence[Entry]) -> list[str]:
    """A ledger only grows: what it told once, it tells for ever."""
    if list(after[: len(before)]) == list(before):
        return []
    kept = sum(old == new for old, new in zip(before, after, strict=False))
    return [f"of {len(before)} entries {len(before) - kept} were changed or are gone"]


def fault_of_split(state: State, live: Mapping[str, Decimal]) -> str | None:
    """What is live must be the share that was reached or the one that is wanted, and nothing else."""
    allowed = [state.shares(state.share)]
    if state.wanted is not None:
        allowed.append(state.shares(state.wanted))
    if dict(live) in allowed:
        return None
    return f"live is {told(live)}, and the ledger says {' or '.join(told(one) for one in allowed)}"


def told(shares: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{version[:8]} {share:f} %" for version, share in shares.items()) or "nothing"


def _numbers(entries: Sequence[Entry]) -> list[str]:
    numbers = [entry.seq for entry in entries]
    if numbers == list(range(1, len(numbers) + 1)):
        return []
    return [f"entries are not numbered 1 to {len(numbers)}"]


def _fences(entries: Sequence[Entry]) -> list[str]:
    fenced = [entry for entry in entries if entry.fence is not None and not _stood_back(entry)]
    return [
        f"entry {later.seq} has fence {later.fence} after {earlier.fence}"
        for earlier, later in pairwise(fenced)
        if (later.fence or 0) < (earlier.fence or 0)
    ]


def _stood_back(entry: Entry) -> bool:
    """A switch says late, and with a fence that is over, that somebody took the lease while it was at work."""
    return entry.kind == SWITCHED and bool(entry.body.get("superseded"))


def _ids(entries: Sequence[Entry]) -> list[str]:
    found = Counter(str(entry.body[ID]) for entry in entries if ID in entry.body)
    return [f"an entry was written {times} times" for times in found.values() if times > 1]


def _rollouts(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind != REQUEST:
            found.setdefault(entry.rollout, []).append(entry)
    return found


def _rollout(id: str, entries: Sequence[Entry]) -> list[str]:
    kinds = Counter(entry.kind for entry in entries)
    wrong: list[str] = []
    if kinds["started"] != 1 or entries[0].kind != "started":
        wrong.append(f"{id}: started {kinds['started']} times, first {entries[0].kind}")
    ends = [
        number
        for number, entry in enumerate(entries)
        if entry.kind in _ENDS and not _stood_back(entry)
    ]
    if len(ends) > 1:
        wrong.append(f"{id}: ended {len(ends)} times")
    if ends and ends[0] != len(entries) - 1:
        wrong.append(f"{id}: {entries[ends[0] + 1].kind} after its end")
    return [*wrong, *_shifts(id, entries)]


def _shifts(id: str, entries: Sequence[Entry]) -> list[str]:
    """Each `shift` is followed by at most one `shifted`, to the share that it wanted."""
    wrong: list[str] = []
    wanted: str | None = None
    for entry in entries:
        if entry.kind == "shift":
            if wanted is not None:
                wrong.append(f"{id}: entry {entry.seq} shifts again while {wanted} % is under way")
            wanted = str(entry.body["share"])
        elif entry.kind == "shifted":
            if entry.body["share"] != wanted:
                wrong.append(
                    f"{id}: entry {entry.seq} shifted to {entry.body['share']} %, wanted {wanted}"
                )
            wanted = None
    return wrong
