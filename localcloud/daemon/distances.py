"""How far the edge is from the data services: round trips that the user has set, kept in the home."""

from __future__ import annotations

import json
from typing import Any, Final

from localcloud.daemon.home import Home, write_private
from localcloud.data.distance import DEFAULTS
from localcloud.errors import LocalCloudError, cannot_write

_FILE: Final = "distances.json"
_LONGEST: Final = 10.0


def distances(home: Home) -> dict[str, float]:
    """Service (postgres, redis) → round trip in seconds. Raises `LocalCloudError`."""
    path = home.folder / _FILE
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {service: float(kept.get(service, usual)) for service, usual in DEFAULTS.items()}
    except FileNotFoundError:
        return dict(DEFAULTS)
    except (ValueError, AttributeError, TypeError) as error:
        raise LocalCloudError(
            f"{path} does not hold distances; set one with `pitchey local distance --postgres 40ms` after removing it"
        ) from error


def set_distances(home: Home, changed: dict[str, float]) -> dict[str, float]:
    """All of them, as they are then. Raises `LocalCloudError`."""
    for service, seconds in changed.items():
        if service not in DEFAULTS:
            raise LocalCloudError(f"no service {service!r}; there are {', '.join(DEFAULTS)}")
        if not 0 <= seconds <= _LONGEST:
            raise LocalCloudError(
                f"a distance of {seconds:g} s is not between 0 and {_LONGEST:g} s"
            )
    now = {**distances(home), **changed}
    try:
        write_private(home.folder / _FILE, json.dumps(now) + "\n")
    except OSError as error:
        raise cannot_write(home.folder / _FILE, error) from error
    return now
