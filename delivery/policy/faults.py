"""A fault of the pack itself, told in one line: a broken rule stops what it would have judged, and nothing else."""

from __future__ import annotations

import importlib.util
import traceback
from pathlib import Path

from delivery.errors import FailedError


def pack_fault(error: BaseException) -> FailedError | None:
    """None for an error that does not come from the pack. Its own words are left out: they may quote what was judged."""
    where = _place_in_pack(error)
    if where is None:
        return None
    return FailedError(
        f"the policy pack failed ({type(error).__name__} at {where}), and what is not judged does not pass",
        "mend the pack, or take its last version",
    )


def _place_in_pack(error: BaseException) -> str | None:
    spec = importlib.util.find_spec("policies")
    if spec is None or not spec.submodule_search_locations:
        return "policies/, which is missing"
    pack = Path(next(iter(spec.submodule_search_locations)))
    for filename, line in _places(error):
        if Path(filename).is_relative_to(pack):
            return f"{Path(filename).relative_to(pack.parent)}:{line}"
        if Path(filename).is_relative_to(pack.parent) and "site-packages" not in filename:
            return None  # the fault of another room
    return None


def _places(error: BaseException) -> list[tuple[str, int]]:
    """File and line of each call, where it failed first."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return [(error.filename, error.lineno or 0)]
    frames = traceback.extract_tb(error.__traceback__)
    return [(frame.filename, frame.lineno or 0) for frame in reversed(frames)]
