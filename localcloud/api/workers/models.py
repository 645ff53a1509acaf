"""Workers: one document each (kind `worker`), found by id or by name."""

from __future__ import annotations

import re
from typing import Final

from localcloud.api.accounts.models import USER_EMAIL, USER_ID
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.shapes import as_object
from localcloud.api.store import ClashError, Document, Json, Store
from localcloud.api.workers.errors import BAD_NAME, BAD_PARAMETER, NAME_TAKEN, NO_WORKER

KIND: Final = "worker"
VERSION: Final = "worker_version"
DEPLOYMENT: Final = "worker_deployment"
ROUTE: Final = "worker_route"
DOMAIN: Final = "worker_domain"
SUBDOMAIN: Final = "workers_subdomain"
NAMESPACE: Final = "object_namespace"
_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}")
AUTHOR: Final[Json] = {"author_email": USER_EMAIL, "author_id": USER_ID}
_SAMPLED: Final[Json] = {
    "enabled": False,
    "head_sampling_rate": 1,
    "persist": True,
    "destinations": [],
}
OBSERVABILITY: Final[Json] = {
    "enabled": False,
    "head_sampling_rate": 1,
    "logs": {**_SAMPLED, "invocation_logs": True},
    "traces": {**_SAMPLED, "propagation_policy": "authenticated"},
}


def create_worker(store: Store, account: str, name: str) -> Document:
    """A Worker without versions. Raises `ApiError` for a bad or a taken name."""
    return keep(store, blank_worker(account, name))


def check_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise BAD_NAME()


def blank_worker(account: str, name: str) -> Document:
    """A Worker that is not stored yet, so that its first version can be checked before anything is kept."""
    check_name(name)
    now = timestamp()
    body: Json = {
        "id": hex_id(),
        "name": name,
        "created_on": now,
        "updated_on": now,
        "deployed_on": None,
        "logpush": False,
        "observability": OBSERVABILITY,
        "subdomain": {"enabled": False, "previews_enabled": False},
        "tags": [],
        "tail_consumers": [],
        "migration_tag": None,
        "last_number": 0,
        "schedules": [],
    }
    return Document(0, KIND, account, body["id"], name, body)


def keep(store: Store, worker: Document) -> Document:
    """Stores a blank Worker; one that is stored already is returned as it is. Raises `ApiError` when the name is taken."""
    if worker.seq:
        return worker
    try:
        return store.insert(KIND, worker.parent, worker.id, worker.body, worker.name)
    except ClashError as error:
        raise NAME_TAKEN(name=worker.name) from error


def find_worker(store: Store, account: str, key: str) -> Document:
    """By id or by name. Raises `ApiError` 10007."""
    found = store.get(KIND, account, key) or store.named(KIND, account, key)
    if found is None:
        raise NO_WORKER()
    return found


def find_script(store: Store, account: str, name: str) -> Document:
    """By name only, as `workers/scripts/{name}` does. Raises `ApiError` 10007."""
    found = store.named(KIND, account, name)
    if found is None:
        raise NO_WORKER()
    return found


def reread(store: Store, worker: Document) -> Document:
    found = store.get(KIND, worker.parent, worker.id)
    if found is None:
        raise NO_WORKER()
    return found


def with_defaults(defaults: Json, given: object, name: str) -> Json:
    """`given` over `defaults`, section by section; what is null is left at its default.

    Raises `ApiError` 10004 with `name` for a section that is no object.
    """
    merged = dict(defaults)
    sections = as_object({} if given is None else given)
    if sections is None:
        raise BAD_PARAMETER(name=name)
    for key, value in sections.items():
        standard = as_object(defaults.get(key))
        if standard is not None:
            merged[key] = with_defaults(standard, value, f"{name}.{key}")
        elif value is not None:
            merged[key] = value
    return merged


def account_subdomain(store: Store, account: str) -> str | None:
    document = store.get(SUBDOMAIN, account, "subdomain")
    return document.body["subdomain"] if document else None


def live_deployment(store: Store, worker: Document) -> Document | None:
    return store.last(DEPLOYMENT, worker.id)


def live_version_ids(store: Store, worker: Document) -> list[str]:
    live = live_deployment(store, worker)
    return [share["version_id"] for share in live.body["versions"]] if live else []


def latest_version(store: Store, worker: Document) -> Document | None:
    """The one that was uploaded last."""
    return store.last(VERSION, worker.id)


def script_names_at(store: Store, account: str) -> dict[str, str]:
    """Worker id → name."""
    return {document.id: document.body["name"] for document in store.list(KIND, account)}


def settings_of(metadata: Json) -> Json:
    """The fields of an upload's metadata that belong to the Worker and not to its version."""
    settings: Json = {}
    if metadata.get("logpush") is not None:
        settings["logpush"] = bool(metadata["logpush"])
    if metadata.get("observability") is not None:
        settings["observability"] = with_defaults(
            OBSERVABILITY, metadata["observability"], "observability"
        )
    for key in ("tail_consumers", "tags"):
        if key in metadata:
            settings[key] = metadata[key] or []
    return settings
