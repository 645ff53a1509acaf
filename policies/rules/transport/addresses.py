"""Addresses that a program hands over: none of them leads through clear text, and whoever answers is verified."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ...properties import Property
from ...resources import Resource
from ...rule import Context, Finding, Rule, Severity
from .settings import is_active, is_on

_FAMILY: Final = "transport"
CODE: Final = ("WorkerVersion", "WorkersScript", "PagesProject")
_URL: Final = re.compile(
    r"\b(?P<scheme>https?|wss?|redis)://(?P<rest>[^\s\"'<>,;|\\]*)", re.IGNORECASE
)
_HOST: Final = re.compile(r"(?:[^/@?#]*@)?(\[[0-9a-f:]+\]|[\w.*${}-]+)", re.IGNORECASE)
LOOPBACK: Final = re.compile(
    r"localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0|.+\.localhost", re.IGNORECASE
)
_PLACES: Final = {
    "CustomPages": ("url",),
    "List": ("items/*/redirect/targetUrl",),
    "ListItem": ("redirect/targetUrl",),
    "LogpushJob": ("destinationConf",),
    "PageRule": ("actions/forwardingUrl/url",),
    "R2BucketCors": ("rules/*/allowed/origins/*",),
    "Ruleset": (
        *(
            "rules/*/actionParameters/fromValue/targetUrl/value",
            "rules/*/actionParameters/headers/*/value",
        ),
    ),
    "ZeroTrustAccessApplication": (
        *("corsHeaders/allowedOrigins/*", "saasApp/consumerServiceUrl", "saasApp/ssoEndpoint"),
    ),
    "ZeroTrustAccessIdentityProvider": (
        *("config/authUrl", "config/certsUrl", "config/ssoTargetUrl", "config/tokenUrl"),
    ),
}
"""Where a resource holds an address, besides bindings and variables."""
_INNER: Final = (".internal", ".local", ".test", ".invalid", ".svc", ".lan")
"""Ends of names that no public network resolves, such as the made-up hosts of service bindings."""
_NAMESPACES: Final = (
    *(
        "www.w3.org",
        "www.okta.com",
        "schemas.xmlsoap.org",
        "schemas.microsoft.com",
        "schemas.openxmlformats.org",
    ),
    *("schema.org", "json-schema.org", "purl.org", "xmlns.com", "ns.adobe.com", "ogp.me"),
    *(
        "www.sitemaps.org",
        "docs.oasis-open.org",
        "specs.openid.net",
        "www.opengis.net",
        "tempuri.org",
    ),
    *("creativecommons.org", "base.google.com", "search.yahoo.com", "a9.com", "openid.net"),
    *("www.itunes.com", "www.topografix.com", "java.sun.com", "adaptivecards.io", "rdfs.org"),
    *("cyclonedx.org", "spdx.org", "www.hl7.org", "hl7.org", "snomed.info", "loinc.org"),
)
"""Hosts in names of XML and JSON vocabularies, which nobody calls."""
_NAMED_AS_NAME: Final = re.compile(
    r"(XMLNS(:\w+)?|NAMESPACE|ENTITY(_?ID)?|AUDIENCE|\$?SCHEMA|VOCAB|@CONTEXT|OCSP(_URL)?|CRL(_URL)?)$",
    re.IGNORECASE,
)
_API: Final = "CLOUDFLARE_BASE_URL"
"""Cloudflare's API, as its provider calls it: on this machine it is a local cloud's, and production there is a rehearsal."""
_ANY_URL: Final = re.compile(r"\b(http|ws)(:|%3A)", re.IGNORECASE)
_ESCAPED: Final = re.compile(r":(\\/\\/|%2F%2F)|%3A%2F%2F", re.IGNORECASE)
_PATTERN_ARGUMENT: Final = re.compile(
    r"(wildcard_replace|regex_replace|starts_with)\(\s*[^,()]*(\([^()]*\))?\s*,\s*r?#*\"(?:[^\"\\]|\\.)*\"#*"
)
_CLEAR_LITERAL: Final = re.compile(r"\"(http|ws)://", re.IGNORECASE)


def values_of(resource: Resource) -> Iterator[tuple[str, Property]]:
    """(name, text) of each binding and environment variable; JSON is taken apart."""
    inputs = resource.inputs
    for binding in inputs["bindings"].elements():
        name = binding["name"].text
        if name is None:
            continue
        if (text := binding["text"]).exists:
            yield name, text
        elif (content := binding["json"]).exists:
            for leaf in (content.parsed() if content.text else content).leaves():
                yield f"{name}.{leaf.key}", leaf
    for key in ("plainTextBindings", "secretTextBindings"):
        for binding in inputs[key].elements():
            yield binding["name"].text or "", binding["text"]
    for _, deployment in inputs["deploymentConfigs"].entries():
        for name, variable in deployment["envVars"].entries():
            yield name, variable["value"]
        for name, variable in deployment["environmentVariables"].entries():
            yield name, variable


def _at(within: Property, path: Sequence[str]) -> Iterator[Property]:
    """The properties at a path, of which `*` is each member that is not turned off."""
    if not path:
        yield within
    elif path[0] == "*":
        for member in within.elements() or [inner for _, inner in within.entries()]:
            if is_on(member["enabled"]):
                yield from _at(member, path[1:])
    else:
        yield from _at(within[path[0]], path[1:])


def _addresses(resource: Resource) -> Iterator[tuple[str, Property]]:
    """(name, text) of everything in a resource that may hold an address."""
    if resource.kind in CODE:
        yield from values_of(resource)
    elif resource.kind != "PageRule" or is_active(resource):
        for path in _PLACES.get(resource.kind, ()):
            yield from (("", found) for found in _at(resource.inputs, path.split("/")))


def hosts_in(text: str) -> Iterator[tuple[str, str]]:
    for found in _URL.finditer(_ESCAPED.sub("://", text)):
        if host := _HOST.match(found["rest"]):
            yield found["scheme"].lower(), host[1].lower().rstrip(".")


def is_inner(host: str, context: Context) -> bool:
    """Whether nothing sent to this host leaves the machine or Cloudflare."""
    if LOOPBACK.fullmatch(host):
        # A production that calls localhost was given a developer's setting.
        return not context.production
    made_up = not any(mark in host for mark in ".[:$*{")
    is_name = host in _NAMESPACES or host.startswith(("schemas.", "schema.", "xmlns.", "ns."))
    return made_up or is_name or host.endswith(_INNER)


def _plain_http(resource: Resource, context: Context) -> Iterator[Finding]:
    for name, value in _addresses(resource):
        text = value.text or ""
        if not _ANY_URL.search(text) or _NAMED_AS_NAME.search(name):
            continue
        clear = [h for scheme, h in hosts_in(text) if scheme in {"http", "ws"}]
        if name == _API:
            clear = [host for host in clear if not LOOPBACK.fullmatch(host)]
        if any(not is_inner(host, context) for host in clear):
            yield Finding("holds an address that is reached in clear text", value)
    if resource.kind != "Ruleset":
        return
    for rule in resource.inputs["rules"].elements():
        target = rule.at("actionParameters", "fromValue", "targetUrl", "expression")
        made = _PATTERN_ARGUMENT.sub("", target.text or "")
        if is_on(rule["enabled"]) and _CLEAR_LITERAL.search(made):
            yield Finding("sends visitors to HTTP", target)


def _webhooks(resource: Resource, context: Context) -> Iterator[Finding]:
    for key in ("url", "notificationUrl", "destinationUrl"):
        url = resource.inputs[key]
        text = (url.text or "").strip().lower()
        if text and not text.startswith("https://"):
            yield Finding("is no HTTPS address", url)


def _certificates(resource: Resource, context: Context) -> Iterator[Finding]:
    inputs = resource.inputs
    for unchecked in (inputs["allowInsecure"], inputs.at("httpConfig", "allowInsecure")):
        if unchecked.flag is True:
            yield Finding("the origin's certificate is not verified", unchecked)
    yield from _tunnel(inputs["config"])
    conf = inputs["destinationConf"]
    if "insecure-skip-verify=true" in (conf.text or "").lower():
        yield Finding("the destination's certificate is not verified", conf)
    if resource.kind in CODE:
        for name, value in values_of(resource):
            if name.upper() == "NODE_TLS_REJECT_UNAUTHORIZED" and value.word in {"0", "false"}:
                yield Finding("no certificate is verified", value)


def _tunnel(config: Property) -> Iterator[Finding]:
    """A tunnel's own machine needs no certificate; whatever it reaches over a network does."""
    said = "the origin's certificate is not verified"
    ingresses = config["ingresses"].elements()
    everywhere = config.at("originRequest", "noTlsVerify")
    for ingress in ingresses:
        unchecked = ingress.at("originRequest", "noTlsVerify")
        if unchecked.flag is True and _is_remote_https(ingress):
            yield Finding(said, unchecked)
    if everywhere.flag is True and (not ingresses or any(map(_is_remote_https, ingresses))):
        yield Finding(said, everywhere)


