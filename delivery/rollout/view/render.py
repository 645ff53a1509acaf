"""A picture drawn for a terminal: what serves, how both versions do, what the evidence says, what comes next. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from delivery.rollout.durations import duration
from delivery.rollout.state import Phase
from delivery.rollout.view import shown
from delivery.rollout.view.sides import rows_of_sides, sides
from delivery.rollout.view.snapshot import Snapshot, Step, Told

LEAST_WIDTH: Final = 80
_MOST_EVENTS: Final = 8
_MOST_ROWS: Final = 16
_FEWEST_ROWS: Final = 3
_EVENT_ROWS: Final = 3
_KIND: Final = 10
_UNIT: Final = re.compile(r"(?<=\d) (?=(?:s|min|h|d|ms|%)(?!\w))")
_STYLES: Final = {
    Phase.PAUSED: "bold yellow",
    Phase.RETURNING: "bold red",
    Phase.RETURNED: "bold red",
    Phase.FINISHED: "bold green",
}
_MARKS: Final = {
    "done": ("●", "green"),
    "current": ("◉", "bold yellow"),
    "left": ("✗", "bold red"),
    "to come": ("○", "dim"),
}
_KINDS: Final = {
    "passed": "green",
    "finished": "green",
    "paused": "yellow",
    "extended": "yellow",
    "silent": "yellow",
    "returning": "red",
    "returned": "red",
    "switched": "red",
}


def render(snapshot: Snapshot, width: int, height: int | None = None) -> RenderableType:
    """Fits into `width` columns, `LEAST_WIDTH` at least, and into `height` rows, 24 at least: older events are left out first."""
    head = [
        _title(snapshot, width),
        _track(snapshot.track, width),
        _bar(snapshot, width),
        Text(),
        sides(snapshot, width),
        Text(),
    ]
    outlook = _wrapped("next", snapshot.outlook.said, width, "bold")
    troubles = [_line(f"! {trouble}", width, "yellow") for trouble in snapshot.troubles]
    foot: list[RenderableType] = [*outlook, _leader(snapshot, width), *troubles]
    used = len(head) - 1 + rows_of_sides(snapshot) + len(foot) + 1
    room = _MOST_ROWS if height is None else max(height - used - 1, _FEWEST_ROWS)
    return Group(*head, *foot, Text(), *_events(snapshot.events[-_MOST_EVENTS:], width, room))


def _line(text: str, width: int, style: str = "") -> Text:
    """One row, cut where it would not fit."""
    line = Text(text, style=style, no_wrap=True, overflow="ellipsis")
    line.truncate(width, overflow="ellipsis")
    return line


def _wrapped(name: str, said: str, width: int, style: str) -> list[Text]:
    label = f"{name:<6}"
    lines = _rows_of(said, width - len(label))
    return [
        Text.assemble((label if number == 0 else " " * len(label), style), line)
        for number, line in enumerate(lines)
    ]


def _rows_of(text: str, width: int) -> list[str]:
    """Rows of whole words; a number stays beside its unit."""
    kept = _UNIT.sub("\N{NO-BREAK SPACE}", text)
    return [row.replace("\N{NO-BREAK SPACE}", " ") for row in wrap(kept, width)] or [""]


def _title(snapshot: Snapshot, width: int) -> Text:
    phase = snapshot.phase.value + (f": {snapshot.cause}" if snapshot.cause else "")
    since = f" since {shown.clock(snapshot.since)}, {duration(snapshot.at - snapshot.since)}"
    if snapshot.is_over:
        since = (
            f" at {shown.clock(snapshot.since)} after {duration(snapshot.since - snapshot.began)}"
        )
    right = Text.assemble((phase, _STYLES.get(snapshot.phase, "bold cyan")), (since, "dim"))
    left = Text.assemble(
        (snapshot.worker, "bold"), f" {snapshot.strategy} ", (snapshot.rollout, "dim")
    )
    left.truncate(max(width - right.cell_len - 2, 10), overflow="ellipsis")
    line = Text.assemble(left, " " * max(width - left.cell_len - right.cell_len, 2), right)
    line.truncate(width, overflow="ellipsis")
    return line


# Track


def _track(steps: Sequence[Step], width: int) -> Text:
    """`● 1 ─ ◉ 5 ─ ○ 100 ─ ○ bake 30 min`; where there is no room for all of them those around the current one."""
    at = next((n for n, step in enumerate(steps) if step.place in {"current", "left"}), len(steps))
    first, last = 0, len(steps)
    while (line := _joined(steps, first, last)).cell_len > width and last - first > 1:
        if at - first > last - 1 - at:
            first += 1
        else:
            last -= 1
    line.truncate(width, overflow="ellipsis")
    return line


def _joined(steps: Sequence[Step], first: int, last: int) -> Text:
    line = Text("… ─ " if first else "")
    for number in range(first, last):
        step = steps[number]
        mark, style = _MARKS[step.place]
        if number > first:
            line.append(" ─ ", "green" if step.place != "to come" else "dim")
        line.append(f"{mark} {_step(step)}", style)
    if last < len(steps):
        line.append(" ─ …", "dim")
    return line


def _step(step: Step) -> str:
    if step.share is None:
        return f"bake {duration(step.seconds)}"
    return shown.share(step.share)


def _bar(snapshot: Snapshot, width: int) -> Text:
    share = f" {shown.share(snapshot.share)} candidate"
    if snapshot.wanted is not None:
        share = f" {shown.share(snapshot.share)} → {shown.share(snapshot.wanted)} candidate"
    room = max(width - len(share), 10)
    full = round(float(snapshot.share) / 100 * room)
    if 0 < snapshot.share < 100:
        full = min(max(full, 1), room - 1)
    return Text.assemble(("█" * full, "yellow"), ("░" * (room - full), "green"), (share, "bold"))


# Below


def _leader(snapshot: Snapshot, width: int) -> Text:
    if snapshot.is_over:
        return _line(f"began  {shown.clock(snapshot.began)}", width, "dim")
    if snapshot.leader is None:
        led = "led by nobody"
    else:
        left = duration((snapshot.lease_until or 0) - snapshot.at)
        led = f"led by {snapshot.leader}, lease {left}"
    switch = {None: "no switch", "armed": "switch armed"}.get(
        snapshot.switch, f"switch {snapshot.switch}"
    )
    line = Text.assemble((led, "" if snapshot.leader else "bold yellow"), (f" · {switch}", "dim"))
    line.truncate(width, overflow="ellipsis")
    return line


def _events(events: Sequence[Told], width: int, room: int) -> list[Text]:
    """The newest ones, whole as far as there is room."""
    found: list[Text] = []
    for event in reversed(events):
        left = room - len(found)
        if left < 1:
            break
        found = [*_event(event, width, min(left, _EVENT_ROWS)), *found]
    return found


def _event(event: Told, width: int, most: int) -> list[Text]:
    indent = len(shown.clock(event.at)) + 2 + _KIND
    rows = _rows_of(event.text, max(width - indent, 20))
    rows = [*rows[: most - 1], " ".join(rows[most - 1 :])] if len(rows) > most else rows
    rest = [_line(" " * indent + row, width) for row in rows[1:]]
    return [_event_line(event, rows[0], width), *rest]


def _event_line(event: Told, text: str, width: int) -> Text:
    kind = (f"{event.kind:<{_KIND}} ", _KINDS.get(event.kind, "cyan"))
    line = Text.assemble((shown.clock(event.at), "dim"), " ", kind, text, no_wrap=True)
    line.truncate(width, overflow="ellipsis")
    return line
