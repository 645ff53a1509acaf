"""A zone's DNSSEC key, DS record and key tag, always the same ones for the same zone.

The key is real (ECDSA P-256, derived from the zone's id) and digest and tag follow from it by RFC 4034, so a tool that
checks a DS record finds it right. It signs nothing: the local cloud answers no DNS.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from localcloud.api.store import Json

KIND: Final = "zone_dnssec"
_FLAGS: Final = 257
_PROTOCOL: Final = 3
_ALGORITHM: Final = 13
_DIGEST_TYPE: Final = 2
_TTL: Final = 3600
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
UNSIGNED: Final[Json] = dict.fromkeys(
    (
        "flags", "algorithm", "key_type", "digest_type", "digest_algorithm", "digest", "ds", "key_tag", "public_key",
    )
)  # fmt: skip


def signing(zone_id: str, name: str) -> Json:
    """The key fields of an active zone."""
    secret = int.from_bytes(hashlib.sha256(zone_id.encode()).digest(), "big") % (_P256_ORDER - 1)
    point = ec.derive_private_key(secret + 1, ec.SECP256R1()).public_key().public_numbers()
    public = point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    dnskey = _FLAGS.to_bytes(2, "big") + bytes([_PROTOCOL, _ALGORITHM]) + public
    owner = b"".join(bytes([len(label)]) + label for label in name.encode().split(b".")) + b"\0"
    digest = hashlib.sha256(owner + dnskey).hexdigest().upper()
    tag = key_tag(dnskey)
    return {
        "flags": _FLAGS,
        "algorithm": str(_ALGORITHM),
        "key_type": "ECDSAP256SHA256",
        "digest_type": str(_DIGEST_TYPE),
        "digest_algorithm": "SHA256",
        "digest": digest,
        "ds": f"{name}. {_TTL} IN DS {tag} {_ALGORITHM} {_DIGEST_TYPE} {digest}",
        "key_tag": tag,
        "public_key": base64.b64encode(public).decode(),
    }


def key_tag(dnskey: bytes) -> int:
    """RFC 4034, appendix B."""
    total = sum(byte if index & 1 else byte << 8 for index, byte in enumerate(dnskey))
    return (total + (total >> 16)) & 0xFFFF
