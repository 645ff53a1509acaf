"""How a call was refused: the HTTP status and Cloudflare's codes."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from cloudflare import APIStatusError

OTHER_ACCOUNT = "00000000000000000000000000000a02"
FORBIDDEN = (403, [10000])
"""What a token without the permission, or without the account, gets."""


def refusal(attempt: Callable[[], object]) -> tuple[int, list[int | None]]:
    """Of a call through the SDK; fails the test when it succeeds."""
    with pytest.raises(APIStatusError) as caught:
        attempt()
    return caught.value.status_code, [error.code for error in caught.value.errors]


def answered(response: httpx.Response) -> tuple[int, list[int]]:
    """Of an answer to plain HTTP; no code where it succeeded."""
    body = response.json()
    assert body["success"] == (response.status_code < 400)
    return response.status_code, [error["code"] for error in body["errors"]]
