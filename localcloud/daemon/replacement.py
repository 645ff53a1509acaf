"""The state exchanged for another as a whole: a kill at any moment leaves the old or the new one, never a mixture.

The new parts are laid beside the old ones, one rename decides, and what it decided is carried out then, or at the next
start: each part that still lies there takes the place of the old one.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from localcloud.daemon.home import Home

STATE: Final = "state.db"
FOLDERS: Final = ("edge/objects", "engine-state", "stacks", "postgres", "valkey")
"""What belongs to the state besides: the data of Durable Objects, Postgres and Redis, and what the engine knows of the cloud."""
_PREPARED: Final = ".replacement.new"
_DECIDED: Final = ".replacement"


def prepare(home: Home) -> Path:
    """An empty folder to lay the new parts in, under their names in the home."""
    folder = home.folder / _PREPARED
    shutil.rmtree(folder, ignore_errors=True)
    for part in FOLDERS:
        (folder / part).mkdir(parents=True, mode=0o700)
    return folder


def decide(home: Home) -> None:
    (home.folder / _PREPARED).rename(home.folder / _DECIDED)


def carry_out(home: Home) -> None:
    """Nobody has the state open meanwhile. Does nothing without a decision."""
    decided = home.folder / _DECIDED
    if not decided.exists():
        return
    for part in FOLDERS:
        if (decided / part).exists():
            shutil.rmtree(home.folder / part, ignore_errors=True)
            (home.folder / part).parent.mkdir(exist_ok=True, mode=0o700)
            (decided / part).rename(home.folder / part)
    if (decided / STATE).exists():
        for suffix in ("-wal", "-shm"):
            home.state.with_name(STATE + suffix).unlink(missing_ok=True)
        (decided / STATE).rename(home.state)
    shutil.rmtree(decided)
