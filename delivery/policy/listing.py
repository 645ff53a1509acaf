"""The rules, as `pitchey policy list` and `explain` show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from policies.reference import judged_on, judged_where, mandatory_on, reads
from policies.rule import Rule, Severity

_STYLES: Final = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
}


def rule_as_json(rule: Rule) -> Mapping[str, Any]:
    return {
        "name": rule.name,
        "family": rule.family,
        "severity": rule.severity.word,
        "why": rule.why,
        "reads": list(rule.kinds),
        "judgedBy": judged_where(rule).split(", "),
        "judgedOn": judged_on(rule),
        "mandatoryOn": mandatory_on(rule),
        "mend": rule.mend,
        "link": rule.link,
    }


def show_rules(console: Console, rules: Sequence[Rule]) -> None:
    """A table in a terminal; a line for each rule elsewhere, its cells apart by two spaces or more."""
    heads = ("rule", "severity", "judged by", "mandatory on", "what it wants and why")
    rows = [(r.name, r.severity.word, judged_where(r), mandatory_on(r), r.why) for r in rules]
    if not console.is_terminal:
        widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(4)]
        for row in rows:
            cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
            console.print("  ".join([*cells, row[-1]]), markup=False, soft_wrap=True)
        return
    for family in dict.fromkeys(rule.family for rule in rules):
        table = Table(*heads, box=SIMPLE_HEAD, title=family, title_justify="left", expand=True)
        for column in table.columns:
            column.overflow = "fold"
        table.columns[-1].ratio = 1
        for rule, row in zip(rules, rows, strict=True):
            if rule.family == family:
                name = Text(row[0], style=f"link {rule.link}")
                severity = Text(row[1], style=_STYLES[rule.severity])
                table.add_row(name, severity, *map(Text, row[2:]))
        console.print(table)
    console.print(f"{len(rules)} rules; `pitchey policy explain RULE` tells more", style="dim")


def show_rule(console: Console, rule: Rule) -> None:
    console.print(Text(rule.name, style="bold"))
    table = Table.grid(padding=(0, 2))
    for label, text in (
        ("family", rule.family),
        ("severity", rule.severity.word),
        ("why", rule.why),
        ("reads", reads(rule)),
        ("judged by", judged_where(rule)),
        ("judged on", judged_on(rule)),
        ("mandatory on", mandatory_on(rule)),
        ("mend", rule.mend),
        ("see", rule.link),
    ):
        if console.is_terminal:
            style = _STYLES[rule.severity] if label == "severity" else ""
            style = f"link {text}" if label == "see" else style
            table.add_row(Text(label, style="dim"), Text(text, style=style, overflow="fold"))
        else:
            console.print(f"{label:<12}  {text}", markup=False, soft_wrap=True)
    if console.is_terminal:
        console.print(table)
