"""What the edge serves of Pages: each deployment's hosts and files."""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.api.pages import files, models
from localcloud.api.store import Document, Store
from localcloud.edge.model import PagesFile, PagesSite


def sites(store: Store) -> Iterator[PagesSite]:
    """The live deployment under the project's address and its domains, each deployment under its own, each branch under its alias."""
    for project in store.list(models.KIND):
        domains = [domain.body["name"] for domain in store.list(models.DOMAIN, project.id)]
        aliases: dict[str, Document] = {}
        for deployment in store.list(models.DEPLOYMENT, project.id):
            name = models.alias(project, deployment)
            if name:
                aliases[name] = deployment
            hosts = [f"{deployment.id[:8]}.{project.body['subdomain']}"]
            if deployment.body.get("canonical"):
                hosts += [project.body["subdomain"], *domains]
            yield PagesSite(tuple(hosts), _files(store, project.parent, deployment))
        for name, deployment in aliases.items():
            yield PagesSite((name,), _files(store, project.parent, deployment))


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


def _files(store: Store, account: str, deployment: Document) -> dict[str, PagesFile]:
    found: dict[str, PagesFile] = {}
    for path, hash_ in deployment.body["files"].items():
        file = files.find(store, account, hash_)
        if file is not None:
            found[path] = PagesFile(file.body["digest"], file.body["content_type"])
    return found
