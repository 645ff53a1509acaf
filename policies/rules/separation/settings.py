"""Separation in settings: no address and no word of another environment in what a Worker or a page is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ...configuration import matches
from ...masking import shown
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from .names import foreign_label, foreign_word, is_named_environment
from .stacks import hosts_of
from .uses import Setting, across, first_of, settings_of

_FAMILY: Final = "separation"
_URL_HOST: Final = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^\s/@\"']*@)?([a-z0-9.-]+)", re.IGNORECASE)
_BARE_HOST: Final = re.compile(
    r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?=[:/,\s]|$)(?<!\.json)(?<!\.js)(?<!\.html)", re.IGNORECASE
)
_TELLS_HOST: Final = re.compile(
    r"HOST|URL|URI|ORIGIN|DOMAIN|ENDPOINT|SERVER|ADDRESS|API_BASE|ISSUER", re.IGNORECASE
)
_TELLS_ENVIRONMENT: Final = re.compile(
    r"^(?:APP_|DEPLOY_|DEPLOYMENT_|SENTRY_|CF_|WORKER_|VITE_|NEXT_PUBLIC_|PUBLIC_)*"
    r"(?:ENV|ENVIRONMENT|STAGE|APP_ENV|ENV_NAME|ENVIRONMENT_NAME|DEPLOY_ENV)$",
    re.IGNORECASE,
)
_TOLD: Final = (
    *("WorkerVersion", "WorkersScript", "WorkersSecret", "PagesProject", "HyperdriveConfig"),
    *("R2BucketCors", "NotificationPolicyWebhooks", "Ruleset", "DnsRecord"),
)
_ORDINARY: Final = frozenset({"demo", "live"})


@dataclass(frozen=True)
class _Foreign:
    """Hosts of the other stacks, exactly, and their zones."""

    hosts: dict[str, str]
    zones: dict[str, str]
    own_hosts: frozenset[str]
    own_zones: frozenset[str]

    def owner(self, host: str) -> str | None:
        if host in self.own_hosts:
            return None
        if host in self.hosts:
            return self.hosts[host]
        theirs = max((z for z in self.zones if _is_in(host, z)), key=len, default="")
        mine = max((z for z in self.own_zones if _is_in(host, z)), key=len, default="")
        # Without a zone of its own a stack shares the other's, and has its hosts there.
        return self.zones[theirs] if self.own_zones and len(theirs) > len(mine) else None


def _is_in(host: str, zone: str) -> bool:
    return host == zone or host.endswith(f".{zone}")


def _foreign(stack: Stack, context: Context) -> _Foreign:
    hosts: dict[str, str] = {}
    zones: dict[str, str] = {}
    for other in across(stack, context):
        hosts |= {claim.host: other.name for claim in hosts_of(other) if "*" not in claim.host}
        zones |= dict.fromkeys(_zones(other), other.name)
    own = frozenset(claim.host for claim in hosts_of(stack)) if hosts else frozenset[str]()
    return _Foreign(hosts, zones, own, frozenset(_zones(stack)))


def _zones(stack: Stack) -> Iterator[str]:
    for zone in stack.of("Zone"):
        name = zone.inputs["name"].word or zone.inputs["zone"].word
        if name:
            yield name


def _hosts(stack: Stack, context: Context) -> Iterator[Finding]:
    foreign = _foreign(stack, context)
    for setting in (*settings_of(stack, context), *_other_settings(stack, context)):
        for leaf in setting.value.leaves():
            found = _foreign_host(leaf, setting, foreign, context)
            if found is not None:
                # Of the value, which may hold more than an address, only the host is shown; of a secret nothing.
                host = "it" if setting.is_secret or leaf.is_secret else found[0]
                yield Finding(f"{host} is a host of {found[1]}", leaf, setting.resource)


def _other_settings(stack: Stack, context: Context) -> Iterator[Setting]:
    """Hosts that are told elsewhere than in bindings."""
    for config in stack.of("HyperdriveConfig"):
        host = config.inputs.at("origin", "host")
        yield Setting("HOST", host, config, is_secret=host.is_secret)
    for cors in stack.of("R2BucketCors"):
        for rule in cors.inputs["rules"].elements():
            for origin in rule.at("allowed", "origins").elements():
                yield Setting("ORIGIN", origin, cors)
    for webhook in stack.of("NotificationPolicyWebhooks"):
        yield Setting("URL", webhook.inputs["url"], webhook, is_secret=True)
    for ruleset in stack.of("Ruleset"):
        for rule in ruleset.inputs["rules"].elements():
            action = rule["actionParameters"]
            for place in (action.at("origin", "host"), action["hostHeader"], _target(action)):
                if place.exists and rule["enabled"].flag is not False:
                    yield Setting("HOST", place, ruleset)
    for record in stack.of("DnsRecord"):
        # A zone of production's often has the records of all its environments.
        is_its_own = foreign_label(record.inputs["name"].text or "", context, _ORDINARY) is None
        if record.inputs["type"].word == "cname" and is_its_own:
            yield Setting("HOST", first_of(record.inputs, "content", "value"), record)


def _target(action: Property) -> Property:
    """Where a redirect leads to."""
    return action.at("fromValue", "targetUrl", "value")


def _foreign_host(
    leaf: Property, setting: Setting, foreign: _Foreign, context: Context
) -> tuple[str, str] | None:
    """A host in the text, and of which environment it is."""
    text = leaf.text or ""
    hosts = _URL_HOST.findall(text)
    if not hosts and _TELLS_HOST.search(f"{setting.name} {leaf.key}"):
        hosts = _BARE_HOST.findall(text)
    for host in hosts:
        name = host.lower().rstrip(".")
        if matches(name, context.configuration.shared_resources) or "." not in name:
            continue
        if said := foreign.owner(name) or foreign_label(name, context, _ORDINARY):
            return name, said
    return None


def _databases(resource: Resource, context: Context) -> Iterator[Finding]:
    database = resource.inputs.at("origin", "database")
    word = foreign_word(database.text or "", context)
    if word is not None:
        yield Finding(f"the database's name speaks of {word}", database)


def _environment(stack: Stack, context: Context) -> Iterator[Finding]:
    if not is_named_environment(context):
        return
    for setting in settings_of(stack, context):
        if setting.is_secret or not _TELLS_ENVIRONMENT.match(setting.name):
            continue
        value = setting.value
        said = context.configuration.environments_in(value.word or "")
        if said == {"other" if context.production else "production"}:
            yield Finding(f"it says {shown(value)} in {context.stack}", value, setting.resource)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-foreign-hosts",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="No setting of one environment has the address of another's service, or a test writes into real data",
        kinds=_TOLD,
        mend="take the address from the outputs of the same stack",
        link="https://developers.cloudflare.com/workers/configuration/environment-variables/",
        check_stack=_hosts,
        hardening=False,
    ),
    Rule(
        name="forbid-foreign-databases",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A database whose name speaks of another environment holds the other environment's data",
        kinds=("HyperdriveConfig",),
        mend="name the database of this stack in origin.database",
        link="https://developers.cloudflare.com/hyperdrive/configuration/connect-to-postgres/",
        check=_databases,
        hardening=False,
    ),
    Rule(
        name="keep-environment-true",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="Code that is told the wrong environment chooses the wrong keys, reports to the wrong place and shows its errors",
        kinds=("WorkerVersion", "WorkersScript", "PagesProject"),
        mend="set the variable from the stack's name",
        link="https://developers.cloudflare.com/workers/configuration/environment-variables/",
        check_stack=_environment,
    ),
)
