"""Where texts stand in a resource that people read, and what of them is looked at: names, notes, modules, fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from ...credentials.encodings import decoded_bytes
from ...credentials.entropy import looks_random
from ...credentials.names import Telling, telling_of
from ...credentials.reading import secret_in
from ...credentials.shapes import shape_in_code, shape_of
from ...credentials.words import terms
from ...properties import Property
from ...resources import Resource

_NAMES: Final = terms(
    "name title scriptName bucketName queueName keyName snippetName hostname domain pattern projectName databaseName "
    "description comment comments notes message label labels tags annotations summary"
)
_NOTES: Final = terms(
    "description comment comments notes message label labels tags annotations summary"
)
_LEAST_ELSEWHERE: Final = 16
_WORDS_OF_NAME: Final = re.compile(r"[/?&=*:.\s]+")
_MOST_CODE: Final = 30_000_000


@lru_cache(maxsize=4096)
def camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def labels_of(resource: Resource) -> Iterator[Property]:
    """Names, routes, tags, annotations, comments: what is shown in every list."""
    for leaf in resource.inputs.unread_leaves():
        if is_label(leaf.path) and not _is_name_of_setting(resource, leaf):
            yield leaf


def _is_name_of_setting(resource: Resource, leaf: Property) -> bool:
    """A setting's name is judged with its value."""
    around = resource.inputs.at(*leaf.path[:-1])
    return leaf.path[0] == "bindings" and around["type"].word in {"plain_text", "json"}


@lru_cache(maxsize=4096)
def is_label(path: tuple[str | int, ...]) -> bool:
    keys = [camel(part) for part in path if isinstance(part, str)]
    return bool(keys) and (keys[-1] in _NAMES or not _NOTES.isdisjoint(keys))


def secret_in_label(label: Property) -> str | None:
    """In notes everything that looks like a secret; in a name its shape alone, for names have odd looks."""
    text = label.text
    if not text:
        return None
    keys = {camel(part) for part in label.path if isinstance(part, str)}
    if keys & _NOTES:
        found = secret_in(label.key if keys & {"tags", "labels"} else "", text)
        return found.what if found is not None else None
    if any(looks_random(word) for word in _WORDS_OF_NAME.split(text)):
        return "a random value that looks like a secret"
    return shape_of(text) or _in_query(text)


def _in_query(text: str) -> str | None:
    if "=" not in text:
        return None
    found = secret_in("", text)
    return found.what if found is not None and found.certain else None


@lru_cache(maxsize=512)
def secret_in_module(content: str) -> str | None:
    """In a module in base64; what is no text is left alone."""
    if len(content) > _MOST_CODE:
        return None
    raw = decoded_bytes(content)
    return (
        shape_in_code(raw.decode(errors="replace")) if raw is not None else shape_in_code(content)
    )


def secret_in_field(at: Property, text: str, *, named: bool = False) -> str | None:
    """`named`: what a name in the text itself calls a secret counts, too."""
    found = secret_in(at.key, text) if len(text) >= _LEAST_ELSEWHERE else None
    if found is None:
        return None
    told = found.certain or (named and found.named) or telling_of(at.key) is Telling.SECRET
    return found.what if told else None
