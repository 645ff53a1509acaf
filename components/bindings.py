"""Bindings: what a Worker's code finds in its environment, by name."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare


@dataclass(frozen=True)
class Binding:
    """`target` is what the type points at: an id, a name, a class or a text; None for the version's metadata."""

    name: str
    type: str
    target: pulumi.Input[str] | None = None
    script: pulumi.Input[str] | None = None
    """Of a Durable Object class: the Worker that has it, where that is another."""

    def to_args(self) -> cloudflare.WorkerVersionBindingArgs:
        """Raises `ValueError` for a type that is not known here."""
        if self.type not in _TARGETS:
            raise ValueError(
                f"binding {self.name}: type {self.type} is not one of {', '.join(_TARGETS)}"
            )
        target = _TARGETS[self.type]
        if target is None:
            return cloudflare.WorkerVersionBindingArgs(name=self.name, type=self.type)
        if self.target is None:
            raise ValueError(f"binding {self.name}: a {self.type} needs a target")
        if self.script is not None and self.type != _OBJECTS:
            raise ValueError(f"binding {self.name}: a {self.type} belongs to no other Worker")
        return cloudflare.WorkerVersionBindingArgs(
            name=self.name, type=self.type, script_name=self.script, **{target: self.target}
        )


_OBJECTS = "durable_object_namespace"
_TARGETS: dict[str, str | None] = {
    "kv_namespace": "namespace_id",
    "r2_bucket": "bucket_name",
    "hyperdrive": "id",
    _OBJECTS: "class_name",
    "analytics_engine": "dataset",
    "plain_text": "text",
    "secret_text": "text",
    "service": "service",
    "version_metadata": None,
}


def shape(binding: Binding) -> tuple[str, ...]:
    """Name, type, and what is known now of target and script: what tells one version's bindings from another's. Never a
    secret."""
    target = "" if binding.type == "secret_text" else _known(binding.target)
    own = (binding.name, binding.type, target)
    return own if binding.script is None else (*own, _known(binding.script))


def _known(value: pulumi.Input[str] | None) -> str:
    return value if isinstance(value, str) else ""


def listed(bindings: list[Binding]) -> list[dict[str, str]]:
    """For a stack's outputs: names and types."""
    return [{"name": binding.name, "type": binding.type} for binding in bindings]
