"""Whom the contract is asked of: the local cloud, or Cloudflare itself when somebody says so in variables of our own.

A `CLOUDFLARE_API_TOKEN` that lies in the environment is never looked at: these tests create and delete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.localcloud.official_sdk import CLOUDFLARE

TOKEN: Final = "PITCHEY_CONTRACT_TOKEN"
ACCOUNT: Final = "PITCHEY_CONTRACT_ACCOUNT"
ZONE: Final = "PITCHEY_CONTRACT_ZONE"
DATABASE: Final = "PITCHEY_CONTRACT_DATABASE_URL"
_CONVERGES_SECONDS: Final = 90.0
_LOCAL_DATABASE: Final = "postgres://app:hush-hush-7f3a@db.example.com:5432/app"


class TargetError(Exception):
    """The variables do not say whom to ask; the text says what to set."""


@dataclass(frozen=True)
class Target:
    """`zone`: id, or None where DNS is not to be touched. `database`: a URL that Cloudflare can reach, or None.
    `patience`: seconds within which a write must be seen; the local cloud gets none."""

    url: str
    token: str = field(repr=False)
    account: str
    zone: str | None
    database: str | None = field(repr=False)
    patience: float

    @property
    def is_cloudflare(self) -> bool:
        return self.url == CLOUDFLARE

    @staticmethod
    def local(url: str, token: str, account: str, zone: str) -> Target:
        return Target(url, token, account, zone, _LOCAL_DATABASE, 0)

    @staticmethod
    def cloudflare(environment: Mapping[str, str]) -> Target | None:
        """None when nothing is set. Raises `TargetError` when only a part of what is needed is."""
        token, account = environment.get(TOKEN), environment.get(ACCOUNT)
        if token and account:
            zone, database = environment.get(ZONE) or None, environment.get(DATABASE) or None
            return Target(CLOUDFLARE, token, account, zone, database, _CONVERGES_SECONDS)
        given = [name for name in (TOKEN, ACCOUNT, ZONE, DATABASE) if environment.get(name)]
        if given:
            missing = [name for name in (TOKEN, ACCOUNT) if not environment.get(name)]
            raise TargetError(
                f"{' and '.join(given)} set without {' and '.join(missing)}: set both of "
                f"{TOKEN} and {ACCOUNT} to ask Cloudflare, or neither to ask the local cloud"
            )
        return None
