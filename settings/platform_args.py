"""From a stack's settings to what the platform is built of."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.dns import Record
from components.live_split import Share
from components.platform import PlatformArgs
from settings.loading import Settings


def platform_args(settings: Settings, live: Sequence[Share] | None) -> PlatformArgs:
    """`live`: the live split as it was read, None for a Worker that was never deployed."""
    wanted = settings.wanted_split
    return PlatformArgs(
        account_id=settings.account_id,
        environment=settings.stack,
        bundle=settings.bundle,
        rollouts_bundle=settings.rollouts_bundle,
        zone_name=settings.zone.name,
        zone_id=settings.zone.id,
        secrets={name: pulumi.Output.secret(value) for name, value in settings.secrets.items()},
        compatibility_date=settings.worker.compatibility_date,
        compatibility_flags=settings.worker.compatibility_flags,
        workers_dev=settings.worker.workers_dev,
        preview_urls=settings.worker.preview_urls,
        log_sampling=settings.worker.log_sampling,
        crons=settings.worker.crons,
        rate_limits=settings.worker.rate_limits.model_dump(by_alias=True, exclude_none=True),
        production_branch=settings.pages.production_branch,
        build_command=settings.pages.build_command,
        output_directory=settings.pages.output_directory,
        frontend_variables=settings.pages.variables,
        database_caching=settings.database.caching,
        database_max_age=settings.database.max_age,
        database_stale_while_revalidate=settings.database.stale_while_revalidate,
        upload_origins=settings.uploads.allowed_origins,
        allowed_origins=settings.security.allowed_origins,
        abort_incomplete_after_days=settings.uploads.abort_incomplete_after_days,
        lock_days=settings.uploads.lock_days,
        hsts_max_age=settings.security.hsts_max_age,
        requests_per_period=settings.security.requests_per_10_seconds,
        certificate_authorities=settings.security.certificate_authorities,
        report_address=settings.security.report_address,
        owner=settings.worker.owner,
        alert_addresses=settings.alerts.addresses,
        records=[
            Record(record.name, record.type, record.content, record.proxied, record.priority)
            for record in settings.records
        ],
        deployments_token=(
            None
            if settings.deployments_token is None
            else pulumi.Output.secret(settings.deployments_token)
        ),
        switch_news={
            name: pulumi.Output.secret(value) for name, value in settings.switch_news.items()
        },
        api_url=settings.api_url,
        live=live,
        wanted=None if wanted is None else list(wanted),
        split_message=settings.split_message,
    )
