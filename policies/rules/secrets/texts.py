"""No secret in texts that people read: code, commands, labels, records, rules and data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...credentials.names import Telling, telling_of
from ...credentials.reading import secret_in
from ...credentials.shapes import shape_in_code, shape_of
from ...credentials.values import may_be_secret
from ...properties import Property
from ...resources import Resource
from ...rule import ANY, Context, Finding, Rule, Severity
from .places import (
    is_label,
    labels_of,
    secret_in_field,
    secret_in_label,
    secret_in_module,
)
from .requests import (
    header_of,
    secret_in_expression,
    secret_in_header,
    secret_in_header_expression,
)
from .settings import PAGES_KINDS, WORKER_KINDS, text_of

_FAMILY: Final = "secrets"
_SECRETS_PAGE: Final = "https://developers.cloudflare.com/workers/configuration/secrets/"
CODE_KINDS: Final = (*WORKER_KINDS, "Snippet", "Snippets")
RULE_KINDS: Final = ("Ruleset", "PageRule", "Filter", "SnippetRules", "CloudConnectorRules")
RULE_PARTS: Final = ("rules", "actions", "expression")
RECORD_PARTS: Final = ("content", "value", "data")

_LEAST_PAGE: Final = 8
"""Words from which a text in KV is one that people read."""


def in_code(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    content = resource.inputs["content"]
    if content.exists and (what := shape_in_code(content.text or "")) is not None:
        yield Finding(f"the code holds {what}", content)
    for module in resource.inputs["modules"].elements():
        at = module["contentBase64"]
        if at.exists and (what := secret_in_module(at.text or "")) is not None:
            yield Finding(f"the code holds {what}", at)
    if resource.kind in {"Snippet", "Snippets"}:
        for at in resource.inputs["files"].unread_leaves():
            if at.key != "name" and (what := shape_in_code(at.text or "")) is not None:
                yield Finding(f"the code holds {what}", at)


def in_build(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    at = resource.inputs.at("buildConfig", "buildCommand")
    found = secret_in("", at.text or "") if at.exists else None
    if found is not None:
        yield Finding(f"the command holds {found.what}", at)


def in_label(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    if (what := shape_of(resource.name)) is not None:
        yield Finding(f"the resource's name in the program holds {what}")
    for at in labels_of(resource):
        if (what := secret_in_label(at)) is not None:
            yield Finding(f"holds {what}", at)


def in_record(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    for key in RECORD_PARTS:
        for at in resource.inputs[key].unread_leaves():
            text = at.text
            if not text:
                continue
            bare = text.replace('" "', "").strip('"')
            found = secret_in("record", bare)
            if found is not None and found.certain:
                yield Finding(f"everybody can ask for it, and it holds {found.what}", at)


def in_rule(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    for at in (at for part in RULE_PARTS for at in resource.inputs[part].unread_leaves()):
        if at.is_secret or is_label(at.path) or not (text := at.text):
            continue
        if (what := _secret_in_rule(at, header_of(resource, at), text)) is not None:
            yield Finding(f"holds {what}", at)


def _secret_in_rule(at: Property, header: str | None, text: str) -> str | None:
    if header is not None and at.key == "value":
        return secret_in_header(header, text)
    if (what := secret_in_expression(text)) is not None:
        return what
    if at.key != "expression":
        return secret_in_field(at, text, named=True)
    return secret_in_header_expression(header, text) if header is not None else None


def in_data(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    value = resource.inputs["value"]
    name = resource.inputs["keyName"].text or ""
    for at, text in (
        (value, text_of(value)),
        *((m, m.text) for m in resource.inputs["metadata"].unread_leaves()),
    ):
        if at.is_secret or not text:
            continue
        key = name if at is value else at.key
        found = secret_in(key, text)
        if found is not None and _is_of_example(text):
            continue
        if found is not None and (found.certain or found.named or _may_tell(key)):
            yield Finding(f"the value holds {found.what}", at)
        elif at is value and _is_named_secret(name, text):
            yield Finding("the key is named like a secret, and its value is in clear text", at)


def _is_named_secret(name: str, text: str) -> bool:
    is_page = len(text.split()) > _LEAST_PAGE and any(sign in text for sign in ".,:<")
    return telling_of(name) is Telling.SECRET and not is_page and may_be_secret(name, text)


def _is_of_example(text: str) -> bool:
    """Whether a page only shows how an address with a password is written."""
    what = shape_of(text)
    return what is not None and len(text.split()) > _LEAST_PAGE and shape_in_code(text) is None


def _may_tell(name: str) -> bool:
    """Data is full of random looks: they count where the name says that it may be a secret."""
    return telling_of(name) in {Telling.SECRET, Telling.SUSPECT}


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-secret-in-code",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="Code is kept with every version, in source control and in the state, where no secret can be replaced or hidden",
        kinds=CODE_KINDS,
        mend="take it out of the code, read it from a secret binding, and replace it where it was issued",
        link=_SECRETS_PAGE,
        check=in_code,
        hardening=False,
    ),
    Rule(
        name="forbid-secret-in-build-command",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A build command is shown in the project's settings and in every build's log",
        kinds=PAGES_KINDS,
        mend="give it to the build as an encrypted variable, and replace it where it was issued",
        link="https://developers.cloudflare.com/pages/configuration/build-configuration/",
        check=in_build,
        hardening=False,
    ),
    Rule(
        name="forbid-secret-in-label",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Names, routes, tags, annotations and comments are shown in lists, logs and URLs, and are encrypted nowhere",
        kinds=(ANY,),
        mend="take it out of the text, and replace it where it was issued",
        link="https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
        check=in_label,
        hardening=False,
    ),
    Rule(
        name="forbid-secret-in-dns-record",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="Everybody in the world can ask for a DNS record",
        kinds=("DnsRecord",),
        mend="take it out of the record, and replace it where it was issued",
        link="https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types/",
        check=in_record,
        hardening=False,
    ),
    Rule(
        name="forbid-secret-in-rule",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Expressions and header values of rules are shown to everybody who may look at the zone, and kept in the state",
        kinds=RULE_KINDS,
        mend="check it in the Worker against a secret binding, or use mTLS or an Access service token; at least give it as a Pulumi secret",
        link="https://developers.cloudflare.com/ruleset-engine/rules-language/expressions/",
        check=in_rule,
        hardening=False,
    ),
    Rule(
        name="forbid-secret-in-kv-value",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Values in Workers KV are shown in the dashboard and to every Worker that binds the namespace, and kept in the state",
        kinds=("WorkersKv",),
        mend="use a secret binding or Secrets Store for it; at least give it as a Pulumi secret",
        link="https://developers.cloudflare.com/secrets-store/integrations/workers/",
        check=in_data,
        hardening=False,
    ),
)
