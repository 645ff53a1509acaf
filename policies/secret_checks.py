"""Where rules look for secrets that people can read: settings, code, labels, records, rules and data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .resources import Resource
from .rule import Context, Finding
from .secret_leaks import By, leaks_of
from .secret_names import Telling, telling_of
from .secret_places import (
    header_of,
    is_label,
    labels_of,
    leaves_of,
    secret_in_expression,
    secret_in_field,
    secret_in_header,
    secret_in_label,
    secret_in_module,
)
from .secret_reading import secret_in
from .secret_settings import WORKER_KINDS, settings_of, text_of
from .secret_shapes import shape_in_code, shape_of
from .secret_values import may_be_secret

CODE_KINDS: Final = (*WORKER_KINDS, "Snippet", "Snippets")
RULE_KINDS: Final = ("Ruleset", "PageRule")


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
            what = secret_in_expression(text) or (
                at.key != "expression" and secret_in_field(at, text)
            )
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
        key = name if at is value else at.key
        found = secret_in(key, text)
        if found is not None and (found.certain or found.named or _may_tell(key)):
            yield Finding(f"the value holds {found.what}", at)
        elif at is value and telling_of(name) is Telling.SECRET and may_be_secret(name, text):
            yield Finding("the key is named like a secret, and its value is in clear text", at)


def _may_tell(name: str) -> bool:
    """Data is full of random looks: they count where the name says that it may be a secret."""
    return telling_of(name) in {Telling.SECRET, Telling.SUSPECT}
