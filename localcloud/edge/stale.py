"""What a killed daemon may have left behind: its workerd processes where the kernel does not end them, and its folder of sockets."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import psutil


class Ledger:
    """The processes that are running now, kept in a file so that the next start knows them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._running: dict[int, float] = {}
        self._folder = ""

    def sweep(self, folder: Path) -> list[int]:
        """Ends what an earlier start left over and returns its process ids; from now on `folder` is this start's own."""
        ended: list[int] = []
        left = self._own(self._read())
        for pid, created in left.get("processes", []):
            if _is_workerd(pid, created):
                psutil.Process(pid).kill()
                ended.append(pid)
        earlier = Path(left.get("folder") or "/nonexistent")
        # Only a folder that was made for this purpose, whatever the file says.
        if earlier.name.startswith("pitchey-edge-") and earlier != folder:
            shutil.rmtree(earlier, ignore_errors=True)
        self._folder = str(folder)
        self._write()
        return ended

    def _own(self, left: dict[str, Any]) -> dict[str, Any]:
        """Nothing, in a copy of a home: those are the processes of the home that it was copied from."""
        written = Path(left.get("ledger") or self._path)
        return left if written == self._path or not written.exists() else {}

    def add(self, pid: int) -> None:
        try:
            self._running[pid] = psutil.Process(pid).create_time()
        except psutil.Error:  # it has ended already
            return
        self._write()

    def remove(self, pid: int) -> None:
        if self._running.pop(pid, None) is not None:
            self._write()

    def _read(self) -> dict[str, Any]:
        try:
            return json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}

    def _write(self) -> None:
        body = {
            "ledger": str(self._path),
            "folder": self._folder,
            "processes": list(self._running.items()),
        }
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(body))
        partial.replace(self._path)


def _is_workerd(pid: int, created: float) -> bool:
    """Whether that very process is still there: ids are used again, times of creation are not."""
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - created) < 1 and "workerd" in process.name()
    except psutil.Error:
        return False
