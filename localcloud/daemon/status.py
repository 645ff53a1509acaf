"""What the daemon tells of itself: processes, ports, memory, state, what is deployed, and which faults are on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

import psutil

from localcloud.api.app import PREFIX
from localcloud.api.faults import list_faults
from localcloud.api.request_log import RequestLog
from localcloud.api.store import Store
from localcloud.api.workers import models
from localcloud.daemon.server import Daemon

Json = dict[str, Any]
_SHOWN_ROUTES: Final = 20


def describe(daemon: Daemon) -> Json:
    record = daemon.record
    host = f"127.0.0.1:{record.port}"
    state = daemon.home.state
    sizes = [path.stat().st_size for path in state.parent.glob(f"{state.name}*") if path.is_file()]
    return {
        "pid": record.pid,
        "since": record.create_time,
        "home": record.home,
        "project": record.project,
        "version": record.version,
        "account": record.account,
        "api": f"http://{host}{PREFIX}",
        "port": record.port,
        "http_port": record.http_port,
        "https_port": record.https_port,
        "redis": f"https://localhost:{daemon.running.redis.port}",
        "sentry": f"https://localhost:{daemon.running.sentry.port}",
        "processes": list(_processes(daemon)),
        "edge_error": daemon.running.edge_error,
        "unknown_routes": _unknown_routes(daemon.log),
        "requests_under_way": daemon.gate.inside,
        "state_bytes": sum(sizes),
        "deployments": list(_deployments(daemon.running.store)),
        "faults": [asdict(fault) for fault in list_faults(daemon.running.store)],
    }


def _unknown_routes(log: RequestLog) -> list[str]:
    """What was asked for lately and is not there: each once, in the order in which it came."""
    asked = (f"{line.method} {line.path}" for line in log.recent() if not line.known)
    return list(dict.fromkeys(asked))[-_SHOWN_ROUTES:]


def _processes(daemon: Daemon) -> Iterator[Json]:
    named = [("daemon", daemon.record.pid)]
    named += daemon.running.data.processes()
    named += daemon.running.redis.processes()
    named += [(process.name, process.pid) for process in daemon.running.edge.processes()]
    for name, pid in named:
        try:
            memory = psutil.Process(pid).memory_info().rss
        except psutil.Error:
            continue
        yield {"name": name, "pid": pid, "memory_bytes": memory}


def _deployments(store: Store) -> Iterator[Json]:
    for worker in store.list(models.KIND):
        live = models.live_deployment(store, worker)
        if live is None:
            continue
        versions: list[Json] = []
        for share in live.body["versions"]:
            version = store.get(models.VERSION, worker.id, share["version_id"])
            versions.append(
                {
                    "id": share["version_id"],
                    "number": version.body.get("number") if version else None,
                    "percentage": share["percentage"],
                }
            )
        yield {"worker": worker.body["name"], "account": worker.parent, "versions": versions}
