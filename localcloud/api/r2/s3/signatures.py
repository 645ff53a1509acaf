"""AWS Signature Version 4, verified: in the `Authorization` header, or in the query of a presigned URL.

Access keys come of API tokens, as at Cloudflare: the access key id is the token's id, and the secret access key the
SHA-256 of its value in hex, which is all that the state knows of it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, unquote

from localcloud.api.r2.s3 import errors
from localcloud.api.store import Store
from localcloud.api.tokens import Token, find_access_key

UNSIGNED: Final = "UNSIGNED-PAYLOAD"
EMPTY_SHA256: Final = hashlib.sha256(b"").hexdigest()
_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_REGIONS: Final = ("auto", "us-east-1", "wnam", "enam", "weur", "eeur", "apac", "oc", "")
_SKEW: Final = timedelta(minutes=15)
_MAX_PRESIGNED: Final = 604_800
_FIELD: Final = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_TIME: Final = "%Y%m%dT%H%M%SZ"
_SAFE: Final = "-_.~"


@dataclass(frozen=True)
class Asked:
    """A request as it came in: `path` and `query` still encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Decoded, in their order. A plus is a plus."""
        pairs = (part.partition("=") for part in self.query.split("&") if part)
        return [(unquote(name), unquote(text)) for name, _, text in pairs]


@dataclass(frozen=True)
class Signed:
    """Who asks; `payload` is what was signed for the body: a SHA-256 in hex, or one of the words that stand for none.
    The rest is what the signatures of a body's chunks go on from."""

    token: Token
    payload: str
    at: str
    scope: str
    signature: str
    key: bytes = field(repr=False)

    def of_chunk(self, previous: str, digest: str) -> str:
        """The signature of a chunk whose content has this SHA-256, after the one with the signature `previous`."""
        to_sign = (f"{_ALGORITHM}-PAYLOAD", self.at, self.scope, previous, EMPTY_SHA256, digest)
        return _hmac(self.key, "\n".join(to_sign)).hex()

    def of_trailer(self, previous: str, digest: str) -> str:
        to_sign = (f"{_ALGORITHM}-TRAILER", self.at, self.scope, previous, digest)
        return _hmac(self.key, "\n".join(to_sign)).hex()


@dataclass(frozen=True)
class _Claim:
    """What a request says of its own signature. `expires`: seconds that a presigned URL is good for."""

    credential: str
    signed_headers: tuple[str, ...]
    signature: str
    at: str
    payload: str
    expires: int | None = None


def verify(store: Store, asked: Asked, now: datetime | None = None) -> Signed:
    """Raises `ApiError` with the code that S3 has for what is wrong: no or a bad authorization, a key that is unknown, a
    clock that differs, a link that has expired, a signature that does not match."""
    claim = _claim(asked)
    access_key, _, scope = claim.credential.partition("/")
    date, region, service, end = _scope(scope)
    if region not in _REGIONS:
        raise errors.BAD_REGION(region=region)
    if (service, end) != ("s3", "aws4_request"):
        raise errors.BAD_AUTHORIZATION(reason=f"the credential ends in {scope!r}")
    _check_time(claim, date, now or datetime.now(UTC))
    found = find_access_key(store, access_key)
    if found is None:
        raise errors.UNAUTHORIZED()
    token, secret = found
    key = _signing_key(secret, date, region, service)
    request = hashlib.sha256(_canonical(asked, claim).encode()).hexdigest()
    signature = _hmac(key, "\n".join((_ALGORITHM, claim.at, scope, request))).hex()
    if not hmac.compare_digest(signature, claim.signature):
        raise errors.BAD_SIGNATURE()
    return Signed(token, claim.payload, claim.at, scope, signature, key)


def _claim(asked: Asked) -> _Claim:
    query = dict(asked.parameters)
    if "X-Amz-Signature" in query:
        expires = query.get("X-Amz-Expires", "")
        if not expires.isdecimal() or not 1 <= int(expires) <= _MAX_PRESIGNED:
            raise errors.BAD_AUTHORIZATION(
                reason=f"X-Amz-Expires must be between 1 and {_MAX_PRESIGNED} seconds"
            )
        return _Claim(
            query.get("X-Amz-Credential", ""),
            tuple(query.get("X-Amz-SignedHeaders", "").split(";")),
            query["X-Amz-Signature"],
            query.get("X-Amz-Date", ""),
            asked.headers.get("x-amz-content-sha256", UNSIGNED),
            int(expires),
        )
    authorization = asked.headers.get("authorization")
    if authorization is None:
        raise errors.BAD_AUTHORIZATION(reason="there is none")
    if not authorization.startswith(_ALGORITHM):
        raise errors.BAD_AUTHORIZATION(reason=f"it is not of {_ALGORITHM}")
    fields = dict(_FIELD.findall(authorization))
    if len(fields) < len(("Credential", "SignedHeaders", "Signature")):
        raise errors.BAD_AUTHORIZATION(reason="it needs Credential, SignedHeaders and Signature")
    return _Claim(
        fields["Credential"],
        tuple(fields["SignedHeaders"].split(";")),
        fields["Signature"],
        asked.headers.get("x-amz-date", ""),
        asked.headers.get("x-amz-content-sha256", ""),
    )


def _scope(scope: str) -> Sequence[str]:
    parts = scope.split("/")
    if len(parts) != len(("date", "region", "service", "end")):
        raise errors.BAD_AUTHORIZATION(
            reason="the credential is not KEY/DATE/REGION/s3/aws4_request"
        )
    return parts


def _check_time(claim: _Claim, date: str, now: datetime) -> None:
    try:
        at = datetime.strptime(claim.at, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise errors.BAD_AUTHORIZATION(reason="X-Amz-Date is missing or malformed") from error
    if not claim.at.startswith(date):
        raise errors.BAD_AUTHORIZATION(reason="the credential is of another day than X-Amz-Date")
    if claim.expires is None:
        if abs(now - at) > _SKEW:
            raise errors.TOO_SKEWED()
    elif now > at + timedelta(seconds=claim.expires):
        raise errors.EXPIRED()
    elif at > now + _SKEW:
        raise errors.TOO_SKEWED()


def _canonical(asked: Asked, claim: _Claim) -> str:
    pairs = sorted(
        (quote(name, safe=_SAFE), quote(text, safe=_SAFE))
        for name, text in asked.parameters
        if claim.expires is None or name != "X-Amz-Signature"
    )
    if "host" not in claim.signed_headers:
        raise errors.BAD_AUTHORIZATION(reason="the header host must be signed")
    headers = "".join(
        f"{name}:{' '.join(asked.headers.get(name, '').split())}\n" for name in claim.signed_headers
    )
    return "\n".join(
        (
            asked.method,
            quote(unquote(asked.path), safe=f"/{_SAFE}"),
            "&".join(f"{name}={text}" for name, text in pairs),
            headers,
            ";".join(claim.signed_headers),
            claim.payload,
        )
    )


def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
