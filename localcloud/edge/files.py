"""Static files on disk as workerd's assets service reads them: a folder for each set of files, made once."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath

from localcloud.edge.errors import EdgeError
from localcloud.edge.model import PagesSite, Version


class Folders:
    def __init__(self, root: Path, blob: Callable[[str], bytes]) -> None:
        self._root = root
        self._blob = blob

    def assets(self, version: Version) -> Path:
        return self._folder(version.assets)

    def site(self, site: PagesSite) -> Path:
        """Each file under its digest: a path of a site may be no name of a file."""
        return self._folder({file.digest: file.digest for file in site.files.values()})

    def keep(self, folders: Iterable[Path]) -> None:
        """Removes every other folder."""
        kept = set(folders)
        for folder in self._root.iterdir():
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, files: Mapping[str, str]) -> Path:
        name = hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()[:32]
        folder = self._root / name
        if folder.exists():
            return folder
        partial = self._root / f"{name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for path, digest in files.items():
            target = partial / _relative(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._blob(digest))
        partial.rename(folder)
        return folder


def _relative(path: str) -> PurePosixPath:
    relative = PurePosixPath(path.lstrip("/"))
    if ".." in relative.parts or relative.is_absolute() or not relative.parts:
        raise EdgeError(f"asset path {path!r} leaves its folder: rename the file")
    return relative
