"""Where in a resource secrets are found that are no settings: labels, rules, records, code, and inputs that are secret by nature."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from ...credentials.encodings import decoded_bytes
from ...credentials.entropy import is_sum_or_id, looks_random
from ...credentials.names import Telling, telling_of, words_of
from ...credentials.reading import secret_in
from ...credentials.shapes import is_reference, shape_in_code, shape_of
from ...credentials.values import is_secretive, may_be_secret
from ...credentials.words import terms
from ...properties import Property
from ...resources import Resource

RANDOM_PASSWORD: Final = "random:index/randomPassword:RandomPassword"  # noqa: S105 (a type token)
RANDOM_BYTES: Final = "random:index/randomBytes:RandomBytes"
TLS_KEY: Final = "tls:index/privateKey:PrivateKey"
COMMAND: Final = "command:local:Command"
MAKING_KINDS: Final = (RANDOM_PASSWORD, RANDOM_BYTES, TLS_KEY, COMMAND)
"""Kinds of other packages that make secrets for a Worker, or are given them."""
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
_SECRET_OUTPUTS: Final[Mapping[str, frozenset[str]]] = {
    "ApiToken": frozenset({"value"}),
    "AccountToken": frozenset({"value"}),
    "StreamKey": frozenset({"pem", "jwk"}),
    "CallsTurnApp": frozenset({"key"}),
    "MagicTransitConnector": frozenset({"licenseKey"}),
    "MoqRelay": frozenset({"tokenPublishSubscribe", "tokenSubscribe"}),
    RANDOM_PASSWORD: frozenset({"result"}),
    RANDOM_BYTES: frozenset({"base64", "hex"}),
    TLS_KEY: frozenset({"privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8"}),
}
"""What providers make themselves, and hand over once."""
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
_COOKIES: Final = frozenset({"cookie", "set-cookie"})
_SECRETS: Final = frozenset({"secret", "password"})


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
    if "=" not in text:
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
    if any("cookie" in (field[1] or field[2]) for field in fields) and "=" in literal[1]:
        return looks_random(literal[1].split("=", 1)[1])
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
    if name.lower() in _COOKIES:
        return "a session in a cookie" if looks_random(_cookie_in(value)) else None
    if _is_secret_header(name, _SCHEME.sub("", value)):
        return "a secret in a header"
    found = secret_in(name, value)
    return found.what if found is not None and found.certain else None


def secret_in_header_expression(name: str, expression: str) -> str | None:
    """A literal that a header is made of."""
    literals = (_SCHEME.sub("", literal[1]) for literal in _LITERAL.finditer(expression))
    found = any(_is_secret_header(name, text) and looks_random(text, True) for text in literals)
    return "a secret in a header" if found else None


def _is_secret_header(name: str, value: str) -> bool:
    """A header that is called a secret holds one, also in words; one that proves who asks, if it looks drawn at random."""
    words = words_of(name)
    if telling_of(name) is not Telling.SECRET:
        return words[-1:] == ("verify",) and looks_random(value, telling=True)
    in_words = words[-1] in _SECRETS and len(value) >= _SHORTEST_LITERAL
    return is_secretive(name, value) or (in_words and may_be_secret(name, value))


def _cookie_in(text: str) -> str:
    return text.partition("=")[2].partition(";")[0].strip()


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


def is_secret_output(resource: Resource, at: Property) -> bool:
    """Whether the provider hands a credential over here."""
    return at.key in _SECRET_OUTPUTS.get(resource.kind, ()) or (
        at.key != "token" and is_secret_by_nature(resource, at)
    )


def header_of(resource: Resource, at: Property) -> str | None:
    """The header's name, where a header's value stands: headers are a map, and were a list before."""
    for index, part in enumerate(at.path[:-1]):
        if isinstance(part, str) and _HEADER.fullmatch(part):
            following = at.path[index + 1]
            if isinstance(following, str):
                return following
            return resource.inputs.at(*at.path[: index + 2])["name"].text
    return None


def secret_in_field(at: Property, text: str, *, named: bool = False) -> str | None:
    """`named`: what a name in the text itself calls a secret counts, too."""
    found = secret_in(at.key, text) if len(text) >= _LEAST_ELSEWHERE else None
    if found is None:
        return None
    told = found.certain or (named and found.named) or telling_of(at.key) is Telling.SECRET
    return found.what if told else None
