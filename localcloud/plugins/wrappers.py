"""Stand-in plugins as executables: small scripts with absolute paths, written anew when the checkout or its Python moves."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

EXECUTABLES: Final = {
    "pulumi-language-python": "localcloud.plugins.language",
    "pulumi-resource-cloudflare": "localcloud.plugins.cloudflare",
    "pulumi-resource-random": "localcloud.plugins.random",
}

_ENOUGH: Final = 4096


def write_wrapper(folder: Path, name: str, python: Path) -> Path:
    """An executable `name` in `folder` that runs the stand-in on `python`."""
    source = Path(__file__).resolve().parents[2]
    text = (
        "#!/bin/sh\n"
        f"PYTHONPATH={shlex.quote(str(source))}${{PYTHONPATH:+:$PYTHONPATH}} "
        f'exec {shlex.quote(str(python))} -m {EXECUTABLES[name]} "$@"\n'
    )
    path = folder / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        fresh = path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o700)
        fresh.replace(path)
    return path


def is_stand_in(path: Path) -> bool:
    """Whether an executable is a wrapper of this checkout or of another."""
    try:
        with path.open("rb") as file:
            start = file.read(_ENOUGH)
    except OSError:
        return False
    return b" -m localcloud.plugins." in start
