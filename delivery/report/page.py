"""A story as one HTML file: nothing is loaded, nothing runs, and everything that people wrote is escaped."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from delivery.analysis.words import rate
from delivery.report.aggregate import rows
from delivery.report.pictures import pictures
from delivery.report.story import Story
from delivery.report.telling import Judged
from delivery.report.texts import milliseconds
from delivery.rollout.durations import duration

_FOLDER: Final = Path(__file__).parent / "template"
_MILLION: Final = 1e6


def page(story: Story) -> str:
    """The whole document."""
    return _template().render(
        story=story,
        pictures=pictures(story),
        rows=rows(story),
        style=_style(),
        strategy=yaml.safe_dump(story.strategy, sort_keys=False, allow_unicode=True, width=100),
        value=_value,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clock": _clock,
        "date": _date,
        "duration": duration,
        "iso": _iso,
        "odds": _odds,
        "ms": milliseconds,
        "share": rate,
    }
    return environment.get_template("page.html")


@cache
def _style() -> Markup:
    return Markup((_FOLDER / "page.css").read_text(encoding="utf-8"))  # noqa: S704 (a file of our own)


def _value(judged: Judged, value: float | None) -> str:
    """In the metric's own unit; a latency without evidence is the bake's share of slow answers."""
    if value is None:
        return "-"
    if judged.metric.endswith("latency") and judged.evidence is not None:
        return milliseconds(value)
    return rate(value)


def _odds(value: float) -> str:
    if value > _MILLION:
        return "over a million"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"


def _date(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%d %B %Y, %H:%M:%S} UTC"


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
