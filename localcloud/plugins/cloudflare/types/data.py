"""What holds data: KV namespaces, R2 buckets, Hyperdrive configurations."""

from __future__ import annotations

from typing import Final

from localcloud.plugins.cloudflare.names import from_api
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType, same

_KV: Final = "/accounts/{accountId}/storage/kv/namespaces"
_R2: Final = "/accounts/{accountId}/r2/buckets"
_BUCKET: Final = _R2 + "/{bucketName}"
_HYPERDRIVE: Final = "/accounts/{accountId}/hyperdrive/configs"
_JURISDICTION: Final = {"jurisdiction": "cf-r2-jurisdiction"}
_DEFAULT_JURISDICTION: Final = {"jurisdiction": "default"}


def _as_is(body: Json) -> Json:
    """R2 speaks camelCase itself."""
    return {key: value for key, value in body.items() if value is not None}


def _location(body: Json) -> Json:
    renamed = {"location": "locationHint"}
    return {renamed.get(key, key): value for key, value in body.items() if value is not None}


def _bucket(result: Json) -> Json:
    read: Json = from_api(result)
    # Inputs are in lower case, answers in upper.
    return {**read, "location": str(read["location"]).lower()} if read.get("location") else read


def _min_tls(body: Json) -> Json:
    renamed = {"minTls": "minTLS"}
    return {renamed.get(key, key): value for key, value in body.items() if value is not None}


def _from_min_tls(result: Json) -> Json:
    renamed = {"minTLS": "minTls"}
    return {renamed.get(key, key): value for key, value in result.items()}


def _rules(kind: str, path: str, delete: tuple[str, str], delete_body: object) -> ResourceType:
    return ResourceType(
        kind,
        create=("PUT", path),
        read=path,
        update=("PUT", path),
        delete=delete,
        delete_body=delete_body,
        id="{bucketName}",
        import_id="{accountId}/{id}",
        required=("accountId", "bucketName"),
        replaces=frozenset({"accountId", "bucketName", "jurisdiction"}),
        not_sent=frozenset({"accountId", "bucketName", "jurisdiction"}),
        body=_as_is,
        result=_as_is,
        header_inputs=_JURISDICTION,
        defaults=_DEFAULT_JURISDICTION,
    )


TYPES: Final = (
    ResourceType(
        "cloudflare:index/workersKvNamespace:WorkersKvNamespace",
        create=("POST", _KV),
        read=_KV + "/{id}",
        update=("PUT", _KV + "/{id}"),
        delete=("DELETE", _KV + "/{id}"),
        import_id="{accountId}/{id}",
        required=("accountId", "title"),
        replaces=frozenset({"accountId"}),
        not_sent=frozenset({"accountId"}),
        find=(_KV, (), same("title", "title")),
    ),
    ResourceType(
        "cloudflare:index/r2Bucket:R2Bucket",
        create=("POST", _R2),
        read=_R2 + "/{id}",
        update=("PATCH", _R2 + "/{id}"),
        update_headers={"storageClass": "cf-r2-storage-class"},
        delete=("DELETE", _R2 + "/{id}"),
        id="{name}",
        import_id="{accountId}/{id}/{jurisdiction}",
        required=("accountId", "name"),
        replaces=frozenset({"accountId", "name", "location", "jurisdiction"}),
        not_sent=frozenset({"accountId", "jurisdiction"}),
        body=_location,
        result=_bucket,
        header_inputs=_JURISDICTION,
        defaults=_DEFAULT_JURISDICTION,
        find=(_R2, ("buckets",), same("name", "name")),
    ),
    _rules(
        "cloudflare:index/r2BucketCors:R2BucketCors",
        _BUCKET + "/cors",
        ("DELETE", _BUCKET + "/cors"),
        None,
    ),
    _rules(
        "cloudflare:index/r2BucketLifecycle:R2BucketLifecycle",
        _BUCKET + "/lifecycle",
        ("PUT", _BUCKET + "/lifecycle"),
        {"rules": []},
    ),
    _rules(
        "cloudflare:index/r2BucketLock:R2BucketLock",
        _BUCKET + "/lock",
        ("PUT", _BUCKET + "/lock"),
        {"rules": []},
    ),
    ResourceType(
        "cloudflare:index/r2CustomDomain:R2CustomDomain",
        create=("POST", _BUCKET + "/domains/custom"),
        read=_BUCKET + "/domains/custom/{domain}",
        update=("PUT", _BUCKET + "/domains/custom/{domain}"),
        delete=("DELETE", _BUCKET + "/domains/custom/{domain}"),
        id="{domain}",
        import_id="{accountId}/{bucketName}/{id}",
        required=("accountId", "bucketName", "domain", "enabled", "zoneId"),
        replaces=frozenset({"accountId", "bucketName", "domain", "zoneId", "jurisdiction"}),
        not_sent=frozenset({"accountId", "bucketName", "jurisdiction"}),
        body=_min_tls,
        result=_from_min_tls,
        header_inputs=_JURISDICTION,
        defaults=_DEFAULT_JURISDICTION,
    ),
    ResourceType(
        "cloudflare:index/r2ManagedDomain:R2ManagedDomain",
        create=("PUT", _BUCKET + "/domains/managed"),
        read=_BUCKET + "/domains/managed",
        update=("PUT", _BUCKET + "/domains/managed"),
        id="{bucketName}",
        import_id="{accountId}/{id}",
        required=("accountId", "bucketName", "enabled"),
        replaces=frozenset({"accountId", "bucketName", "jurisdiction"}),
        not_sent=frozenset({"accountId", "bucketName", "jurisdiction"}),
        body=_as_is,
        result=_as_is,
        header_inputs=_JURISDICTION,
        defaults=_DEFAULT_JURISDICTION,
    ),
    ResourceType(
        "cloudflare:index/hyperdriveConfig:HyperdriveConfig",
        create=("POST", _HYPERDRIVE),
        read=_HYPERDRIVE + "/{id}",
        update=("PUT", _HYPERDRIVE + "/{id}"),
        delete=("DELETE", _HYPERDRIVE + "/{id}"),
        import_id="{accountId}/{id}",
        required=("accountId", "name", "origin"),
        replaces=frozenset({"accountId"}),
        not_sent=frozenset({"accountId"}),
        secrets=("origin.password", "origin.accessClientSecret"),
        find=(_HYPERDRIVE, (), same("name", "name")),
    ),
)
