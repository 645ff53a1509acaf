"""Separation by names: who reads one knows which environment it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...configuration import Configuration, matches
from ...masking import shown
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from .uses import first_of

_FAMILY: Final = "separation"
_LINK: Final = "https://developers.cloudflare.com/workers/wrangler/environments/"
_NAMES: Final = {
    "Worker": ("name",),
    "WorkersScript": ("scriptName", "name"),
    "WorkersKvNamespace": ("title",),
    "R2Bucket": ("name",),
    "D1Database": ("name",),
    "HyperdriveConfig": ("name",),
    "Queue": ("queueName", "name"),
    "PagesProject": ("name",),
    "VectorizeIndex": ("name",),
    "WorkersForPlatformsDispatchNamespace": ("name",),
}
_ALSO_NAMED: Final = {
    "AccountToken": ("name",),
    "ApiToken": ("name",),
    "Pipeline": ("name",),
    "Workflow": ("workflowName",),
    "ZeroTrustTunnelCloudflared": ("name",),
}
"""Kinds whose names may go without the environment, and not carry another's."""
_NAMED_ALIKE: Final = tuple(kind for kind in _NAMES if kind != "PagesProject")
"""A Pages project has production and previews within it, and often no other stack has a part in it."""
_STORES_OF_PREVIEWS: Final = frozenset({"WorkersKvNamespace", "R2Bucket", "D1Database"})
"""Of which Pages and wrangler want a second one for previews, declared beside production's."""
_CLAIMED: Final = {
    "Zone": "name",
    "WorkersCustomDomain": "hostname",
    "WorkersRoute": "pattern",
    "PagesDomain": "name",
    "R2CustomDomain": "domain",
    "DnsRecord": "name",
}
_WORD: Final = re.compile(r"[A-Za-z]+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PHRASES: Final = {
    "dev": frozenset(
        {"portal", "docs", "tools", "tool", "blog", "rel", "relations", "hub", "center", "console"}
    ),
    "qa": frozenset({"bot", "forum", "pairs", "answers", "questions"}),
    "prod": frozenset({"images", "catalog", "catalogue"}),
}
"""Two words that together speak of something else: what is for developers, questions and answers, products."""
_PASSING: Final = frozenset({"pr", "mr", "feature", "branch", "ci", "local", "ephemeral"})
"""Words of stacks that live for a while."""
_ALSO_ORDINARY: Final = frozenset(
    {"stage", "test", "testing", "preview", "sandbox", "demo", "live"}
)
"""Words of environments that mean something else, too: they count only at a name's end."""
_OFFERED: Final = frozenset({"demo", "sandbox", "live"})
"""What production itself may offer to its visitors."""
_OTHERS_HOSTS: Final = (
    *("dev.to", "dev.azure.com", "dev.mysql.com", "dev.w3.org", "preview.redd.it"),
    *(".logic.azure.com", ".api.powerplatform.com"),
)
"""Hosts of third parties whose names speak of an environment of theirs."""
_WHAT_IS_PREVIEWED: Final = frozenset(
    {"link", "image", "pdf", "file", "document", "video", "url", "site", "page", "mail", "email"}
    | {"thumbnail", "media", "pitch", "ab", "load", "speed", "unit", "e2e", "smoke", "product"}
)


def is_named_environment(context: Context) -> bool:
    """Whether the stack says what it is; one called `main` or `eu` may well be production."""
    words = {word.lower() for word in _WORD.findall(context.stack)}
    named = context.configuration.environments_in(context.stack)
    return context.production or bool(named) or bool(words & _PASSING)


def foreign_word(name: str, context: Context) -> str | None:
    """The word of another environment in a name that does not carry its own."""
    if not is_named_environment(context):
        return None
    return _foreign(name, context.configuration, "production" if context.production else "other")


