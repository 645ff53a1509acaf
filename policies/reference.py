"""docs/policies.md, written from the rules themselves: `python -m policies.reference > docs/policies.md`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, cast

from .configuration import Configuration
from .judging import KEEP_WAIVERS_VALID, WAIVERS_FAMILY
from .registry import RULES
from .rule import ANY, Applies, Rule, Severity, Where
from .waivers import MOST_DAYS

KEPT_WAIVERS: Final = Rule(
    name=KEEP_WAIVERS_VALID,
    family=WAIVERS_FAMILY,
    severity=Severity.HIGH,
    why="a waiver is for one thing, by somebody, for a reason, until a day; one that is expired, unused, too broad or misspelt lets pass what nobody decided",
    kinds=("waivers.yaml",),
    mend="correct the waiver, or take it out; `pitchey policy fix` takes out what lets nothing pass",
    link="https://www.pulumi.com/docs/iac/crossguard/",
    check=lambda _resource, _context: (),
)
"""What the judge itself says of the waivers, as a rule that can be listed and explained."""

EVERY_RULE: Final[Sequence[Rule]] = (*RULES, KEPT_WAIVERS)
RESULTS: Final = Path(__file__).parent.parent / "bench" / "results.json"
_COMPARISON: Final = "beside checkov"
_NOTHING: Final = "\N{EN DASH}"


def families() -> list[str]:
    """In the order of the registry."""
    return list(dict.fromkeys(rule.family for rule in EVERY_RULE))


def rule_explained(name: str) -> Rule | None:
    return next((rule for rule in EVERY_RULE if rule.name == name), None)


def reads(rule: Rule) -> str:
    """`ZoneSetting, R2Bucket`."""
    return ", ".join("every Cloudflare resource" if kind == ANY else kind for kind in rule.kinds)


def judged_where(rule: Rule) -> str:
    return "gate" if rule.where is Where.GATE else "pack, gate"


def mandatory_on(rule: Rule) -> str:
    """The stacks on which a violation stops preview and apply."""
    if rule.severity < Severity.HIGH:
        return "none (warns)"
    if rule.applies is Applies.OUTSIDE_PRODUCTION:
        return "none (warns)" if rule.hardening else "every stack but production"
    if rule.applies is Applies.PRODUCTION or rule.hardening:
        return "production"
    return "every stack"


def judged_on(rule: Rule) -> str:
    """The stacks on which it is looked for at all."""
    return {
        Applies.EVERYWHERE: "every stack",
        Applies.PRODUCTION: "production",
        Applies.OUTSIDE_PRODUCTION: "every stack but production",
    }[rule.applies]


def reference(results: Path = RESULTS) -> str:
    """The document, whole."""
    parts = [_text("head").replace("(count)", str(len(EVERY_RULE))), _configuration()]
    parts.append(_text("enforcement").replace("(days)", str(MOST_DAYS)))
    parts.append("## The rules\n\n" + _text("rules"))
    for family in families():
        parts.append(f"### {family}\n")
        parts.append(_table(_HEADS, (_row(r) for r in EVERY_RULE if r.family == family)))
    comparison = _comparison(results)
    return "\n".join(part.rstrip("\n") + "\n" for part in [*parts, *comparison])


_HEADS: Final = (
    *("rule", "severity", "what it wants and why", "reads", "judged by", "mandatory on", "mend"),
)


def _row(rule: Rule) -> Sequence[str]:
    kinds = ", ".join(f"`{k}`" if k != ANY else "every Cloudflare resource" for k in rule.kinds)
    return (
        f"[`{rule.name}`]({rule.link})",
        rule.severity.word,
        rule.why,
        kinds,
        judged_where(rule),
        mandatory_on(rule),
        rule.mend,
    )


def _configuration() -> str:
    defaults = Configuration()
    rows = (
        (f"`{_camel(field.name)}`", _shown(getattr(defaults, field.name)), _MEANINGS[field.name])
        for field in fields(Configuration)
    )
    return _table(("key", "default", "meaning"), rows)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"`{word}`" for word in cast("tuple[str, ...]", value)) or "none"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


_MEANINGS: Final[Mapping[str, str]] = {
    "production_stacks": "stacks on which every violation of severity high or critical stops",
    "production_words": "words in a name that speak of production",
    "other_words": "words in a name that speak of another environment",
    "public_buckets": "R2 buckets that everybody may read",
    "unproxied_hosts": "hosts that are not proxied on purpose: SSH, mail",
    "shared_resources": "what environments may share on purpose",
    "certificate_authorities": "who may issue certificates (CAA)",
    "company_domains": "mail domains of the company's own people",
    "owner_tags": "tags that name an owner",
    "least_compatibility_date": "the oldest runtime behaviour that a Worker may ask for",
    "least_hsts_seconds": "the shortest HSTS that counts as on",
    "most_token_days": "the longest life of an API token",
    "largest_step": "percentage points by which a person may raise a version's share at once",
}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _comparison(results: Path) -> Iterator[str]:
    """The table of that name in `bench/results.json`, once it is measured."""
    try:
        figures: Any = json.loads(results.read_text(encoding="utf-8"))
        measured: Any = next(figure for figure in figures if figure["name"] == _COMPARISON)
        columns: list[str] = measured["columns"]
        rows: list[list[str]] = measured["rows"]
        versions, command = measured["versions"], measured["command"]
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return
    found = (
        f"{tool} finds {sum(row[column] != _NOTHING for row in rows)}"
        for column, tool in enumerate(columns)
        if column
    )
    yield "## Beside checkov\n\n" + _text("checkov")
    yield f"Of {len(rows)} mistakes {', '.join(found)}.\n"
    yield _table(columns, rows) + "\n"
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    measured_on = f", measured on {measured['date']}" if measured.get("date") else ""
    yield f"Versions: {told}{measured_on}. To repeat it:\n"
    yield f"```sh\n{command}\n```"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def _text(section: str) -> str:
    """A section of `reference.md` beside this file: prose belongs in no string of Python."""
    text = (Path(__file__).parent / "reference.md").read_text(encoding="utf-8")
    return text.split(f"<!-- {section} -->\n", 1)[1].split("<!-- ", 1)[0].strip("\n") + "\n"


if __name__ == "__main__":
    print(reference(), end="")
