"""The browser of these tests: the Chromium that the system has, which `make test` installs where it may.

python -m tests.browser.chromium    installs Debian's packages where none is found; says what is missing where it cannot
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGES: Final = ("chromium", "fonts-liberation")
"""Without a font a page has no letters, and what is seen of it is not what visitors see."""
_HINT: Final = (
    "install Chromium (Debian: `apt-get install chromium fonts-liberation`) and run it again"
)
_PATIENCE_SECONDS: Final = 5.0


class NoChromiumError(Exception):
    """One line: what is missing, and what to install."""


def find_chromium() -> Path:
    """Raises `NoChromiumError`."""
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    raise NoChromiumError(f"no Chromium is on PATH for the tests of the site: {_HINT}")


def install_chromium() -> None:
    """Does nothing where there is one. Raises `NoChromiumError` where it cannot be installed."""
    try:
        find_chromium()
    except NoChromiumError:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise
    else:
        return
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    install = [*apt, "install", "-y", "--no-install-recommends", *_PACKAGES]
    started = time.monotonic()
    # The lists of packages may be missing, or older than what the archive still has.
    _run("lists of packages", [*apt, "update"])
    if _run("Chromium", install) != 0:
        raise NoChromiumError(
            f"apt-get could not install Chromium for the tests of the site: {_HINT}"
        )
    find_chromium()
    sys.stderr.write(f"✓ Chromium {time.monotonic() - started:.1f} s\n")


def _run(what: str, command: Sequence[str]) -> int:
    """The exit status. What was said is told when it failed; a sign of life every few seconds until then."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        running = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        while True:
            try:
                status = running.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                sys.stderr.write(f"… {what} ({time.monotonic() - started:.0f} s)\n")
                continue
            if status != 0:
                output.seek(0)
                sys.stderr.write(output.read().decode(errors="replace"))
            return status


def main() -> int:
    try:
        install_chromium()
    except NoChromiumError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
