"""Transport: HTTPS everywhere, to the visitor, to the origin and in every address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...masking import shown
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Applies, Context, Finding, Rule, Severity
from .settings import FAMILY, is_active, is_on, settings_of

_ZONE_SETTINGS: Final = ("ZoneSetting", "ZoneSettingsOverride")
_TRAFFIC: Final = ("WorkersRoute", "WorkersCustomDomain", "R2CustomDomain", "PagesDomain")
_WANTED: Final = frozenset({"ssl", "always_use_https", "min_tls_version", "security_header"})
_MOST: Final = 3
"""Of these and DNSSEC: who declares so many means to declare them all."""
_UNVERIFIED: Final = frozenset({"off", "flexible", "full"})
_STRICT_TRANSPORT: Final = "strict-transport-security"
_MAX_AGE: Final = re.compile(r"max-age\s*=\s*\"?(\d+)", re.IGNORECASE)
_PRELOAD_SECONDS: Final = 31_536_000
_SIGNED_ZONES: Final = frozenset({None, "full"})


def _strict_tls(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.kind == "SpectrumApplication":
        tls = resource.inputs["tls"]
        # With off, TLS is the origin's own and passes through.
        if tls.word in _UNVERIFIED - {"off"}:
            yield Finding(f"the origin's certificate is not verified with {shown(tls)}", tls)
        return
    for name, value in settings_of(resource):
        if name == "ssl" and value.word in _UNVERIFIED:
            yield Finding(f"the origin's certificate is not verified with {shown(value)}", value)


def _overrides(resource: Resource, *names: str) -> Iterator[Property]:
    """Zone settings that a rule or a page rule changes for some requests."""
    if resource.kind == "PageRule":
        if is_active(resource):
            yield from (resource.inputs["actions"][name] for name in names)
        return
    for rule in resource.inputs["rules"].elements():
        if rule["action"].word == "set_config" and is_on(rule["enabled"]):
            yield from (rule["actionParameters"][name] for name in names)


def _kept_strict(resource: Resource, context: Context) -> Iterator[Finding]:
    for value in _overrides(resource, "ssl"):
        if value.word in _UNVERIFIED:
            said = f"some requests reach the origin with {shown(value)}, whatever the zone says"
            yield Finding(said, value)


def _https(resource: Resource, context: Context) -> Iterator[Finding]:
    for name, value in settings_of(resource):
        if name == "always_use_https" and value.flag is False:
            yield Finding("visitors who come by HTTP stay there", value)


def _rewrites(resource: Resource, context: Context) -> Iterator[Finding]:
    wanted = ("automaticHttpsRewrites", "opportunisticEncryption")
    if resource.kind in _ZONE_SETTINGS:
        for name, value in settings_of(resource):
            is_one = name in {"automatic_https_rewrites", "opportunistic_encryption"}
            if is_one and value.flag is False:
                yield Finding(f"{name} is off", value)
        return
    for value in _overrides(resource, *wanted):
        if value.flag is False:
            yield Finding("is off for some requests", value)


def _zone_header(resource: Resource) -> Iterator[Property]:
    for name, value in settings_of(resource):
        if name == "security_header":
            header = value.parsed() if value.is_told and value.text else value
            inner = header["strictTransportSecurity"]
            yield inner if inner.exists else header


def _header_rules(resource: Resource) -> Iterator[tuple[Property, Property]]:
    """(operation, value) of each rule that changes the header itself."""
    for rule in resource.inputs["rules"].elements():
        if rule["action"].word != "rewrite" or not is_on(rule["enabled"]):
            continue
        headers = rule["actionParameters"]["headers"]
        named = headers.entries() or [(h["name"].text or "", h) for h in headers.elements()]
        for name, header in named:
            if name.lower() == _STRICT_TRANSPORT:
                yield header["operation"], header["value"]


def _too_short(seconds: float, context: Context) -> bool:
    # Outside production a short age is wise: it is how one tries HSTS out.
    return seconds <= 0 or (
        context.production and seconds < context.configuration.least_hsts_seconds
    )


def _hsts(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.kind == "Ruleset":
        for operation, value in _header_rules(resource):
            age = _MAX_AGE.search(value.text or "")
            if operation.word == "remove":
                yield Finding("the header that holds browsers to HTTPS is taken away", operation)
            elif value.text is not None and (age is None or _too_short(float(age[1]), context)):
                yield Finding("holds browsers to HTTPS for too short a time", value)
        return
    for header in _zone_header(resource):
        age = header["maxAge"]
        if header["enabled"].flag is False or (header.plain() and not header["enabled"].exists):
            yield Finding("browsers are not held to HTTPS", header["enabled"])
        elif header["enabled"].flag is True and not age.exists:
            yield Finding("says no age, and so holds browsers to HTTPS for none", age)
        elif (seconds := age.number) is not None and _too_short(seconds, context):
            yield Finding(f"{shown(age)} seconds hold browsers to HTTPS for too short a time", age)


def _preload(resource: Resource, context: Context) -> Iterator[Finding]:
    for header in _zone_header(resource):
        wide, age = header["includeSubdomains"], header["maxAge"].number
        if header["preload"].flag is not True:
            continue
        if wide.flag is False or not wide.exists:
            yield Finding("preload wants the subdomains included", header["preload"])
        elif age is not None and age < _PRELOAD_SECONDS:
            yield Finding("preload wants an age of a year at least", header["preload"])


def _dnssec(resource: Resource, context: Context) -> Iterator[Finding]:
    status, presigned = resource.told("status"), resource.inputs["dnssecPresigned"]
    if status.word == "disabled" and (presigned.flag is False or not presigned.exists):
        yield Finding("the zone's answers are not signed", status)


def _redirects_to_https(stack: Stack) -> bool:
    rules = [r for s in stack.of("Ruleset") for r in s.inputs["rules"].elements()]
    targets = [r.at("actionParameters", "fromValue", "targetUrl") for r in rules]
    return any(
        "https://" in (leaf.text or "") for target in targets for leaf in target.leaves()
    ) or any(rule.inputs["actions"]["alwaysUseHttps"].flag for rule in stack.of("PageRule"))


def _says_all_else(stack: Stack, named: set[str]) -> bool:
    """Whether a stack sets up its whole zone, and not a part that leaves the rest to somebody else."""
    if len(named & _WANTED) + bool(stack.of("ZoneDnssec")) >= _MOST:
        return True
    types = {record.inputs["type"].word for record in stack.of("DnsRecord")}
    runs = types & {"txt", "mx", "caa"} or stack.of("Ruleset", "ZoneDnssec")
    return bool(runs and stack.of(*_TRAFFIC))


def _zone_settings(stack: Stack, context: Context) -> Iterator[Finding]:
    zones = stack.of("Zone")
    # Of several zones it cannot be told at a preview which of them a setting is for.
    if len(zones) != 1 or zones[0].inputs["paused"].flag is True or zones[0].operation == "read":
        return
    zone = zones[0]
    named = {name for r in stack.of(*_ZONE_SETTINGS) for name, _ in settings_of(r)}
    if not _says_all_else(stack, named):
        return
    if any(not r.inputs["settingId"].is_told for r in stack.of("ZoneSetting")):
        return
    # Of rules that are not known yet, one may do what a setting would.
    rules = [leaf for r in stack.of("Ruleset") for leaf in r.inputs["rules"].leaves()]
    is_unsure = any(not leaf.is_told for leaf in rules)
    if "ssl" not in named:
        yield Finding("its TLS mode to the origin is left to the default", resource=zone)
    if "always_use_https" not in named and not is_unsure and not _redirects_to_https(stack):
        yield Finding("nothing sends its visitors from HTTP to HTTPS", resource=zone)
    if "min_tls_version" not in named:
        yield Finding("no minimum TLS version is set, and the default is 1.0", resource=zone)
    if (
        "security_header" not in named
        and not is_unsure
        and not any(
            operation.word == "set"
            for r in stack.of("Ruleset")
            for operation, _ in _header_rules(r)
        )
    ):
        yield Finding("no setting holds browsers to HTTPS (HSTS)", resource=zone)
    if zone.inputs["type"].word in _SIGNED_ZONES and not stack.of("ZoneDnssec"):
        yield Finding("DNSSEC is not set up", resource=zone)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-strict-tls",
        family=FAMILY,
        severity=Severity.CRITICAL,
        why="Cloudflare speaks TLS to the origin and verifies its certificate, or anybody on the way can read along",
        kinds=(*_ZONE_SETTINGS, "SpectrumApplication"),
        mend='set the zone setting ssl, or tls of a Spectrum application, to "strict"',
        link="https://developers.cloudflare.com/ssl/origin-configuration/ssl-modes/full-strict/",
        check=_strict_tls,
    ),
    Rule(
        name="keep-strict-tls",
        family=FAMILY,
        severity=Severity.HIGH,
        why="No rule for some requests undoes the strict TLS that the zone demands of the origin",
        kinds=("Ruleset", "PageRule"),
        mend='take ssl out of the rule, or set it to "strict"',
        link="https://developers.cloudflare.com/rules/configuration-rules/settings/",
        check=_kept_strict,
    ),
    Rule(
        name="require-https",
        family=FAMILY,
        severity=Severity.HIGH,
        why="Who comes by HTTP is sent on to HTTPS, or passwords and sessions travel in clear text",
        kinds=_ZONE_SETTINGS,
        mend="set the zone setting always_use_https to on",
        link="https://developers.cloudflare.com/ssl/edge-certificates/additional-options/always-use-https/",
        check=_https,
    ),
    Rule(
        name="require-hsts",
        family=FAMILY,
        severity=Severity.HIGH,
        why="Browsers are told to come by HTTPS alone, for half a year at least, so that nobody can talk them out of it",
        kinds=(*_ZONE_SETTINGS, "Ruleset"),
        mend="enable strict_transport_security with a max_age of 31536000",
        link="https://developers.cloudflare.com/ssl/edge-certificates/additional-options/http-strict-transport-security/",
        check=_hsts,
    ),
    Rule(
        name="limit-hsts-preload",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="Preload is asked for only with all subdomains and a year's age, without which browsers refuse it",
        kinds=_ZONE_SETTINGS,
        mend="set include_subdomains to true and max_age to 31536000, or preload to false",
        link="https://developers.cloudflare.com/ssl/edge-certificates/additional-options/http-strict-transport-security/",
        check=_preload,
    ),
    Rule(
        name="require-dnssec",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="The zone's answers are signed, so that nobody can send visitors elsewhere with forged ones",
        kinds=("ZoneDnssec",),
        mend='set status to "active", and the DS record at the registrar',
        link="https://developers.cloudflare.com/dns/dnssec/",
        check=_dnssec,
    ),
    Rule(
        name="keep-https-rewrites",
        family=FAMILY,
        severity=Severity.LOW,
        why="Links to HTTP in a page are rewritten to HTTPS, so that no part of it is loaded in clear text",
        kinds=(*_ZONE_SETTINGS, "Ruleset", "PageRule"),
        mend="set automatic_https_rewrites and opportunistic_encryption to on, or leave them out",
        link="https://developers.cloudflare.com/ssl/edge-certificates/additional-options/automatic-https-rewrites/",
        check=_rewrites,
    ),
    Rule(
        name="require-zone-settings",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="A stack that sets up a zone also says how it is reached, because a new zone takes HTTP and TLS 1.0",
        kinds=(
            *("Zone", "ZoneDnssec", "Ruleset", "PageRule", "DnsRecord"),
            *(*_ZONE_SETTINGS, *_TRAFFIC),
        ),
        mend="declare the zone settings ssl, always_use_https, min_tls_version and security_header, and a ZoneDnssec",
        link="https://developers.cloudflare.com/api/resources/zones/subresources/settings/",
        check_stack=_zone_settings,
        applies=Applies.PRODUCTION,
        needs_whole=True,
    ),
)
