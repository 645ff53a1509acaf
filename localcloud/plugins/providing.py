"""Which plugins are official and which are stood in for: asked once, remembered for a day."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.engine.cache import cache_folder
from localcloud.engine.obtaining import Engine
from localcloud.plugins.wrappers import write_wrapper

Report = Callable[[str], None]
_PROVIDERS: Final = {"cloudflare": "6.23.1", "random": "4.21.4"}
_LANGUAGE: Final = "pulumi-language-python"
_HOST: Final = ("api.pulumi.com", 443)
_REACH_SECONDS: Final = 3.0
_INSTALL_SECONDS: Final = 120
_REMEMBERED_SECONDS: Final = 86_400


@dataclass(frozen=True)
class Plugins:
    """`path_entries` go in front of PATH; `stand_ins` names what is stood in for."""

    path_entries: list[Path]
    stand_ins: list[str]


def provide(engine: Engine, folder: Path, python: Path, report: Report) -> Plugins:
    """Official plugins win. Stand-ins are written to `folder` as executables, and only those that are needed."""
    stand_ins: list[str] = []
    if not _has_language_host(engine):
        stand_ins.append(_LANGUAGE)
    for name, version in _PROVIDERS.items():
        if not _has_provider(engine, name, version, report):
            stand_ins.append(f"pulumi-resource-{name}")
    for old in folder.glob("pulumi-*") if folder.is_dir() else ():
        if old.name not in stand_ins:
            old.unlink()
    for name in stand_ins:
        write_wrapper(folder, name, python)
    official = [engine.path.resolve().parent]
    return Plugins([folder, *official] if stand_ins else official, stand_ins)


def _has_language_host(engine: Engine) -> bool:
    beside = engine.path.resolve().parent / _LANGUAGE
    return beside.is_file() or shutil.which(_LANGUAGE) is not None


def _has_provider(engine: Engine, name: str, version: str, report: Report) -> bool:
    if shutil.which(f"pulumi-resource-{name}") is not None:
        return True
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    own = engine.path.parent / "plugins" / f"resource-{name}-v{version}"
    if own.is_dir() or (home / "plugins" / f"resource-{name}-v{version}").is_dir():
        return True
    if _known_missing(name, version):
        return False
    if _reachable():
        report(f"installing the official provider {name} {version}")
        if _install(engine, name, version):
            return True
    _remember_missing(name, version)
    return False


def _reachable() -> bool:
    try:
        with socket.create_connection(_HOST, timeout=_REACH_SECONDS):
            return True
    except OSError:
        return False


def _install(engine: Engine, name: str, version: str) -> bool:
    command = [str(engine.path), "plugin", "install", "resource", name, version]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_INSTALL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _notes() -> Path:
    return cache_folder() / "missing-plugins.json"


def _known_missing(name: str, version: str) -> bool:
    try:
        asked = json.loads(_notes().read_text(encoding="utf-8"))
        return time.time() - float(asked[f"{name} {version}"]) < _REMEMBERED_SECONDS
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _remember_missing(name: str, version: str) -> None:
    path = _notes()
    try:
        asked = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        asked = {}
    asked[f"{name} {version}"] = time.time()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asked), encoding="utf-8")
