"""Waivers: who lets which rule pass for which resource, why, and until when. A bad waiver is a violation itself."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import yaml

from .configuration import ConfigurationError
from .properties import mapping_of

WAIVERS: Final = Path(__file__).parent / "waivers.yaml"
MOST_DAYS: Final = 90
_FIELDS: Final = ("rule", "resource", "reason", "owner", "expires")
_LEAST_LITERAL: Final = 4
"""Letters of a resource pattern that are no wildcard: a waiver is for something, not for everything."""
_LEAST_REASON: Final = 10


@dataclass(frozen=True)
class Waiver:
    rule: str
    resource: str
    """A URN or a resource's name, or a shell pattern of either."""
    reason: str
    owner: str
    expires: date
    """The last day on which it holds."""
    stack: str | None = None
    """Of which stack; None for each that has a resource of this name."""
    line: int = 0

    def covers(self, rule: str, urn: str, stack: str) -> bool:
        name = urn.rsplit("::", 1)[-1]
        return (
            rule == self.rule
            and self.stack in {None, stack}
            and any(fnmatch.fnmatchcase(word, self.resource) for word in (urn, name))
        )

    @property
    def told(self) -> str:
        return f"waived until {self.expires.isoformat()} by {self.owner}: {self.reason}"


@dataclass(frozen=True)
class BadWaiver:
    said: str
    line: int
    stack: str | None = None


def read_waivers(path: Path = WAIVERS) -> tuple[Sequence[Waiver], Sequence[BadWaiver]]:
    """The waivers, and what is wrong with those that cannot be read. Raises `ConfigurationError` for a file that is no list."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader)
    except FileNotFoundError:
        return (), ()
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(
            f"{path.name}: cannot be read: {str(error).splitlines()[0]}"
        ) from None
    if node is None:
        return (), ()
    if not isinstance(node, yaml.SequenceNode):
        raise ConfigurationError(f"{path.name}: must be a list of waivers")
    waivers: list[Waiver] = []
    bad: list[BadWaiver] = []
    for item in node.value:
        line = item.start_mark.line + 1
        try:
            waivers.append(_waiver(yaml.safe_load(yaml.serialize(item)), line))
        except (ValueError, yaml.YAMLError) as error:
            bad.append(BadWaiver(str(error).splitlines()[0], line))
    return waivers, bad


def _waiver(content: object, line: int) -> Waiver:
    """Raises `ValueError`."""
    keys = mapping_of(content)
    if keys is None:
        raise ValueError("must have the keys " + ", ".join(_FIELDS))
    unknown = [str(key) for key in keys if key not in {*_FIELDS, "stack"}]
    missing = [key for key in _FIELDS if keys.get(key) in {None, ""}]
    if unknown or missing:
        said = [f"{', '.join(unknown)} is unknown"] if unknown else []
        said += [f"{', '.join(missing)} is missing"] if missing else []
        raise ValueError("; ".join(said))
    expires = keys["expires"]
    if not isinstance(expires, date):
        raise ValueError("expires must be a date like 2026-12-31")  # noqa: TRY004 (a user's mistake)
    text = {key: str(keys[key]).strip() for key in _FIELDS if key != "expires"}
    stack = keys.get("stack")
    return Waiver(
        **text, expires=expires, stack=str(stack) if stack is not None else None, line=line
    )


def problems_of(
    waivers: Sequence[Waiver],
    rules: Callable[[str], str | None],
    today: date,
    production: bool,
    stack: str,
) -> list[tuple[Waiver, str]]:
    """What is wrong with each waiver by itself. `rules` gives a rule's family by its name, None where there is none."""
    found: list[tuple[Waiver, str]] = []
    for waiver in waivers:
        if waiver.stack not in {None, stack}:
            continue
        said = _problem(waiver, rules(waiver.rule), today, production)
        if said is not None:
            found.append((waiver, said))
    return found


def _problem(waiver: Waiver, family: str | None, today: date, production: bool) -> str | None:
    until = waiver.expires.isoformat()
    literal = sum(character.isalnum() for character in waiver.resource)
    mistakes = {
        f"there is no rule {waiver.rule}": family is None,
        f"{waiver.rule} cannot be waived in production: take the secret out": (
            family == "secrets" and production
        ),
        f"the resource {waiver.resource!r} covers everything: name what it is for": (
            literal < _LEAST_LITERAL
        ),
        "the reason does not say why": len(waiver.reason) < _LEAST_REASON,
        f"it expired on {until}: mend the resource, or decide anew": waiver.expires < today,
        f"it holds until {until}, and may for {MOST_DAYS} days at most": (
            waiver.expires > today + timedelta(days=MOST_DAYS)
        ),
    }
    return next((said for said, is_so in mistakes.items() if is_so), None)
