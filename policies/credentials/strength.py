"""How much there is to guess of a secret."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from .encodings import decoded_text
from .entropy import is_private_key, is_public_key
from .names import Telling, stem_of, telling_of
from .shapes import is_reference
from .words import is_spelled, share_of_walks, terms

LEAST_BITS: Final = 256
_SIGNS: Final = terms(
    "jwt hmac session sessions cookie cookies csrf xsrf signing sign signature nextauth betterauth jws hs256 hs512 tunnel"
)
_LAST: Final = frozenset({"secret", "secrets", "key", "keys", "base", "pepper", "jwt", "hmac"})
_ISSUED: Final = terms(
    "client oauth oauth2 webhook google github gitlab facebook apple twitter auth0 okta stripe slack discord clerk svix "
    "qstash upstash mux twilio shopify supabase zoom linear paddle private public rsa ec ecdsa eddsa"
)
"""Words of names whose secret a provider makes: nobody here can make it longer."""
_ISSUED_SHAPE: Final = re.compile(r"whsec_|sig_|sk_|pk_|-----BEGIN |\{|eyJ")
_PLACEHOLDERS: Final = terms(
    "changeme changeit change secret secrets password passwd pass qwerty letmein admin root todo fixme tbd supersecret mysecret "
    "topsecret mypassword postgres mysql mariadb guest demo test welcome iloveyou hunter trustno monkey dragon none null undefined default"
)
_FILLERS: Final = terms(
    "me this it my jwt signing encryption session cookie hmac app shop access auth db database user service site web client our at here the a your super very top key api jwt token in for prod production please now to and is"
)
_COMMON: Final = re.compile(
    "(?:" + "|".join(sorted(_PLACEHOLDERS | _FILLERS, key=len, reverse=True)) + "|[^a-z]++)++"
)
_LONGEST_PLACEHOLDER: Final = 64
_MOST_WALKED: Final = 0.9
_APPLICATION_KEYS: Final = frozenset({("secret", "key"), ("app", "secret", "key"), ("app", "key")})
_HEX: Final = re.compile(r"[0-9a-fA-F-]+")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_LEET: Final = str.maketrans("013457@$!", "oleastasi")
_FEWEST_DIFFERENT: Final = 10
_PIECE: Final = 5
_OFTEN: Final = 3
_LONGEST_PATCHED: Final = 160


def signs(name: str) -> bool:
    """Whether what goes by this name signs tokens, cookies or messages, and is chosen by who deploys it."""
    stem = stem_of(name)
    words = set(stem)
    issued = words & _ISSUED - ({"webhook"} if "hmac" in words else set[str]())
    if stem[-2:] == ("session", "password"):
        return True
    if not stem or stem[-1] not in _LAST or issued or telling_of(name) is Telling.PUBLIC:
        return False
    return (
        bool(words & _SIGNS)
        or stem in _APPLICATION_KEYS
        or stem[-2:]
        in {
            ("auth", "secret"),
            ("key", "base"),
            ("auth", "key"),
        }
    )


def weakness_of(name: str, text: str) -> str | None:
    """Why a secret is easily guessed, in words that tell nothing of it; None where it is not."""
    text = text.strip()
    to_fill_in = text.startswith("<") and text.endswith(">")
    if not text or (is_reference(text) and not text.isalnum() and not to_fill_in):
        return None
    if telling_of(name) not in {Telling.SECRET, Telling.SUSPECT} and not signs(name):
        return None
    if to_fill_in or _is_placeholder(text):
        return "it is a placeholder or a common password"
    return _of_signing_key(text) if signs(name) else None


def _of_signing_key(text: str) -> str | None:
    if _ISSUED_SHAPE.match(text) or is_private_key(text) or is_public_key(text):
        return None
    text = text.removeprefix("base64:")
    plain = decoded_text(text)
    for told in filter(None, (text, plain)):
        if is_spelled(told):
            return "it is made of words"
        if (
            _period(told) * 2 <= len(told)
            or len(set(told.lower())) < min(_FEWEST_DIFFERENT, len(told))
            or _is_patched(told)
        ):
            return "it is a repeated pattern"
        if share_of_walks(told) > 0.5:
            return "it follows the keyboard or the alphabet"
    return "it has less than 256 bits" if bits_of(text) < LEAST_BITS else None


def bits_of(text: str) -> int:
    """Of the key that a text stands for: hexadecimal and base64 are read, anything else is taken as it is."""
    if _HEX.fullmatch(text):
        return 4 * len(text.replace("-", ""))
    if _BASE64.fullmatch(text) and not text.isalnum() and re.search(r"[+/]|=$", text):
        return 6 * len(text.rstrip("="))
    return 8 * len(text.encode(errors="replace"))


def _is_placeholder(text: str) -> bool:
    low = text.lower()
    if len(set(low)) == 1 or share_of_walks(text) > _MOST_WALKED:
        return True
    return len(low) <= _LONGEST_PLACEHOLDER and any(
        _COMMON.fullmatch(told) is not None and any(word in told for word in _PLACEHOLDERS)
        for told in (low, low.rstrip("0123456789!").translate(_LEET))
    )


def _is_patched(text: str) -> bool:
    """Whether a piece of five stands in it three times: of a key drawn at random one in millions has that."""
    pieces = Counter(text[here : here + _PIECE] for here in range(len(text) - _PIECE + 1))
    return len(text) <= _LONGEST_PATCHED and any(n >= _OFTEN for n in pieces.values())


def _period(text: str) -> int:
    """The length of the shortest piece of which a text is the repetition."""
    return (text + text).find(text, 1) if len(text) > 1 else 1
