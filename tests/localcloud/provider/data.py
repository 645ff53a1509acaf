"""What holds data: KV namespaces, R2 buckets and their rules, Hyperdrive configurations."""

from __future__ import annotations

from typing import Final

from tests.localcloud.conftest import ACCOUNT, ZONE
from tests.localcloud.provider.decoding import COMPUTED, GIVEN, KEPT, Many, each, filled_in, given
from tests.localcloud.provider.resource import Resource

_A: Final = f"/accounts/{ACCOUNT}"
_BUCKET: Final = _A + "/r2/buckets/uploads"
_R2: Final = {"cf-r2-jurisdiction": "default"}
_KV: Final = _A + "/storage/kv/namespaces"
WORKERS_KV_NAMESPACE: Final = Resource(
    {**each(COMPUTED, "id", "supports_url_encoding"), **each(GIVEN, "title", "jurisdiction", "mode")},
    create=("POST", _KV),
    read=_KV + "/{id}",
    update=("PUT", _KV + "/{id}"),
    delete=("DELETE", _KV + "/{id}"),
    configs={
        "any": {"title": "flags-staging"},
        "in one place": {"title": "flags-eu", "jurisdiction": "eu", "mode": "instant"},
    },
    changes={"any": {"title": "flags"}, "in one place": {"title": "flags-europe"}},
)  # fmt: skip
R2_BUCKET: Final = Resource(
    {"name": GIVEN, "creation_date": COMPUTED, "location": COMPUTED, "jurisdiction": COMPUTED, "storage_class": COMPUTED},
    create=("POST", _A + "/r2/buckets"),
    read=_A + "/r2/buckets/{name}",
    delete=("DELETE", _A + "/r2/buckets/{name}"),
    headers=_R2,
    configs={"any": {"name": "pictures", "storageClass": "Standard"}},
)  # fmt: skip
R2_BUCKET_CORS: Final = Resource(
    {
        "rules": given(
            {
                "id": GIVEN,
                "allowed": given(each(GIVEN, "methods", "origins", "headers")),
                "exposeHeaders": GIVEN,
                "maxAgeSeconds": GIVEN,
            },
            Many.LIST,
        )
    },
    create=("PUT", _BUCKET + "/cors"),
    read=_BUCKET + "/cors",
    update=("PUT", _BUCKET + "/cors"),
    delete=("DELETE", _BUCKET + "/cors"),
    headers=_R2,
    configs={
        "minimal": {"rules": [{"allowed": {"methods": ["GET"], "origins": ["https://example.com"]}}]},
        "full": {
            "rules": [
                {
                    "id": "uploads",
                    "allowed": {"methods": ["GET", "PUT"], "origins": ["https://example.com"], "headers": ["content-type"]},
                    "exposeHeaders": ["etag"],
                    "maxAgeSeconds": 3600,
                }
            ]
        },
    },
    changes={"full": {"rules": [{"allowed": {"methods": ["HEAD"], "origins": ["https://example.org"]}}]}},
)  # fmt: skip
_AGED: Final = given({"condition": given(each(GIVEN, "type", "maxAge", "date"))})
_RULES: Final = {
    "id": GIVEN,
    "enabled": GIVEN,
    "conditions": given({"prefix": GIVEN}),
    "abortMultipartUploadsTransition": _AGED,
    "deleteObjectsTransition": _AGED,
    "storageClassTransitions": GIVEN,
}
_ABORT: Final = {
    "id": "abort",
    "enabled": True,
    "conditions": {"prefix": ""},
    "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 86400}},
}
R2_BUCKET_LIFECYCLE: Final = Resource(
    {"rules": given(_RULES, Many.LIST)},
    create=("PUT", _BUCKET + "/lifecycle"),
    read=_BUCKET + "/lifecycle",
    update=("PUT", _BUCKET + "/lifecycle"),
    headers=_R2,
    configs={
        "one rule": {"rules": [_ABORT]},
        "several": {
            "rules": [
                {
                    "id": "archive",
                    "enabled": True,
                    "conditions": {"prefix": "old/"},
                    "storageClassTransitions": [
                        {"condition": {"type": "Age", "maxAge": 2592000}, "storageClass": "InfrequentAccess"}
                    ],
                },
                {
                    "id": "delete",
                    "enabled": False,
                    "conditions": {"prefix": "tmp/"},
                    "deleteObjectsTransition": {"condition": {"type": "Date", "date": "2030-01-01T00:00:00Z"}},
                },
            ]
        },
    },
    changes={"one rule": {"rules": [{**_ABORT, "enabled": False}]}},
)  # fmt: skip
R2_BUCKET_LOCK: Final = Resource(
    {
        "rules": given(
            {
                "id": GIVEN,
                "enabled": GIVEN,
                "prefix": GIVEN,
                "condition": given(each(GIVEN, "type", "maxAgeSeconds", "date")),
            },
            Many.LIST,
        )
    },
    create=("PUT", _BUCKET + "/lock"),
    read=_BUCKET + "/lock",
    update=("PUT", _BUCKET + "/lock"),
    headers=_R2,
    configs={
        "without a prefix": {
            "rules": [{"id": "keep", "enabled": True, "condition": {"type": "Indefinite"}}]
        },
    },
    changes={
        "without a prefix": {
            "rules": [
                {"id": "keep", "enabled": True, "prefix": "a/", "condition": {"type": "Age", "maxAgeSeconds": 60}}
            ]
        }
    },
)  # fmt: skip
R2_CUSTOM_DOMAIN: Final = Resource(
    {
        "domain": GIVEN,
        "enabled": GIVEN,
        "zoneId": GIVEN,
        "minTLS": GIVEN,
        "ciphers": GIVEN,
        "zoneName": COMPUTED,
        "status": COMPUTED,
    },
    create=("POST", _BUCKET + "/domains/custom"),
    read=_BUCKET + "/domains/custom/{domain}",
    update=("PUT", _BUCKET + "/domains/custom/{domain}"),
    delete=("DELETE", _BUCKET + "/domains/custom/{domain}"),
    headers=_R2,
    configs={
        "minimal": {"domain": "cdn.example.com", "enabled": True, "zoneId": ZONE},
        "full": {
            "domain": "cdn.example.com",
            "enabled": True,
            "zoneId": ZONE,
            "minTLS": "1.2",
            "ciphers": ["AES128-GCM-SHA256"],
        },
    },
    changes={
        "minimal": {"enabled": False, "minTLS": "1.3"},
        "full": {"minTLS": None, "ciphers": None},
    },
)
_DATABASE: Final = {
    "database": "shop",
    "host": "db.example.com",
    "port": 5432,
    "scheme": "postgres",
    "user": "app",
    "password": "hush",
}
_HYPERDRIVE: Final = _A + "/hyperdrive/configs"
HYPERDRIVE_CONFIG: Final = Resource(
    {
        "id": COMPUTED,
        "created_on": COMPUTED,
        "modified_on": COMPUTED,
        "name": GIVEN,
        "origin": given(
            {
                **each(GIVEN, *_DATABASE),
                "access_client_id": GIVEN,
                "service_id": GIVEN,
                "password": KEPT,
            }
        ),
        "caching": filled_in(each(GIVEN, "disabled", "max_age", "stale_while_revalidate")),
        "mtls": given(each(GIVEN, "ca_certificate_id", "mtls_certificate_id", "sslmode")),
        "origin_connection_limit": GIVEN,
    },
    create=("POST", _HYPERDRIVE),
    read=_HYPERDRIVE + "/{id}",
    update=("PUT", _HYPERDRIVE + "/{id}"),
    delete=("DELETE", _HYPERDRIVE + "/{id}"),
    configs={
        "minimal": {"name": "shop", "origin": _DATABASE},
        "cached by default": {"name": "shop", "origin": _DATABASE, "caching": {"disabled": False}},
        "not cached": {"name": "shop", "origin": _DATABASE, "caching": {"disabled": True}},
        "full": {
            "name": "shop",
            "origin": _DATABASE,
            "caching": {"disabled": False, "max_age": 30, "stale_while_revalidate": 5},
            "mtls": {"sslmode": "require"},
            "origin_connection_limit": 20,
        },
    },
    changes={
        "cached by default": {"caching": {"disabled": False, "max_age": 10}},
        "not cached": {"name": "store", "caching": {"disabled": False}},
        "full": {"caching": {"disabled": True}, "origin": {**_DATABASE, "user": "other"}},
    },
)

TYPES: Final = {
    "WorkersKvNamespace": WORKERS_KV_NAMESPACE,
    "R2Bucket": R2_BUCKET,
    "R2BucketCors": R2_BUCKET_CORS,
    "R2BucketLifecycle": R2_BUCKET_LIFECYCLE,
    "R2BucketLock": R2_BUCKET_LOCK,
    "R2CustomDomain": R2_CUSTOM_DOMAIN,
    "HyperdriveConfig": HYPERDRIVE_CONFIG,
}
