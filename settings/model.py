"""The sections of a stack's settings: fields, defaults, what each may be, and what it means (docs/settings.md)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

_HEX_32: Final = re.compile(r"[0-9a-f]{32}")
_LABEL: Final = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
PLATFORM_HOSTS: Final = ("api", "app", "uploads")
"""Below the zone, for the Worker, the frontend and the uploads."""
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


def _unique(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) != len(values):
        raise ValueError("must not name one thing twice")
    return values


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
Text = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        strict=True,
        use_attribute_docstrings=True,
    )


class ZoneSettings(Section):
    """The stack's own zone: no other stack may name it."""

    name: Domain
    """The domain. `api.`, `app.` and `uploads.` of it are the platform's."""
    id: ZoneId | None = None
    """The id of a zone that exists and is to be used; without it the program creates the zone."""


class WorkerSettings(Section):
    """The Worker `pitchey-api-<stack>`."""

    compatibility_date: Day = "2026-01-01"
    """The day whose runtime behaviour the code is written for."""
    compatibility_flags: Annotated[tuple[Text, ...], AfterValidator(_unique)] = Field(
        default=(), strict=False
    )
    """Changes of the runtime that are wanted before their day."""
    workers_dev: bool = False
    """Also answer under workers.dev; never on production."""
    preview_urls: bool = False
    """An address for each version; never on production."""
    log_sampling: float = Field(default=1.0, ge=0, le=1, strict=False)
    """Share of the requests whose logs are kept."""
    owner: Owner = "platform"
    """Whom to call when it misbehaves, as the tag `owner:…` of the Worker."""
    crons: Annotated[tuple[Cron, ...], AfterValidator(_unique)] = Field(default=(), strict=False)
    """When the Worker is run, each in five fields (UTC)."""


class PagesSettings(Section):
    """The frontend, the Pages project `pitchey-<stack>`."""

    production_branch: Text = "main"
    """The branch whose builds go to the domain."""
    build_command: str = "npm run build"
    """Run by Pages in the frontend's repository."""
    output_directory: str = "dist"
    """Where the build leaves its files."""
    variables: dict[Variable, str] = {}
    """Plain variables of both environments; what looks like a secret is refused."""


class DatabaseSettings(Section):
    """Hyperdrive, in front of the database that `databaseUrl` names."""

    caching: bool = True
    """Answers may come from Hyperdrive's cache."""
    max_age: int = Field(default=60, ge=0, le=3600)
    """Seconds for which they may."""
    stale_while_revalidate: int = Field(default=15, ge=0, le=3600)
    """Seconds for which an old answer may still be given while a new one is fetched."""


class UploadsSettings(Section):
    """The R2 bucket `pitchey-<stack>-uploads`."""

    allowed_origins: Annotated[tuple[Origin, ...], AfterValidator(_unique)] = Field(
        default=(), strict=False
    )
    """Whose pages may upload, beside the app's own; never `*`."""
    abort_incomplete_after_days: int = Field(default=7, ge=1, le=90)
    """Days after which an upload that was not finished is thrown away."""
    lock_days: int = Field(default=0, ge=0, le=3650)
    """Days for which an upload can neither be overwritten nor deleted; 0: no lock."""


class SecuritySettings(Section):
    """What the zone asks of browsers, callers and certificate authorities."""

    hsts_max_age: int = Field(default=31_536_000, ge=0, le=63_072_000)
    """Seconds for which browsers may only use HTTPS."""
    requests_per_10_seconds: int = Field(
        default=200, ge=1, le=100_000, alias="requestsPer10Seconds"
    )
    """How many requests an address may make before it is refused for as long."""
    certificate_authorities: Annotated[tuple[Domain, ...], AfterValidator(_unique)] = Field(
        default=("letsencrypt.org", "pki.goog", "ssl.com"), strict=False
    )
    """Who may issue certificates for the zone (CAA)."""
    report_address: Address | None = None
    """Where DMARC reports go."""


class AlertSettings(Section):
    """Who hears of errors, and of certificates and tokens that are about to expire."""

    addresses: Annotated[tuple[Address, ...], AfterValidator(_unique)] = Field(
        default=(), strict=False
    )
    """E-mail addresses, verified in the account; without one nobody is told."""


class RecordSettings(Section):
    """A further DNS record of the zone."""

    name: RecordName
    """The whole name, in the stack's zone."""
    type: Literal["A", "AAAA", "CNAME", "TXT", "MX"]
    """Its type."""
    content: Text
    """An address, a host name or a text."""
    proxied: bool = False
    """Through Cloudflare; for A, AAAA and CNAME."""
    priority: int | None = Field(default=None, ge=0, le=65535)
    """Of an MX record, which needs one; the lowest is tried first."""

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.type in {"A", "AAAA"}:
            version = 4 if self.type == "A" else 6
            try:
                known = ipaddress.ip_address(self.content).version
            except ValueError:
                known = None
            if known != version:
                raise ValueError(f"content must be an IPv{version} address for type {self.type}")
        if (self.type == "MX") != (self.priority is not None):
            raise ValueError("priority belongs to an MX record, and an MX record needs one")
        if self.proxied and self.type not in {"A", "AAAA", "CNAME"}:
            raise ValueError(f"a {self.type} record cannot be proxied")
        return self


class Configuration(Section):
    """A stack's settings."""

    zone: ZoneSettings
    worker: WorkerSettings = WorkerSettings()
    pages: PagesSettings = PagesSettings()
    database: DatabaseSettings = DatabaseSettings()
    uploads: UploadsSettings = UploadsSettings()
    security: SecuritySettings = SecuritySettings()
    alerts: AlertSettings = AlertSettings()
    records: Annotated[tuple[RecordSettings, ...], AfterValidator(_unique)] = Field(
        default=(), strict=False
    )
