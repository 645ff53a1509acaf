from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from policies.resources import Stack
from tests.policies.building import (
    STAGING,
    UNKNOWN,
    Case,
    having,
    resource,
    with_input,
    without_input,
)
from tests.policies.cases.data import SCRIPT, VERSION, WORKER

ZONE: Final = resource("Zone", {"name": "shop.example", "account": {"id": "a"}}, name="zone")
DNSSEC: Final = resource("ZoneDnssec", {"zoneId": "z", "status": "active"})
SPF: Final = resource(
    "DnsRecord",
    {"zoneId": "z", "name": "shop.example", "type": "TXT", "content": "v=spf1 -all", "ttl": 1},
)
JOB: Final = resource(
    "LogpushJob",
    {
        "zoneId": "z",
        "dataset": "http_requests",
        "enabled": True,
        "destinationConf": "r2://shop-production-logs/{DATE}",
        "outputOptions": {"fieldNames": ["RayID", "ClientIP", "EdgeResponseStatus"]},
    },
)
FIELDS: Final = resource(
    "Ruleset",
    {
        "zoneId": "z",
        "name": "logged fields",
        "kind": "zone",
        "phase": "http_log_custom_fields",
        "rules": [
            {
                "action": "log_custom_field",
                "expression": "true",
                "enabled": True,
                "actionParameters": {"requestFields": [{"name": "x-request-id"}]},
            }
        ],
    },
)


def alert(type: Any, name: str = "alert") -> Any:
    return resource(
        "NotificationPolicy",
        {
            "name": f"production {name}",
            "alertType": type,
            "enabled": True,
            "mechanisms": {"emails": [{"id": "oncall@shop.example"}]},
        },
        name=name,
    )


ERRORS: Final = alert("http_alert_origin_error", "errors")
EXPIRY: Final = alert("universal_ssl_event_type", "expiry")

