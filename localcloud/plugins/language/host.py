"""The LanguageRuntime service (`pulumi/sdk/proto/pulumi/language.proto`), for programs on the Python that this runs on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

PROGRAM: Final = "localcloud.plugins.language.program"
POLICY_PACK: Final = "localcloud.plugins.language.policy_pack"
BAILED: Final = 32
"""The exit status of a program that has told its error to the engine itself."""
_VERSION: Final = "3.272.0"


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """`engine_address`: where diagnostics go."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._children: set[subprocess.Popen[Any]] = set()
        self._lock = threading.Lock()

    def Handshake(self, request: Any, context: object) -> Any:
        del context
        self._engine_address = request.engine_address or self._engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: object, context: object) -> Any:
        del request, context
        return plugin_pb2.PluginInfo(version=_VERSION)

    def GetRequiredPlugins(self, request: object, context: object) -> Any:
        """None is named: the engine finds plugins by the packages that the program's resources belong to."""
        del request, context
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: object, context: object) -> Any:
        del request, context
        return language_pb2.GetRequiredPackagesResponse()

    def InstallDependencies(self, request: object, context: object) -> Iterator[Any]:
        """Nothing: the project's own installation brings its packages at locked versions."""
        del request, context
        yield language_pb2.InstallDependenciesResponse(
            stdout=b"Python packages are installed by the project itself.\n"
        )

    def GetProgramDependencies(self, request: Any, context: object) -> Any:
        del context
        from importlib.metadata import distributions  # noqa: PLC0415

        found = sorted({(d.metadata["Name"], d.version) for d in distributions()})
        dependencies = [language_pb2.DependencyInfo(name=n, version=v) for n, v in found]
        del request
        return language_pb2.GetProgramDependenciesResponse(dependencies=dependencies)

    def RuntimeOptionsPrompts(self, request: object, context: object) -> Any:
        del request, context
        return language_pb2.RuntimeOptionsResponse()

    def About(self, request: object, context: object) -> Any:
        del request, context
        version = ".".join(map(str, sys.version_info[:3]))
        return language_pb2.AboutResponse(executable=sys.executable, version=version)

    def Run(self, request: Any, context: object) -> Any:
        """Runs the program in a process of its own and waits for its end."""
        del context
        orders = {
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization or "organization",
            "monitor_address": request.monitor_address,
            "engine_address": self._engine_address,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "config": dict(request.config),
            "secret_keys": list(request.configSecretKeys),
            "root_directory": request.info.root_directory,
            "program": _program(request),
            "arguments": list(request.args),
        }
        child = self._start(
            [sys.executable, "-u", "-m", PROGRAM],
            cwd=request.pwd or request.info.program_directory or None,
            stdin=subprocess.PIPE,
        )
        # By standard input: the configuration's secrets are on no command line and in no environment.
        child.communicate(json.dumps(orders).encode())
        self._forget(child)
        if child.returncode == BAILED:
            return language_pb2.RunResponse(bail=True)
        if child.returncode < 0:
            return language_pb2.RunResponse(
                error=f"the program was ended by signal {-child.returncode}"
            )
        if child.returncode != 0:
            return language_pb2.RunResponse(
                error=f"Program exited with non-zero exit code: {child.returncode}"
            )
        return language_pb2.RunResponse()

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:
        """A plugin that is written in Python: a policy pack (`kind` analyzer), or any other folder with a `__main__.py`."""
        folder = request.info.program_directory or request.pwd
        if request.kind == "analyzer":
            # The engine hands its address over, and the pack only by its place.
            command = [sys.executable, "-u", "-m", POLICY_PACK, *request.args[:1], folder]
        else:
            command = [sys.executable, "-u", folder, *request.args]
        environment = os.environ | dict(entry.split("=", 1) for entry in request.env)
        child = self._start(
            command,
            cwd=request.pwd or folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        context.add_callback(child.terminate)
        with child:
            yield from _streams(child)
        self._forget(child)
        yield language_pb2.RunPluginResponse(exitcode=child.returncode)

    def Cancel(self, request: object, context: object) -> Any:
        del request, context
        self.end_children()
        return empty_pb2.Empty()

    def end_children(self) -> None:
        """Programs and policy packs have nobody left to work for."""
        with self._lock:
            for child in self._children:
                child.terminate()

    def _start(self, command: list[str], **options: Any) -> subprocess.Popen[Any]:
        # A group of its own keeps the terminal's Ctrl-C away: the engine decides when a program is given up.
        child = subprocess.Popen(command, start_new_session=True, **options)
        with self._lock:
            self._children.add(child)
        return child

    def _forget(self, child: subprocess.Popen[Any]) -> None:
        with self._lock:
            self._children.discard(child)


def _program(request: Any) -> str:
    folder = Path(request.info.program_directory or request.pwd or request.program or ".")
    entry = request.info.entry_point
    return str(folder / entry) if entry and entry != "." else str(folder)


def _streams(child: subprocess.Popen[Any]) -> Iterator[Any]:
    """What the child says on both streams, in the order in which it comes."""
    import queue  # noqa: PLC0415

    said: queue.Queue[tuple[str, bytes] | None] = queue.Queue()

    def read(name: str, stream: Any) -> None:
        for line in iter(stream.readline, b""):
            said.put((name, line))
        said.put(None)

    for name, stream in (("stdout", child.stdout), ("stderr", child.stderr)):
        threading.Thread(target=read, args=(name, stream), daemon=True).start()
    open_streams = 2
    while open_streams:
        item = said.get()
        if item is None:
            open_streams -= 1
        else:
            name, line = item
            yield (
                language_pb2.RunPluginResponse(stdout=line)
                if name == "stdout"
                else language_pb2.RunPluginResponse(stderr=line)
            )
