"""TLS as zones, hosts and buckets set it: which versions and ciphers they still speak."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Final

from ...masking import shown
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity

FAMILY: Final = "transport"
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OLD_KEYS: Final = {"tls13": "tls_1_3", "tls12_only": "tls_1_2_only"}
_PREFIX: Final = re.compile(r"^tls[\s_-]*v?(?=\d)")
_OLD_VERSIONS: Final = frozenset({"1.0", "1", "1.1"})
_WEAK_CIPHER: Final = re.compile(r"RC4|3DES|DES-|NULL|EXPORT|MD5|CBC|AES(128|256)-SHA\d*$")
_OWN_CERTIFICATES: Final = ("CertificatePack", "CustomSsl", "TotalTls", "KeylessCertificate")
_KNOWN: Final = frozenset(
    {
        *("ssl", "always_use_https", "min_tls_version", "tls_1_3", "tls_1_2_only", "ciphers"),
        *("security_header", "automatic_https_rewrites", "opportunistic_encryption"),
    }
)
_SIMILAR: Final = frozenset({"opportunistic_onion"})
"""A setting that there is, whose name is nearly one of those above."""
_NEAR: Final = 0.8
"""How alike a name is that was meant for another: `always_https` is, `min_version` is not."""


def is_on(switch: Property) -> bool:
    """Whether a rule's `enabled` lets it act: it does so unless it is said, and may not where it is not known yet."""
    return switch.flag is True or not switch.exists


def is_active(page_rule: Resource) -> bool:
    status = page_rule.inputs["status"]
    return status.word == "active" or not status.exists


def settings_of(resource: Resource) -> Iterator[tuple[str, Property]]:
    """What a resource sets for its zone or host, by Cloudflare's name, however the program wrote that."""
    if resource.kind == "ZoneSettingsOverride":
        for key, value in resource.inputs["settings"].entries():
            yield _name(key), value
        return
    name = resource.inputs["settingId"]
    name = name if name.exists else resource.inputs["setting"]
    if (text := name.text) is not None:
        yield _name(text), resource.inputs["value"]


def _name(written: str) -> str:
    name = _CAMEL.sub("_", written.strip()).lower().replace("-", "_")
    return _OLD_KEYS.get(name, name)


def _least_versions(resource: Resource) -> Iterator[Property]:
    """Where a resource says which TLS version it takes at least."""
    if resource.kind == "R2CustomDomain":
        if is_on(resource.inputs["enabled"]):
            yield resource.inputs["minTls"]
    elif resource.kind == "CustomHostname":
        yield resource.inputs.at("ssl", "settings", "minTlsVersion")
    else:
        yield from (v for name, v in settings_of(resource) if name == "min_tls_version")


def _modern_tls(resource: Resource, context: Context) -> Iterator[Finding]:
    for version in _least_versions(resource):
        told = _PREFIX.sub("", version.word or "")
        if told in _OLD_VERSIONS:
            yield Finding(f"lets visitors in with TLS {told}", version)


def _bucket_tls(resource: Resource, context: Context) -> Iterator[Finding]:
    told = resource.told("minTls")
    if not is_on(resource.inputs["enabled"]) or resource.inputs["minTls"].exists:
        return
    if not told.exists or told.word in _OLD_VERSIONS:
        yield Finding("says no minimum TLS version, and the default is 1.0", told)


