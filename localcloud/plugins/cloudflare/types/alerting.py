"""Notification policies and the webhooks that they speak to."""

from __future__ import annotations

from typing import Final

from localcloud.plugins.cloudflare.resource_type import ResourceType, same

_POLICIES: Final = "/accounts/{accountId}/alerting/v3/policies"
_WEBHOOKS: Final = "/accounts/{accountId}/alerting/v3/destinations/webhooks"

TYPES: Final = (
    ResourceType(
        "cloudflare:index/notificationPolicy:NotificationPolicy",
        create=("POST", _POLICIES),
        read=_POLICIES + "/{id}",
        update=("PUT", _POLICIES + "/{id}"),
        delete=("DELETE", _POLICIES + "/{id}"),
        import_id="{accountId}/{id}",
        required=("accountId", "name", "alertType", "mechanisms"),
        replaces=frozenset({"accountId"}),
        not_sent=frozenset({"accountId"}),
        answers_bare=True,
        find=(_POLICIES, (), same("name", "name")),
    ),
    ResourceType(
        "cloudflare:index/notificationPolicyWebhooks:NotificationPolicyWebhooks",
        create=("POST", _WEBHOOKS),
        read=_WEBHOOKS + "/{id}",
        update=("PUT", _WEBHOOKS + "/{id}"),
        delete=("DELETE", _WEBHOOKS + "/{id}"),
        import_id="{accountId}/{id}",
        required=("accountId", "name", "url"),
        replaces=frozenset({"accountId"}),
        not_sent=frozenset({"accountId"}),
        write_only=frozenset({"secret"}),
        secrets=("secret",),
        answers_bare=True,
        find=(_WEBHOOKS, (), same("name", "name")),
    ),
)
