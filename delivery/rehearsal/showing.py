"""What a rehearsal came to: for people a table and a sentence, for machines JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from delivery.rehearsal.expecting import Outcome
from delivery.rehearsal.felt import Felt
from delivery.rehearsal.rehearsing import Rehearsed


def sentence(done: Rehearsed) -> str:
    """What users would have felt."""
    felt = done.felt
    said: list[str] = []
    if felt.users_hit:
        over = f", within {felt.bad_seconds:.1f} s" if felt.bad_seconds is not None else ""
        said.append(f"{_of_users(felt.users_hit, felt)} saw an error{over}")
    if felt.is_slower:
        said.append(f"{_of_users(felt.users_slowed, felt)} waited noticeably longer")
    if not said:
        said.append(f"none of {felt.users:,} users would have noticed anything")
    harmed = felt.users_hit > 0 or felt.is_slower
    if harmed and felt.stable_after is not None and done.outcome is Outcome.RETURNED:
        said.append(
            f"{felt.stable_after:.1f} s after the first of them nobody was given the candidate any more"
        )
    if felt.users_back_and_forth:
        said.append(f"{_of_users(felt.users_back_and_forth, felt)} fell back and forth")
    text = "; ".join(said)
    return text[0].upper() + text[1:]


def verdict(done: Rehearsed) -> Text:
    """The outcome, and whether it is what the strategy promises."""
    if done.is_as_expected:
        return Text(f"{done.outcome}, as it should be", style="green")
    wanted = " or ".join(sorted(done.expected))
    return Text(f"{done.outcome}, and should have been {wanted}", style="red")


def details(done: Rehearsed) -> Table:
    felt, table = done.felt, Table.grid(padding=(0, 2))
    rows: list[tuple[str, str | Text]] = [
        ("outcome", verdict(done)),
        ("why", done.why),
        ("requests", f"{felt.requests:,}, {felt.of_candidate:,} of them to the candidate"),
        ("bad answers", _bad(felt)),
        ("users who saw one", _of_users(felt.users_hit, felt)),
        ("first to last", _seconds(felt.bad_seconds)),
        ("first harm to stable", _seconds(felt.stable_after)),
        (
            "p95",
            f"stable {_milliseconds(felt.p95_stable)}, candidate {_milliseconds(felt.p95_candidate)}",
        ),
        ("slow answers", f"{felt.slow:,}, to {_of_users(felt.users_slowed, felt)}"),
        ("fell back and forth", _of_users(felt.users_back_and_forth, felt)),
    ]
    for name, value in rows:
        table.add_row(Text(name, style="dim"), value if isinstance(value, Text) else Text(value))
    return table


def _bad(felt: Felt) -> str:
    if not felt.bad:
        return "none"
    where = ", ".join(f"{route} {count:,}" for route, count in felt.bad_routes.items())
    return f"{felt.bad:,} ({100 * felt.bad / felt.requests:.2g} %): {where}"


def overview(all_done: Sequence[Rehearsed]) -> Table:
    """A row a rehearsal."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("fault", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    for column in ("bad", "users hit", "slowed", "for", "to stable", "p95 stable", "candidate"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("back and forth", justify="right")
    for done in all_done:
        felt = done.felt
        mark = Text(
            "✓ " if done.is_as_expected else "✗ ", "green" if done.is_as_expected else "red"
        )
        table.add_row(
            done.scenario.name,
            mark + Text(str(done.outcome)),
            f"{felt.bad:,}",
            _share(felt.users_hit, felt),
            _share(felt.users_slowed, felt),
            _seconds(felt.bad_seconds),
            _seconds(felt.stable_after),
            _milliseconds(felt.p95_stable),
            _milliseconds(felt.p95_candidate),
            f"{felt.users_back_and_forth:,}",
        )
    return table


def to_json(done: Rehearsed) -> dict[str, Any]:
    """Times of decisions and of the first bad answer in seconds since the first user."""
    told = done.felt.to_json()
    first = done.felt.first_bad
    told["firstBad"] = None if first is None else round(first - done.began, 2)
    return {
        "fault": done.scenario.name,
        "outcome": done.outcome.value,
        "expected": sorted(done.expected),
        "asExpected": done.is_as_expected,
        "why": done.why,
        "seconds": round(done.seconds, 1),
        "felt": {k: round(v, 2) if isinstance(v, float) else v for k, v in told.items()},
        "wouldHaveTold": done.untold,
        "decisions": [
            {"at": round(d.at - done.began, 1), "kind": d.kind, "said": d.said}
            for d in done.decisions
        ],
    }


def _of_users(count: int, felt: Felt) -> str:
    if count == 0:
        return f"none of {felt.users:,} users"
    return f"{count:,} of {felt.users:,} users ({100 * count / felt.users:.2g} %)"


def _share(count: int, felt: Felt) -> str:
    return f"{count:,} ({100 * count / felt.users:.2g} %)" if count else "0"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