def _tls_1_3(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.kind == "CustomHostname":
        value = resource.inputs.at("ssl", "settings", "tls13")
        if value.flag is False:
            yield Finding("TLS 1.3 is off", value)
        return
    for name, value in settings_of(resource):
        if name == "tls_1_3" and value.flag is False:
            yield Finding("TLS 1.3 is off", value)
        if name == "tls_1_2_only" and value.flag is True:
            yield Finding("TLS 1.2 alone is spoken, which shuts TLS 1.3 out", value)


def _ciphers(resource: Resource) -> Iterator[Property]:
    if resource.kind == "R2CustomDomain":
        yield resource.inputs["ciphers"]
    elif resource.kind == "CustomHostname":
        yield resource.inputs.at("ssl", "settings", "ciphers")
    else:
        yield from (value for name, value in settings_of(resource) if name == "ciphers")


def _weak_ciphers(resource: Resource, context: Context) -> Iterator[Finding]:
    for listed in _ciphers(resource):
        for cipher in listed.elements():
            if _WEAK_CIPHER.search((cipher.text or "").upper().replace("_", "-")):
                yield Finding(f"{shown(cipher)} is a weak cipher", cipher)
    for name, value in settings_of(resource):
        if name == "sha1_support" and value.flag is True:
            yield Finding("certificates signed with SHA-1 are served", value)


def _universal_ssl(stack: Stack, context: Context) -> Iterator[Finding]:
    certified = {r.inputs["zoneId"].text for r in stack.of(*_OWN_CERTIFICATES)}
    for resource in stack.of("UniversalSslSetting"):
        enabled = resource.inputs["enabled"]
        zone = resource.inputs["zoneId"].text
        # A zone that is not known yet may be the one that has a certificate of its own.
        is_covered = bool(certified) if zone is None else bool(certified & {zone, None})
        if enabled.flag is False and not is_covered:
            said = "Universal SSL is off, and this stack has no other certificate for the zone"
            yield Finding(said, enabled, resource)


def _setting_names(resource: Resource, context: Context) -> Iterator[Finding]:
    written = resource.inputs["settingId"]
    for name, _ in settings_of(resource):
        near = difflib.get_close_matches(name, () if name in _SIMILAR else _KNOWN, 1, _NEAR)
        if near and written.text != near[0]:
            yield Finding(f"Cloudflare knows no setting {shown(written)}, but {near[0]}", written)


SETTINGS_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-modern-tls",
        family=FAMILY,
        severity=Severity.HIGH,
        why="Visitors connect with TLS 1.2 or later, since earlier versions are broken and withdrawn",
        kinds=(
            *("ZoneSetting", "ZoneSettingsOverride", "HostnameTlsSetting"),
            *("R2CustomDomain", "CustomHostname"),
        ),
        mend='set the minimum TLS version to "1.2"',
        link="https://developers.cloudflare.com/ssl/edge-certificates/additional-options/minimum-tls/",
        check=_modern_tls,
    ),
    Rule(
        name="require-bucket-tls",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="A bucket's custom domain says its minimum TLS version, because without one it takes TLS 1.0",
        kinds=("R2CustomDomain",),
        mend='set minTls to "1.2"',
        link="https://developers.cloudflare.com/r2/buckets/public-buckets/",
        check=_bucket_tls,
    ),
    Rule(
        name="require-tls-1-3",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="TLS 1.3 is on: it is faster, and it has no weak ciphers left to choose",
        kinds=("ZoneSetting", "ZoneSettingsOverride", "CustomHostname"),
        mend="set tls_1_3 to on, and take tls_1_2_only out",
        link="https://developers.cloudflare.com/ssl/edge-certificates/additional-options/tls-13/",
        check=_tls_1_3,
    ),
    Rule(
        name="forbid-weak-ciphers",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="A list of ciphers holds no CBC, 3DES or RC4, each of which has known attacks",
        kinds=(
            *("ZoneSetting", "ZoneSettingsOverride", "HostnameTlsSetting"),
            *("R2CustomDomain", "CustomHostname"),
        ),
        mend="keep only ciphers with GCM or CHACHA20, or leave the list out",
        link="https://developers.cloudflare.com/ssl/edge-certificates/additional-options/cipher-suites/",
        check=_weak_ciphers,
    ),
    Rule(
        name="require-universal-ssl",
        family=FAMILY,
        severity=Severity.HIGH,
        why="A zone has a certificate; without Universal SSL or another one nobody reaches it by HTTPS",
        kinds=("UniversalSslSetting", *_OWN_CERTIFICATES),
        mend="set enabled to true, or order a certificate pack in this stack",
        link="https://developers.cloudflare.com/ssl/edge-certificates/universal-ssl/disable-universal-ssl/",
        check_stack=_universal_ssl,
        needs_whole=True,
    ),
    Rule(
        name="verify-setting-name",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="A setting's name is written as Cloudflare writes it, or it protects nothing",
        kinds=("ZoneSetting",),
        mend="write the name as Cloudflare's API does, like always_use_https",
        link="https://developers.cloudflare.com/api/resources/zones/subresources/settings/",
        check=_setting_names,
    ),
)
