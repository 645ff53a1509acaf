"""The table that the front serves from: hosts and their routes, scripts and their shares, zones and their rules."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from localcloud.edge.expressions import ExpressionError, parse, parse_value
from localcloud.edge.model import (
    EdgeFault,
    EdgeState,
    HeaderRule,
    HostRoute,
    ScriptDeployment,
    Share,
    Version,
    ZoneTraffic,
)

Table = dict[str, Any]
_log = logging.getLogger(__name__)
_told: set[str] = set()
_SHOWN_HOSTS: Final = 100


@dataclass(frozen=True)
class Earlier:
    """What a script served before a change, which some requests still obey. Unix seconds: when it was replaced, and when
    nobody obeys it any more."""

    deployment: ScriptDeployment
    since: float
    until: float


@dataclass(frozen=True)
class Ports:
    http: int
    https: int


def build(
    state: EdgeState,
    slot: Callable[[Version], str],
    sites: Mapping[str, Table],
    ports: Ports,
    earlier: Mapping[str, Sequence[Earlier]],
) -> Table:
    """`slot` names the front's binding that leads to a version; `sites` host → `{slot, name}`; `earlier` the oldest first."""
    seen = _Seen(slot, state.faults)
    exact, wild = _routes(state.routes, seen)
    scripts = {
        key: {
            "name": deployment.script,
            "versions": seen.shares(deployment.shares),
            "earlier": [_earlier(known, seen) for known in earlier.get(key, ())],
        }
        for key, deployment in ((script_key(d.account, d.script), d) for d in state.deployments)
    }
    hosts = dict.fromkeys(exact) | dict.fromkeys(sites)
    return {
        "scripts": scripts,
        "exact": exact,
        "wild": wild,
        "zones": [_zone(zone) for zone in sorted(state.zones, key=lambda z: -len(z.name))],
        "sites": dict(sites),
        "unserved": dict(state.unserved),
        "hosts": list(hosts)[:_SHOWN_HOSTS],
        "httpPort": ports.http,
        "httpsPort": ports.https,
    }


def script_key(account: str, script: str) -> str:
    return f"{account}/{script}"


@dataclass(frozen=True)
class _Seen:
    slot: Callable[[Version], str]
    faults: Sequence[EdgeFault]

    def version(self, version: Version) -> Table:
        seen: Table = {"id": version.id, "key": version.id, "slot": self.slot(version)}
        for fault in self.faults:
            if fault.version != version.id:
                continue
            if fault.effect == "version-errors":
                # Two faults on one version hit independently of each other.
                seen["errorRate"] = 1 - (1 - seen.get("errorRate", 0.0)) * (1 - fault.rate)
            elif fault.effect == "version-slow":
                slow = {"rate": fault.rate, "milliseconds": fault.seconds * 1000}
                seen.setdefault("slow", []).append(slow)
        return seen

    def shares(self, shares: Sequence[Share]) -> list[Table]:
        """Each version with the upper end of its part of [0, 100), in the deployment's own order."""
        ends = list(accumulate(share.percentage for share in shares))
        return [
            # The last end is 100 whatever binary fractions add up to, so that no request falls out at the top.
            {**self.version(share.version), "upTo": 100.0 if end >= ends[-1] else end}
            for share, end in zip(shares, ends, strict=True)
        ]


def _earlier(known: Earlier, seen: _Seen) -> Table:
    return {
        "versions": seen.shares(known.deployment.shares),
        "from": known.since * 1000,
        "until": known.until * 1000,
    }


def _routes(
    routes: Sequence[HostRoute], seen: _Seen
) -> tuple[dict[str, list[Table]], list[tuple[str, list[Table]]]]:
    """By exact host, and by host suffix; the most specific first, within a host by path. Of equals the one named first."""
    exact: dict[str, list[Table]] = {}
    wild: dict[str, list[Table]] = {}
    for route in routes:
        host, _, path = route.pattern.lower().partition("/")
        _, _, path = route.pattern.partition("/")
        entry: Table = {
            "path": "/" + path.removesuffix("*"),
            "open": path.endswith("*"),
            "script": None if route.script is None else script_key(route.account, route.script),
            "version": None if route.version is None else seen.version(route.version),
        }
        kept = wild.setdefault(host[1:], []) if host.startswith("*") else exact.setdefault(host, [])
        kept.append(entry)
    for entries in (*exact.values(), *wild.values()):
        entries.sort(key=lambda entry: (entry["open"], -len(entry["path"])))
    return exact, sorted(wild.items(), key=lambda item: -len(item[0]))


def _zone(zone: ZoneTraffic) -> Table:
    return {
        "name": zone.name,
        "alwaysHttps": zone.always_use_https,
        "hsts": zone.hsts,
        "rules": _rules(zone.header_rules, "response"),
        "requestRules": _rules(zone.request_rules, "request"),
    }


def _rules(rules: Sequence[HeaderRule], kind: str) -> list[Table]:
    return [known for known in (_rule(rule, kind) for rule in rules) if known is not None]


def _rule(rule: HeaderRule, kind: str) -> Table | None:
    answered = kind == "response"
    source = rule.expression
    try:
        when = parse(source, answered=answered)
        source = rule.computed or ""
        computed = parse_value(source, answered=answered) if source else None
    except ExpressionError as error:
        if source not in _told:
            _told.add(source)
            _log.warning("%s header rule skipped: %s in %r", kind, error, source)
        return None
    return {
        "when": when,
        "operation": rule.operation,
        "header": rule.header,
        "value": rule.value,
        "computed": computed,
    }
