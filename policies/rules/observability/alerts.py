"""Alerts: that there are some for errors and for what expires, and that they reach somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ...resources import Resource, Stack
from ...rule import Applies, Context, Finding, Rule, Severity

_FAMILY: Final = "observability"
_ALERTS: Final = "https://developers.cloudflare.com/notifications/notification-available/"
_ERRORS: Final = frozenset(
    {"http_alert_origin_error", "http_alert_edge_error", "advanced_http_alert_error"}
    | {"real_origin_monitoring", "health_check_status_notification", "load_balancing_health_alert"}
)
_WATCHING: Final = ("NotificationPolicy", "NotificationPolicyWebhooks", "LogpushJob", "Healthcheck")
_READ: Final = (
    *("NotificationPolicy", "Zone", "Worker", "WorkersScript", "DnsRecord", "ZoneSetting"),
    *("ZoneDnssec", "NotificationPolicyWebhooks", "LogpushJob", "Healthcheck"),
)
_MECHANISMS: Final = ("emails", "pagerduties", "webhooks", "email", "pagerduty")
_OLD_MECHANISMS: Final = ("emailIntegrations", "pagerdutyIntegrations", "webhooksIntegrations")


def _is_of_errors(alert: str) -> bool:
    return alert in _ERRORS


def _is_of_expiry(alert: str) -> bool:
    return "certificate" in alert or "expir" in alert or alert == "universal_ssl_event_type"


def _is_platform(stack: Stack) -> bool:
    """Whether a stack has a zone and what answers in it, and says so much of both that alerts would be here, too."""
    owned = [zone for zone in stack.of("Zone") if zone.operation != "read"]
    if not (owned and stack.of("Worker", "WorkersScript")):
        return False
    types = {record.inputs["type"].word for record in stack.of("DnsRecord")}
    says_all = stack.of("ZoneSetting", "ZoneDnssec") and types & {"txt", "mx", "caa"}
    return bool(says_all or stack.of(*_WATCHING))


def _missing(wanted: Callable[[str], bool], said: str) -> Callable[..., Iterator[Finding]]:
    def check(stack: Stack, context: Context) -> Iterator[Finding]:
        serves = _is_platform(stack)
        stacks = (stack, *stack.others.values())
        policies = [policy for every in stacks for policy in every.of("NotificationPolicy")]
        if serves and not any(_may_be(policy, wanted) for policy in policies):
            yield Finding(said)

    return check


def _may_be(policy: Resource, wanted: Callable[[str], bool]) -> bool:
    """Whether it is such an alert and on, or could be, as long as its type is not known."""
    alert = policy.inputs["alertType"].word
    return (alert is None or wanted(alert)) and policy.inputs["enabled"].flag is not False


def _delivered(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.is_deleted:
        return
    enabled, mechanisms = resource.inputs["enabled"], resource.inputs["mechanisms"]
    if enabled.flag is False:
        yield Finding("nobody is told while it is off", enabled)
    places = [
        *(mechanisms[key] for key in _MECHANISMS),
        *(resource.inputs[key] for key in _OLD_MECHANISMS),
    ]
    if not any(place.elements() or not place.is_told for place in places):
        yield Finding("nobody is told: it has no address", mechanisms)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-error-alert",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="somebody must hear of errors before the users call",
        kinds=_READ,
        mend="add a NotificationPolicy with the alertType http_alert_origin_error or http_alert_edge_error",
        link=_ALERTS,
        check_stack=_missing(_is_of_errors, "no alert tells of a rising rate of errors"),
        applies=Applies.PRODUCTION,
        needs_whole=True,
    ),
    Rule(
        name="require-expiry-alert",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="a certificate or a token that runs out takes the service down on a day that is known beforehand",
        kinds=_READ,
        mend="add a NotificationPolicy with the alertType universal_ssl_event_type or expiring_service_token_alert",
        link=_ALERTS,
        check_stack=_missing(_is_of_expiry, "no alert tells of what is about to expire"),
        applies=Applies.PRODUCTION,
        needs_whole=True,
    ),
    Rule(
        name="keep-alerts-delivered",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="an alert that is off or has no address is none",
        kinds=("NotificationPolicy",),
        mend="enable it, and give it an address, a webhook or PagerDuty",
        link="https://developers.cloudflare.com/notifications/get-started/",
        check=_delivered,
        applies=Applies.PRODUCTION,
    ),
)
