"""Access to tunnels: what was behind a firewall until now stands behind a login."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...masking import shown
from ...properties import Property
from ...resources import Stack
from ...rule import Context, Finding, Rule, Severity
from .coverage import coverage

_FAMILY: Final = "access"
_INTERNAL: Final = frozenset(
    {
        *("admin", "internal", "intranet", "office", "backoffice", "dashboard", "console"),
        *("grafana", "prometheus", "kibana", "jenkins", "argocd", "vault", "airflow", "metabase"),
        *("portainer", "pgadmin", "phpmyadmin", "adminer", "ssh", "rdp", "vnc", "db", "postgres"),
        *("mysql", "redis", "wiki", "erp", "nas", "traefik", "rabbitmq", "sonarqube", "nexus"),
    }
)
"""Words of hosts that are for the company's people."""
_NO_WEB: Final = re.compile(r"(?:ssh|rdp|tcp|smb)://")


def _tunnels(stack: Stack, context: Context) -> Iterator[Finding]:
    guarded = coverage(stack)
    if not guarded.is_told:
        return
    for tunnel in stack.of("ZeroTrustTunnelCloudflaredConfig", "TunnelConfig"):
        config = tunnel.inputs["config"]
        for ingress in (*config["ingresses"].elements(), *config["ingressRules"].elements()):
            host = ingress["hostname"]
            if host.text and _is_internal(ingress) and not guarded.covers(host.text):
                yield Finding(f"{shown(host)} is open to everybody", host, tunnel)


def _is_internal(ingress: Property) -> bool:
    required = ingress.at("originRequest", "access", "required")
    if required.flag is True or not required.is_told:
        return False
    words = re.findall(r"[a-z]+", (ingress["hostname"].word or "").rpartition(".")[0])
    return bool(_INTERNAL & set(words)) or bool(_NO_WEB.match(ingress["service"].word or ""))


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-access-for-tunnels",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A tunnel puts a private service on the internet; without an Access application anybody may try its login",
        kinds=("ZeroTrustTunnelCloudflaredConfig", "TunnelConfig", "ZeroTrustAccessApplication"),
        mend="put an Access application before the host, or require Access in the ingress rule's originRequest",
        link="https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/",
        check_stack=_tunnels,
        needs_whole=True,
    ),
)
