"""Separation within a Pages project: its previews are another environment than its production."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...configuration import matches
from ...properties import Property
from ...resources import Resource
from ...rule import Context, Finding, Rule, Severity
from .data import is_worth_separating
from .uses import BUCKET, INDEX, WORKER, pages_uses

_FAMILY: Final = "separation"
_LINK: Final = "https://developers.cloudflare.com/pages/functions/bindings/"


def _is_another_environments(context: Context) -> bool:
    """A project of staging has no production: there, both configurations are staging's."""
    named = context.configuration.environments_in(context.stack)
    return not context.production and named == {"other"}


def _stores(resource: Resource, context: Context) -> Iterator[Finding]:
    if _is_another_environments(context):
        return
    configs = resource.inputs["deploymentConfigs"]
    production = {(u.what, u.key) for u in pages_uses(configs["production"], resource)}
    for use in pages_uses(configs["preview"], resource):
        if (use.what, use.key) not in production or use.what in {WORKER, INDEX}:
            continue
        is_public = use.what == BUCKET and matches(use.key, context.configuration.public_buckets)
        if not is_public and not matches(use.key, context.configuration.shared_resources):
            yield Finding(f"previews use production's {use.what}", use.at)


def _secrets(resource: Resource, context: Context) -> Iterator[Finding]:
    if _is_another_environments(context):
        return
    configs = resource.inputs["deploymentConfigs"]
    production = {value.text for _, value in _secrets_of(configs["production"])}
    for _, value in _secrets_of(configs["preview"]):
        if value.text in production:
            yield Finding("previews have production's secret", value)


def _secrets_of(config: Property) -> Iterator[tuple[str, Property]]:
    for name, variable in config["envVars"].entries():
        value = variable["value"]
        is_secret = variable["type"].word == "secret_text" or value.is_secret
        if is_secret and is_worth_separating(name, value.text or ""):
            yield name, value


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="separate-pages-previews",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Any branch becomes a preview, so that a preview with production's data lets any branch change it",
        kinds=("PagesProject",),
        mend="bind stores of their own in deploymentConfigs.preview",
        link=_LINK,
        check=_stores,
    ),
    Rule(
        name="separate-preview-secrets",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Any branch becomes a preview, so that a secret of production in it is read by whoever may push a branch",
        kinds=("PagesProject",),
        mend="give deploymentConfigs.preview secrets of its own",
        link=_LINK,
        check=_secrets,
    ),
)
