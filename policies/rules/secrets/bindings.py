"""No secret among the clear-text settings of Workers and Pages: by its value, by its parts, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...resources import Resource
from ...rule import Context, Finding, Rule, Severity
from .leaks import By, leaks_of
from .settings import PAGES_KINDS, WORKER_KINDS, settings_of

_FAMILY: Final = "secrets"
_SECRETS_PAGE: Final = "https://developers.cloudflare.com/workers/configuration/secrets/"


def _leaks(resource: Resource, context: Context, by: By) -> Iterator[Finding]:
    for leak in leaks_of(settings_of(resource), production=context.production):
        if leak.by is by:
            yield Finding(leak.said, leak.at)


def by_value(resource: Resource, context: Context) -> Iterator[Finding]:
    yield from _leaks(resource, context, By.VALUE)


def by_name(resource: Resource, context: Context) -> Iterator[Finding]:
    yield from _leaks(resource, context, By.NAME)


def by_parts(resource: Resource, context: Context) -> Iterator[Finding]:
    yield from _leaks(resource, context, By.PARTS)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-secret-in-plain-binding",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="Text and JSON bindings are not encrypted: everybody who may look at the Worker, or at its upload, reads them",
        kinds=WORKER_KINDS,
        mend="bind it as secret_text, give it as a Pulumi secret, and replace it where it was issued, since it was shown",
        link="https://developers.cloudflare.com/workers/configuration/environment-variables/",
        check=by_value,
        hardening=False,
    ),
    Rule(
        name="forbid-secret-in-pages-variable",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="A plain-text variable of a Pages project is shown in its settings, and often built into what browsers load",
        kinds=PAGES_KINDS,
        mend="make it a secret_text variable, give it as a Pulumi secret, and replace it where it was issued",
        link="https://developers.cloudflare.com/pages/functions/bindings/",
        check=by_value,
        hardening=False,
    ),
    Rule(
        name="require-secret-binding",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="What is named like a secret is bound as one, or whoever sets its value next puts a secret into clear text",
        kinds=(*WORKER_KINDS, *PAGES_KINDS),
        mend="change its type to secret_text and its value to a Pulumi secret; or name it for what it is",
        link=_SECRETS_PAGE,
        check=by_name,
        hardening=False,
    ),
    Rule(
        name="forbid-split-secret",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="A secret in two pieces is a secret in clear text: code joins the pieces, and so does who reads them",
        kinds=(*WORKER_KINDS, *PAGES_KINDS),
        mend="bind the whole as one secret_text, and replace it where it was issued",
        link=_SECRETS_PAGE,
        check=by_parts,
        hardening=False,
    ),
)
