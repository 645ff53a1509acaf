"""From a draft to a version, and to a deployment of it alone: what every way to upload ends in."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.api.routing import Call
from localcloud.api.store import Document, Json
from localcloud.api.workers import classes, deployments, drafts, models, versions
from localcloud.edge.model import StartResult


@dataclass(frozen=True)
class Uploaded:
    worker: Document
    version: Document
    reconciliation: Json | None


async def upload(
    call: Call,
    worker: Document,
    draft: drafts.Draft,
    *,
    triggered_by: str,
    deploy: bool,
    settings: Json | None = None,
    started: StartResult | None = None,
) -> Uploaded:
    """`worker` may be a blank one, which is then kept. `settings`: fields of the Worker to change with a deployment.
    Raises `ApiError`, with nothing changed."""
    store = call.cloud.store
    source = drafts.source_of(call.headers)
    prepared = await versions.prepare(
        call.cloud,
        worker,
        draft,
        source=source,
        triggered_by=triggered_by,
        strict_inherit=call.query.get("bindings_inherit") == "strict",
        started=started,
    )
    with store.transaction():
        if not worker.seq:
            worker = models.keep(store, worker)
        plan = classes.plan(store, models.reread(store, worker), prepared.body)
        version = versions.commit(store, worker, prepared)
        current = models.reread(store, worker)
        if settings:
            current = store.update(current, {**current.body, **settings})
        if deploy:
            deployments.deploy(
                store,
                current,
                [deployments.Share(version, 100)],
                [plan],
                source=source,
                annotations=_deployment_annotations(draft),
                triggered_by=triggered_by,
            )
        current = models.reread(store, worker)
        version = store.get(models.VERSION, worker.id, version.id) or version
    if deploy or current.body["subdomain"]["previews_enabled"]:
        await call.cloud.changed()
    return Uploaded(current, version, plan.summary)


def _deployment_annotations(draft: drafts.Draft) -> dict[str, str]:
    return {k: v for k, v in draft.annotations.items() if k == "workers/message"}


def again(version: Document, changes: Json) -> Json:
    """The metadata that would upload a version's settings again, with some of them changed."""
    body = version.body
    kept = ("compatibility_date", "compatibility_flags", "bindings", "usage_model", "exports")
    metadata: Json = {key: body[key] for key in (*kept, *drafts.KEPT_AS_SENT) if body.get(key)}
    if not body.get("dated", True):
        del metadata["compatibility_date"]
    metadata["keep_assets"] = True
    return {**metadata, **changes}
