"""Whether a version starts, and what it exports: it is started as it would serve, apart from any traffic."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

import psutil

from localcloud.edge.bindings import Surroundings
from localcloud.edge.control import order
from localcloud.edge.errors import StartError
from localcloud.edge.model import StartResult, Version
from localcloud.edge.modules import INSPECTED, WRAPPER, is_classic
from localcloud.edge.process import Workerd
from localcloud.edge.versions import Versions

STARTUP_LIMIT: Final = 1.0
"""Seconds of CPU that a version's top level may take."""
TOO_SLOW: Final = "Script startup exceeded CPU time limit."
_LONGEST: Final = 20.0
_LOOKED_AT_EVERY: Final = 0.02
_LISTENER: Final = re.compile(rb"addEventListener\(\s*['\"](\w+)['\"]")
_CONTEXT: Final = re.compile(r"^\S+/\S+\.(?:rs|c\+\+|h):\d+: ")
_SERVICE: Final = re.compile(r"^(?:error: |fatal: )*service (?:main|assets): ")
_PATH: Final = re.compile(r"(?:file://|(?<![\w:/]))/\S*/")


async def check_start(
    versions: Versions, version: Version, around: Surroundings, quickest: float
) -> StartResult:
    """`quickest`: seconds that starting takes without any code."""
    limit = _Limit(quickest)
    try:
        serving = await versions.check(version, around, limit.watch)
    except StartError as error:
        return StartResult(error=TOO_SLOW if limit.exceeded else readable(error.output))
    finally:
        limit.done()
    running = serving.supervised.running
    taken = 0.0 if running is None else running.startup_seconds - quickest
    milliseconds = max(1, round(taken * 1000))
    if is_classic(version):
        main = next(m for m in version.modules if m.name == version.main_module)
        found = dict.fromkeys(name.decode() for name in _LISTENER.findall(main.content))
        return StartResult(tuple(found), startup_time_ms=milliseconds)
    if not version.modules:
        return StartResult(("fetch",), startup_time_ms=milliseconds)
    exported: Any = await order(serving.paths["inspect"], "exports", secret="")
    return StartResult(
        tuple(exported["handlers"]),
        {name: tuple(handlers) for name, handlers in exported["named"].items()},
        milliseconds,
    )


class _Limit:
    """Ends a process that computes for too long before it is ready."""

    def __init__(self, quickest: float) -> None:
        self.exceeded = False
        self._allowed = STARTUP_LIMIT + quickest
        self._task: asyncio.Task[None] | None = None

    def watch(self, running: Workerd) -> None:
        self._task = asyncio.get_running_loop().create_task(self._watch(running))

    def done(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _watch(self, running: Workerd) -> None:
        elapsed = 0.0
        while not self.exceeded:
            await asyncio.sleep(_LOOKED_AT_EVERY)
            elapsed += _LOOKED_AT_EVERY
            try:
                times = psutil.Process(running.pid).cpu_times()
            except psutil.Error:
                return
            self.exceeded = times.user + times.system > self._allowed or elapsed > _LONGEST
        await running.kill()


def readable(output: str) -> str:
    """workerd's own words about the code, without what belongs to this machine."""
    lines: list[str] = []
    for raw in output.splitlines():
        line = _SERVICE.sub("", _CONTEXT.sub("", raw.strip()))
        line = _PATH.sub("", line).removeprefix("error: ").strip()
        if line and not _is_ours(line) and line not in lines:
            lines.append(line)
    return "\n".join(lines) or "The Worker did not start."


def _is_ours(line: str) -> bool:
    """Whether it is about what was put around the code, a consequence of what is wrong with the code."""
    return WRAPPER in line or INSPECTED in line
