"""Whether a text looks drawn at random, told from ids, sums, images and public keys, which look alike."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import Final

from .encodings import decoded_bytes
from .words import share_of_walks, share_of_words

_HEX: Final = re.compile(r"(?:0x)?[0-9a-fA-F]+")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_=.~-]+")
_PUBLIC: Final = re.compile(
    r"sha(?:1|224|256|384|512)[-:]|0x[0-9a-fA-F]+$|arn:|AAAA|ssh-|data:|nonce-|age1|(?:pk|pub|price|prod|acct|cus"
    r"|plan|sub|evt|in|pi|ch|tax|txr|we|bpc|phc|G|GTM|UA|AW|DC|ca-pub|app|team|org|usr|user|proj|prj|dpl|vv|dv|wf|rule"
    r"|key_id|kid|aud|cid|sess|G-|did|urn|ipfs|sb_publishable|pk\.eyJ)[-_.:]|Qm[1-9A-HJ-NP-Za-km-z]{44}$|bafy|bafk|pk_|pk\.|ST-|\d+x0{4,}"
)
_IMAGES: Final = (
    "iVBORw0KGgo",
    "/9j/",
    "R0lGOD",
    "UklGR",
    "PHN2Zy",
    "PD94bW",
    "d09GM",
    "d09GR",
    "AAABAA",
    "JVBERi",
    "AGFzbQ",
)
_SHORTEST_NEUTRAL: Final = 28
_SHORTEST_TELLING: Final = 16
_LONGEST: Final = 512
_RANDOM: Final = 3.9
"""Bits a character from which a text without a telling name counts as random: prose and paths stay below."""
_LIVELY: Final = 0.3
"""Changes between capitals, small letters and digits, of all neighbours: names and paths change seldom."""


@lru_cache(maxsize=16_384)
def looks_random(text: str, telling: bool = False) -> bool:
    """`telling`: its name says that it may be a secret, so that hexadecimal and shorter texts count, too."""
    shortest = _SHORTEST_TELLING if telling else _SHORTEST_NEUTRAL
    if not shortest <= len(text) <= _LONGEST or _TOKEN.fullmatch(text) is None:
        return False
    if _PUBLIC.match(text) or text.startswith(_IMAGES) or is_public_key(text):
        return False
    if _UUID.fullmatch(text) or _HEX.fullmatch(text):
        return telling and len(set(text)) > 4
    if share_of_words(text, 4) > 0.4 or share_of_walks(text) > 0.5:
        return False
    if telling:
        return (
            any(c.isdigit() for c in text)
            and any(c.isalpha() for c in text)
            and entropy(text) >= 3.0
        )
    kinds = (str.isupper, str.islower, str.isdigit)
    return (
        all(any(kind(c) for c in text) for kind in kinds)
        and entropy(text) >= _RANDOM
        and liveliness(text) >= _LIVELY
    )


def is_sum_or_id(text: str) -> bool:
    """A UUID, a hexadecimal id or a hash."""
    return _UUID.fullmatch(text) is not None or _HEX.fullmatch(text) is not None


def entropy(text: str) -> float:
    """Shannon's, in bits a character."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts) if text else 0.0


def liveliness(text: str) -> float:
    kinds = [0 if c.isupper() else 1 if c.islower() else 2 if c.isdigit() else 3 for c in text]
    pairs = list(pairwise(kinds))
    return sum(a != b for a, b in pairs) / len(pairs) if pairs else 0.0


def is_public_key(text: str) -> bool:
    """A public key or certificate in DER, as base64: a sequence that begins with another sequence."""
    return text.startswith(("MI", "MF", "MC", "MD")) and _der_inner(text) == 0x30


def is_private_key(text: str) -> bool:
    """A private key in DER, as base64 without PEM's frame: a sequence that begins with the number 0 or 1."""
    if len(text) < 60 or not text.startswith(("MI", "MC", "MF", "MD")):
        return False
    return _der_inner(text) == 0x02


def _der_inner(text: str) -> int | None:
    raw = decoded_bytes(text)
    if raw is None or len(raw) < 8 or raw[0] != 0x30:
        return None
    inner = 2 if raw[1] < 0x80 else 2 + (raw[1] & 0x7F)
    if len(raw) < inner + 3:
        return None
    if raw[inner] == 0x02 and raw[inner + 1] == 1 and raw[inner + 2] in {0, 1}:
        return 0x02
    return raw[inner] if raw[inner] == 0x30 else None