def _is_remote_https(ingress: Property) -> bool:
    hosts = [
        h for scheme, h in hosts_in(ingress["service"].text or "") if scheme in {"https", "wss"}
    ]
    return any(not LOOPBACK.fullmatch(host) for host in hosts)


ADDRESS_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-plain-http",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="No address in a binding, variable, redirect or origin is http:// or ws://: whatever goes there can be read and changed",
        kinds=(
            *CODE,
            *("R2BucketCors", "Ruleset", "PageRule", "List", "ListItem", "LogpushJob"),
            *("ZeroTrustAccessApplication", "ZeroTrustAccessIdentityProvider", "CustomPages"),
        ),
        mend="write https:// or wss://",
        link="https://developers.cloudflare.com/workers/configuration/environment-variables/",
        check=_plain_http,
    ),
    Rule(
        name="require-https-webhooks",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Alerts and their secret go out by HTTPS, or anybody on the way reads and forges them",
        kinds=("NotificationPolicyWebhooks", "StreamWebhook", "ZeroTrustCasbWebhook"),
        mend="give the webhook an https:// address",
        link="https://developers.cloudflare.com/notifications/get-started/configure-webhooks/",
        check=_webhooks,
    ),
    Rule(
        name="verify-certificates",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Who connects by TLS verifies the other's certificate, or TLS protects from nobody who is on the way",
        kinds=(
            *("ZeroTrustTunnelCloudflaredConfig", "LoadBalancerMonitor", "Healthcheck"),
            *("LogpushJob", *CODE),
        ),
        mend="take the switch out, and give the other side a certificate that can be verified (caPool, originServerName)",
        link="https://developers.cloudflare.com/tunnel/reference/origin-parameters/",
        check=_certificates,
    ),
)
