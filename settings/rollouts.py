"""What a stack's settings say of rollouts, for whoever leads one: read from the file alone, without the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, cast

import yaml
from pydantic import ValidationError

from settings.mistakes import told
from settings.model import Configuration, RolloutsSettings
from settings.project import PROJECT

Json = dict[str, Any]


class RolloutsSettingsError(Exception):
    """One line for each mistake. With an exit status, as everything that is raised for a user's mistake."""

    exit_status: ClassVar[int] = 1


def read_rollouts(project: Path, stack: str) -> RolloutsSettings:
    """`pitchey:rollouts` of `Pulumi.<stack>.yaml`, the defaults where there is none; mistakes in other sections are the
    next run's. Raises `RolloutsSettingsError`."""
    path = project / f"Pulumi.{stack}.yaml"
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "not YAML"
        raise RolloutsSettingsError(f"{path.name}: cannot be read: {reason}") from None
    found = _section(_section(content, "config"), f"{PROJECT}:rollouts")
    raw: Json = {"zone": {"name": "zone.example"}, "rollouts": {} if found is None else found}
    try:
        return Configuration.model_validate(raw).rollouts
    except ValidationError as error:
        raise RolloutsSettingsError("\n".join(told(error, ()))) from None


def _section(content: object, key: str) -> object:
    return cast("Json", content).get(key) if isinstance(content, dict) else None
