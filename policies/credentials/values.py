"""Whether a value may be the secret that its name promises: no switch, number, address or reference to one."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final

from .entropy import is_public_key, is_sum_or_id, looks_random
from .names import Telling, telling_of, words_of
from .shapes import is_reference, shape_of
from .words import terms

_LEAST_MIXED: Final = 8
_LEAST_ASSIGNED: Final = 6
_TEST_KEY: Final = re.compile(
    r"(?:[srp]k_test_|whsec_test|rzp_test_|pdl_sdbx_)[\w=+/-]*|[123]x0{10,}[A-Za-z0-9]*"
)
_TYPE: Final = re.compile(
    r"(?:string|str|text|varchar|int|integer|number|bool|boolean|uuid|any|bytes|binary|object|array|date)\W*\w{0,4}\W*",
    re.IGNORECASE,
)
"""Of a schema, a query or a signature."""
_PUBLISHABLE: Final = re.compile(r"(?:pk_|pk\.eyJ|sb_publishable_|phc_)[\w.$=-]+")
_NUMBER: Final = re.compile(r"[-+]?[\d.,_]+\s?[a-zA-Z%]{0,7}")
_DATE: Final = re.compile(r"(?:19|20)\d\d-\d\d-\d\d(?:[T ][\d:.+-]+Z?)?")
_URL: Final = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|(?:mailto|file|data|urn|tel|about|sqlite|jdbc):)\S*", re.IGNORECASE
)
_URL_WITH_USER: Final = re.compile(r"://[^\s@]*:[^\s@]*@")
_PATH: Final = re.compile(r"[/~.][\w./*{}:@-]*")
_POINTER: Final = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_STORED: Final = re.compile(
    r"(?:op|vault|secret|secrets|ssm|awssm|gcpsm|akv|doppler|infisical|env|kv|ref):|arn:aws|projects/[^/]+/secrets/"
)
_PUBLIC_PEM: Final = re.compile(r"-----BEGIN (?:[A-Z]+ )?(?:PUBLIC KEY|CERTIFICATE)")
_SWITCHES: Final = terms(
    "true false yes no on off none null nil undefined required optional enabled disabled enable disable"
)
_CHOICES: Final = _SWITCHES | terms(
    "auto default "
    "header headers cookie cookies query body bearer basic jwt jwks oauth oauth2 oidc saml opaque hmac hs256 hs384 hs512 rs256 "
    "rs512 es256 es384 eddsa ed25519 aes-256-gcm aes-gcm a256gcm argon2 argon2id bcrypt scrypt pbkdf2 strict lax env kv d1 "
    "memory redis file local session sessionstorage localstorage authorization rotate rotating static dynamic binding vault "
    "production staging development preview test prod dev email sms totp code pkce "
    "include same-origin omit client_credentials authorization_code refresh_token password token access id refresh server"
)
_GUESSED: Final = frozenset({"password", "passwd", "pwd", "passcode", "secret", "pin"})
"""What is a secret also when it is a number, or a word that elsewhere is a choice."""
_PASSWORDS: Final = frozenset({"password", "passwd", "pwd", "pass", "passphrase"})


@lru_cache(maxsize=16_384)
def may_be_secret(name: str, text: str) -> bool:
    """Whether what goes by a secret's name may be one: no switch, number, reference, choice or address without a password."""
    text = text.strip()
    if (
        not any(c.isalnum() for c in text)
        or is_reference(text)
        or _is_choice(name, text)
        or _is_public(name, text)
    ):
        return False
    if _URL.fullmatch(text):
        return "://" in text and _URL_WITH_USER.search(text) is not None and not _is_excused(text)
    return not (text[0] in "{[" and parsed(text) is not None)


def _is_choice(name: str, text: str) -> bool:
    choices = _SWITCHES if _is_password(name) else _CHOICES
    words = [text, *re.split(r"[,\s|]+", text)]
    return text.lower() in choices or all(word.lower() in choices for word in words[1:])


def _is_public(name: str, text: str) -> bool:
    if text.isdigit() and _is_password(name):
        return False
    if any(pattern.fullmatch(text) for pattern in (_NUMBER, _DATE, _PATH, _EMAIL, _PUBLISHABLE)):
        return True
    if _POINTER.fullmatch(text) and telling_of(text) is not Telling.NEUTRAL:
        return "CHANGE" not in text
    return any(pattern.match(text) for pattern in (_STORED, _PUBLIC_PEM)) or is_public_key(text)


def _is_password(name: str) -> bool:
    return not set(words_of(name)).isdisjoint(_GUESSED)


def is_type(text: str) -> bool:
    """The type of a field in a schema: `string?`."""
    return _TYPE.fullmatch(text) is not None


def is_test_key(text: str) -> bool:
    """A key of a provider's test mode, which opens nothing real."""
    return _TEST_KEY.fullmatch(text) is not None


def _is_excused(url: str) -> bool:
    """An address that has a password which the shapes let pass: on this machine, or to be filled in."""
    return (
        shape_of(url) is None
        and url.count("@") == 1
        and "/" not in url.split("://", 1)[1].split("@", maxsplit=1)[0]
    )


def parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def is_id_of_many(name: str, text: str) -> bool:
    """Of a map of ids: `{"sessions": id, "tokens": id}` are namespaces of that name."""
    return is_sum_or_id(text) and name.lower().endswith(("tokens", "secrets", "credentials"))


def is_secretive(name: str, value: str, *, assigned: bool = False) -> bool:
    """Whether a short text beside a telling name in a longer one is the secret itself."""
    if (
        not may_be_secret(name, value)
        or is_test_key(value)
        or value.startswith(("$", "{", "<", "("))
    ):
        return False
    if is_type(value):
        return False
    if looks_random(value, telling=True):
        return True
    if set(words_of(name)) & _PASSWORDS:
        return True
    return len(value) >= (_LEAST_ASSIGNED if assigned else _LEAST_MIXED) and is_mixed(value)


def is_mixed(value: str) -> bool:
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
