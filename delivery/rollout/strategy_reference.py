"""The page about strategies: what is shipped, how a verdict is reached, and every key as the JSON Schema has it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from delivery.analysis.metrics import Analysis, failure_alpha
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_files import read_strategy, shipped

_HEAD: Final = """# Strategies

A strategy says how a new version (the *candidate*) gets from nothing to everything beside the one that served before (*stable*),
what is judged meanwhile, and what happens when it cannot be told. It is a YAML file: `strategies/NAME.yaml` in the project, one of
those below, or any path. [strategy.schema.json](strategy.schema.json) is its JSON Schema, for editors; all mistakes in a file
are told at once, each with its line and the mend. Written by `python -m delivery.rollout.strategy_schema --markdown`.

```yaml
# yaml-language-server: $schema=../docs/strategy.schema.json
name: careful
description: Slower than canary, and an error less is wanted.
steps:
  - {share: 1, duration: 10m}
  - {share: 10, duration: 10m, leastRequests: 1000}
  - {share: 100}
analysis:
  errors: {smallestDifference: 0.2, tolerance: 2}
inconclusive: {then: return}
```

## Shipped
"""
_VERDICTS: Final = """## How a verdict is reached

**At the same time.** Every few seconds the candidate's requests are compared with stable's of those same seconds, never with
yesterday's, and never with a sum over times when the shares were different. A busy hour, a bad hour for both or a growing share
therefore makes no difference.

**So many to 1.** For each metric a bet is kept against "the candidate is not worse". While that is true the bet cannot be expected
to grow, whenever and however often it is looked at; its value is an *e-value*. "300 to 1" says that whoever bet 1 has 300 by now,
which happens to a harmless candidate once in 300 rollouts at most. So the numbers may be looked at after every slice, and a
rollout may stop at any moment, without the odds meaning less. `falseAlarms` is shared between all metrics and the bake: with the
defaults a metric fails at ODDS to 1, and a rollout of a harmless version is returned once in a hundred at most, all
looks and metrics counted. Bets are opened anew at each step, so that harm which begins late is found as fast as harm from the start.

**Smallest difference.** Worse means worse by more than `smallestDifference` (points of a rate) or `smallestIncrease` (percent of a
latency, and at least `floorMilliseconds`). Less is never a reason to stop, however many requests prove it.

**Tolerance.** A step passes when its own numbers show, by a second bet, that the candidate is *not* worse by `tolerance`, with
`confidence` (95 percent: 20 to 1), and it has served `leastRequests`. A candidate that is better than stable passes sooner.

**Inconclusive.** At a step's end neither may have been shown, mostly since there was little traffic. The step is extended by half its
duration, up to `inconclusive.extensions` times; then the rollout pauses and tells, or returns to stable.

**No data.** Where either version served nobody, or nobody counts, nothing can be compared. That is never a pass; after
`noData.returnAfter` without any numbers stable is put back.

**Both alike.** Errors in both versions are nobody's fault who is being rolled out: the rollout pauses and says so.

**At once.** The limits under `triggers` are plain numbers over the last seconds and return without waiting for odds, each with a least
number of requests behind it.

**After 100 percent** nobody is left to compare with. The candidate is held against the upper end of stable's band during the rollout,
fixed when the bake begins; `falseAlarms` covers that too.

A latency's quantile is compared as a rate: of how many requests are slower than stable's quantile so far, the candidate being
allowed its margin. The bet is on whose the slow ones of a slice are, not on how many: seconds in which everything is slow for
both say nothing, and take nothing from what was shown before. A cache or database that the candidate has used fewer than 20 times
in a step can fail it, but is not needed to pass it; nor are segments (a route, a continent, new visitors).

Sources: Turner, Ly and Grünwald, *Generic E-variables for exact sequential k-sample tests that allow for optional stopping*, 2024
(two rates); ter Schure, Pérez-Ortiz, Ly and Grünwald, *The anytime-valid logrank test*, 2024 (whose the slow ones are); Howard and
Ramdas, *Sequential estimation of quantiles with applications to A/B testing and best-arm identification*, 2022 (quantiles at all
times); Lindon and Malek, *Anytime-valid inference for multinomial count data*, 2022 (bands of rates, and whether a split is what it
should be); Ville's inequality, for why looking often costs nothing. The formulas stand in `delivery/statistics/`.

