"""Addresses that a program hands over: none of them leads through clear text, to a web host or to a database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from ..properties import Property
from ..resources import Resource
from ..rule import Context, Finding, Rule, Severity

_FAMILY: Final = "transport"
_CODE: Final = ("WorkerVersion", "WorkersScript", "PagesProject")
_URL: Final = re.compile(
    r"\b(?P<scheme>https?|wss?|redis)://(?P<rest>[^\s\"'<>,;|\\]*)", re.IGNORECASE
)
_HOST: Final = re.compile(r"(?:[^/@?#]*@)?(\[[0-9a-f:]+\]|[\w.*${}-]+)", re.IGNORECASE)
_LOOPBACK: Final = re.compile(
    r"localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0|.+\.localhost", re.IGNORECASE
)
_PLACES: Final = {
    "CustomPages": ("url",),
    "List": ("items/*/redirect/targetUrl",),
    "ListItem": ("redirect/targetUrl",),
    "LogpushJob": ("destinationConf",),
    "PageRule": ("actions/forwardingUrl/url",),
    "R2BucketCors": ("rules/*/allowed/origins/*",),
    "Ruleset": ("rules/*/actionParameters/fromValue/targetUrl/value",),
    "ZeroTrustAccessApplication": (
        *("corsHeaders/allowedOrigins/*", "saasApp/consumerServiceUrl", "saasApp/ssoEndpoint"),
    ),
}
"""Where a resource holds an address, besides bindings and variables."""
_INNER: Final = (".internal", ".local", ".test", ".invalid", ".svc", ".lan")
"""Ends of names that no public network resolves, such as the made-up hosts of service bindings."""
_NAMESPACES: Final = (
    *("www.w3.org", "schemas.xmlsoap.org", "schemas.microsoft.com", "schemas.openxmlformats.org"),
    *("schema.org", "json-schema.org", "purl.org", "xmlns.com", "ns.adobe.com", "ogp.me"),
    *(
        "www.sitemaps.org",
        "docs.oasis-open.org",
        "specs.openid.net",
        "www.opengis.net",
        "tempuri.org",
    ),
    *("cyclonedx.org", "spdx.org", "www.hl7.org", "hl7.org", "snomed.info", "loinc.org"),
)
"""Hosts in names of XML and JSON vocabularies, which nobody calls."""
_NAMED_AS_NAME: Final = re.compile(
    r"(XMLNS(:\w+)?|NAMESPACE|\$?SCHEMA|VOCAB|@CONTEXT|OCSP(_URL)?|CRL(_URL)?)$", re.IGNORECASE
)
_ANY_URL: Final = re.compile(r"\b(http|ws)(:|%3A)", re.IGNORECASE)
_ESCAPED: Final = re.compile(r":(\\/\\/|%2F%2F)|%3A%2F%2F", re.IGNORECASE)
_PATTERN_ARGUMENT: Final = re.compile(
    r"(wildcard_replace|regex_replace|starts_with)\(\s*[^,()]*(\([^()]*\))?\s*,\s*r?#*\"(?:[^\"\\]|\\.)*\"#*"
)
_CLEAR_LITERAL: Final = re.compile(r"\"(http|ws)://", re.IGNORECASE)
_DATABASE: Final = re.compile(
    r"\b(postgres(ql)?|mysql2?|mariadb|mongodb(\+srv)?|sqlserver|mssql|cockroachdb|jdbc:\w+|rediss?)(\+\w+)?:",
    re.IGNORECASE,
)
_KEYWORDS: Final = re.compile(r"\b(host|hostaddr|dbname|server|data source)\s*=", re.IGNORECASE)
_UNSAFE_PARAMETER: Final = re.compile(
    r"(?<![a-z])(sslmode\s*=\s*(disabled?|allow|prefer(red)?|no-verify)"
    r"|ssl-?mode\s*=\s*(disabled?|prefer(red)?)"
    r"|(use)?(ssl|tls)\s*=\s*(false|0|off|no|no-verify|disable|skip-verify|preferred)"
    r"|encrypt\s*=\s*(false|no|optional)"
    r"|(sslaccept\s*=\s*accept_invalid_certs)"
    r"|(tlsinsecure|tlsallowinvalidcertificates|tlsallowinvalidhostnames|trustservercertificate)\s*=\s*(true|yes)"
    r"|(rejectunauthorized|verifyservercertificate)[\"'\s]*[=:]\s*(false|0))(?![a-z0-9-])",
    re.IGNORECASE,
)
_DATABASE_SWITCH: Final = re.compile(
    r"^PGSSLMODE$|(^|_)(DB|DATABASE|PG|POSTGRES(QL)?|MYSQL|MONGO(DB)?|REDIS)_(.*_)?(SSL|TLS|SSL_?MODE)(_ENABLED)?$",
    re.IGNORECASE,
)
_SWITCHED_OFF: Final = frozenset(
    {"disable", "disabled", "allow", "prefer", "preferred", "false", "0", "off", "no", "no-verify"}
)
_WITH_PASSWORD: Final = re.compile(r"redis://[^/\s@]*:[^/\s@]+@", re.IGNORECASE)
_HYPERDRIVE_MODES: Final = frozenset(
    {"disable", "disabled", "allow", "prefer", "preferred", "no-verify", "none", "off"}
)


def values_of(resource: Resource) -> Iterator[tuple[str, Property]]:
    """(name, text) of each binding and environment variable; JSON is taken apart."""
    inputs = resource.inputs
    for binding in inputs["bindings"].elements():
        name = binding["name"].text or ""
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
    """The properties at a path, of which `*` is each element that is not turned off."""
    if not path:
        yield within
    elif path[0] == "*":
        for element in within.elements():
            if element["enabled"].flag is not False:
                yield from _at(element, path[1:])
    else:
        yield from _at(within[path[0]], path[1:])


def _addresses(resource: Resource) -> Iterator[tuple[str, Property]]:
    """(name, text) of everything in a resource that may hold an address."""
    if resource.kind in _CODE:
        yield from values_of(resource)
    elif resource.inputs["status"].word != "disabled":
        for path in _PLACES.get(resource.kind, ()):
            yield from (("", found) for found in _at(resource.inputs, path.split("/")))


def _hosts(text: str) -> Iterator[tuple[str, str]]:
    for found in _URL.finditer(_ESCAPED.sub("://", text)):
        if host := _HOST.match(found["rest"]):
            yield found["scheme"].lower(), host[1].lower().rstrip(".")


def _is_inner(host: str, context: Context) -> bool:
    """Whether nothing sent to this host leaves the machine or Cloudflare."""
    if _LOOPBACK.fullmatch(host):
        # A production that calls localhost was given a developer's setting.
        return not context.production
    made_up = not any(mark in host for mark in ".[:$*{")
    return made_up or host.endswith(_INNER) or host in _NAMESPACES


def _plain_http(resource: Resource, context: Context) -> Iterator[Finding]:
    for name, value in _addresses(resource):
        text = value.text or ""
        if not _ANY_URL.search(text) or _NAMED_AS_NAME.search(name):
            continue
        clear = [h for scheme, h in _hosts(text) if scheme in {"http", "ws"}]
        if any(not _is_inner(host, context) for host in clear):
            yield Finding("holds an address that is reached in clear text", value)
    if resource.kind != "Ruleset":
        return
    for rule in resource.inputs["rules"].elements():
        target = rule.at("actionParameters", "fromValue", "targetUrl", "expression")
        made = _PATTERN_ARGUMENT.sub("", target.text or "")
        if rule["enabled"].flag is not False and _CLEAR_LITERAL.search(made):
            yield Finding("sends visitors to HTTP", target)


def _webhooks(resource: Resource, context: Context) -> Iterator[Finding]:
    for key in ("url", "notificationUrl", "destinationUrl"):
        url = resource.inputs[key]
        text = (url.text or "").strip().lower()
        if text and not text.startswith("https://"):
            yield Finding("is no HTTPS address", url)


def _database_tls(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.kind == "HyperdriveConfig":
        mode = resource.inputs.at("mtls", "sslmode")
        if mode.word in _HYPERDRIVE_MODES:
            yield Finding("the connection to the database may be in clear text", mode)
        return
    for name, value in values_of(resource):
        text = value.text or ""
        is_address = _DATABASE.search(text) or ("://" not in text and _KEYWORDS.search(text))
        if is_address and not _stays_here(text, context):
            remote = [h for scheme, h in _hosts(text) if scheme == "redis"]
            if _UNSAFE_PARAMETER.search(unquote(text)):
                yield Finding(
                    "lets the connection to the database be in clear text or unverified", value
                )
            elif remote and _WITH_PASSWORD.search(text) and not _is_inner(remote[0], context):
                yield Finding("sends its password to Redis without TLS", value)
        elif _DATABASE_SWITCH.search(name.rsplit(".", 1)[-1]) and value.word in _SWITCHED_OFF:
            yield Finding("turns TLS to the database off", value)


def _stays_here(text: str, context: Context) -> bool:
    try:
        host = urlsplit(text.strip()).hostname or ""
    except ValueError:
        return False
    return bool(_LOOPBACK.fullmatch(host)) and not context.production


def _certificates(resource: Resource, context: Context) -> Iterator[Finding]:
    inputs = resource.inputs
    for unchecked in (inputs["allowInsecure"], inputs.at("httpConfig", "allowInsecure")):
        if unchecked.flag is True:
            yield Finding("the origin's certificate is not verified", unchecked)
    yield from _tunnel(inputs["config"])
    conf = inputs["destinationConf"]
    if "insecure-skip-verify=true" in (conf.text or "").lower():
        yield Finding("the destination's certificate is not verified", conf)
    if resource.kind in _CODE:
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
    hosts = [h for scheme, h in _hosts(ingress["service"].text or "") if scheme in {"https", "wss"}]
    return any(not _LOOPBACK.fullmatch(host) for host in hosts)


ADDRESS_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-plain-http",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="No address in a binding, variable, redirect or origin is http:// or ws://: whatever goes there can be read and changed",
        kinds=(
            *_CODE,
            *("R2BucketCors", "Ruleset", "PageRule", "List", "ListItem", "LogpushJob"),
            *("ZeroTrustAccessApplication", "CustomPages"),
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
        name="require-database-tls",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A database is spoken to with TLS always, and not only where it likes: the password is in the first packet",
        kinds=("HyperdriveConfig", *_CODE),
        mend="use sslmode=require or stricter, and rediss:// for Redis",
        link="https://developers.cloudflare.com/hyperdrive/configuration/tls-ssl-certificates-for-hyperdrive/",
        check=_database_tls,
    ),
    Rule(
        name="verify-certificates",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Who connects by TLS verifies the other's certificate, or TLS protects from nobody who is on the way",
        kinds=(
            *("ZeroTrustTunnelCloudflaredConfig", "LoadBalancerMonitor", "Healthcheck"),
            *("LogpushJob", *_CODE),
        ),
        mend="take the switch out, and give the other side a certificate that can be verified (caPool, originServerName)",
        link="https://developers.cloudflare.com/tunnel/reference/origin-parameters/",
        check=_certificates,
    ),
)
