"""What the rules of family secrets look for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .properties import Property
from .resources import STACK, Resource, Stack
from .rule import Context, Finding
from .secret_leaks import By, leaks_of
from .secret_names import Telling, telling_of
from .secret_places import (
    header_of,
    is_label,
    is_secret_by_nature,
    labels_of,
    leaves_of,
    secret_in_expression,
    secret_in_header,
    secret_in_label,
    secret_in_module,
)
from .secret_reading import may_be_secret, secret_in
from .secret_settings import PAGES_KINDS, WORKER_KINDS, settings_of, text_of
from .secret_shapes import shape_in_code, shape_of
from .secret_strength import signs, weakness_of

CODE_KINDS: Final = (*WORKER_KINDS, "Snippet", "Snippets")
RULE_KINDS: Final = ("Ruleset", "PageRule")
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
_LEAST_ELSEWHERE: Final = 16
_SETTINGS: Final = frozenset(
    {"bindings", "plainTextBindings", "secretTextBindings", "deploymentConfigs"}
)
_CODE: Final = frozenset({"content", "modules", "files", "bodyPart"})


def _leaks(resource: Resource, context: Context, by: By) -> Iterator[Finding]:
    for leak in leaks_of(settings_of(resource), production=context.production):
        if leak.by is by:
            yield Finding(leak.said, leak.at)


def by_value(resource: Resource, context: Context) -> Iterator[Finding]:
    yield from _leaks(resource, context, By.VALUE)


def by_name(resource: Resource, context: Context) -> Iterator[Finding]:
    yield from _leaks(resource, context, By.NAME)


def by_parts(resource: Resource, context: Context) -> Iterator[Finding]:
    yield from _leaks(resource, context, By.PARTS)


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
        for at in leaves_of(resource.inputs["files"]):
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
    for key in ("content", "data"):
        for at in leaves_of(resource.inputs[key]):
            text = at.text
            if not text:
                continue
            bare = text.replace('" "', "").strip('"')
            found = secret_in("record", bare)
            if found is not None and found.certain:
                yield Finding(f"everybody can ask for it, and it holds {found.what}", at)


def in_rule(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    for at in (*leaves_of(resource.inputs["rules"]), *leaves_of(resource.inputs["actions"])):
        if at.is_secret or is_label(at.path) or not (text := at.text):
            continue
        header = header_of(at)
        if header is not None and at.key == "value":
            what = secret_in_header(header, text)
        else:
            what = secret_in_expression(text) or (at.key != "expression" and _in_setting(at, text))
        if what:
            yield Finding(f"holds {what}", at)


def in_data(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    value = resource.inputs["value"]
    name = resource.inputs["keyName"].text or ""
    for at, text in (
        (value, text_of(value)),
        *((m, m.text) for m in leaves_of(resource.inputs["metadata"])),
    ):
        if at.is_secret or not text:
            continue
        found = secret_in(name if at is value else at.key, text)
        if found is not None:
            yield Finding(f"the value holds {found.what}", at)
        elif at is value and telling_of(name) is Telling.SECRET and may_be_secret(name, text):
            yield Finding("the key is named like a secret, and its value is in clear text", at)


def in_outputs(stack: Stack, context: Context) -> Iterator[Finding]:
    del context
    for resource in stack.of(STACK):
        for name, output in resource.outputs.entries():
            yield from (
                Finding(said, at, resource) for said, at in _clear_in(name, output, depth=0)
            )


def _clear_in(name: str, at: Property, depth: int) -> Iterator[tuple[str, Property]]:
    if at.is_secret:
        return
    members = at.entries() or [(name, inner) for inner in at.elements()]
    if members:
        for key, inner in members:
            yield from _clear_in(key, inner, depth + 1)
        return
    text = at.text
    if not text:
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
            what = secret_in_header(header, text) if header is not None else _in_setting(at, text)
            if what is not None:
                yield Finding(f"holds {what}, and is no Pulumi secret", at)
    yield from _unencrypted_outputs(resource)


def _in_setting(at: Property, text: str) -> str | None:
    found = secret_in(at.key, text) if len(text) >= _LEAST_ELSEWHERE else None
    if found is None or not (found.certain or telling_of(at.key) is Telling.SECRET):
        return None
    return found.what


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
    top = at.path[0] if at.path else ""
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
    for name, at, text in told:
        if not text:
            continue
        weakness = weakness_of(name, text)
        if weakness is None and signs(name):
            same = [
                other
                for other, place, value in told
                if place is not at and other != name and value == text
            ]
            weakness = f"it is the same as {same[0]}" if same else None
        if weakness is not None:
            yield Finding(f"easily guessed: {weakness}", at)


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
        ("apiUserServiceKey", "service keys have ended: Cloudflare takes none since 2026-09-30"),
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
