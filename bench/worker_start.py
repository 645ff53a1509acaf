"""How long workerd takes until the application's Worker answers, beside a Worker that does nothing."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.cpu_time import cpu_milliseconds
from tests.integration.checkout import ROOT

WORKERD: Final = ROOT / "node_modules/@cloudflare/workerd-linux-64/bin/workerd"
EMPTY: Final = b"export default { fetch: () => new Response() };"
_PATIENCE_SECONDS: Final = 30.0
_ENTRY: Final = """
import worker from "./worker.js";
const FLAGS = { get: async () => new Map() };
export default { fetch: (request, env, context) => worker.fetch(request, { ...env, FLAGS }, context) };
"""
_BINDINGS: Final = {
    "VERSION": ("json", json.dumps({"id": "bench", "tag": "", "timestamp": ""})),
    "ENVIRONMENT": ("text", "bench"),
    "JWT_SECRET": ("text", "of-nobody-" * 4),
}


@dataclass(frozen=True)
class Start:
    """From the start of the process to its first answer."""

    milliseconds: float
    cpu_milliseconds: float
    """Of all its threads."""


@dataclass(frozen=True)
class Arm:
    """`path` is the first thing that is asked for, and answered with 200."""

    code: bytes
    path: str


def measure_starts(
    folder: Path, arms: Mapping[str, Arm], rounds: int
) -> Mapping[str, Sequence[Start]]:
    """Every arm once in each round, so that whatever else the machine does meets all of them."""
    starts: dict[str, list[Start]] = {name: [] for name in arms}
    for name, arm in arms.items():
        _write(folder / name, arm.code)
    for _ in range(rounds):
        for name, arm in arms.items():
            starts[name].append(_start(folder / name, arm.path))
    return starts


def _write(folder: Path, code: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "worker.js").write_bytes(code)
    (folder / "entry.js").write_text(_ENTRY)
    bindings = ", ".join(
        f"(name = {json.dumps(name)}, {kind} = {json.dumps(value)})"
        for name, (kind, value) in _BINDINGS.items()
    )
    (folder / "config.capnp").write_text(
        f"""using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [
      (name = "entry.js", esModule = embed "entry.js"),
      (name = "worker.js", esModule = embed "worker.js"),
    ],
    compatibilityDate = "2026-01-01",
    compatibilityFlags = ["nodejs_compat"],
    bindings = [{bindings}],
  ))],
  sockets = [(name = "http", address = "unix:{folder}/socket", http = (), service = "main")],
);
"""
    )


def _start(folder: Path, path: str) -> Start:
    """Raises `RuntimeError` where it does not answer as it should."""
    place = folder / "socket"
    place.unlink(missing_ok=True)
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(WORKERD), "serve", str(folder / "config.capnp")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with _connected(place, process) as asking:
            asking.sendall(f"GET {path} HTTP/1.1\r\nHost: bench.example\r\n\r\n".encode())
            answer = asking.recv(65_536)
            taken = Start(1000 * (time.perf_counter() - started), cpu_milliseconds(process.pid))
    finally:
        process.kill()
        process.wait()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{path} was answered {answer[:80]!r}")
    return taken


def _connected(place: Path, process: subprocess.Popen[bytes]) -> socket.socket:
    end = time.monotonic() + _PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < end:
        asking = socket.socket(socket.AF_UNIX)
        asking.settimeout(_PATIENCE_SECONDS)
        try:
            asking.connect(str(place))
        except OSError:
            asking.close()
            time.sleep(0.0005)
        else:
            return asking
    raise RuntimeError("workerd has not come up")
