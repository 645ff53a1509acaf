"""API errors as Cloudflare answers them: an HTTP status, a code and a message.

Codes belong to a product family, not to the API (10007 is a Worker, an R2 key or a route), so each service keeps its
own in its `errors.py`; here are only those that any route can give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ErrorDetail:
    """One entry of the envelope's `errors`."""

    code: int
    message: str
    chain: tuple[ErrorDetail, ...] = ()
    documentation_url: str | None = None
    pointer: str | None = None

    def body(self) -> dict[str, object]:
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.documentation_url:
            body["documentation_url"] = self.documentation_url
        if self.pointer:
            body["source"] = {"pointer": self.pointer}
        if self.chain:
            body["error_chain"] = [link.body() for link in self.chain]
        return body


class ApiError(Exception):
    """An answer with `success: false`. `detail` stands first in `errors`; more may follow."""

    def __init__(
        self, status: int, *details: ErrorDetail, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__("; ".join(f"{d.code} {d.message}" for d in details))
        self.status = status
        self.details = details
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class ErrorKind:
    """A documented error as data: `raise NOT_FOUND()` or `raise NOT_FOUND(name="x")` fills the message's fields."""

    status: int
    code: int
    message: str
    documentation_url: str | None = None
    chain: tuple[ErrorDetail, ...] = field(default=())

    def __call__(self, **facts: object) -> ApiError:
        message = self.message.format(**facts) if facts else self.message
        return ApiError(
            self.status, ErrorDetail(self.code, message, self.chain, self.documentation_url)
        )


MISSING_CREDENTIALS = ErrorKind(
    400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"
)
MALFORMED_BEARER = ErrorKind(
    400,
    6003,
    "Invalid request headers",
    chain=(ErrorDetail(6111, "Invalid format for Authorization header"),),
)
MALFORMED_KEY = ErrorKind(
    400,
    6003,
    "Invalid request headers",
    chain=(ErrorDetail(6103, "Invalid format for X-Auth-Key header"),),
)
UNKNOWN_KEY = ErrorKind(400, 9103, "Unknown X-Auth-Key or X-Auth-Email")
AUTHENTICATION = ErrorKind(403, 10000, "Authentication error")
UNAUTHORIZED = ErrorKind(403, 9109, "Unauthorized to access requested resource")
ACCOUNT_NOT_VALID = ErrorKind(
    403, 7403, "The given account is not valid or is not authorized to access this service"
)
ZONE_NOT_VALID = ErrorKind(403, 9109, "Invalid zone identifier")
METHOD_NOT_ALLOWED_WORKERS = ErrorKind(405, 10405, "Method not allowed")
METHOD_NOT_ALLOWED = ErrorKind(405, 7001, "{method} not supported for requested URI.")
INTERNAL = ErrorKind(500, 10013, "An unknown error has occurred")
RATE_LIMITED = ErrorKind(429, 971, "Please wait and consider throttling your request speed")
BAD_JSON = ErrorKind(400, 10026, "Could not parse request body: {reason}")


def no_route(path: str) -> ApiError:
    """What Cloudflare says of a path or an identifier that has the wrong shape: two errors, 7003 and 7000."""
    return ApiError(
        400,
        ErrorDetail(7003, f"Could not route to {path}, perhaps your object identifier is invalid?"),
        ErrorDetail(7000, "No route for that URI"),
    )
