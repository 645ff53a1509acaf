"""A version's bindings as workerd takes them, with the services that they need beside the Worker."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from localcloud.edge import colo_services
from localcloud.edge.capnp import headers, record, sequence, text, texts
from localcloud.edge.model import (
    Binding,
    HyperdriveService,
    ObjectNamespace,
    StorageService,
    Version,
)

_HERE: Final = Path(__file__).parent
NOT_SERVED: Final = "localcloud:not-served"
_NAMES: Final = {
    "ai": "Workers AI",
    "browser": "Browser Rendering",
    "d1": "D1 database",
    "dispatch_namespace": "Dispatch namespace",
    "hyperdrive": "Hyperdrive",
    "images": "Images",
    "mtls_certificate": "mTLS certificate",
    "queue": "Queue",
    "secrets_store_secret": "Secrets Store",
    "send_email": "Email",
    "vectorize": "Vectorize",
    "workflow": "Workflow",
}
_FORWARDER_DATE: Final = "2026-01-01"


@dataclass(frozen=True)
class Surroundings:
    """What bindings lead to. `service_address`: where the front takes requests of service bindings; `objects`: every
    namespace that has an owner, by id; `own`: ids of those whose data this very process holds."""

    storage: StorageService
    secret: str = field(repr=False)
    service_address: str
    colo_address: str
    """Where the cache, rate limits and Analytics Engine are."""
    objects: Mapping[str, ObjectNamespace]
    own: frozenset[str] = frozenset()
    hyperdrive: HyperdriveService | None = None
    authority: str = ""
    """The certificate, in PEM, of the authority that this cloud's own services have theirs from."""


@dataclass
class Bound:
    """Rendered bindings and services, and the namespaces that are forwarded to their owners."""

    bindings: list[str] = field(default_factory=list[str])
    services: list[str] = field(default_factory=list[str])
    forwarded: list[str] = field(default_factory=list[str])


def render(version: Version, around: Surroundings, files: dict[str, bytes]) -> Bound:
    bound = Bound()
    colo = (around.colo_address, around.secret)
    bound.services.append(colo_services.cache_service(version, *colo))
    if any(binding.type == "ratelimit" for binding in version.bindings):
        bound.services.append(colo_services.limits_service(version, *colo))
    classes: list[tuple[str, str]] = []
    for index, binding in enumerate(version.bindings):
        value = _value(version, binding, index, around, bound, classes)
        bound.bindings.append(record(name=text(binding.name), **value))
    if classes:
        bound.services.append(_forwarder(classes, around, files))
        bound.forwarded = [id for id, _ in classes]
    return bound


def _value(  # noqa: PLR0911, PLR0912 (one return a type)
    version: Version,
    binding: Binding,
    index: int,
    around: Surroundings,
    bound: Bound,
    classes: list[tuple[str, str]],
) -> dict[str, str]:
    given = binding.settings
    match binding.type:
        case "plain_text" | "secret_text" | "text_blob":
            return {"text": text(str(given.get("text", "")))}
        case "json":
            return {"json": text(json.dumps(given.get("json")))}
        case "version_metadata":
            shown = {"id": version.id, "tag": version.tag, "timestamp": version.created_on}
            return {"json": text(json.dumps(shown))}
        case "secret_key":
            return {"cryptoKey": _crypto_key(given)}
        case "kv_namespace":
            service = f"kv-{index}"
            bound.services.append(_kv(service, str(given["namespace_id"]), around.storage))
            return {"kvNamespace": text(service)}
        case "r2_bucket":
            service = f"r2-{index}"
            bound.services.append(_r2(service, version, given, around.storage))
            return {"r2Bucket": text(service)}
        case "service" if not given.get("entrypoint"):
            service = f"service-{index}"
            bound.services.append(_service(service, version, given, around))
            return {"service": text(service)}
        case "durable_object_namespace":
            return {"durableObjectNamespace": _objects(version, given, around, classes)}
        case "ratelimit":
            return {"wrapped": colo_services.rate_limit(given)}
        case "analytics_engine":
            service = f"points-{index}"
            dataset = str(given.get("dataset") or binding.name)
            colo = (around.colo_address, around.secret)
            bound.services.append(colo_services.points_service(service, version, dataset, *colo))
            return {"wrapped": colo_services.analytics_engine(service)}
        case "hyperdrive" if around.hyperdrive is not None:
            id = str(given.get("id", ""))
            return {"hyperdrive": _hyperdrive(f"hyperdrive-{index}", id, around.hyperdrive, bound)}
        case "assets":
            return {"service": record(name=text("assets"), entrypoint=text("AssetWorker"))}
        case _:
            return {"wrapped": _not_served(binding)}


def _hyperdrive(service: str, id: str, where: HyperdriveService, bound: Bound) -> str:
    address = text(f"unix:{where.folder / f'h{id}'}")
    bound.services.append(
        record(name=text(service), external=record(address=address, tcp=record()))
    )

    def made(what: str) -> str:
        key = where.secret.encode()
        return text(hmac.digest(key, f"{what} {id}".encode(), "sha256").hex()[:32])

    return record(
        designator=text(service),
        database=made("database"),
        user=made("user"),
        password=made("password"),
        scheme=text("postgresql"),
    )


