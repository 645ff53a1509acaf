"""A secret that nobody has to think of: drawn once, kept encrypted in the state."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_random as random

MIN_BYTES = 32
"""256 bits."""


@dataclass(frozen=True)
class GeneratedSecretArgs:
    bytes: int = 48


class GeneratedSecret(pulumi.ComponentResource):
    """Output: `value`, base64, a secret."""

    value: pulumi.Output[str]

    def __init__(
        self, name: str, args: GeneratedSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        if args.bytes < MIN_BYTES:
            raise ValueError(f"{name}: {8 * args.bytes} bits are less than 256")
        super().__init__("pitchey:secrets:GeneratedSecret", name, {}, opts)
        drawn = random.RandomBytes(
            f"{name}-bytes",
            length=args.bytes,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.value = pulumi.Output.secret(drawn.base64)
        self.register_outputs({"value": self.value})
