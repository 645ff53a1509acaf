"""What a platform is built of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.dns import Record
from components.live_split import Share
from components.rollouts import CLOUDFLARE_API


@dataclass(frozen=True)
class PlatformArgs:
    account_id: str
    environment: str
    """staging, production: every name carries it."""
    bundle: bytes = field(repr=False)
    rollouts_bundle: bytes = field(repr=False)
    zone_name: str
    secrets: Mapping[str, pulumi.Input[str]] = field(repr=False)
    """Secret bindings: name → value. DATABASE_URL also becomes the Hyperdrive origin; JWT_SECRET is drawn when absent."""
    zone_id: str | None = None
    compatibility_date: str = "2026-01-01"
    compatibility_flags: Sequence[str] = ()
    """Beside those that the application's code needs."""
    workers_dev: bool = False
    preview_urls: bool = False
    log_sampling: float = 1.0
    crons: Sequence[str] = ()
    rate_limits: Mapping[str, str] = field(default_factory=dict[str, str])
    """Class of route (`read`) → `600/1m`, where it is not the usual one (`worker/src/security/rates/defaults.json`)."""
    production_branch: str = "main"
    build_command: str = "npm run build"
    output_directory: str = "dist"
    frontend_variables: Mapping[str, str] = field(default_factory=dict[str, str])
    database_caching: bool = True
    database_max_age: int = 60
    database_stale_while_revalidate: int = 15
    upload_origins: Sequence[str] = ()
    """Beside the app's own."""
    allowed_origins: Sequence[str] = ()
    """Whose pages may call the API, beside the app's own."""
    abort_incomplete_after_days: int = 7
    lock_days: int = 0
    hsts_max_age: int = 31_536_000
    requests_per_period: int = 200
    certificate_authorities: Sequence[str] = ()
    report_address: str | None = None
    owner: str = "platform"
    """Whose the Worker is; it stands in its tags."""
    alert_addresses: Sequence[str] = ()
    """Who hears of errors and of what is about to expire; nobody without one."""
    records: Sequence[Record] = ()
    deployments_token: pulumi.Input[str] | None = field(default=None, repr=False)
    switch_news: Mapping[str, pulumi.Input[str]] = field(
        default_factory=dict[str, pulumi.Input[str]], repr=False
    )
    """With it the Rollouts Worker puts the stable version back when whoever leads a rollout is gone."""
    api_url: str = CLOUDFLARE_API
    """Cloudflare's API, as the Rollouts Worker calls it."""
    live: Sequence[Share] | None = None
    wanted: Sequence[Share] | None = None
    split_message: str | None = None
