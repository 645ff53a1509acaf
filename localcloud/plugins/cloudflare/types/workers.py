"""Workers, versions, deployments, and the ways to reach them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, Final, cast

from localcloud.plugins.cloudflare.names import to_api
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType, same
from localcloud.plugins.messages import UNKNOWN

_WORKERS: Final = "/accounts/{accountId}/workers/workers"
_SCRIPTS: Final = "/accounts/{accountId}/workers/scripts/{scriptName}"


def _prepared_version(inputs: Json) -> Json:
    if (inputs.get("assets") or {}).get("directory"):
        raise ValueError(
            "assets.directory is not served by the stand-in provider; install the official plugin, or upload the assets "
            "and hand in their assets.jwt"
        )
    modules: Any = inputs.get("modules")
    if not isinstance(modules, list):
        return inputs
    return {**inputs, "modules": [_with_hash(module) for module in cast("list[Any]", modules)]}


def _with_hash(module: Any) -> Any:
    """A file is known by its content: the same name with another content is another version."""
    if not isinstance(module, dict):
        return module
    given = cast("Json", module)
    file = given.get("contentFile")
    if file is None or file == UNKNOWN:
        return given
    hash = hashlib.sha256(_content(file)).hexdigest()
    if given.get("contentSha256", hash) not in {hash, UNKNOWN}:
        raise ValueError(f"{file} is not the file whose contentSha256 was given")
    return {**given, "contentSha256": hash}


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror or error}") from error


def _version_body(inputs: Json) -> Json:
    body: Json = to_api({k: v for k, v in inputs.items() if k not in {"modules", "bindings"}})
    body["modules"] = [_module(module) for module in inputs.get("modules") or ()]
    if inputs.get("bindings") is not None:
        body["bindings"] = [_binding(binding) for binding in inputs["bindings"]]
    return body


def _binding(binding: Json) -> Json:
    sent: Json = to_api(binding)
    # The SDK's property is a text; the API wants what it says.
    if isinstance(sent.get("json"), str):
        try:
            sent["json"] = json.loads(sent["json"])
        except ValueError as error:
            raise ValueError(f"the binding {binding.get('name')} is no JSON: {error}") from error
    return sent


def _module(module: Json) -> Json:
    content = module.get("contentBase64")
    if content is None:
        content = base64.b64encode(_content(module["contentFile"])).decode()
    return {
        "name": module["name"],
        "content_type": module["contentType"],
        "content_base64": content,
    }


def _same_version(inputs: Json, row: Json) -> bool:
    wanted: Json = inputs.get("annotations") or {}
    told: Json = row.get("annotations") or {}
    names = {"workersTag": "workers/tag", "workersMessage": "workers/message"}
    return all(wanted.get(key) == told.get(name) for key, name in names.items())


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
        sets=frozenset({"tags", "tailConsumers"}),
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
        prepared=_prepared_version,
        secrets=("bindings.*.text", "bindings.*.keyBase64", "bindings.*.keyJwk", "assets.jwt"),
        sets=frozenset({"modules", "compatibilityFlags", "containers"}),
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
