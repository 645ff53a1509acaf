"""Settings of a zone or a Pages project that change for everybody, by themselves or when something fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...masking import shown
from ...properties import Property
from ...resources import Resource
from ...rule import Applies, Context, Finding, Rule, Severity
from ..transport.settings import is_active, is_on, settings_of
from .expressions import is_for_everybody

_FAMILY: Final = "delivery"
_GUARDS: Final = (
    *("kvNamespaces", "d1Databases", "r2Buckets", "hyperdriveBindings", "services"),
    *("durableObjectNamespaces", "queueProducers"),
)
_NEARLY_NONE: Final = frozenset({"off", "essentially_off"})
_LEVELS: Final = {
    "off": "no visitor is challenged",
    "essentially_off": "hardly any visitor is challenged",
    "under_attack": "every visitor is challenged, and every API client turned away",
}


def _setting(resource: Resource, name: str) -> Property | None:
    """The value of this zone setting; None for another one."""
    if resource.is_deleted:
        return None
    return next((value for setting, value in settings_of(resource) if setting == name), None)


def _development_mode(resource: Resource, context: Context) -> Iterator[Finding]:
    value = _setting(resource, "development_mode")
    if value is not None and value.flag:
        yield Finding("the cache is off", value)


def _security_level(resource: Resource, context: Context) -> Iterator[Finding]:
    value = _setting(resource, "security_level")
    if value is not None and value.word in _LEVELS:
        yield Finding(f"with {shown(value)} {_LEVELS[value.word]}", value)
    for level in _levels_of_rules(resource):
        if level.word in _NEARLY_NONE:
            yield Finding(f"with {shown(level)} {_LEVELS[level.word]}", level)


def _levels_of_rules(resource: Resource) -> Iterator[Property]:
    """Where rules for whole hosts say another level; for single paths, such as a webhook's, it may be low."""
    if resource.is_deleted:
        return
    if resource.kind == "PageRule" and is_active(resource):
        path = (resource.inputs["target"].text or "/path").split("://")[-1].partition("/")[2]
        if path.strip("*") == "":
            yield resource.inputs.at("actions", "securityLevel")
    if resource.kind == "Ruleset":
        for rule in resource.inputs["rules"].elements():
            is_wide = is_for_everybody(rule["expression"].text or "")
            if rule["action"].word == "set_config" and is_on(rule["enabled"]) and is_wide:
                yield rule.at("actionParameters", "securityLevel")


def _production_settings(resource: Resource) -> Property:
    return resource.inputs.at("deploymentConfigs", "production")


def _newest_runtime(resource: Resource, context: Context) -> Iterator[Finding]:
    newest = _production_settings(resource)["alwaysUseLatestCompatibilityDate"]
    if newest.flag and not resource.is_deleted:
        yield Finding("the runtime changes under code that nobody tested with it", newest)


def _fail_open(resource: Resource, context: Context) -> Iterator[Finding]:
    settings = _production_settings(resource)
    if resource.is_deleted or not settings["failOpen"].flag:
        return
    secrets = any(entry["type"].word == "secret_text" for _, entry in settings["envVars"].entries())
    if secrets or any(settings[guard].exists for guard in _GUARDS):
        yield Finding(
            "once the Functions' quota is used up, files are served without them",
            settings["failOpen"],
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-development-mode",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="development mode turns the cache off, and the origin gets all of production's traffic at once",
        kinds=("ZoneSetting", "ZoneSettingsOverride"),
        mend="take the setting development_mode out; purge the cache instead",
        link="https://developers.cloudflare.com/cache/reference/development-mode/",
        check=_development_mode,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="require-security-level",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="a zone challenges visitors that look like an attack, and lets the others in",
        kinds=("ZoneSetting", "ZoneSettingsOverride", "Ruleset", "PageRule"),
        mend='set security_level to "medium", or leave it to Cloudflare',
        link="https://developers.cloudflare.com/waf/tools/security-level/",
        check=_security_level,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="forbid-moving-compatibility-date",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="with the newest compatibility date each build may behave differently, also a rollback's",
        kinds=("PagesProject",),
        mend="set compatibilityDate, and take alwaysUseLatestCompatibilityDate out",
        link="https://developers.cloudflare.com/workers/configuration/compatibility-dates/",
        check=_newest_runtime,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="forbid-fail-open",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="Functions that check who may see a file must not be left out when they cannot run",
        kinds=("PagesProject",),
        mend="set failOpen to false",
        link="https://developers.cloudflare.com/pages/functions/routing/",
        check=_fail_open,
        applies=Applies.PRODUCTION,
    ),
)
