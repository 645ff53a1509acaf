"""A live version made anew with some of its settings changed: what editing a secret or a setting comes to."""

from __future__ import annotations

from localcloud.api.errors import ErrorKind
from localcloud.api.routing import Call
from localcloud.api.store import Document, Json
from localcloud.api.workers import code, drafts, models
from localcloud.api.workers.uploading import Uploaded, again, upload
from localcloud.api.workers.versions import started


def deployed_latest(call: Call, worker: Document, refusal: ErrorKind) -> Document | None:
    """The latest version if it has all the traffic; None for a Worker without versions.

    Raises `refusal` otherwise: an edit deploys a copy of the latest version, which must not put an untried one live.
    """
    store = call.cloud.store
    latest = models.latest_version(store, worker)
    if latest is not None and models.live_version_ids(store, worker) != [latest.id]:
        raise refusal()
    return latest


async def redeploy(
    call: Call,
    worker: Document,
    latest: Document,
    changes: Json,
    *,
    triggered_by: str,
    settings: Json | None = None,
) -> Uploaded:
    draft = drafts.Draft(
        again(latest, changes),
        code.load_modules(call.cloud.store, latest),
        latest.body["main_module"],
        latest.body["has_modules"],
    )
    return await upload(
        call,
        worker,
        draft,
        triggered_by=triggered_by,
        deploy=True,
        settings=settings,
        started=started(latest),
    )
