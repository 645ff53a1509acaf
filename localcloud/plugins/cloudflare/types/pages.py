"""Pages projects and their domains."""

from __future__ import annotations

from typing import Any, Final, cast

from localcloud.plugins.cloudflare.names import from_api
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType, same

_PAGES: Final = "/accounts/{accountId}/pages/projects"


def _project(result: Json) -> Json:
    read: Json = from_api(result)
    return _without_emptied_secrets(read)


def _without_emptied_secrets(value: Any) -> Any:
    """Cloudflare tells a secret variable with an empty value: that says nothing of what it is."""
    if isinstance(value, list):
        return [_without_emptied_secrets(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    told = cast("Json", value)
    emptied = told.get("type") == "secret_text" and not told.get("value")
    return {
        key: _without_emptied_secrets(inner)
        for key, inner in told.items()
        if not (emptied and key == "value")
    }


TYPES: Final = (
    ResourceType(
        "cloudflare:index/pagesProject:PagesProject",
        create=("POST", _PAGES),
        read=_PAGES + "/{id}",
        update=("PATCH", _PAGES + "/{id}"),
        delete=("DELETE", _PAGES + "/{id}"),
        id="{name}",
        import_id="{accountId}/{id}",
        required=("accountId", "name", "productionBranch"),
        replaces=frozenset({"accountId", "name"}),
        not_sent=frozenset({"accountId"}),
        secrets=("deploymentConfigs.*.envVars.*.value",),
        result=_project,
        find=(_PAGES, (), same("name", "name")),
    ),
    ResourceType(
        "cloudflare:index/pagesDomain:PagesDomain",
        create=("POST", _PAGES + "/{projectName}/domains"),
        read=_PAGES + "/{projectName}/domains/{name}",
        delete=("DELETE", _PAGES + "/{projectName}/domains/{name}"),
        id="{name}",
        import_id="{accountId}/{projectName}/{id}",
        required=("accountId", "projectName", "name"),
        not_sent=frozenset({"accountId", "projectName"}),
        find=(_PAGES + "/{projectName}/domains", (), same("name", "name")),
    ),
)
