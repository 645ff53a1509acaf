"""KV namespaces of one environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare


@dataclass(frozen=True)
class KvNamespacesArgs:
    account_id: pulumi.Input[str]
    titles: Mapping[str, str]
    """Short name (`cache`) → title in the account, which carries the environment."""


class KvNamespaces(pulumi.ComponentResource):
    """Output: `ids`, short name → namespace id."""

    ids: dict[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: KvNamespacesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("pitchey:storage:KvNamespaces", name, {}, opts)
        self.ids = {
            short: cloudflare.WorkersKvNamespace(
                f"{name}-{short}",
                account_id=args.account_id,
                title=title,
                opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
            ).id
            for short, title in args.titles.items()
        }
        self.register_outputs({"ids": self.ids})
