"""Pages projects and their domains."""

from __future__ import annotations

from typing import Final

from localcloud.plugins.cloudflare.resource_type import ResourceType, same

_PAGES: Final = "/accounts/{accountId}/pages/projects"

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
