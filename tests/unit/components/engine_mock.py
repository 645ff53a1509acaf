"""An engine for programs in a test: it runs them with Pulumi's own runtime, keeps a stack's state, and obeys its options.

State is kept by URN from one run to the next, aliases are inherited as the engine does it (its `step_generator.go`), what
is protected is neither deleted nor replaced, and what is retained stays in the cloud.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Any, Final

from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import mocks, settings, stack
from pulumi.runtime.proto import engine_pb2, resource_pb2

from tests.unit.components.cloud_mocks import Json, MockedCloudflare
from tests.unit.components.registrations import (
    Registered,
    Run,
    change_of,
    changed_inputs,
    declared,
    plain,
)

PROJECT: Final = "pitchey"


class ProtectedError(Exception):
    """What the engine says when something protected would go."""


class MockedStack:
    """One stack of a project, on a cloud that it may share with others."""

    def __init__(self, name: str = "staging", cloud: MockedCloudflare | None = None) -> None:
        self.name = name
        self.cloud = cloud or MockedCloudflare()
        self.state: dict[str, Registered] = {}

    def up(self, program: Callable[[], object]) -> Run:
        """Raises whatever the program, the engine or the cloud raises; what was made before stays made."""
        return self._run(program, preview=False)

    def preview(self, program: Callable[[], object]) -> Run:
        return self._run(program, preview=True)

    def _run(self, program: Callable[[], object], *, preview: bool) -> Run:
        monitor = _Monitor(self, preview)
        # Pulumi keeps what it is connected to in context variables, and each run has its own.
        context = contextvars.copy_context()
        context.run(self._connect, monitor, preview)
        with asyncio.Runner() as runner:
            runner.run(_in_stack(program), context=context)
        monitor.remove_what_is_gone()
        return monitor.run

    def _connect(self, monitor: _Monitor, preview: bool) -> None:
        settings.ROOT.set(None)
        settings.configure(
            mocks.MockSettings(
                monitor=monitor,
                monitor_features=set(
                    monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures
                ),
                engine=_Engine(monitor.run.said),
                project=PROJECT,
                stack=self.name,
                dry_run=preview,
                organization=None,
                callbacks=None,
                outputs=set(),
            )
        )


async def _in_stack(program: Callable[[], object]) -> None:
    def run() -> None:
        program()

    # A run that fails leaves outputs behind whose errors nobody asks for.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    await stack.run_in_stack(run)


class _Engine:
    def __init__(self, said: list[str]) -> None:
        self._said = said

    def Log(self, request: Any) -> None:  # noqa: N802 (gRPC's name)
        if request.severity != engine_pb2.DEBUG:
            self._said.append(request.message)


class _Monitor(mocks.MockMonitor):
    """Pulumi calls it from several threads."""

    def __init__(self, of: MockedStack, preview: bool) -> None:
        super().__init__(_NoMocks())
        self.run = Run()
        self._stack = of
        self._preview = preview
        self._lock = threading.Lock()
        self._matched: dict[str, str] = {}
        """URN → the old URN by which it was found."""
        self._replaced: list[Registered] = []

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """With the whole chain of parents' types, as the engine's."""
        chain = parent.split("::")[2] + "$" if parent and "Stack::" not in parent else ""
        return f"urn:pulumi:{self._stack.name}::{PROJECT}::{chain}{type_}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        with self._lock:
            raw = json_format.MessageToDict(request.object)
            new = declared(request, urn, raw)
            if urn in self.run.resources:
                raise ValueError(f"Duplicate resource URN '{urn}'; try giving it a unique name")
            self.run.resources[urn] = new
            old = self._old(request, urn)
            if new.custom:
                self._step(new, old)
            elif old is not None:
                new.id = old.id
            if not self._preview:
                self._stack.state.pop(self._matched.get(urn, urn), None)
                self._stack.state[urn] = new
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=new.id, object=_struct(raw | new.computed)
        )

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        outputs, secret = plain(json_format.MessageToDict(request.outputs))
        if "pulumi:pulumi:Stack" in request.urn:
            self.run.outputs, self.run.secret_outputs = outputs, secret
        else:
            found = self.run.resources[request.urn]
            if found.outputs is not None:
                raise ValueError(f"{found.name} registers its outputs twice")
            found.outputs, found.secret_outputs = outputs, secret
        return empty_pb2.Empty()

    def remove_what_is_gone(self) -> None:
        """Children before parents."""
        gone = [kept for urn, kept in self._stack.state.items() if urn not in self.run.resources]
        found = set(self._matched.values()) if self._preview else set[str]()
        for kept in [*reversed(gone), *self._replaced]:
            if kept.urn in found:
                continue
            if kept.protect and kept not in self._replaced:
                raise ProtectedError(f"{kept.name} cannot be deleted because it is protected")
            self.run.steps.append(("retain" if kept.retain else "delete", kept.name))
            if self._preview:
                continue
            if kept not in self._replaced:
                del self._stack.state[kept.urn]
            if kept.custom and not kept.retain:
                self._stack.cloud.delete(kept.kind, kept.id)

    def _old(self, request: Any, urn: str) -> Registered | None:
        for candidate in [urn, *self._aliases(request)]:
            if candidate in self._stack.state:
                if candidate != urn:
                    self._matched[urn] = candidate
                return self._stack.state[candidate]
        return None

    def _aliases(self, request: Any) -> list[str]:
        own = [
            alias.urn
            or self.make_urn(
                alias.spec.parentUrn or ("" if alias.spec.noParent else request.parent),
                alias.spec.type or request.type,
                alias.spec.name or request.name,
            )
            for alias in request.aliases
        ]
        parent = self._matched.get(request.parent)
        if parent is None:
            return own
        new_name, old_name = request.parent.split("::")[-1], parent.split("::")[-1]
        name = request.name
        if name.startswith(new_name):
            name = old_name + name.removeprefix(new_name)
        return [*own, self.make_urn(parent, request.type, name)]

    def _step(self, new: Registered, old: Registered | None) -> None:
        change = change_of(new, old)
        if old is not None and change == "replace" and new.protect and old.protect:
            raise ProtectedError(
                f"{new.name} cannot be replaced because it is protected; changed: {changed_inputs(new, old)}"
            )
        if old is not None and change != "replace":
            new.id, new.computed = old.id, old.computed
        self.run.steps.append((change, new.name))
        if self._preview:
            return
        if change in {"create", "replace"}:
            new.id, new.computed = self._stack.cloud.create(new.kind, new.inputs)
            if old is not None:
                self._replaced.append(old)
        elif change == "update":
            self._stack.cloud.update(new.kind, new.id, new.inputs)


class _NoMocks(mocks.Mocks):
    """The monitor below answers by itself."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise NotImplementedError(args.typ)


def _struct(values: Json) -> struct_pb2.Struct:
    return json_format.ParseDict(values, struct_pb2.Struct())
