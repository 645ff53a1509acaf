"""Secrets are encrypted wherever Pulumi keeps them: in the state, and in what a stack hands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...credentials.names import Telling, telling_of
from ...credentials.reading import secret_in
from ...credentials.values import is_id_of_many, may_be_secret
from ...properties import Property
from ...resources import PROVIDER, STACK, Resource, Stack
from ...rule import ANY, Context, Finding, Rule, Severity
from .inputs import MAKING_KINDS, is_secret_by_nature, is_secret_output
from .places import camel, is_label, secret_in_field
from .requests import header_of, secret_in_header
from .settings import PAGES_KINDS, WORKER_KINDS, settings_of
from .texts import CODE_KINDS, RECORD_PARTS, RULE_KINDS, RULE_PARTS

_FAMILY: Final = "secrets"
_PULUMI_SECRETS: Final = "https://www.pulumi.com/docs/iac/concepts/secrets/"
_SETTINGS: Final = frozenset(
    {"bindings", "plainTextBindings", "secretTextBindings", "deploymentConfigs"}
)
_CODE: Final = frozenset({"content", "modules", "files", "bodyPart"})


def in_outputs(stack: Stack, context: Context) -> Iterator[Finding]:
    del context
    for resource in stack.of(STACK):
        for name, output in resource.outputs.entries():
            yield from (Finding(said, at, resource) for said, at in _clear_in(name, output))


def _clear_in(name: str, at: Property) -> Iterator[tuple[str, Property]]:
    if at.is_secret:
        return
    members = at.entries() or [(name, inner) for inner in at.elements()]
    if members:
        for key, inner in members:
            yield from _clear_in(key, inner)
        return
    text = at.text
    if not text:
        return
    if is_id_of_many(name, text):
        return
    found = secret_in(name, text)
    if found is not None:
        yield f"shows {found.what} to everybody who reads the stack", at
    elif telling_of(name) is Telling.SECRET and may_be_secret(name, text):
        yield "named like a secret, and shown to everybody who reads the stack", at


def unencrypted(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    has_settings = resource.kind in (*WORKER_KINDS, *PAGES_KINDS)
    if resource.inputs["bindings"].is_secret:
        has_settings = False
    for setting in settings_of(resource) if has_settings else ():
        at = setting.value
        if not setting.is_plain and at.exists and not at.is_secret and at.text:
            yield Finding("a secret's value that is no Pulumi secret", at)
    for at in resource.inputs.unread_leaves():
        if at.is_secret or _is_judged_elsewhere(resource, at):
            continue
        if is_secret_by_nature(resource, at):
            if at.text and may_be_secret(at.key, at.text):
                yield Finding("a credential that is no Pulumi secret", at)
        elif not str(at.key).lower().endswith("id") and (text := at.text):
            header = header_of(resource, at)
            what = (
                secret_in_header(header, text) if header is not None else secret_in_field(at, text)
            )
            if what is not None:
                yield Finding(f"holds {what}, and is no Pulumi secret", at)
    yield from _unencrypted_outputs(resource)


def _unencrypted_outputs(resource: Resource) -> Iterator[Finding]:
    """A state keeps outputs, too; what is secret in the inputs must be so there."""
    for at in resource.outputs.unread_leaves():
        if at.is_secret or not at.is_told or not is_secret_output(resource, at):
            continue
        given = resource.inputs.at(*at.path)
        if (not given.exists or given.is_secret) and at.text and may_be_secret(at.key, at.text):
            yield Finding("a credential that stands in the state in clear text", at)


def _is_judged_elsewhere(resource: Resource, at: Property) -> bool:
    top = camel(str(at.path[0])) if at.path else ""
    if resource.kind in (*WORKER_KINDS, *PAGES_KINDS) and top in _SETTINGS:
        return not is_secret_by_nature(resource, at)
    return (
        (resource.kind in CODE_KINDS and top in _CODE)
        or (resource.kind == "DnsRecord" and top in RECORD_PARTS)
        or (resource.kind in RULE_KINDS and top in RULE_PARTS)
        or (resource.kind == "WorkersKv" and top in {"value", "metadata"})
        or (resource.kind == "PagesProject" and top == "buildConfig")
        or is_label(at.path)
    )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-secret-in-stack-output",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="Outputs are printed after each update, kept in the state and handed to other stacks",
        kinds=(STACK,),
        mend="mark the output as a secret (Output.secret), or leave it out",
        link=_PULUMI_SECRETS,
        check_stack=in_outputs,
        hardening=False,
    ),
    Rule(
        name="keep-credentials-encrypted",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Pulumi encrypts in the state only what is marked as a secret; the rest stands there in clear text for ever",
        kinds=(ANY, PROVIDER, *MAKING_KINDS),
        mend="give it as a Pulumi secret: Output.secret, or a configuration value that was set with --secret",
        link=_PULUMI_SECRETS,
        check=unencrypted,
        hardening=False,
    ),
)
