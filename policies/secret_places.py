"""Where in a resource secrets are found that are no settings: labels, rules, records, code, and inputs that are secret by nature."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from .properties import Property
from .resources import Resource
from .secret_encodings import decoded_bytes
from .secret_entropy import is_sum_or_id, looks_random
from .secret_names import Telling, telling_of
from .secret_reading import secret_in
from .secret_shapes import is_reference, shape_in_code, shape_of
from .secret_values import is_secretive
from .secret_words import terms

_NAMES: Final = terms(
    "name title scriptName bucketName queueName keyName snippetName hostname domain pattern projectName databaseName "
    "description comment comments notes message label labels tags annotations summary"
)
_NOTES: Final = terms(
    "description comment comments notes message label labels tags annotations summary"
)
_SECRET_KEYS: Final = terms(
    "password clientSecret accessClientSecret secret privateKey tunnelSecret psk apiToken apiKey apiUserServiceKey "
    "secretAccessKey sasToken accountKey signingSecret authCredentials token passphrase streamKey cfApiKey md5Key clientKey "
    "secretText serviceAccountKeyJson adminApiKey projectApiKey complianceApiKey keyBase64 keyJwk ownershipChallenge"
)
_SECRET_VALUES: Final = frozenset({"SecretsStoreSecret", "VulnerabilityScannerCredential"})
_EXPRESSION_KINDS: Final = frozenset({"LeakedCredentialCheckRule"})
"""Their `password` says where in a request the password stands."""
_HEADER: Final = re.compile(r"(?:add|set|custom|request|response)?headers?", re.IGNORECASE)
_LITERAL: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FIELD: Final = re.compile(r'\["([^"]+)"\]|([\w.]+)\s*(?:eq|==|ne|!=|contains|in)\b')
_MAC_KEY: Final = re.compile(r'is_timed_hmac_valid_v0\(\s*"([^"]{8,})"')
_SCHEME: Final = re.compile(r"^(?:Bearer|Basic|Token|ApiKey) ", re.IGNORECASE)
_LEAST_ELSEWHERE: Final = 16
_SHORTEST_LITERAL: Final = 6
_COMPARED: Final = 80
"""Characters before a literal in which the field stands that it is compared with."""
_REGEX: Final = re.compile(r"[\^$*+?()|]|\\d|\[")
_WORDS_OF_NAME: Final = re.compile(r"[/?&=*:.\s]+")
_MOST_CODE: Final = 30_000_000
_ALL_SHAPES: Final = frozenset({"cookie", "set-cookie"})


def camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def leaves_of(property: Property) -> Iterator[Property]:
    """Every scalar in it; what is untold is given as it is, and noted only when somebody reads it."""
    left = [property]
    while left:
        here = left.pop()
        if not here.is_told:
            yield here
        elif members := here.entries():
            left.extend(inner for _, inner in reversed(members))
        elif members := here.elements():
            left.extend(reversed(members))
        elif here.exists:
            yield here


def labels_of(resource: Resource) -> Iterator[Property]:
    """Names, routes, tags, annotations, comments: what is shown in every list."""
    for leaf in leaves_of(resource.inputs):
        if is_label(leaf.path) and not _is_name_of_setting(resource, leaf):
            yield leaf


def _is_name_of_setting(resource: Resource, leaf: Property) -> bool:
    """A setting's name is judged with its value."""
    around = resource.inputs.at(*leaf.path[:-1])
    return leaf.path[0] == "bindings" and around["type"].word in {"plain_text", "json"}


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
    if "?" not in text:
        return None
    found = secret_in("", text)
    return found.what if found is not None and found.certain else None


@lru_cache(maxsize=4096)
def secret_in_expression(text: str) -> str | None:
    """In a rule's expression: a secret's shape, or a literal that a telling header, cookie or argument is compared with."""
    if (what := shape_of(text)) is not None:
        return what
    if (key := _MAC_KEY.search(text)) is not None and not is_reference(key[1]):
        return "the key of a message authentication code"
    compared = any(_is_compared_secret(text, literal) for literal in _LITERAL.finditer(text))
    return "a secret that requests are compared with" if compared else None


def _is_compared_secret(text: str, literal: re.Match[str]) -> bool:
    if len(literal[1]) < _SHORTEST_LITERAL or _REGEX.search(literal[1]):
        return False
    found = secret_in("", literal[1]) if "=" in literal[1] else None
    if found is not None and found.certain:
        return True
    fields = list(_FIELD.finditer(text, max(0, literal.start() - _COMPARED), literal.start()))
    if not fields:
        return False
    named = [field[1] for field in fields[-2:] if field[1]]
    name = fields[-1][1] or (named[-1] if named else fields[-1][2])
    value = _SCHEME.sub("", literal[1])
    if telling_of(name) is Telling.SUSPECT:
        return looks_random(value, telling=True) and not is_sum_or_id(value)
    return (
        telling_of(name) is Telling.SECRET and is_secretive(name, value) and not value.endswith("=")
    )


def secret_in_header(name: str, value: str) -> str | None:
    if (what := shape_of(value)) is not None:
        return what
    bare = _SCHEME.sub("", value)
    if telling_of(name) is Telling.SECRET and is_secretive(name, bare):
        return "a secret in a header"
    found = secret_in(name, value) if name.lower() not in _ALL_SHAPES else None
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


def is_secret_by_nature(resource: Resource, at: Property) -> bool:
    """Whether the provider takes a credential here."""
    key = at.path[-1] if at.path else ""
    if key == "value" and resource.kind in _SECRET_VALUES:
        return True
    return (
        isinstance(key, str)
        and camel(key) in _SECRET_KEYS
        and resource.kind not in _EXPRESSION_KINDS
        and "includes" not in at.path
    )


def header_of(at: Property) -> str | None:
    """The header's name, where a header's value stands."""
    for index, part in enumerate(at.path[:-1]):
        if isinstance(part, str) and _HEADER.fullmatch(part):
            following = at.path[index + 1]
            return following if isinstance(following, str) else None
    return None


def secret_in_field(at: Property, text: str) -> str | None:
    found = secret_in(at.key, text) if len(text) >= _LEAST_ELSEWHERE else None
    if found is None or not (found.certain or telling_of(at.key) is Telling.SECRET):
        return None
    return found.what
