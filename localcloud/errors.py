"""What a user of the local cloud is told: one line with what is wrong, where, and the mend."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import ClassVar, Final

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class LocalCloudError(Exception):
    """Somebody's input, or the machine's state, that the local cloud cannot work with."""

    exit_status: ClassVar[int] = 1


class LocalCloudFailedError(LocalCloudError):
    """The local cloud itself failed."""

    exit_status: ClassVar[int] = 2


def cannot_write(path: Path, error: OSError) -> LocalCloudError:
    """A full disk or a place that is not to be written to, in a user's words."""
    if error.errno in _FULL:
        return LocalCloudError(f"{path}: the disk is full; free some space, then run it again")
    return LocalCloudError(
        f"{path} cannot be written to: {error.strerror or error}; "
        "make it writable, or move the checkout to a folder that is"
    )
