"""Every service of the API, in one list."""

from __future__ import annotations

from typing import Final

from localcloud.api.accounts.routes import service as accounts
from localcloud.api.alerting.routes import service as alerting
from localcloud.api.alerting.silence_routes import service as alerting_silences
from localcloud.api.alerting.webhook_routes import service as alerting_webhooks
from localcloud.api.analytics.engine.routes import service as analytics_engine
from localcloud.api.analytics.routes import service as analytics
from localcloud.api.dns.routes import service as dns
from localcloud.api.durable_objects.routes import service as durable_objects
from localcloud.api.healthchecks.routes import service as healthchecks
from localcloud.api.hyperdrive.routes import service as hyperdrive
from localcloud.api.kv.bulk_routes import service as kv_bulk
from localcloud.api.kv.routes import service as kv
from localcloud.api.pages.asset_routes import service as pages_assets
from localcloud.api.pages.deployment_routes import service as pages_deployments
from localcloud.api.pages.routes import service as pages
from localcloud.api.r2.domain_routes import service as r2_domains
from localcloud.api.r2.object_routes import service as r2_objects
from localcloud.api.r2.routes import service as r2
from localcloud.api.r2.rule_routes import service as r2_rules
from localcloud.api.routing import Service
from localcloud.api.rulesets.routes import service as rulesets
from localcloud.api.workers.asset_routes import service as worker_assets
from localcloud.api.workers.deployment_routes import service as worker_deployments
from localcloud.api.workers.domain_routes import service as worker_domains
from localcloud.api.workers.route_routes import service as worker_routes
from localcloud.api.workers.schedule_routes import service as worker_schedules
from localcloud.api.workers.script_routes import service as worker_scripts
from localcloud.api.workers.script_version_routes import service as worker_script_versions
from localcloud.api.workers.secret_routes import service as worker_secrets
from localcloud.api.workers.service_routes import service as worker_services
from localcloud.api.workers.settings_routes import service as worker_settings
from localcloud.api.workers.subdomain_routes import service as workers_subdomain
from localcloud.api.workers.tail_routes import service as worker_tails
from localcloud.api.workers.version_routes import service as worker_versions
from localcloud.api.workers.worker_routes import service as workers
from localcloud.api.zones.dnssec_routes import service as zone_dnssec
from localcloud.api.zones.purge_routes import service as zone_purge
from localcloud.api.zones.routes import service as zones
from localcloud.api.zones.setting_routes import service as zone_settings

SERVICES: Final[tuple[Service, ...]] = (
    accounts,
    workers,
    worker_assets,
    worker_deployments,
    worker_domains,
    worker_routes,
    worker_schedules,
    worker_scripts,
    worker_script_versions,
    worker_secrets,
    worker_services,
    worker_settings,
    workers_subdomain,
    worker_tails,
    worker_versions,
    durable_objects,
    kv,
    kv_bulk,
    r2,
    r2_rules,
    r2_objects,
    r2_domains,
    hyperdrive,
    pages,
    pages_assets,
    pages_deployments,
    zones,
    zone_dnssec,
    zone_purge,
    zone_settings,
    dns,
    rulesets,
    healthchecks,
    alerting,
    alerting_silences,
    alerting_webhooks,
    analytics,
    analytics_engine,
)
