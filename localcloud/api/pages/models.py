"""Projects (kind `pages_project`, by account, under their names), deployments (by project) and domains (by project)."""

from __future__ import annotations

import re
from typing import Final

from localcloud.api.ids import timestamp, uuid_id
from localcloud.api.pages import errors, settings
from localcloud.api.store import ClashError, Document, Json, Store

KIND: Final = "pages_project"
DEPLOYMENT: Final = "pages_deployment"
DOMAIN: Final = "pages_domain"
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,56}[a-z0-9])?")
STAGES: Final = ("queued", "initialize", "clone_repo", "build", "deploy")


def create_project(store: Store, account: str, sent: Json) -> Document:
    """Raises `ApiError` for a bad or a taken name. A name that another account has gets another pages.dev address."""
    name = sent.get("name")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise errors.BAD_NAME()
    settings.check(sent)
    subdomain = name
    if any(p.body["subdomain"] == f"{name}.pages.dev" for p in store.list(KIND)):
        subdomain = f"{name}-{uuid_id()[:3]}"
    body: Json = {
        "id": uuid_id(),
        "name": name,
        "subdomain": f"{subdomain}.pages.dev",
        "domains": [f"{subdomain}.pages.dev"],
        "created_on": timestamp(),
        "production_branch": str(sent.get("production_branch") or "main"),
        "source": sent.get("source"),
        "build_config": {**settings.BUILD, **(sent.get("build_config") or {})},
        "deployment_configs": settings.configs({}, sent.get("deployment_configs") or {}),
        "production_script_name": f"pages-worker--{name}-production",
        "preview_script_name": f"pages-worker--{name}-preview",
        "uses_functions": False,
        "framework": "",
        "framework_version": "",
    }
    try:
        return store.insert(KIND, account, body["id"], body, name)
    except ClashError as error:
        raise errors.EXISTS() from error


def change_project(store: Store, project: Document, sent: Json) -> Document:
    """Raises `ApiError` for settings of the wrong kind."""
    settings.check(sent)
    body = dict(project.body)
    if sent.get("production_branch"):
        body["production_branch"] = sent["production_branch"]
    if sent.get("source") is not None:
        body["source"] = sent["source"]
    if sent.get("build_config") is not None:
        body["build_config"] = {**body["build_config"], **sent["build_config"]}
    if sent.get("deployment_configs") is not None:
        body["deployment_configs"] = settings.configs(
            body["deployment_configs"], sent["deployment_configs"]
        )
    return store.update(project, body)


def find_project(store: Store, account: str, name: str) -> Document:
    found = store.named(KIND, account, name)
    if found is None:
        raise errors.NO_PROJECT()
    return found


def remove_project(store: Store, project: Document) -> None:
    """Within a transaction."""
    for kind in (DEPLOYMENT, DOMAIN):
        for part in store.list(kind, project.id):
            store.delete(part)
    store.delete(project)


def live(store: Store, project: Document) -> Document | None:
    """The newest deployment of production."""
    for deployment in reversed(store.list(DEPLOYMENT, project.id)):
        if deployment.body["environment"] == "production" and deployment.body.get("canonical"):
            return deployment
    return None


def shown(store: Store, project: Document) -> Json:
    """As an answer gives it: secret variables without their values."""
    body = dict(project.body)
    body["deployment_configs"] = settings.shown(body["deployment_configs"])
    domains = [domain.body["name"] for domain in store.list(DOMAIN, project.id)]
    body["domains"] = [body["subdomain"], *domains]
    deployments = store.list(DEPLOYMENT, project.id)
    current = live(store, project)
    body["canonical_deployment"] = shown_deployment(project, current) if current else None
    body["latest_deployment"] = shown_deployment(project, deployments[-1]) if deployments else None
    return body


def create_deployment(
    store: Store, project: Document, files: dict[str, str], sent: Json, trigger: str = "ad_hoc"
) -> Document:
    """`files`: path → hash of an uploaded file. Within a transaction."""
    branch = str(sent.get("branch") or project.body["production_branch"])
    production = branch == project.body["production_branch"]
    now = timestamp()
    id = uuid_id()
    if production:
        for other in store.list(DEPLOYMENT, project.id):
            if other.body.get("canonical"):
                store.update(other, {**other.body, "canonical": False})
    body: Json = {
        "id": id,
        "branch": branch,
        "environment": "production" if production else "preview",
        "canonical": production,
        "created_on": now,
        "files": files,
        "trigger": {
            "type": trigger,
            "metadata": {
                "branch": branch,
                "commit_hash": str(sent.get("commit_hash") or ""),
                "commit_message": str(sent.get("commit_message") or ""),
                "commit_dirty": str(sent.get("commit_dirty")).lower() == "true",
            },
        },
    }
    return store.insert(DEPLOYMENT, project.id, id, body)


def alias(project: Document, deployment: Document) -> str | None:
    """The address of a preview's branch."""
    if deployment.body["environment"] == "production":
        return None
    label = re.sub(r"[^a-z0-9-]", "-", deployment.body["branch"].lower())[:28].strip("-")
    return f"{label}.{project.body['subdomain']}" if label else None


def shown_deployment(project: Document, deployment: Document) -> Json:
    body = deployment.body
    stage = {"started_on": body["created_on"], "ended_on": body["created_on"], "status": "success"}
    name = alias(project, deployment)
    return {
        "id": deployment.id,
        "short_id": deployment.id[:8],
        "project_id": project.id,
        "project_name": project.body["name"],
        "environment": body["environment"],
        "url": f"https://{deployment.id[:8]}.{project.body['subdomain']}",
        "aliases": [f"https://{name}"] if name else None,
        "created_on": body["created_on"],
        "modified_on": body["created_on"],
        "latest_stage": {"name": "deploy", **stage},
        "stages": [{"name": name, **stage} for name in STAGES],
        "deployment_trigger": body["trigger"],
        "build_config": project.body["build_config"],
        "env_vars": {},
        "compatibility_date": project.body["deployment_configs"][body["environment"]]["compatibility_date"],
        "is_skipped": False,
        "uses_functions": False,
        "source": project.body["source"],
    }  # fmt: skip


def find_deployment(store: Store, project: Document, id: str) -> Document:
    found = store.get(DEPLOYMENT, project.id, id)
    if found is None:
        raise errors.NO_DEPLOYMENT()
    return found
