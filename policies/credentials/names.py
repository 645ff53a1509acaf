"""What a name tells of its value: that it is a secret, that it may be, or that everybody may see it."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import Final

from .words import terms

_LONGEST: Final = 200
"""What is longer is no name."""
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class Telling(Enum):
    SECRET = "secret"  # noqa: S105
    """`JWT_SECRET`, `apiKey`, `DATABASE_PASSWORD`."""
    SUSPECT = "suspect"
    """`STRIPE_KEY`: a secret if its value looks like one."""
    NEUTRAL = "neutral"
    PUBLIC = "public"
    """`PUBLIC_KEY`, `COMMIT_SHA`, `ZONE_ID`: random looks mean nothing."""


_SECRET: Final = terms(
    "secret secrets password passwords passwd pwd passphrase passcode token tokens credential credentials creds "
    "apikey apikeys privatekey secretkey authtoken accesstoken apitoken bearer authorization pepper psk mnemonic pgpass"
)
_ENDINGS: Final = (
    "secret",
    "password",
    "passwd",
    "token",
    "apikey",
    "passphrase",
    "privatekey",
    "secretkey",
)
_SECRET_LAST: Final = frozenset({"pass", "pat", "pw", "pin", "hmac"})
_FOR_BROWSERS: Final = frozenset({"public"})
_NEVER_SHOWN: Final = frozenset({"secret", "password", "passphrase"})
"""`NEXT_PUBLIC_JWT_SECRET` is no public value but a mistake."""
_KEYS: Final = terms(
    "api private secret access signing sign signature encryption encrypt decryption cipher crypto master auth service "
    "admin hmac jwt aes license shared deploy ssh gpg pgp ssl tls integration webhook symmetric"
)
_DATABASES: Final = terms(
    "database db postgres postgresql pg mysql mariadb mongo mongodb redis amqp rabbitmq connection conn neon "
    "upstash turso libsql cockroach clickhouse"
)
_ADDRESSES: Final = frozenset({"url", "uri", "string", "dsn"})
_ANYWHERE_PUBLIC: Final = terms(
    "public publishable anon anonymous sitekey pubkey pubkeys beacon ttl expiry expires expiration expire lifetime duration timeout "
    "issuer audience cookiename max min limit length size count per budget algorithm alg jwks "
    "tokenizer verification verify challenge measurement tracking vapid symbol decimals checksum digest "
    "fingerprint thumbprint sha sha1 sha256 sha512 md5 integrity hash commit revision etag kid interval rotation "
    "regex pattern policy enabled enable disabled required allowed cert certificate certificates"
)
_LAST_PUBLIC: Final = terms(
    "id ids uuid guid ttl name names prefix suffix age days hours minutes seconds ms type types format endpoint host "
    "hostname path port origin domain version scope scopes aud field column table store mode provider location "
    "route page reset email strategy status flag hint model image icon logo font address contract namespace bucket "
    "binding cursor region environment env user username usage validity window quota cost price file url uri link "
    "method title label description message release build tag slug index cookie storage source backend service server "
    "client handler middleware manager kind class level currency list set map login hashing realm header headers question hint expired invalid missing changed role roles permission permissions "
    "digits bytes bits rounds iterations standard network supply docs supported methods"
)
_PUBLIC_KEYS: Final = frozenset(
    (what, "key")
    for what in terms(
        "cache sort primary partition foreign feature site translation object idempotency routing "
        "group row map query hot short public publishable client search write ingest browser web js"
    )
)
_PAIRS: Final = frozenset({("basic", "auth"), ("seed", "phrase"), ("recovery", "phrase")})
_SECRET_ENDS: Final = frozenset({("private", "key"), ("verify", "token")})
"""Secret whatever stands before them: `VAPID_PRIVATE_KEY`, and the word that a caller of a webhook has to know."""
_PUBLIC_ENDS: Final = frozenset(
    {("analytics", "token"), ("domain", "token"), ("site", "token"), ("verification", "token")}
)
_SALTS: Final = frozenset({"salt", "pepper"})
_FRAMEWORKS: Final = frozenset({"vite", "gatsby", "storybook"})
"""What begins with their names is built into what browsers load."""
_SUSPECT: Final = frozenset({"key", "keys", "auth", "salt", "seed", "signature", "webhook", "jwt"})
_TAILS: Final = terms(
    "prod production staging stage dev preview live old new current previous next base64 b64 json hex value text "
    "string data raw encoded part a b v enc primary secondary backup default"
)


@lru_cache(maxsize=16_384)
def words_of(name: str) -> tuple[str, ...]:
    """`STRIPE_SECRET_KEY2` and `stripeSecretKey` in words: stripe, secret, key."""
    return tuple(word.lower() for word in _PARTS.findall(name[:_LONGEST]) if not word.isdigit())


@lru_cache(maxsize=16_384)
def telling_of(name: str) -> Telling:
    words = words_of(name)
    if not words:
        return Telling.NEUTRAL
    if _is_database(words):
        return Telling.SECRET
    stem = _stem(words)
    last = stem[-1]
    if stem[-2:] in _SECRET_ENDS:
        return Telling.SECRET
    if last not in _SALTS and _is_public(words, stem):
        return Telling.PUBLIC
    if set(words) & _SECRET or last in _SECRET_LAST or last.endswith(_ENDINGS) or _has_key(stem):
        return Telling.SECRET
    return Telling.SUSPECT if last in _SUSPECT else Telling.NEUTRAL


def _is_public(words: tuple[str, ...], stem: tuple[str, ...]) -> bool:
    last = stem[-1]
    shown = set(words) & _ANYWHERE_PUBLIC
    if shown:
        return not (shown <= _FOR_BROWSERS and (last in _NEVER_SHOWN or "private" in words))
    if stem[-2:] == ("routing", "key") and "pagerduty" in words:
        return False
    return (
        last in _LAST_PUBLIC
        or stem[-2:] in _PUBLIC_ENDS
        or (*stem[-2:-1], last.rstrip("s")) in _PUBLIC_KEYS
        or (_is_for_browsers(words) and last in {"key", "apikey"})
    )


def _is_for_browsers(words: tuple[str, ...]) -> bool:
    return (words[0] in _FRAMEWORKS or words[:2] == ("react", "app")) and words[-2:-1] not in {
        ("private",),
        ("secret",),
    }


def _has_key(stem: tuple[str, ...]) -> bool:
    """Whether there is a `signing key` or the like in it."""
    return any((a in _KEYS and b in {"key", "keys"}) or (a, b) in _PAIRS for a, b in pairwise(stem))


def is_database_address(name: str) -> bool:
    return _is_database(words_of(name))


def stem_of(name: str) -> tuple[str, ...]:
    """A name without the words that number its part or name its encoding."""
    return _stem(words_of(name))


def _is_database(words: tuple[str, ...]) -> bool:
    stem = _stem(words, keep=_ADDRESSES)
    return stem[-1] in _ADDRESSES and bool(set(stem[:-1]) & _DATABASES)


def _stem(words: tuple[str, ...], keep: frozenset[str] = frozenset()) -> tuple[str, ...]:
    while len(words) > 1 and words[-1] in _TAILS and words[-1] not in keep:
        words = words[:-1]
    return words