def _crypto_key(given: Mapping[str, Any]) -> str:
    key: dict[str, str] = {}
    if given.get("format") == "jwk":
        key["jwk"] = text(json.dumps(given.get("key_jwk")))
    elif given.get("format") == "raw":
        key["base64"] = text(str(given.get("key_base64", "")))
    else:
        label = "PRIVATE" if given.get("format") == "pkcs8" else "PUBLIC"
        pem = f"-----BEGIN {label} KEY-----\n{given.get('key_base64', '')}\n-----END {label} KEY-----\n"
        key["pkcs8" if label == "PRIVATE" else "spki"] = text(pem)
    algorithm = record(json=text(json.dumps(given.get("algorithm"))))
    usages = sequence(str(usage) for usage in given.get("usages") or ())
    return record(**key, algorithm=algorithm, usages=usages)


def _external(name: str, address: str, injected: Mapping[str, str | None]) -> str:
    http = record(injectRequestHeaders=headers(injected))
    return record(name=text(name), external=record(address=text(address), http=http))


def _kv(name: str, namespace: str, served: StorageService) -> str:
    return _external(
        name,
        served.address,
        {
            "x-kv-namespace": namespace.replace("-", ""),
            "authorization": f"Bearer {served.secret}",
        },
    )


def _r2(name: str, version: Version, given: Mapping[str, Any], served: StorageService) -> str:
    return _external(
        name,
        served.address,
        {
            "x-r2-account": version.account,
            "x-r2-bucket": str(given.get("bucket_name", "")),
            "x-r2-jurisdiction": str(given.get("jurisdiction") or "default"),
            "authorization": f"Bearer {served.secret}",
        },
    )


def _service(name: str, version: Version, given: Mapping[str, Any], around: Surroundings) -> str:
    return _external(
        name,
        around.service_address,
        {
            "x-edge-secret": around.secret,
            "x-edge-script": f"{version.account}/{given.get('service', '')}",
        },
    )


def _objects(
    version: Version,
    given: Mapping[str, Any],
    around: Surroundings,
    classes: list[tuple[str, str]],
) -> str:
    # Before its migration is deployed a namespace has no id: the class can be bound, and no call to it comes through.
    id = str(given.get("namespace_id") or f"{version.id}-{given.get('class_name')}")
    owner = around.objects.get(id)
    class_name = owner.class_name if owner else str(given.get("class_name", ""))
    if id in around.own:
        return record(className=text(class_name))
    if (id, class_name) not in classes:
        classes.append((id, class_name))
    position = classes.index((id, class_name))
    return record(className=text(f"Forward{position}"), serviceName=text("objects"))


def _forwarder(
    classes: list[tuple[str, str]], around: Surroundings, files: dict[str, bytes]
) -> str:
    """The service `objects`: a class for each namespace that lives in another process."""
    lines = [
        'import { forwarding } from "./forward.js";',
        'export { control } from "./forward.js";',
    ]
    lines += [
        f"export const Forward{position} = forwarding({json.dumps(id)}, {json.dumps(name)});"
        for position, (id, name) in enumerate(classes)
    ]
    files["forwarded"] = "\n".join(lines).encode()
    files["forward"] = (_HERE / "forward.js").read_bytes()
    worker = record(
        modules=sequence(
            [
                record(name=text("forwarded.js"), esModule='embed "forwarded"'),
                record(name=text("forward.js"), esModule='embed "forward"'),
            ]
        ),
        compatibilityDate=text(_FORWARDER_DATE),
        compatibilityFlags=texts(["experimental"]),
        bindings=sequence(
            [
                record(name=text("DEBUG_PORT"), workerdDebugPort="void"),
                record(name=text("SECRET"), text=text(around.secret)),
            ]
        ),
        durableObjectNamespaces=sequence(
            record(className=text(f"Forward{position}"), uniqueKey=text(id))
            for position, (id, _) in enumerate(classes)
        ),
        durableObjectStorage=record(inMemory="void"),
    )
    return record(name=text("objects"), worker=worker)


def _not_served(binding: Binding) -> str:
    what = _NAMES.get(binding.type, binding.type)
    if binding.type == "service":
        what = f"Named entrypoint {binding.settings.get('entrypoint')} of the service"
    return record(
        moduleName=text(NOT_SERVED),
        innerBindings=sequence(
            [
                record(name=text("what"), text=text(what)),
                record(name=text("name"), text=text(binding.name)),
            ]
        ),
    )


def extension(files: dict[str, bytes]) -> str:
    """The modules behind bindings of our own, and behind those that are not served."""
    files["not-served"] = (_HERE / "not-served.js").read_bytes()
    module = record(name=text(NOT_SERVED), internal="true", esModule='embed "not-served"')
    return record(modules=sequence([module, *colo_services.modules(files)]))
