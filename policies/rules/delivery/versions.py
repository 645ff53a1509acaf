"""Versions: named, dated, without old faults, and with the bindings that they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from ...masking import shown
from ...properties import Property
from ...resources import Resource
from ...rule import Applies, Context, Finding, Rule, Severity
from ..data.names import SESSIONS, words_in
from ..data.objects import SCRIPTS

_FAMILY: Final = "delivery"
_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T\S*)?")
_PAGES: Final = ("production", "preview")
_CODE: Final = (
    *("modules", "mainModule", "content", "contentFile", "contentSha256", "bodyPart", "files"),
)
_UNSAFE_FLAGS: Final = {
    "fetch_treats_unknown_protocols_as_http": "sends requests of any scheme in clear text",
    "no_strict_crypto_checks": "lets weak parameters of Web Crypto pass",
    "allow_insecure_inefficient_logged_eval": "lets the Worker run text as code",
}
_RUNTIME: Final = ("compatibilityFlags", "placement", "limits", "usageModel")
"""What says of a Pages project that it has Functions, and that somebody configured how they run."""
_PERSONAL: Final = SESSIONS | {"jwt", "cookie"}
_DATES: Final = "https://developers.cloudflare.com/workers/configuration/compatibility-dates/"


def settings_of(resource: Resource) -> list[Property]:
    """Where a runtime is configured: a version or script itself, a Pages project's environments."""
    if resource.is_deleted:
        return []
    if resource.kind != "PagesProject":
        return [resource.inputs]
    found = [resource.inputs.at("deploymentConfigs", environment) for environment in _PAGES]
    return [settings for settings in found if settings.exists]


def runs_code(resource: Resource, settings: Property) -> bool:
    """Whether there is a runtime at all: not for a Worker or a Pages project of files alone."""
    wanted = _RUNTIME if resource.kind == "PagesProject" else _CODE
    return any(settings[key].exists for key in wanted)


