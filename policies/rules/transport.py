"""Transport: HTTPS everywhere, to the visitor, to the origin and in every address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..masking import shown
from ..resources import Resource
from ..rule import Context, Finding, Rule, Severity

_FAMILY: Final = "transport"


def _setting(resource: Resource) -> str | None:
    return resource.inputs["settingId"].word


def _strict_tls(resource: Resource, context: Context) -> Iterator[Finding]:
    value = resource.inputs["value"]
    if _setting(resource) == "ssl" and value.word in {"off", "flexible", "full"}:
        yield Finding(f"the origin's certificate is not verified with {shown(value)}", value)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-strict-tls",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="Cloudflare speaks TLS to the origin and verifies its certificate, or anybody on the way can read along",
        kinds=("ZoneSetting",),
        mend='set the zone setting ssl to "strict"',
        link="https://developers.cloudflare.com/ssl/origin-configuration/ssl-modes/full-strict/",
        check=_strict_tls,
    ),
)
