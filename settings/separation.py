"""Two stacks claim nothing together: hosts, records and certificates all hang on the zone, so each has its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from settings.model import PLATFORM_HOSTS, ZoneSettings
from settings.project import PROJECT


def claimed_by_others(stack: str, zone: ZoneSettings, project: Path) -> list[str]:
    """Lines for the stacks whose settings name the same zone."""
    lines: list[str] = []
    for path in sorted(project.glob("Pulumi.*.yaml")):
        other = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        theirs = _section(_section(_content(path), "config"), f"{PROJECT}:zone")
        if other == stack:
            continue
        if zone.id is not None and theirs.get("id") == zone.id:
            lines.append(f"{PROJECT}:zone.id: {zone.id} is claimed by stack {other} too; {_MEND}")
        elif _overlap(zone.name, str(theirs.get("name")).lower()):
            lines.append(
                f"{PROJECT}:zone.name: {zone.name} is claimed by stack {other} too; {_MEND}"
            )
    return lines


def _overlap(one: str, other: str) -> bool:
    """One zone is the other, or is a host that the other stack's platform has."""
    return one == other or any(
        inner == f"{part}.{outer}"
        for inner, outer in ((one, other), (other, one))
        for part in PLATFORM_HOSTS
    )


_MEND = "give each stack a zone of its own"


def _content(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return None  # that stack's own run says so


def _section(content: object, key: str) -> Mapping[str, Any]:
    section: Any = content.get(key) if isinstance(content, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return section if isinstance(section, dict) else {}  # pyright: ignore[reportUnknownVariableType]