def _named(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.is_deleted or not runs_code(resource, resource.inputs):
        return
    annotations = resource.inputs["annotations"]
    for key, word in (("workersTag", "tag"), ("workersMessage", "message")):
        given = annotations[key]
        if not given.exists or (given.text is not None and not given.text.strip()):
            yield Finding(f"the version has no {word}", given)


def _dated(resource: Resource, context: Context) -> Iterator[Finding]:
    for settings in settings_of(resource):
        given = settings["compatibilityDate"]
        newest = settings["alwaysUseLatestCompatibilityDate"].flag
        if not given.exists or given.text == "":
            if runs_code(resource, settings) and not newest:
                yield Finding("is missing, which means the runtime of 2021", given)
        elif given.text is not None:
            day = _day(given.text)
            if day is None:
                yield Finding(f"{shown(given)} is no date", given)
            elif day > context.today:
                yield Finding(f"{shown(given)} is in the future", given)


def _recent(resource: Resource, context: Context) -> Iterator[Finding]:
    least = context.configuration.least_compatibility_date
    for settings in settings_of(resource):
        given = settings["compatibilityDate"]
        day = _day(given.text or "") if given.exists else None
        if day is not None and day < least:
            yield Finding(f"{shown(given)} is before {least.isoformat()}", given)


def _day(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _unsafe_flags(resource: Resource, context: Context) -> Iterator[Finding]:
    for settings in settings_of(resource):
        for flag in settings["compatibilityFlags"].elements():
            if flag.word in _UNSAFE_FLAGS:
                yield Finding(f"{flag.word} {_UNSAFE_FLAGS[flag.word]}", flag)


def _unique(resource: Resource, context: Context) -> Iterator[Finding]:
    seen: set[str] = set()
    for binding in [] if resource.is_deleted else resource.inputs["bindings"].elements():
        name = binding["name"]
        if name.text and name.text in seen:
            yield Finding(f"{shown(name)} is bound twice, and only one of them counts", name)
        seen.add(name.text or "")


def _lenient_inheritance(resource: Resource, context: Context) -> Iterator[Finding]:
    inherited = [b for b in resource.inputs["bindings"].elements() if b["type"].word == "inherit"]
    how = resource.inputs["bindingsInherit"]
    if inherited and not resource.is_deleted and how.word != "strict" and how.is_told:
        yield Finding("it vanishes without a word where there is nothing to inherit", inherited[0])


def _cached_sessions(resource: Resource, context: Context) -> Iterator[Finding]:
    enabled = resource.inputs.at("cacheOptions", "enabled")
    if resource.is_deleted or not enabled.flag:
        return
    switches = [e.at("cache", "enabled") for _, e in resource.inputs["exports"].entries()]
    is_told = resource.inputs["exports"].is_told
    if any(s.flag is False or not s.is_told for s in switches) or not is_told:
        return
    names = [binding["name"].text or "" for binding in resource.inputs["bindings"].elements()]
    if any(words_in(name) & _PERSONAL for name in names):
        yield Finding("answers of a Worker with sessions are stored, and given to others", enabled)


def _crossing_cache(resource: Resource, context: Context) -> Iterator[Finding]:
    cache = resource.inputs["cacheOptions"]
    crossing = cache["crossVersionCache"]
    if crossing.flag and cache["enabled"].flag and not resource.is_deleted:
        yield Finding("one version answers with what another one stored", crossing)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="name-versions",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="who looks at a split in trouble must see which commit each version is, and why it was made",
        kinds=("WorkerVersion",),
        mend="set annotations.workersTag (a commit) and annotations.workersMessage",
        link="https://developers.cloudflare.com/workers/versions-and-deployments/",
        check=_named,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="require-compatibility-date",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="without a compatibility date a Worker runs with every fault that the runtime had in 2021",
        kinds=(*SCRIPTS, "PagesProject"),
        mend="set compatibilityDate to a day that has come, such as the day of the last test",
        link=_DATES,
        check=_dated,
    ),
    Rule(
        name="keep-compatibility-date-recent",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="an old compatibility date keeps old faults of the runtime and of its Node.js APIs",
        kinds=(*SCRIPTS, "PagesProject"),
        mend="test with a recent compatibilityDate, and set it",
        link=_DATES,
        check=_recent,
    ),
    Rule(
        name="forbid-unsafe-compatibility-flags",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="some compatibility flags bring back behaviour that was changed because it was unsafe",
        kinds=(*SCRIPTS, "PagesProject"),
        mend="take the flag out, and mend what relied on it",
        link="https://developers.cloudflare.com/workers/configuration/compatibility-flags/",
        check=_unsafe_flags,
    ),
    Rule(
        name="name-bindings-once",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="of two bindings with one name a Worker sees one, and nobody can tell which",
        kinds=SCRIPTS,
        mend="give each binding a name of its own",
        link="https://developers.cloudflare.com/workers/runtime-apis/bindings/",
        check=_unique,
    ),
    Rule(
        name="verify-inherited-bindings",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="a binding that is inherited must be there, or the Worker runs without its database or its secret",
        kinds=("WorkersScript",),
        mend='set bindingsInherit to "strict", or declare the binding',
        link="https://developers.cloudflare.com/workers/configuration/multipart-upload-metadata/",
        check=_lenient_inheritance,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="forbid-cached-answers",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="a Worker's own cache minds no request cookie, so one visitor gets what was made for another",
        kinds=SCRIPTS,
        mend="take cacheOptions.enabled out, or turn the cache off in exports for the entry point that knows visitors",
        link="https://developers.cloudflare.com/workers/cache/configuration/",
        check=_cached_sessions,
    ),
    Rule(
        name="separate-version-caches",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="a cache that versions share shows a new version's answers to all, and hides its faults from the split",
        kinds=SCRIPTS,
        mend="take cacheOptions.crossVersionCache out",
        link="https://developers.cloudflare.com/workers/cache/configuration/",
        check=_crossing_cache,
        applies=Applies.PRODUCTION,
    ),
)
