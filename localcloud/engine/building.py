"""The engine built from the Go module proxy with the ordinary Go client, at the versions that go.sum locks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from localcloud.engine.cache import unusable
from localcloud.engine.errors import EngineError

_SOURCES: Final = Path(__file__).parent / "build"
_PACKAGE: Final = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_VARIABLE: Final = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
_PREFIX: Final = "pitchey-engine-"
_REPORT_SECONDS: Final = 5.0
_OLDEST_GO: Final = (1, 26)


def build(target: Path, version: str, report: Callable[[str], None]) -> None:
    """Puts the executable at `target`, whole or not at all. Raises `EngineError`."""
    go = _find_go()
    report(f"building Pulumi {version} from its sources: once, about four minutes")
    _clear(target.parent)
    try:
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=target.parent) as folder:
            for source in _SOURCES.iterdir():
                shutil.copy(source, folder)
            made = Path(folder) / "pulumi"
            command = [
                str(go), "build", "-trimpath", "-ldflags", f"-s -w -X {_VERSION_VARIABLE}={version}", "-o", str(made),
                _PACKAGE,
            ]  # fmt: skip
            _run(command, Path(folder), report)
            made.replace(target)
    except OSError as error:
        raise unusable(target.parent, error) from error


def _clear(folder: Path) -> None:
    """Builds that were killed leave their folders behind; whoever builds holds the lock, so nobody is at work in them."""
    for left in folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)


def _find_go() -> Path:
    found = shutil.which("go")
    if found is None:
        raise EngineError(
            "there is no Pulumi engine here: its installer cannot be reached, and building it needs Go, which is not on PATH; "
            f"install Go {'.'.join(map(str, _OLDEST_GO))} or newer from go.dev, or Pulumi from pulumi.com"
        )
    try:
        told = subprocess.run(
            [found, "env", "GOVERSION"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(
            f"{found} does not run, and the engine needs Go to be built; install Go from go.dev, or Pulumi from pulumi.com"
        ) from error
    match = re.search(r"go(\d+)\.(\d+)", told.stdout)
    if match is not None and tuple(int(part) for part in match.groups()) < _OLDEST_GO:
        raise EngineError(
            f"{found} is Go {match[1]}.{match[2]}, and the engine needs {_OLDEST_GO[0]}.{_OLDEST_GO[1]}; "
            "install a newer one from go.dev, or Pulumi from pulumi.com"
        )
    return Path(found)


def _run(command: list[str], folder: Path, report: Callable[[str], None]) -> None:
    # The folder is a module of its own, whatever workspace it may lie in.
    environment = os.environ | {"GOFLAGS": "-mod=mod", "GOWORK": "off", "CGO_ENABLED": "0"}
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    said: list[str] = []
    reader = threading.Thread(target=_read, args=(process, said), daemon=True)
    reader.start()
    try:
        while process.poll() is None:
            try:
                process.wait(_REPORT_SECONDS)
            except subprocess.TimeoutExpired:
                fetched = sum(line.startswith("go: downloading") for line in said)
                report(
                    f"building the engine: {fetched} modules fetched, {time.monotonic() - started:.0f} s"
                )
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    reader.join(5)
    if process.returncode != 0:
        raise EngineError(_told(said))


def _read(process: subprocess.Popen[str], said: list[str]) -> None:
    if process.stderr is not None:
        with process.stderr:
            said.extend(process.stderr)


def _told(said: list[str]) -> str:
    text = "".join(said)
    if "no space left" in text.lower():
        return "the disk is full: the engine needs 3 GB while it is built; free some space, then run it again"
    if re.search(r"dial tcp|no such host|connection refused|i/o timeout|proxyconnect", text):
        return (
            "the engine could not be built: the Go module proxy cannot be reached; "
            "check the network, or install Pulumi from pulumi.com"
        )
    lines = [line.strip() for line in said if line.strip() and "downloading" not in line]
    return f"the engine could not be built: {lines[-1] if lines else 'Go said nothing'}; install Pulumi from pulumi.com"
