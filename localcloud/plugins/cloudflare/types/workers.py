"""Workers, versions, deployments, and the ways to reach them."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any, Final

from localcloud.plugins.cloudflare.names import to_api
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType, same

_WORKERS: Final = "/accounts/{accountId}/workers/workers"
_SCRIPTS: Final = "/accounts/{accountId}/workers/scripts/{scriptName}"


def _version_body(inputs: Json) -> Json:
    body: Json = to_api({k: v for k, v in inputs.items() if k != "modules"})
    body["modules"] = [_module(module) for module in inputs.get("modules") or ()]
    return body


def _module(module: Json) -> Json:
    content = module.get("contentBase64")
    if content is None:
        path = Path(module["contentFile"])
        raw = path.read_bytes()
        wanted = module.get("contentSha256")
        if wanted is not None and hashlib.sha256(raw).hexdigest() != wanted:
            raise ValueError(f"{path} is not the file whose contentSha256 was given")
        content = base64.b64encode(raw).decode()
    return {
        "name": module["name"],
        "content_type": module["contentType"],
        "content_base64": content,
    }


def _same_version(inputs: Json, row: Json) -> bool:
    tag = (inputs.get("annotations") or {}).get("workersTag")
    return tag is not None and (row.get("annotations") or {}).get("workers/tag") == tag


def _same_split(inputs: Json, row: Json) -> bool:
    wanted = [(v["versionId"], v["percentage"]) for v in inputs["versions"]]
    return wanted == [(v["version_id"], v["percentage"]) for v in row["versions"]]


def _schedules(inputs: Json) -> Any:
    return [{"cron": schedule["cron"]} for schedule in inputs["schedules"]]


TYPES: Final = (
    ResourceType(
        "cloudflare:index/worker:Worker",
        create=("POST", _WORKERS),
        read=_WORKERS + "/{id}",
        update=("PUT", _WORKERS + "/{id}"),
        delete=("DELETE", _WORKERS + "/{id}"),
        import_id="{accountId}/{id}",
        required=("accountId", "name"),
        replaces=frozenset({"accountId"}),
        not_sent=frozenset({"accountId", "force"}),
        find=(_WORKERS, (), same("name", "name")),
    ),
    ResourceType(
        "cloudflare:index/workerVersion:WorkerVersion",
        create=("POST", _WORKERS + "/{workerId}/versions"),
        read=_WORKERS + "/{workerId}/versions/{id}",
        read_query={"include": "modules"},
        import_id="{accountId}/{workerId}/{id}",
        required=("accountId", "workerId"),
        not_sent=frozenset({"accountId", "workerId", "deploy", "include"}),
        write_only=frozenset({"modules", "bindings", "exports", "migrations", "deploy"}),
        body=_version_body,
        create_query=lambda inputs: {"deploy": "true"} if inputs.get("deploy") else {},
        find=(_WORKERS + "/{workerId}/versions", (), _same_version),
    ),
    ResourceType(
        "cloudflare:index/workersDeployment:WorkersDeployment",
        create=("POST", _SCRIPTS + "/deployments"),
        read=_SCRIPTS + "/deployments/{id}",
        import_id="{accountId}/{scriptName}/{id}",
        required=("accountId", "scriptName", "strategy", "versions"),
        not_sent=frozenset({"accountId", "scriptName", "force"}),
        create_query=lambda inputs: {"force": "true"} if inputs.get("force") else {},
        find=(_SCRIPTS + "/deployments", ("deployments",), _same_split),
    ),
    ResourceType(
        "cloudflare:index/workersRoute:WorkersRoute",
        create=("POST", "/zones/{zoneId}/workers/routes"),
        read="/zones/{zoneId}/workers/routes/{id}",
        update=("PUT", "/zones/{zoneId}/workers/routes/{id}"),
        delete=("DELETE", "/zones/{zoneId}/workers/routes/{id}"),
        import_id="{zoneId}/{id}",
        required=("zoneId", "pattern"),
        replaces=frozenset({"zoneId"}),
        not_sent=frozenset({"zoneId"}),
        find=("/zones/{zoneId}/workers/routes", (), same("pattern", "pattern")),
    ),
    ResourceType(
        "cloudflare:index/workersCustomDomain:WorkersCustomDomain",
        create=("PUT", "/accounts/{accountId}/workers/domains"),
        read="/accounts/{accountId}/workers/domains/{id}",
        delete=("DELETE", "/accounts/{accountId}/workers/domains/{id}"),
        import_id="{accountId}/{id}",
        required=("accountId", "hostname", "service"),
        not_sent=frozenset({"accountId"}),
    ),
    ResourceType(
        "cloudflare:index/workersCronTrigger:WorkersCronTrigger",
        create=("PUT", _SCRIPTS + "/schedules"),
        read=_SCRIPTS + "/schedules",
        update=("PUT", _SCRIPTS + "/schedules"),
        delete=("PUT", _SCRIPTS + "/schedules"),
        delete_body=[],
        id="{scriptName}",
        import_id="{accountId}/{id}",
        required=("accountId", "scriptName", "schedules"),
        replaces=frozenset({"accountId", "scriptName"}),
        body=_schedules,
    ),
    ResourceType(
        "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain",
        create=("POST", _SCRIPTS + "/subdomain"),
        read=_SCRIPTS + "/subdomain",
        update=("POST", _SCRIPTS + "/subdomain"),
        id="{scriptName}",
        import_id="{accountId}/{id}",
        required=("accountId", "scriptName", "enabled"),
        replaces=frozenset({"accountId", "scriptName"}),
        not_sent=frozenset({"accountId", "scriptName"}),
    ),
)
