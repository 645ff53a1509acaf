"""Cloudflare's plans: what a zone may have on each, as far as these services look at it.

A zone of the local cloud is on the Enterprise plan, so that a rehearsal is not stopped by a plan that the account on
Cloudflare does not have. `POST /zones/{z}/subscription` with `{"rate_plan": {"id": "free"}}` puts it on another, and
then what that plan does not have is refused here as it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from localcloud.api.store import Document, Json


@dataclass(frozen=True)
class Plan:
    """Limits by the product pages of DNS, WAF, health checks, page rules and purges. Seconds, or numbers of things."""

    id: str
    legacy_id: str
    name: str
    price: int
    records: int
    """DNS records of a zone."""
    record_tags: int
    """Tags of one record."""
    comment_length: int
    minimum_ttl: int
    health_checks: int
    ratelimit_period: int
    """The longest period over which a rate limiting rule may count."""
    page_rules: int
    purged_files: int
    """URLs in one purge."""


FREE: Final = Plan(
    "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "free", "Free Website", 0,
    records=200, record_tags=0, comment_length=100, minimum_ttl=60, health_checks=0, ratelimit_period=10,
    page_rules=3, purged_files=100,
)  # fmt: skip
PRO: Final = Plan(
    "a577b510288e82b26486fd1df47000ec", "pro", "Pro Website", 25,
    records=3500, record_tags=20, comment_length=500, minimum_ttl=60, health_checks=10, ratelimit_period=60,
    page_rules=20, purged_files=100,
)  # fmt: skip
BUSINESS: Final = Plan(
    "1ac039f6c29b691475c3d74fe588d1ae", "business", "Business Website", 250,
    records=3500, record_tags=20, comment_length=500, minimum_ttl=60, health_checks=50, ratelimit_period=600,
    page_rules=50, purged_files=100,
)  # fmt: skip
ENTERPRISE: Final = Plan(
    "94f3b7b768b0458b56d2cac4fe5ec0f9", "enterprise", "Enterprise Website", 0,
    records=3500, record_tags=20, comment_length=500, minimum_ttl=30, health_checks=1000, ratelimit_period=3600,
    page_rules=125, purged_files=500,
)  # fmt: skip
PLANS: Final = (FREE, PRO, BUSINESS, ENTERPRISE)
"""From the smallest to the largest."""


def plan_of(zone: Document) -> Plan:
    return next(plan for plan in PLANS if plan.legacy_id == zone.body["plan"]["legacy_id"])


def includes(plan: Plan, wanted: Plan) -> bool:
    """Whether `plan` has what `wanted` has."""
    return PLANS.index(plan) >= PLANS.index(wanted)


def shown(plan: Plan, *, subscribed: bool) -> Json:
    """The plan as a zone and `available_plans` show it."""
    return {
        "id": plan.id,
        "name": plan.name,
        "price": plan.price,
        "currency": "USD",
        "frequency": "monthly" if plan.price else "",
        "is_subscribed": subscribed,
        "can_subscribe": not subscribed,
        "legacy_id": plan.legacy_id,
        "legacy_discount": False,
        "externally_managed": False,
    }
