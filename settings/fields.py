"""The texts that settings are made of: what each may be, and how the reference calls it."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, Field

_HEX_32: Final = re.compile(r"[0-9a-f]{32}")
_LABEL: Final = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
_DAY_SECONDS: Final = 86_400
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}
_RATE: Final = re.compile(r"[1-9]\d{0,6}/[1-9]\d{0,4}[smh]")
T = TypeVar("T", bound=Hashable)


def _domain(value: str) -> str:
    if not re.fullmatch(
        r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}", value
    ):
        raise ValueError("must be a domain name in lower case, like pitchey.example")
    return value


def _day(value: str) -> str:
    try:
        if date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise ValueError("must be a date like 2026-01-01")


def _zone_id(value: str) -> str:
    if not _HEX_32.fullmatch(value):
        raise ValueError(
            "must be 32 hexadecimal digits (the zone's page in the dashboard shows them)"
        )
    return value


def _origin(value: str) -> str:
    if not re.fullmatch(r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", value):
        raise ValueError(
            "must be an origin like https://app.pitchey.example, without a path and without *"
        )
    return value


def _cron(value: str) -> str:
    if len(value.split()) != 5:
        raise ValueError("must have five fields, like '0 3 * * *'")
    return value


def _variable(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise ValueError("must be a variable's name: letters, digits and _")
    return value


def _address(value: str) -> str:
    if not re.fullmatch(r"[^\s@;,]+@[^\s@;,]+\.[^\s@;,]+", value):
        raise ValueError("must be an e-mail address")
    return value


def _owner(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", value):
        raise ValueError("must be a team's short name: lower-case letters, digits and dashes")
    return value


def _record_name(value: str) -> str:
    if not re.fullmatch(rf"(\*|{_LABEL})(\.{_LABEL})+", value):
        raise ValueError(
            "must be the whole name in lower case, like www.pitchey.example (@ is the zone's own)"
        )
    return value


def unique(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) != len(values):
        raise ValueError("must not name one thing twice")
    return values


def _repository(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}", value):
        raise ValueError("must be owner/name of a repository on GitHub")
    return value


def _rate(value: str) -> str:
    if not _RATE.fullmatch(value):
        raise ValueError("must be requests/time like 600/1m, the time in s, m or h")
    if seconds_of(value) > _DAY_SECONDS:
        raise ValueError("must be for a day (24h) at most")
    return value


def requests_of(rate: str) -> int:
    """600 of `600/1m`."""
    return int(rate.partition("/")[0])


def seconds_of(rate: str) -> int:
    """60 of `600/1m`."""
    _, _, time = rate.partition("/")
    return int(time[:-1]) * _UNITS[time[-1]]


def _news_link(value: str) -> str:
    filled = re.sub(r"\{(stack|worker|rollout)\}", "x", value)
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d{1,5})?([/?#][!-~]*)?", filled):
        raise ValueError(
            "must be an https:// address without a user, like https://reports.pitchey.example/{rollout}.html"
        )
    if "{" in filled or "}" in filled:
        raise ValueError("only {stack}, {worker} and {rollout} are filled in")
    return value


@dataclass(frozen=True)
class Named:
    """What a validated text is, in the reference's words."""

    words: str


Domain = Annotated[str, AfterValidator(_domain), Named("domain name")]
Day = Annotated[str, AfterValidator(_day), Named("date")]
ZoneId = Annotated[str, AfterValidator(_zone_id), Named("32 hexadecimal digits")]
Origin = Annotated[str, AfterValidator(_origin), Named("https:// origin")]
Cron = Annotated[str, AfterValidator(_cron), Named("cron expression")]
Variable = Annotated[str, AfterValidator(_variable), Named("name")]
Address = Annotated[str, AfterValidator(_address), Named("e-mail address")]
RecordName = Annotated[str, AfterValidator(_record_name), Named("host name")]
Owner = Annotated[str, AfterValidator(_owner), Named("team")]
Repository = Annotated[str, AfterValidator(_repository), Named("owner/name")]
NewsLink = Annotated[str, AfterValidator(_news_link), Named("https:// address")]
Rate = Annotated[str, AfterValidator(_rate), Named("requests/time")]
Text = Annotated[str, Field(min_length=1)]
