"""Which plugins are official and which are stood in for: asked once, remembered for a day."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.engine.cache import cache_folder
from localcloud.engine.obtaining import Engine
from localcloud.errors import cannot_write
from localcloud.plugins.wrappers import is_stand_in, write_wrapper

Report = Callable[[str], None]
_PROVIDERS: Final = {"cloudflare": "6.23.1", "random": "4.21.4"}
_LANGUAGE: Final = "pulumi-language-python"
_HOST: Final = ("api.pulumi.com", 443)
_REACH_SECONDS: Final = 3.0
_AT_ONCE_SECONDS: Final = 0.5
_INSTALL_SECONDS: Final = 120
_REMEMBERED_SECONDS: Final = 86_400


@dataclass(frozen=True)
class Plugins:
    """`path_entries` go in front of PATH; `stand_ins` names what is stood in for."""

    path_entries: list[Path]
    stand_ins: list[str]


def provide(engine: Engine, folder: Path, python: Path, report: Report) -> Plugins:
    """Official plugins win. Stand-ins are written to `folder` as executables, and only those that are needed."""
    found = {_LANGUAGE: _language_host(engine)}
    for name, version in _PROVIDERS.items():
        found[f"pulumi-resource-{name}"] = _provider(engine, name, version, report)
    official = [
        f"{name.removeprefix('pulumi-')} ({place})" for name, place in found.items() if place
    ]
    if official:
        report(f"official plugins are used: {', '.join(official)}")
    stand_ins = [name for name, place in found.items() if place is None]
    try:
        for old in folder.glob("pulumi-*") if folder.is_dir() else ():
            if old.name not in stand_ins:
                old.unlink()
        for name in stand_ins:
            write_wrapper(folder, name, python)
    except OSError as error:
        raise cannot_write(folder, error) from error
    beside = [engine.path.resolve().parent]
    return Plugins([folder, *beside] if stand_ins else beside, stand_ins)


def _language_host(engine: Engine) -> str | None:
    """Where the official one is."""
    beside = engine.path.resolve().parent / _LANGUAGE
    if beside.is_file() and not is_stand_in(beside):
        return "beside the engine"
    return _on_path(_LANGUAGE)


def _provider(engine: Engine, name: str, version: str, report: Report) -> str | None:
    place = _on_path(f"pulumi-resource-{name}") or _in_users_folder(name, version)
    if place is not None or _known_missing(name, version):
        return place
    asked = time.monotonic()
    if _reachable():
        report(f"installing the official provider {name} {version}")
        if _install(engine, name, version):
            return _in_users_folder(name, version) or "installed"
        report(f"the official provider {name} {version} cannot be installed: it is stood in for")
    elif time.monotonic() - asked < _AT_ONCE_SECONDS:
        # No network at all is known at once: asking again costs nothing, and the network may be back.
        return None
    _remember_missing(name, version)
    return None


def _on_path(executable: str) -> str | None:
    for entry in os.get_exec_path():
        path = Path(entry) / executable
        if path.is_file() and os.access(path, os.X_OK) and not is_stand_in(path):
            return str(path)
    return None


def _in_users_folder(name: str, version: str) -> str | None:
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    folder = home / "plugins" / f"resource-{name}-v{version}"
    return str(folder) if folder.is_dir() else None


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
        kept: dict[str, float] = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        kept = {}
    kept[f"{name} {version}"] = time.time()
    # A note that cannot be written costs the next run a few seconds, and nothing else.
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(kept), encoding="utf-8")
