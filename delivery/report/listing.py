"""A ledger as a list for a terminal or a pipe: each rollout with how it ended, and its events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from delivery.report.following import followed
from delivery.report.outcome import Ending, outcome_of
from delivery.report.telling import Happened, happened, sentence
from delivery.report.texts import clean
from delivery.rollout.events import Kind
from delivery.rollout.journal import Rollout
from delivery.rollout.ledger import Entry

_STYLES: Final = {
    Ending.FINISHED: "green",
    Ending.RETURNED: "red",
    Ending.PAUSED: "yellow",
    Ending.UNDER_WAY: "blue",
}
_KINDS: Final = {
    Kind.PASSED.value: "green",
    Kind.FINISHED.value: "green",
    Kind.RETURNING.value: "red",
    Kind.RETURNED.value: "red",
    Kind.PAUSED.value: "yellow",
    Kind.EXTENDED.value: "yellow",
    Kind.SILENT.value: "yellow",
}


@dataclass(frozen=True, slots=True)
class Group:
    """A rollout with its events; `ending` None for entries of a rollout whose beginning the ledger does not hold."""

    rollout: str
    sentence: str
    ending: Ending | None
    events: tuple[Happened, ...]


def groups(rollouts: Sequence[Rollout], entries: Sequence[Entry]) -> list[Group]:
    """Oldest first; entries that belong to none of `rollouts` are last."""
    found: list[Group] = []
    for rollout in rollouts:
        moments = followed(rollout, entries)
        outcome = outcome_of(rollout, moments)
        found.append(Group(clean(rollout.id), outcome.sentence, outcome.ending, happened(moments)))
    known = {rollout.id for rollout in rollouts}
    others = [e for e in entries if e.rollout not in known and e.kind != Kind.OBSERVED]
    if others:
        rows = [Happened(e.seq, e.at, clean(e.kind), sentence(e.kind, e.body)) for e in others]
        said = "entries of no rollout that the ledger tells the beginning of"
        found.append(Group("", said, None, tuple(rows)))
    return found


def show(console: Console, listed: Iterable[Group]) -> None:
    """Tables in a terminal, else a line for each rollout and each event."""
    for number, group in enumerate(listed):
        if number:
            console.print()
        heading = Text(group.rollout, style="bold")
        heading.append("  " if group.rollout else "", style="not bold")
        heading.append(
            group.sentence, style=f"not bold {_STYLES[group.ending]}" if group.ending else "dim"
        )
        console.print(heading, soft_wrap=not console.is_terminal)
        if console.is_terminal:
            console.print(_table(group.events))
            continue
        for event in group.events:
            line = f"  {_clock(event.at)}  {event.kind:<9}  {event.said}"
            console.print(Text(line), soft_wrap=True)


def _table(events: Iterable[Happened]) -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for event in events:
        kind = Text(event.kind, style=_KINDS.get(event.kind, ""))
        table.add_row(Text(_clock(event.at), style="dim"), kind, Text(event.said))
    return table


def _clock(at: float) -> str:
    """As the reader's clock says."""
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")
