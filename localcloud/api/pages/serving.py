"""What the edge serves of Pages: each deployment's hosts and files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from mimetypes import MimeTypes
from typing import Final

from localcloud.api.pages import files, models
from localcloud.api.pages.rules import Headers, Redirects, read_headers, read_redirects
from localcloud.api.store import Document, Store
from localcloud.edge.model import PagesFile, PagesSite

HEADERS: Final = "/_headers"
REDIRECTS: Final = "/_redirects"
_TYPES: Final = MimeTypes()
"""The built-in ones alone: those of the machine would differ."""


def sites(store: Store) -> Iterator[PagesSite]:
    """The live deployment under the project's address and its domains, each deployment under its own, the newest of each
    branch under the branch's alias. A domain whose record points at such an alias shows the branch."""
    pointed = _pointed(store)
    for project in store.list(models.KIND):
        domains = [domain.body["name"] for domain in store.list(models.DOMAIN, project.id)]
        deployments = store.list(models.DEPLOYMENT, project.id)
        newest: dict[str, str] = {}
        for deployment in deployments:
            alias = models.alias(project, deployment)
            if alias is not None:
                newest[alias] = deployment.id
        for deployment in deployments:
            hosts = [f"{deployment.id[:8]}.{project.body['subdomain']}"]
            alias = models.alias(project, deployment)
            if alias is not None and newest[alias] == deployment.id:
                hosts += [alias, *(name for name in domains if pointed.get(name) == alias)]
            if deployment.body.get("canonical"):
                hosts.append(project.body["subdomain"])
                hosts += [name for name in domains if pointed.get(name) not in newest]
            yield _site(store, project.parent, deployment, tuple(hosts))


def _pointed(store: Store) -> dict[str, str]:
    """Host → where its record of type CNAME points."""
    return {
        record.body["name"]: record.body["content"]
        for zone in store.list("zone")
        for record in store.list("dns_record", zone.id)
        if record.body["type"] == "CNAME"
    }


def without_deployment(store: Store) -> Iterator[tuple[str, str]]:
    """Hosts of projects that serve nothing yet, and what to do about it."""
    for project in store.list(models.KIND):
        deployments = store.list(models.DEPLOYMENT, project.id)
        if any(deployment.body.get("canonical") for deployment in deployments):
            continue
        name = project.body["name"]
        told = f"Pages project {name} has no deployment yet: wrangler pages deploy DIR --project-name {name}"
        domains = store.list(models.DOMAIN, project.id)
        for host in (project.body["subdomain"], *(domain.body["name"] for domain in domains)):
            yield host, told


def _site(store: Store, account: str, deployment: Document, hosts: tuple[str, ...]) -> PagesSite:
    named: dict[str, str] = dict(deployment.body["files"])
    headers, redirects = rules_of(store, account, named)
    found: dict[str, PagesFile] = {}
    for path, hash_ in named.items():
        file = files.find(store, account, hash_)
        if file is not None and path not in (HEADERS, REDIRECTS):
            found[path] = PagesFile(file.body["digest"], _type(path, file.body["content_type"]))
    return PagesSite(hosts, found, headers.rules, redirects.rules)


def rules_of(store: Store, account: str, named: Mapping[str, str]) -> tuple[Headers, Redirects]:
    """Of a deployment whose files are `named`: path → hash."""
    headers, redirects = (
        files.text(store, account, named[path]) if path in named else ""
        for path in (HEADERS, REDIRECTS)
    )
    return read_headers(headers), read_redirects(redirects)


def _type(path: str, told: str | None) -> str:
    """Texts are UTF-8 unless the client told something else."""
    kind = told or _TYPES.guess_type(path)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") and "charset" not in kind else kind