CASES: Final[Sequence[Case]] = (
    Case(
        rule="require-worker-logs",
        good=[WORKER, VERSION],
        broken={
            "off": with_input(False, "observability", "enabled"),
            "logs off": with_input(False, "observability", "logs", "enabled"),
            "by default": without_input("observability"),
            "nothing in it": [with_input({}, "observability")(WORKER)],
            "a script": [
                without_input("observability")(SCRIPT),
                resource("WorkersRoute", {"pattern": "shop.example/*", "script": "s"}),
            ],
        },
        harmless={
            "nothing serves": [without_input("observability")(WORKER)],
            "logs alone": with_input({"logs": {"enabled": True}}, "observability"),
            "logs though the rest is off": with_input(
                {"enabled": False, "logs": {"enabled": True}}, "observability"
            ),
            "pushed": [with_input(True, "logpush")(without_input("observability")(WORKER))],
            "a tail Worker": [
                with_input([{"name": "tail"}], "tailConsumers")(
                    without_input("observability")(WORKER)
                )
            ],
            "not known yet": with_input(UNKNOWN, "observability"),
        },
    ),
    Case(
        rule="require-worker-logs",
        good=[without_input("observability")(WORKER)],
        broken={"off": with_input(False, "observability", "enabled")},
        context=STAGING,
    ),
    Case(
        rule="require-worker-traces",
        good=[WORKER],
        broken={"off": with_input(False, "observability", "traces", "enabled")},
        harmless={"on": with_input(True, "observability", "traces", "enabled")},
    ),
    Case(
        rule="keep-sampling-above-zero",
        good=[WORKER],
        broken={
            "none": with_input(0, "observability", "headSamplingRate"),
            "no logs": with_input(0.0, "observability", "logs", "headSamplingRate"),
        },
        harmless={
            "few": with_input(0.01, "observability", "headSamplingRate"),
            "traces that are off": with_input(
                {"enabled": False, "headSamplingRate": 0}, "observability", "traces"
            ),
            "rates of their own": with_input(
                {
                    "enabled": True,
                    "headSamplingRate": 0,
                    "logs": {"headSamplingRate": 1},
                    "traces": {"headSamplingRate": 0.1},
                },
                "observability",
            ),
        },
    ),
    Case(
        rule="keep-logs-stored",
        good=[WORKER],
        broken={
            "logs": with_input({"enabled": True, "persist": False}, "observability", "logs"),
            "traces": with_input(False, "observability", "traces", "persist"),
        },
        harmless={
            "sent": with_input(
                {"enabled": True, "persist": False, "destinations": ["otlp"]},
                *("observability", "logs"),
            ),
            "sent somewhere not known yet": with_input(
                {"enabled": True, "persist": False, "destinations": UNKNOWN},
                *("observability", "logs"),
            ),
        },
    ),
    Case(
        rule="keep-logpush-on",
        good=[JOB],
        broken={
            "off": with_input(False, "enabled"),
            "off, as Cloudflare tells it": [
                resource("LogpushJob", {"dataset": "audit_logs"}, outputs={"enabled": False})
            ],
        },
        harmless={"not said": without_input("enabled")},
    ),
    Case(
        rule="forbid-credentials-in-logs",
        good=[FIELDS],
        broken={
            "requests": with_input(
                {"name": "Authorization"}, "rules", 0, "actionParameters", "requestFields", 1
            ),
            "responses": with_input(
                [{"name": "set-cookie"}], "rules", 0, "actionParameters", "responseFields"
            ),
            "cookies, as they were named before": [
                with_input("fields=RayID,Cookies&timestamps=rfc3339", "logpullOptions")(JOB)
            ],
            "cookies": [with_input("Cookies", "outputOptions", "fieldNames", 3)(JOB)],
        },
        harmless={
            "off": [
                with_input(False, "rules", 0, "enabled")(
                    with_input(
                        [{"name": "cookie"}], "rules", 0, "actionParameters", "requestFields"
                    )(FIELDS)
                )
            ]
        },
    ),
    Case(
        rule="name-worker-owner",
        good=[WORKER, VERSION],
        broken={
            "no tags": without_input("tags"),
            "other tags": with_input(["service:rooms"], "tags"),
            "nobody": with_input(["owner:TODO"], "tags"),
            "an empty one": with_input(["owner:"], "tags"),
        },
        harmless={
            "a team": with_input(["tier:1", "Team=platform"], "tags"),
            "a team's name": with_input(["rooms-team", "public-api"], "tags"),
            "nothing serves": [without_input("tags")(WORKER)],
            "not known yet": with_input([UNKNOWN], "tags"),
        },
    ),
    Case(
        rule="require-error-alert",
        good=[ERRORS, ZONE, WORKER, DNSSEC, SPF],
        broken={
            "off": with_input(False, "enabled"),
            "of something else": with_input("dos_attack_l7", "alertType"),
            "none": [ZONE, SCRIPT, DNSSEC, SPF],
            "none but of others": [ZONE, SCRIPT, alert("dos_attack_l7")],
        },
        harmless={
            "at the edge": with_input("http_alert_edge_error", "alertType"),
            "a type not known yet": with_input(UNKNOWN, "alertType"),
            "a zone of which little is said": [ZONE, SCRIPT, DNSSEC],
            "no zone": [WORKER],
            "no Worker": [ZONE],
        },
    ),
    Case(
        rule="require-expiry-alert",
        good=[EXPIRY, ZONE, WORKER, DNSSEC, SPF],
        broken={
            "off": with_input(False, "enabled"),
            "of something else": with_input("dos_attack_l7", "alertType"),
            "none": [ZONE, WORKER, DNSSEC, SPF],
        },
        harmless={
            "of tokens": with_input("expiring_service_token_alert", "alertType"),
            "of own certificates": with_input("custom_ssl_certificate_event_type", "alertType"),
        },
    ),
    Case(
        rule="require-expiry-alert",
        good=[ZONE, WORKER, DNSSEC, SPF],
        broken={},
        others={"account": Stack("account", "shop", [EXPIRY])},
    ),
    Case(
        rule="keep-alerts-delivered",
        good=[ERRORS],
        broken={
            "off": with_input(False, "enabled"),
            "no address": with_input({"emails": []}, "mechanisms"),
            "nothing": without_input("mechanisms"),
        },
        harmless={
            "a webhook": with_input({"webhooks": [{"id": "9f"}]}, "mechanisms"),
            "not known yet": with_input(UNKNOWN, "mechanisms"),
            "as before version 6": [
                with_input([{"id": "oncall@shop.example"}], "emailIntegrations")(
                    without_input("mechanisms")(having()(ERRORS))
                )
            ],
        },
    ),
)
