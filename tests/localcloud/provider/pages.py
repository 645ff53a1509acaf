"""Pages projects and their domains (facts of the official provider's schemas)."""

from __future__ import annotations

from typing import Final

from tests.localcloud.conftest import ACCOUNT
from tests.localcloud.provider.decoding import (
    COMPUTED,
    FILLED_IN,
    GIVEN,
    Many,
    each,
    filled_in,
    given,
)
from tests.localcloud.provider.resource import Resource

_PROJECTS: Final = f"/accounts/{ACCOUNT}/pages/projects"
_DATE: Final = "2026-01-01"
_EMPTY: Final = given({}, empty_is_null=True)
_ENVIRONMENT: Final = filled_in(
    {
        "env_vars": given({"type": GIVEN, "value": GIVEN}, Many.MAP, empty_is_null=True),
        "kv_namespaces": given({"namespace_id": GIVEN}, Many.MAP, empty_is_null=True),
        "r2_buckets": given({"name": GIVEN, "jurisdiction": GIVEN}, Many.MAP, empty_is_null=True),
        "d1_databases": given({"id": GIVEN}, Many.MAP, empty_is_null=True),
        "services": _EMPTY,
        "hyperdrive_bindings": _EMPTY,
        "compatibility_flags": _EMPTY,
        "placement": given({"mode": GIVEN}, empty_is_null=True),
        "limits": GIVEN,
        "wrangler_config_hash": GIVEN,
        "compatibility_date": COMPUTED,
        "fail_open": COMPUTED,
        "always_use_latest_compatibility_date": COMPUTED,
        "build_image_major_version": COMPUTED,
        "usage_model": COMPUTED,
    }
)


def _variables(**values: str | None) -> dict[str, object]:
    return {
        name: None if value is None else {"type": "plain_text", "value": value}
        for name, value in values.items()
    }


PAGES_PROJECT: Final = Resource(
    {
        **each(COMPUTED, "created_on", "subdomain", "domains", "production_script_name", "preview_script_name", "uses_functions"),
        "name": GIVEN,
        "production_branch": GIVEN,
        "source": GIVEN,
        "build_config": given(
            each(FILLED_IN, "build_command", "destination_dir", "root_dir", "build_caching"), empty_is_null=True
        ),
        "deployment_configs": filled_in({"preview": _ENVIRONMENT, "production": _ENVIRONMENT}),
    },
    create=("POST", _PROJECTS),
    read=_PROJECTS + "/{name}",
    update=("PATCH", _PROJECTS + "/{name}"),
    delete=("DELETE", _PROJECTS + "/{name}"),
    configs={
        "minimal": {"name": "app", "production_branch": "main"},
        "full": {
            "name": "app",
            "production_branch": "main",
            "build_config": {"build_command": "npm run build", "destination_dir": "dist"},
            "deployment_configs": {
                "preview": {
                    "compatibility_date": _DATE,
                    "fail_open": False,
                    "env_vars": _variables(API="https://api.example.com", MODE="preview"),
                    "r2_buckets": {"UPLOADS": {"name": "uploads"}},
                },
                "production": {
                    "compatibility_date": _DATE,
                    "compatibility_flags": ["nodejs_compat"],
                    "placement": {"mode": "smart"},
                    "kv_namespaces": {
                        "ONE": {"namespace_id": "{namespace}"},
                        "TWO": {"namespace_id": "{namespace}"},
                    },
                },
            },
        },
    },
    changes={
        "minimal": {"build_config": {"build_command": "yarn build"}, "production_branch": "trunk"},
        # What a patch takes away it names: a key by null, all by an empty map.
        "full": {
            "deployment_configs": {
                "preview": {"env_vars": _variables(MODE=None, SIZE="2"), "r2_buckets": {}},
                "production": {
                    "compatibility_flags": [],
                    "placement": None,
                    "kv_namespaces": {"TWO": None},
                },
            }
        },
    },
)  # fmt: skip
PAGES_DOMAIN: Final = Resource(
    {
        **each(COMPUTED, "id", "domain_id", "status", "zone_tag", "certificate_authority", "created_on", "validation_data"),
        "name": GIVEN,
    },
    create=("POST", _PROJECTS + "/site/domains"),
    read=_PROJECTS + "/site/domains/{name}",
    delete=("DELETE", _PROJECTS + "/site/domains/{name}"),
    configs={"any": {"name": "www.example.com"}},
)  # fmt: skip

TYPES: Final = {"PagesProject": PAGES_PROJECT, "PagesDomain": PAGES_DOMAIN}
