"""The sections of a stack's settings: fields, defaults, what each may be, and what it means (docs/settings.md)."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from settings.fields import (
    Address,
    Cron,
    Day,
    Domain,
    NewsLink,
    Origin,
    Owner,
    Rate,
    RecordName,
    Repository,
    Text,
    Variable,
    ZoneId,
    unique,
)

PLATFORM_HOSTS: Final = ("api", "app", "uploads", "rollouts")
"""Below the zone, for the Worker, the frontend, the uploads and the Rollouts Worker."""


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
    """The domain. `api.`, `app.`, `uploads.` and `rollouts.` of it are the platform's."""
    id: ZoneId | None = None
    """The id of a zone that exists and is to be used; without it the program creates the zone."""


class RateLimitsSettings(Section):
    """How often a caller may ask, by class of route: so many at once, and as many again in the time after `/`, evenly."""

    read: Rate | None = None
    """GET, HEAD and OPTIONS; unless set, `600/1m`."""
    search: Rate | None = None
    """Pitches by words; unless set, `120/1m`."""
    write: Rate | None = None
    """Changes; unless set, `60/1m`."""
    upload: Rate | None = None
    """Files; unless set, `20/10m`."""
    login: Rate | None = None
    """Tries of a password, from an address and for an account; on production 60 a minute at most; unless set, `10/5m`."""
    sign_up: Rate | None = Field(default=None, alias="sign-up")
    """New people, from an address; unless set, `5/1h`."""
    refresh: Rate | None = None
    """New access tokens; unless set, `60/5m`."""


class WorkerSettings(Section):
    """The Worker `pitchey-api-<stack>`."""

    compatibility_date: Day = "2026-01-01"
    """The day whose runtime behaviour the code is written for."""
    compatibility_flags: Annotated[tuple[Text, ...], AfterValidator(unique)] = Field(
        default=(), strict=False
    )
    """Changes of the runtime that are wanted, beside `nodejs_compat`, which the code needs."""
    workers_dev: bool = False
    """Also answer under workers.dev; never on production."""
    preview_urls: bool = False
    """An address for each version; never on production."""
    log_sampling: float = Field(default=1.0, ge=0, le=1, strict=False)
    """Share of the requests whose logs are kept."""
    owner: Owner = "platform"
    """Whom to call when it misbehaves, as the tag `owner:…` of the Worker."""
    crons: Annotated[tuple[Cron, ...], AfterValidator(unique)] = Field(default=(), strict=False)
    """When the Worker is run, each in five fields (UTC)."""
    rate_limits: RateLimitsSettings = RateLimitsSettings()
    """How often a caller may ask: so many at once, and as many again in the time after `/`, evenly. A change is a new version."""


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

    allowed_origins: Annotated[tuple[Origin, ...], AfterValidator(unique)] = Field(
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
    allowed_origins: Annotated[tuple[Origin, ...], AfterValidator(unique)] = Field(
        default=(), strict=False
    )
    """Whose pages may call the API, beside the app's own; never `*`."""
    certificate_authorities: Annotated[tuple[Domain, ...], AfterValidator(unique)] = Field(
        default=("letsencrypt.org", "pki.goog", "ssl.com"), strict=False
    )
    """Who may issue certificates for the zone (CAA)."""
    report_address: Address | None = None
    """Where DMARC reports go."""


class AlertSettings(Section):
    """Who hears of errors, and of certificates and tokens that are about to expire."""

    addresses: Annotated[tuple[Address, ...], AfterValidator(unique)] = Field(
        default=(), strict=False
    )
    """E-mail addresses, verified in the account; without one nobody is told."""


class NotifySettings(Section):
    """Somebody who hears of rollouts."""

    kind: Literal["slack", "email", "webhook", "github"]
    """How; each kind has a secret of its own: `slackWebhookUrl`, `smtpUrl`, `webhookUrl`, `githubToken`."""
    minimum: Literal["info", "warning", "error"] = "info"
    """The least severity that is told."""
    to: Annotated[tuple[Address, ...], AfterValidator(unique)] = Field(default=(), strict=False)
    """Of an e-mail, which needs one."""
    sender: Address | None = None
    """Whom an e-mail comes from; without it the first of `to`."""
    repository: Repository | None = None
    """Whose deployments get the status on GitHub; without it the one of the pipeline that runs."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind == "email") != bool(self.to):
            raise ValueError("to belongs to an email, and an email needs an address there")
        if self.sender is not None and self.kind != "email":
            raise ValueError("sender belongs to an email")
        if self.repository is not None and self.kind != "github":
            raise ValueError("repository belongs to github")
        return self


class RolloutsSettings(Section):
    """Rollouts of the Worker, and the Worker `pitchey-rollouts-<stack>` that watches over them."""

    strategy: Text = "canary"
    """The strategy that is used when none is named: `canary`, `low-traffic`, `blue-green`, `all-at-once`, `fast`, or a file's path."""
    lease_seconds: int = Field(default=30, ge=10, le=300)
    """Seconds for which whoever leads a rollout may be silent before the stable version is put back."""
    dead_mans_switch: bool | None = None
    """Whether it is put back then; it needs the secret `deploymentsToken`. Without a word: on production."""
    notify: Annotated[tuple[NotifySettings, ...], AfterValidator(unique)] = Field(
        default=(), strict=False
    )
    """Who hears of rollouts: a list of `kind`, `minimum` (info, warning, error), and `to`, `sender` or `repository`."""
    news_link: NewsLink | None = None
    """Where news lead: `{stack}`, `{worker}` and `{rollout}` are filled in. Without it the page of the GitHub Actions run that leads the rollout, where one does."""


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
    rollouts: RolloutsSettings = RolloutsSettings()
    records: Annotated[tuple[RecordSettings, ...], AfterValidator(unique)] = Field(
        default=(), strict=False
    )
