"""One HTTP exchange that leaves no trace: addresses and tokens are secrets here, and clients log the addresses they ask."""

from __future__ import annotations

import base64
import email.utils
import http.client
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import (
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

import httpx

from delivery.notifications.channel import NotDeliveredError

_MOST_BYTES: Final = 1024 * 1024
_LONGEST_PAUSE: Final = 60.0
_AGAIN: Final = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def json(self) -> Any:  # noqa: ANN401 (as the other side wrote it)
        try:
            return json.loads(self.body)
        except ValueError:
            pass
        raise NotDeliveredError("answered what is no JSON", again=True)


def exchange(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
) -> Answer:
    """The other side's answer when its status is 2xx; redirects are not followed, so that nothing is told elsewhere.

    Raises `NotDeliveredError`, which never holds the address.
    """
    try:
        answer = _ask(method, url, headers, body, timeout)
        failure = _judged(answer)
    except TimeoutError:
        failure = NotDeliveredError(f"no answer within {timeout:g} s", again=True)
    except ssl.SSLCertVerificationError:
        failure = NotDeliveredError("its certificate is not to be trusted", again=False)
    except OSError as error:
        failure = _unreachable(error, timeout)
    except http.client.InvalidURL:
        failure = NotDeliveredError("its address cannot be read", again=False)
    except http.client.HTTPException:
        failure = NotDeliveredError("the connection broke", again=True)
    except ValueError:
        failure = NotDeliveredError("its address cannot be read", again=False)
    else:
        if failure is None:
            return answer
    # Outside of the handlers: what they caught names the address, and would hang on to this error as its context.
    raise failure


def trusted() -> ssl.SSLContext:
    """Whom the rest of the delivery believes too: the authorities of `certifi`, or those of SSL_CERT_FILE or SSL_CERT_DIR."""
    return httpx.create_ssl_context()


def _ask(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
) -> Answer:
    deadline = time.monotonic() + timeout
    address, authorization = _without_user(url)
    request = Request(  # noqa: S310 (the opener below knows http and https only)
        address,
        data=body,
        headers={"User-Agent": "pitchey", **authorization, **headers},
        method=method,
    )
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), UnknownHandler()):
        opener.add_handler(handler)
    if request.type == "https":
        opener.add_handler(HTTPSHandler(context=trusted()))
    with opener.open(request, timeout=timeout) as response:
        read = bytearray()
        while chunk := response.read1(64 * 1024):
            read += chunk
            if len(read) > _MOST_BYTES:
                break
            if time.monotonic() > deadline:
                raise TimeoutError
        return Answer(response.status, bytes(read), response.headers)


def _without_user(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    if parts.username is None:
        return url, {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return bare, {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _judged(answer: Answer) -> NotDeliveredError | None:
    if 200 <= answer.status < 300:
        return None
    after = _pause(answer.headers.get("Retry-After"))
    again = answer.status >= 500 or answer.status in _AGAIN
    if answer.status == 403:  # GitHub's way to say that there was too much
        spent = answer.headers.get("X-RateLimit-Remaining") == "0"
        again = after is not None or spent
    return NotDeliveredError(f"answered {answer.status}", again=again, after=after)


def _pause(header: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date; at most a minute."""
    if not header:
        return None
    try:
        seconds = (
            float(header)
            if header.strip().isdigit()
            else email.utils.parsedate_to_datetime(header).timestamp() - time.time()
        )
    except (ValueError, OverflowError, OSError):
        return None
    return min(max(seconds, 0.0), _LONGEST_PAUSE)


def _unreachable(error: OSError, timeout: float) -> NotDeliveredError:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return NotDeliveredError(f"no answer within {timeout:g} s", again=True)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return NotDeliveredError("its certificate is not to be trusted", again=False)
    if isinstance(reason, str):  # UnknownHandler's: neither http nor https
        return NotDeliveredError("its address cannot be read", again=False)
    return NotDeliveredError("cannot be reached", again=True)
