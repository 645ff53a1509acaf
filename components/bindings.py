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
        return cloudflare.WorkerVersionBindingArgs(
            name=self.name, type=self.type, **{target: self.target}
        )


_TARGETS: dict[str, str | None] = {
    "kv_namespace": "namespace_id",
    "r2_bucket": "bucket_name",
    "hyperdrive": "id",
    "durable_object_namespace": "class_name",
    "plain_text": "text",
    "secret_text": "text",
    "service": "service",
    "version_metadata": None,
}


def shape(binding: Binding) -> tuple[str, str, str]:
    """Name, type and a target that is known now: what tells one version's bindings from another's. Never a secret."""
    known = isinstance(binding.target, str) and binding.type != "secret_text"
    return binding.name, binding.type, str(binding.target) if known else ""


def listed(bindings: list[Binding]) -> list[dict[str, str]]:
    """For a stack's outputs: names and types."""
    return [{"name": binding.name, "type": binding.type} for binding in bindings]
