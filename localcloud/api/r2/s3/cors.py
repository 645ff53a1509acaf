"""A bucket's CORS rules, obeyed: which web pages may use a link that they were given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from starlette.responses import Response

from localcloud.api.r2.s3 import errors
from localcloud.api.store import Json

_DEFAULT_AGE: Final = 5


def preflight(rules: Iterable[Json], headers: Mapping[str, str]) -> Response:
    """The answer to a browser's OPTIONS. Raises `ApiError` 10003 when no rule allows what it asks for."""
    origin = headers.get("origin", "")
    method = headers.get("access-control-request-method", "")
    wanted = [
        name.strip()
        for name in headers.get("access-control-request-headers", "").split(",")
        if name.strip()
    ]
    for rule in rules:
        if not _applies(rule, origin, method):
            continue
        allowed = rule["allowed"].get("headers") or ()
        if not all(_matches_one(name, allowed) for name in wanted):
            continue
        told = {
            **_told(rule, origin),
            "access-control-allow-methods": ", ".join(rule["allowed"]["methods"]),
            "access-control-max-age": str(rule.get("maxAgeSeconds", _DEFAULT_AGE)),
        }
        if wanted:
            told["access-control-allow-headers"] = ", ".join(wanted)
        return Response(status_code=204, headers=told)
    raise errors.ACCESS_DENIED()


def answered(rules: Iterable[Json], headers: Mapping[str, str], method: str) -> dict[str, str]:
    """What an answer says to the page that asked; nothing where no rule is for it."""
    origin = headers.get("origin")
    if origin is None:
        return {}
    for rule in rules:
        if _applies(rule, origin, method):
            exposed = rule.get("exposeHeaders") or ()
            told = _told(rule, origin)
            return (
                {**told, "access-control-expose-headers": ", ".join(exposed)} if exposed else told
            )
    return {}


def _applies(rule: Json, origin: str, method: str) -> bool:
    allowed = rule["allowed"]
    return method in allowed["methods"] and _matches_one(origin, allowed["origins"])


def _told(rule: Json, origin: str) -> dict[str, str]:
    anybody = "*" in rule["allowed"]["origins"]
    return {"access-control-allow-origin": "*" if anybody else origin, "vary": "Origin"}


def _matches_one(text: str, patterns: Iterable[str]) -> bool:
    """A star in a pattern is any text; letters' case is none of it."""
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.IGNORECASE)
        for pattern in patterns
    )