def _foreign(name: str, configuration: Configuration, own: str) -> str | None:
    if own in configuration.environments_in(name):
        return None
    words = [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", name))]
    for index, word in enumerate(words):
        is_last = index == len(words) - 1
        before = words[index - 1] if index else ""
        is_plain = word in _ALSO_ORDINARY and (not is_last or before in _WHAT_IS_PREVIEWED)
        if _speaks(words, index, configuration) and not is_plain:
            return word
    return None


def _speaks(words: list[str], index: int, configuration: Configuration) -> bool:
    following = words[index + 1] if index + 1 < len(words) else ""
    is_phrase = following in _PHRASES.get(words[index], ())
    return not is_phrase and bool(configuration.environments_in(words[index]))


def foreign_label(host: str, context: Context, ordinary: frozenset[str]) -> str | None:
    """The word of another environment in a host.

    Its last label, such as `dev`, is nobody's; words that mean something else, too, count as whole labels, and those of
    `ordinary` not at all.
    """
    if not is_named_environment(context):
        return None
    host = host.lower().rstrip(".")
    labels = host.split(".")[:-1]
    configuration = context.configuration
    own = "production" if context.production else "other"
    if own in configuration.environments_in(" ".join(labels)) or host.endswith(_OTHERS_HOSTS):
        return None
    for label in labels:
        words = _WORD.findall(label)
        for index, word in enumerate(words):
            is_plain = word in _ALSO_ORDINARY and (word != label or word in ordinary)
            if _speaks(words, index, configuration) and not is_plain:
                return word
    return None


def _other_names(resource: Resource, context: Context) -> Iterator[Finding]:
    place = first_of(resource.inputs, *{**_NAMES, **_ALSO_NAMED}[resource.kind])
    if matches(place.text or "", context.configuration.shared_resources):
        return
    name = place.text
    word = foreign_word(name, context) if name is not None else None
    if word == "preview" and resource.kind in _STORES_OF_PREVIEWS:
        return
    if word is not None:
        yield Finding(f"{shown(place)} speaks of {word}, and is of {context.stack}", place)
    elif name is not None and not context.configuration.environments_in(name):
        word = foreign_word(resource.name, context)
        if word is not None and word not in _ALSO_ORDINARY:
            yield Finding(f"the resource's name speaks of {word}, and is of {context.stack}", place)


def _missing_words(stack: Stack, context: Context) -> Iterator[Finding]:
    """Only where the stack has the habit: three names that carry the environment for each that does not."""
    own = "production" if context.production else "other"
    carrying = 0
    missing: list[tuple[Resource, Property]] = []
    for resource in stack.of(*_NAMED_ALIKE):
        place = first_of(resource.inputs, *_NAMES[resource.kind])
        if place.text is None or matches(place.text, context.configuration.shared_resources):
            continue
        words = context.configuration.environments_in(place.text)
        if own in words:
            carrying += 1
        elif not words:
            missing.append((resource, place))
    if carrying >= 3 * len(missing):
        for resource, place in missing:
            yield Finding(f"{shown(place)} does not say its environment", place, resource)


def _other_hosts(resource: Resource, context: Context) -> Iterator[Finding]:
    place = resource.inputs[_CLAIMED[resource.kind]]
    host = (place.text or "").split("://")[-1].partition("/")[0]
    if matches(host, context.configuration.shared_resources):
        return
    if resource.kind == "DnsRecord":
        # A zone of production's often has the records of all its environments.
        is_address = resource.inputs["type"].word in {"a", "aaaa", "cname"}
        if context.production or not is_address:
            return
    if word := foreign_label(host, context, _OFFERED):
        yield Finding(f"{shown(place)} is a host of {word}, and this is {context.stack}", place)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="name-the-environment",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A name that carries another environment's word leads to the wrong data, by hand or by program",
        kinds=(*_NAMES, *_ALSO_NAMED),
        mend="name the resource after its own stack, or list it under sharedResources",
        link=_LINK,
        check=_other_names,
    ),
    Rule(
        name="name-all-alike",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="Where a stack's names carry the environment, one without it belongs to nobody and meets its twin of another stack",
        kinds=_NAMED_ALIKE,
        mend="put the environment's word into the name, as in the stack's other names",
        link=_LINK,
        check_stack=_missing_words,
        needs_whole=True,
    ),
    Rule(
        name="keep-hosts-apart",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A stack answers at the hosts of its own environment, not at those whose names speak of another",
        kinds=tuple(_CLAIMED),
        mend="claim the host in the stack that it belongs to",
        link="https://developers.cloudflare.com/workers/configuration/routing/",
        check=_other_hosts,
        hardening=False,
    ),
)
