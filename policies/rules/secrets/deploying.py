"""A token that deploys Workers is not in reach of the application that it deploys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...resources import Resource
from ...rule import Context, Finding, Rule, Severity
from .settings import WORKER_KINDS, settings_of

_DEPLOYS: Final = re.compile(
    r"(?:(?:CF|CLOUDFLARE|WRANGLER|WORKERS?)_)?DEPLOY(?:MENTS?|S|ER)?(?:_API)?_(?:TOKEN|KEY)"
)
"""By its name alone, and the whole of it: a token that purges caches or reads analytics belongs to an application."""
_DATA: Final = frozenset({"kv_namespace", "r2_bucket", "d1", "hyperdrive", "queue", "vectorize"})
"""What an application has, and a Worker that only deploys others has not."""


def beside_data(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    if resource.is_deleted:
        return
    bindings = resource.inputs["bindings"].elements()
    has_data = any(binding["type"].word in _DATA for binding in bindings)
    for setting in settings_of(resource) if has_data else ():
        if not setting.is_plain and _DEPLOYS.fullmatch(setting.name.upper()):
            yield Finding("whoever breaks into this Worker can replace its code", setting.value)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="separate-deployments-token",
        family="secrets",
        severity=Severity.HIGH,
        why="A token that deploys is bound to a Worker of its own: in the application's, one hole in the code is all of the code",
        kinds=WORKER_KINDS,
        mend="bind the token to a Worker that has nothing else, and let the application ask that one",
        link="https://developers.cloudflare.com/fundamentals/api/get-started/create-token/",
        check=beside_data,
    ),
)
