"""A stack's configuration for a cloud that keeps it apart from the project's own settings file.

The settings come from `Pulumi.<stack>.yaml` at each run; the secrets and the key's salt belong to the cloud and stay in
its own file, so that the project's files hold nothing of the local cloud, and the local cloud nothing of the real one.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Final, cast

import yaml

from delivery.errors import RefusedError

Json = dict[str, Any]
_KEPT: Final = ("encryptionsalt", "secretsprovider")
_PROVIDER: Final = "cloudflare:"
_TOKEN: Final = "cloudflare:apiToken"  # noqa: S105 (a key's name)


def merge_settings(
    project: Path, stack: str, config_file: Path, secret_keys: Collection[str] = ()
) -> Json:
    """Writes the cloud's file anew from the project's settings and the secrets it has; returns its content.

    Of a secret (`secret_keys`, full keys) that stands in plain text only its place goes on: the program's validation
    refuses it, and the value is in no other file. Settings of the real cloud's provider stay behind. Raises
    `RefusedError` when a file is not YAML.
    """
    settings_file = project / f"Pulumi.{stack}.yaml"
    kept = _config(config_file) if config_file.exists() else {}
    config: Json = {}
    for key, value in _config(settings_file).items():
        if key == _TOKEN or key in secret_keys:
            if not _secure(value):
                config[key] = f"(in plain text in {settings_file.name})"
        elif not _secure(value) and not key.startswith(_PROVIDER):
            config[key] = value
    for key, value in kept.items():
        if _secure(value) and key not in config:
            config[key] = value
    own = _read(config_file) if config_file.exists() else {}
    content: Json = {key: own[key] for key in _KEPT if key in own} | {"config": config}
    _write(config_file, content)
    return content


def write_project_file(folder: Path, project: Path) -> None:
    """A Pulumi.yaml beside the cloud's stack files: the commands that change them ask for one."""
    described = _read(project / "Pulumi.yaml")
    runtime = described.get("runtime")
    name = runtime.get("name") if isinstance(runtime, dict) else runtime  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    _write(folder / "Pulumi.yaml", {"name": described["name"], "runtime": name})


def _secure(value: Any) -> bool:  # noqa: ANN401 (whatever YAML holds)
    inside: Iterable[Any] = ()
    if isinstance(value, dict):
        inside = cast("Json", value).values()
    elif isinstance(value, list):
        inside = cast("list[Any]", value)
    return (isinstance(value, dict) and "secure" in value) or any(map(_secure, inside))


def _config(path: Path) -> Json:
    config: Any = _read(path).get("config")
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise RefusedError(f"{path}: config is not a mapping of keys to values", "mend the file")
    named: Json = {str(key): value for key, value in config.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    for key in named:
        if ":" not in key:
            raise RefusedError(
                f"{path}: config.{key} has no namespace, and the engine would pass over it",
                f"write pitchey:{key}",
            )
    return named


def _read(path: Path) -> Json:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f":{where.line + 1}" if where is not None else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise RefusedError(f"{path}{line}: {problem}", "mend the file") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise RefusedError(f"{path} is not a mapping of keys to values", "mend the file")
    return content  # pyright: ignore[reportUnknownVariableType]


def _write(path: Path, content: Json) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump(content, file, sort_keys=False)
    fresh.replace(path)