## Keys
"""
_OUTERMOST: Final = "The file itself"


def reference(schema: Mapping[str, Any]) -> str:
    """The document, whole."""
    odds = f"{2 / failure_alpha(Analysis()):,.0f}"
    sections = [_shipped(), _VERDICTS.replace("ODDS", odds), *_sections(schema)]
    return "\n".join(part.rstrip("\n") + "\n" for part in (_HEAD, *sections))


def _shipped() -> str:
    read = (read_strategy(name, Path()) for name in shipped())
    rows = ((f"`{s.name}`", _way(s), _duration(s.bake), s.description) for s in read)
    return _table(("name", "shares, percent", "bake", "for"), rows)


def _way(strategy: Strategy) -> str:
    return " → ".join(f"{step.share:f}" for step in strategy.steps)


def _duration(seconds: float) -> str:
    for unit, length in (("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g}{unit}"
    return f"{seconds:g}s"


def _sections(schema: Mapping[str, Any]) -> Iterator[str]:
    """The file's own keys, then each section once, in the order in which they are first named."""
    parts: Mapping[str, Any] = schema["$defs"]
    waiting: list[tuple[str, Mapping[str, Any]]] = [(_OUTERMOST, schema)]
    told: set[str] = set()
    while waiting:
        title, part = waiting.pop(0)
        yield f"### {title}\n\n{part['description']}\n"
        needed = part.get("required", ())
        keys: Mapping[str, Any] = part["properties"]
        yield _table(
            ("key", "what it may be", "default", "meaning"),
            (
                (f"`{k}`", _kind(of), _default(of, k in needed), of.get("description", ""))
                for k, of in keys.items()
            ),
        )
        inner = [name for of in keys.values() for name in _named(of) if name not in told]
        told.update(inner)
        waiting[:0] = [(_title(name), parts[name]) for name in dict.fromkeys(inner)]


def _named(of: Mapping[str, Any]) -> list[str]:
    """Sections that a key may hold."""
    found = [of["$ref"].removeprefix("#/$defs/")] if "$ref" in of else []
    inner = [*of.get("anyOf", ()), *of.get("oneOf", ()), *([of["items"]] if "items" in of else [])]
    return found + [name for one in inner for name in _named(one)]


def _title(name: str) -> str:
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
    return words[0].upper() + words[1:]


def _kind(of: Mapping[str, Any]) -> str:
    if "$ref" in of:
        title = _title(_named(of)[0])
        return f"[{title.lower()}](#{title.lower().replace(' ', '-')})"
    several = of.get("anyOf") or of.get("oneOf")
    if several:
        return ", ".join(_kind(one) for one in several)
    if "enum" in of:
        return ", ".join(of["enum"])
    if of["type"] == "array":
        return f"list: {_kind(of['items'])}"
    return f"`{of['const']}`" if "const" in of else _scalar(of)


def _scalar(of: Mapping[str, Any]) -> str:
    kind = "duration" if _is_duration(of) else str(of["type"])
    names = {"string": "text", "integer": "whole number", "boolean": "true, false"}
    return names.get(kind, kind) + _range(of)


def _is_duration(of: Mapping[str, Any]) -> bool:
    return of.get("type") == ["string", "number"]


def _range(of: Mapping[str, Any]) -> str:
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    return "".join(f", {said} {of[key]}" for key, said in words.items() if key in of)


def _default(of: Mapping[str, Any], needed: bool) -> str:
    if needed:
        return "needed"
    value = of["default"]
    if value in ("", [], None):
        return ""
    if _is_duration(of):
        return f"`{_duration(value)}`"
    if "$ref" in of:
        return "as below"
    if of.get("type") == "array" and "$ref" in of["items"]:
        return " ".join(f"`{one['path']}`" for one in value)
    return f"`{json.dumps(value)}`".replace('"', "")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )
