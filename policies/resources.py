"""What is judged: resources as they are declared, and the stack that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from .properties import Property, Unread

STACK: Final = "Stack"
PROVIDER: Final = "Provider"
_OLD_NAMES: Final = {
    "AccessGroup": "ZeroTrustAccessGroup",
    "Tunnel": "ZeroTrustTunnelCloudflared",
    "TunnelConfig": "ZeroTrustTunnelCloudflaredConfig",
    "AccessApplication": "ZeroTrustAccessApplication",
    "AccessPolicy": "ZeroTrustAccessPolicy",
    "AccessServiceToken": "ZeroTrustAccessServiceToken",
    "Record": "DnsRecord",
    "WorkerCronTrigger": "WorkersCronTrigger",
    "WorkerDomain": "WorkersCustomDomain",
    "WorkerRoute": "WorkersRoute",
    "WorkerScript": "WorkersScript",
    "WorkersDomain": "WorkersCustomDomain",
    "WorkersSecret": "WorkersSecret",
}
"""Names of pulumi-cloudflare before version 6, which still work."""


def kind_of(token: str) -> str:
    """`DnsRecord` for `cloudflare:index/dnsRecord:DnsRecord`; of other packages the whole token."""
    if token == "pulumi:pulumi:Stack":  # noqa: S105 (a type token)
        return STACK
    if token == "pulumi:providers:cloudflare":  # noqa: S105
        return PROVIDER
    if not token.startswith("cloudflare:"):
        return token
    name = token.rsplit(":", 1)[-1]
    return _OLD_NAMES.get(name, name)


@dataclass(frozen=True)
class Resource:
    """A resource and, where the document tells them, its options and what is about to be done with it."""

    urn: str
    type: str
    inputs: Property = field(repr=False)
    outputs: Property = field(default_factory=lambda: Property({}), repr=False)
    id: str | None = None
    parent: str | None = None
    protect: bool | None = None
    retain_on_delete: bool | None = None
    """None where the document does not tell it: the engine never tells a pack."""
    operation: str = ""
    """Of a preview: create, update, replace, delete, same, …; empty in a state and in the engine."""
    previous: Resource | None = field(default=None, repr=False)
    """The resource as it is now, in a preview that changes it."""

    @cached_property
    def kind(self) -> str:
        return kind_of(self.type)

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    @property
    def is_deleted(self) -> bool:
        return self.operation in {"delete", "delete-replaced", "discard-replaced", "read-discard"}

    @property
    def is_replaced(self) -> bool:
        return self.operation in {"replace", "create-replacement", "delete-replaced"}

    def told(self, name: str) -> Property:
        """An input, or else the output of that name: a state may know what a program left to the default."""
        given = self.inputs[name]
        return given if given.exists else self.outputs[name]

    def reading(self, notes: list[Unread]) -> Resource:
        """The same resource, which notes what could not be read in `notes`."""
        return replace(
            self,
            inputs=replace(self.inputs, notes=notes),
            outputs=replace(self.outputs, notes=notes),
            previous=self.previous.reading(notes) if self.previous is not None else None,
        )


@dataclass(frozen=True)
class Stack:
    """All resources of a stack; `others` are the project's other stacks, where they are known."""

    name: str
    project: str = ""
    resources: Sequence[Resource] = ()
    deletions: Sequence[Resource] = ()
    """What a preview is about to delete, also to replace it."""
    is_whole: bool = True
    """Whether every resource of the stack is here; a preview without `--show-sames` leaves some out."""
    others: Mapping[str, Stack] = field(default_factory=dict[str, Any], repr=False)

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.kind, []).append(resource)
        return found

    def of(self, *kinds: str) -> list[Resource]:
        """The resources of these kinds, in the document's order within each."""
        return [resource for kind in kinds for resource in self._by_kind.get(kind, ())]

    @property
    def urn(self) -> str:
        """The stack's own resource, to which belongs what is missing."""
        project = self.project or "project"
        return f"urn:pulumi:{self.name}::{project}::pulumi:pulumi:Stack::{project}-{self.name}"

    def reading(self, notes: list[Unread]) -> Stack:
        """The same stack, whose resources note what could not be read in `notes`."""
        return replace(
            self,
            resources=[resource.reading(notes) for resource in self.resources],
            deletions=[resource.reading(notes) for resource in self.deletions],
            others={name: other.reading(notes) for name, other in self.others.items()},
        )
