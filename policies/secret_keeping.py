"""What rules ask of secrets themselves: encrypted in the state, strong, and of no more power than is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from .properties import Property
from .resources import STACK, Resource, Stack
from .rule import Context, Finding
from .secret_checks import CODE_KINDS, RULE_KINDS
from .secret_names import Telling, telling_of
from .secret_places import (
    camel,
    header_of,
    is_label,
    is_secret_by_nature,
    leaves_of,
    secret_in_field,
    secret_in_header,
)
from .secret_reading import secret_in
from .secret_settings import PAGES_KINDS, WORKER_KINDS, settings_of
from .secret_strength import signs, weakness_of
from .secret_values import is_id_of_many, may_be_secret

_Told = tuple[str, Property, str | None]
_OWNERS: Final = frozenset(
    {
        "postgres",
        "root",
        "neondb_owner",
        "doadmin",
        "rdsadmin",
        "cloudsqlsuperuser",
        "sa",
        "superuser",
    }
)
_OWNER_ENDINGS: Final = ("_owner", "-owner")
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
    for at in leaves_of(resource.inputs):
        if at.is_secret or _is_judged_elsewhere(resource, at):
            continue
        if is_secret_by_nature(resource, at):
            if at.text and may_be_secret(at.key, at.text):
                yield Finding("a credential that is no Pulumi secret", at)
        elif not str(at.key).lower().endswith("id") and (text := at.text):
            header = header_of(at)
            what = (
                secret_in_header(header, text) if header is not None else secret_in_field(at, text)
            )
            if what is not None:
                yield Finding(f"holds {what}, and is no Pulumi secret", at)
    yield from _unencrypted_outputs(resource)


def _unencrypted_outputs(resource: Resource) -> Iterator[Finding]:
    """A state keeps outputs, too; what is secret in the inputs must be so there."""
    for at in leaves_of(resource.outputs):
        if (
            at.is_secret
            or not at.is_told
            or at.key == "token"
            or not is_secret_by_nature(resource, at)
        ):
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
        or (resource.kind == "DnsRecord" and top in {"content", "data"})
        or (resource.kind in RULE_KINDS and top in {"rules", "actions"})
        or (resource.kind == "WorkersKv" and top in {"value", "metadata"})
        or (resource.kind == "PagesProject" and top == "buildConfig")
        or is_label(at.path)
    )


def weak(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    told = [(name, at, at.text) for name, at in _secrets_of(resource)]
    for index, (name, at, text) in enumerate(told):
        if not text:
            continue
        weakness = weakness_of(name, text)
        if weakness is None and signs(name):
            weakness = _sameness(name, text, told[:index], told[index + 1 :])
        if weakness is not None:
            yield Finding(f"{name} is weak: {weakness}", at)


def _sameness(name: str, text: str, before: Sequence[_Told], after: Sequence[_Told]) -> str | None:
    """Of two keys that are the same the second is told, so that it is told once."""
    same = [other for other, _, value in before if value == text]
    same += [other for other, _, value in after if value == text and not signs(other)]
    return next((f"it is the same as {other}" for other in same if other != name), None)


def _secrets_of(resource: Resource) -> Iterator[tuple[str, Property]]:
    if resource.kind in (*WORKER_KINDS, *PAGES_KINDS):
        yield from ((s.name, s.value) for s in settings_of(resource) if not s.is_plain)
        for binding in resource.inputs["bindings"].elements():
            if binding["type"].word == "secret_key" and binding["keyBase64"].exists:
                yield f"{binding['name'].text or ''}_HMAC_KEY", binding["keyBase64"]
    elif resource.kind == "HyperdriveConfig":
        yield "password", resource.inputs.at("origin", "password")
    elif resource.kind == "SecretsStoreSecret":
        yield resource.inputs["name"].text or "secret", resource.inputs["value"]
    elif resource.kind in {"WorkersSecret", "WorkerSecret"}:
        yield resource.inputs["name"].text or "secret", resource.inputs["secretText"]
    else:
        yield "secret", resource.inputs["secret"]


def global_key(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    for key, said in (
        ("apiKey", "the global API key may do whatever its user may"),
        ("apiUserServiceKey", "service keys ended on 2026-09-30"),
    ):
        at = resource.inputs[key]
        if at.exists and (not at.is_told or at.text != ""):
            yield Finding(said, at)


def owner_role(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    user = resource.inputs.at("origin", "user")
    word = user.word
    if word is not None and (word in _OWNERS or word.endswith(_OWNER_ENDINGS)):
        yield Finding("connects as a role that owns the database", user)
