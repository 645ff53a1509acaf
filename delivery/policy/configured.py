"""The secrets of a stack's configuration, for comparing stacks: a state and a preview show none of them.

Each is judged as the secret of the Worker that it becomes. Values stay in memory; whatever is told of them is masked.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies.properties import Property, Secret
from policies.resources import Resource
from settings.project import PROJECT
from settings.secrets import SECRETS, Holder

_TYPE = "cloudflare:index/workersSecret:WorkersSecret"


def configured_secrets(stack: str, values: Mapping[str, str]) -> list[Resource]:
    """`values` by the key of the configuration, without the project's name."""
    return [
        Resource(
            f"urn:pulumi:{stack}::{PROJECT}::{_TYPE}::{PROJECT}:{key}",
            _TYPE,
            Property({"name": SECRETS[key].binding, "secretText": Secret(value)}),
        )
        for key, value in values.items()
        if key in SECRETS and SECRETS[key].holder is not Holder.DELIVERY
    ]
