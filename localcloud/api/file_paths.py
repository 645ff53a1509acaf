"""Paths of static files, as an upload names them: they must be able to stand in one folder, else the edge could not serve them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

_MAX_NAME_BYTES: Final = 255
_MAX_PATH_BYTES: Final = 1024


def why_unusable(paths: Collection[str]) -> str | None:
    """What is wrong with the first that cannot be a file of a site; None when all can."""
    folders: dict[str, str] = {}
    for path in paths:
        names = path.split("/")[1:]
        if not path.startswith("/") or not all(names):
            return f"path '{path}' is not /folder/name"
        if any(name in {".", ".."} for name in names) or not path.isprintable():
            return f"path '{path}' is not the name of a file"
        if len(path.encode()) > _MAX_PATH_BYTES or any(len(n.encode()) > _MAX_NAME_BYTES for n in names):  # fmt: skip
            return f"path '{path[:40]}…' is too long"
        for end in range(1, len(names)):
            folders["/" + "/".join(names[:end])] = path
    clash = next((path for path in paths if path in folders), None)
    return None if clash is None else f"'{clash}' is a file, and the folder of '{folders[clash]}'"
