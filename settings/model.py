"""The sections of a stack's settings: fields, defaults and what each may be."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

_HEX_32: Final = re.compile(r"[0-9a-f]{32}")


def _domain(value: str) -> str:
    if not re.fullmatch(
        r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}", value
    ):
        raise ValueError("must be a domain name in lower case, like pitchey.example")
    return value


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("must be a date like 2026-01-01") from error
    return value


def _zone_id(value: str) -> str:
    if not _HEX_32.fullmatch(value):
        raise ValueError(
            "must be 32 hexadecimal digits (the zone's page in the dashboard shows them)"
        )
    return value


def _origin(value: str) -> str:
    if not re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?", value):
        raise ValueError(
            "must be an origin like https://app.pitchey.example, without a path and without *"
        )
    return value


def _cron(value: str) -> str:
    if len(value.split()) != 5:
        raise ValueError("must have five fields, like '0 3 * * *'")
    return value


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, strict=True)


class ZoneSettings(_Section):
    """The stack's own zone. With `id` an existing one is used; without, the program creates it."""

    name: Annotated[str, AfterValidator(_domain)]
    id: Annotated[str, AfterValidator(_zone_id)] | None = None


class WorkerSettings(_Section):
    compatibility_date: Annotated[str, AfterValidator(_day)] = "2026-01-01"
    compatibility_flags: tuple[str, ...] = Field(default=(), strict=False)
    workers_dev: bool = False
    preview_urls: bool = False
    log_sampling: float = Field(default=1.0, ge=0, le=1, strict=False)
    """Share of the requests whose logs are kept."""
    crons: tuple[Annotated[str, AfterValidator(_cron)], ...] = Field(default=(), strict=False)


class PagesSettings(_Section):
    production_branch: str = "main"
    build_command: str = "npm run build"
    output_directory: str = "dist"
    variables: dict[str, str] = {}
    """Plain environment variables of both environments."""


class DatabaseSettings(_Section):
    caching: bool = True
    max_age: int = Field(default=60, ge=0, le=3600)
    """Seconds for which an answer may come from the cache."""
    stale_while_revalidate: int = Field(default=15, ge=0, le=3600)


class UploadsSettings(_Section):
    allowed_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = Field(
        default=(), strict=False
    )
    """Beside the app's own origin."""
    abort_incomplete_after_days: int = Field(default=7, ge=1, le=90)
    lock_days: int = Field(default=0, ge=0, le=3650)
    """For so long an upload can neither be overwritten nor deleted; 0: no lock."""


class SecuritySettings(_Section):
    hsts_max_age: int = Field(default=31_536_000, ge=0, le=63_072_000)
    requests_per_10_seconds: int = Field(
        default=200, ge=1, le=100_000, alias="requestsPer10Seconds"
    )
    """How many requests an address may make before it is refused for as long."""
    certificate_authorities: tuple[str, ...] = Field(
        default=("letsencrypt.org", "pki.goog", "ssl.com"), strict=False
    )
    """Who may issue certificates for the zone (CAA)."""
    report_address: str | None = None
    """Where DMARC reports go."""


class RecordSettings(_Section):
    name: str = Field(min_length=1)
    type: Literal["A", "AAAA", "CNAME", "TXT", "MX"]
    content: str = Field(min_length=1)
    proxied: bool = False
    priority: int | None = Field(default=None, ge=0, le=65535)


class Configuration(_Section):
    zone: ZoneSettings
    worker: WorkerSettings = WorkerSettings()
    pages: PagesSettings = PagesSettings()
    database: DatabaseSettings = DatabaseSettings()
    uploads: UploadsSettings = UploadsSettings()
    security: SecuritySettings = SecuritySettings()
    records: tuple[RecordSettings, ...] = Field(default=(), strict=False)
    """Further DNS records of the zone."""
