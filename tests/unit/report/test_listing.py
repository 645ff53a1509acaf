"""`pitchey rollout history` for people: each rollout with how it ended, then its events."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from delivery.report.listing import groups, show
from delivery.rollout.journal import read_rollouts
from delivery.rollout.ledger import Entry
from delivery.rollout.measurements import Verb
from tests.unit.report.made_up import BROKEN, Ledger


def entries() -> list[Entry]:
    first = Ledger(BROKEN).run().entries
    second = Ledger(id="20251126-100000-beef").run(60)
    second.ask(Verb.ABORT, "wrong \x1b[31mversion")
    return [*first, *second.run().entries]


def listed(told: list[Entry], *, terminal: bool = False, width: int = 200) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=width, highlight=False)
    show(console, groups(read_rollouts(told), told))
    return out.getvalue()


def test_each_rollout_is_told_with_its_outcome_and_its_events() -> None:
    lines = listed(entries()).splitlines()
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads[0].startswith("20251125-100000-abcd  Returned after ")
    assert "error rate" in heads[0]
    assert heads[1].startswith("20251126-100000-beef  Returned after ")
    assert "grace@hopper asked for it: wrong" in heads[1]
    assert lines.count("") == 1
    assert sum("started" in line for line in lines) == 2
    assert not [line for line in lines if "observed" in line]


def test_piped_lines_are_plain_and_whole() -> None:
    text = listed(entries())
    assert "\x1b" not in text
    returning = next(line for line in text.splitlines() if "  returning  " in line)
    assert returning.endswith("1,400 decide)")


def test_a_terminal_has_colours_and_no_line_wider_than_it() -> None:
    text = listed(entries(), terminal=True, width=80)
    assert "\x1b[" in text
    assert "\x1b[31mversion" not in text
    plain = Console(file=io.StringIO(), width=80)
    assert all(plain.measure(Text.from_ansi(line)).maximum <= 80 for line in text.splitlines())


def test_entries_whose_rollout_began_before_the_ledger_are_listed_last() -> None:
    told = entries()
    lost = [replace(entry, rollout="gone") for entry in told if entry.kind == "shifted"]
    found = groups(read_rollouts(told), [*lost, *told])
    assert [group.ending is None for group in found] == [False, False, True]
    assert {event.kind for event in found[-1].events} == {"shifted"}
