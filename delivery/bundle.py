"""The Workers' bundles, the application's and that of rollouts: the same sources give the same bytes."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from delivery.errors import RefusedError
from delivery.node import find_node

BUNDLE: Final = Path("worker/dist/index.js")
ROLLOUTS_BUNDLE: Final = Path("worker/dist/rollouts.js")
_BUILD: Final = Path("worker/build.mjs")


@dataclass(frozen=True)
class Bundle:
    """The application's."""

    path: Path
    bytes: int


def is_bundled(project: Path) -> bool:
    """Whether both are there."""
    return all((project / path).is_file() for path in (BUNDLE, ROLLOUTS_BUNDLE))


def build_bundle(project: Path) -> Bundle:
    """Bundles both Workers; tells of the application's. Raises `RefusedError` with the compiler's own line when it does not compile or is too large."""
    node = find_node()
    if not (project / "node_modules").is_dir():
        raise RefusedError("node_modules is missing", "run `make install`")
    done = subprocess.run(
        [str(node), str(_BUILD)],
        cwd=project,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise RefusedError(
            f"the Worker was not bundled: {said.removeprefix('error: ') or 'the bundler said nothing'}",
            "mend the Worker; nothing was changed",
        )
    if not is_bundled(project):
        raise RefusedError(
            f"the bundler left no {BUNDLE} and {ROLLOUTS_BUNDLE}",
            f"mend {_BUILD}; nothing was changed",
        )
    path = project / BUNDLE
    return Bundle(path, path.stat().st_size)
