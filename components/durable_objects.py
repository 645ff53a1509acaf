"""Durable Object classes of a Worker: each bound by name, and all of them declared in every version.

Classes are declarative exports: a version lists every class that exists, with its storage, so no migration tag has to be
known. A class that is to go needs a tombstone and its data go with it: that is never done by leaving it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.bindings import Binding

_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*")


@dataclass(frozen=True)
class DurableObjectsArgs:
    script_name: pulumi.Input[str]
    classes: Mapping[str, str]
    """Binding name (`COUNTER`) → class that the bundle exports (`Counter`)."""


class DurableObjects(pulumi.ComponentResource):
    """Outputs: `bindings` for the Worker, `class_names` for its exports."""

    bindings: list[Binding]
    class_names: list[str]

    def __init__(
        self, name: str, args: DurableObjectsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        for binding, class_name in args.classes.items():
            if not _CLASS.fullmatch(class_name):
                raise ValueError(
                    f"{name}: class {class_name!r} of binding {binding} is no class name"
                )
        super().__init__("pitchey:objects:DurableObjects", name, {}, opts)
        self.class_names = list(dict.fromkeys(args.classes.values()))
        self.bindings = [
            Binding(binding, "durable_object_namespace", class_name)
            for binding, class_name in args.classes.items()
        ]
        self.register_outputs({"classNames": self.class_names, "scriptName": args.script_name})
