"""Deployments: which versions serve, and how much each. The last one made is live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from localcloud.api import errors as api_errors
from localcloud.api.durable_objects.lifecycle import Plan, carry_out
from localcloud.api.ids import is_uuid, timestamp, uuid_id
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import bindings, classes, errors, models

RECENT: Final = 100
_NIL: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Share:
    version: Document
    percentage: float


def read_shares(store: Store, worker: Document, sent: object) -> list[Share]:
    """One or two versions out of the last 100, distinct, that add up to 100 exactly. Raises `ApiError` 10210."""
    if not isinstance(sent, list) or not 1 <= len(sent) <= 2:  # pyright: ignore[reportUnknownArgumentType]
        raise errors.BAD_DEPLOYMENT(reason="a deployment has one or two versions.")
    shares: list[Share] = []
    total = Decimal(0)
    for entry in sent:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(entry, dict):
            raise errors.BAD_DEPLOYMENT(reason="a version needs version_id and percentage.")
        version = _version(store, worker, entry.get("version_id"))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        percentage = _percentage(entry.get("percentage"))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        if any(share.version.id == version.id for share in shares):
            raise errors.BAD_DEPLOYMENT(reason=f"Version {version.id} is named twice.")
        total += percentage
        shares.append(Share(version, float(percentage)))
    if total != 100:
        raise errors.BAD_DEPLOYMENT(
            reason=f"percentages must sum to 100, not {total.normalize():f}."
        )
    return shares


def _percentage(sent: object) -> Decimal:
    # Through text, so that 33.33 and 66.67 are what was written and not their binary neighbours.
    try:
        percentage = Decimal("NaN" if isinstance(sent, bool) else str(sent))
    except InvalidOperation:
        percentage = Decimal("NaN")
    if not percentage.is_finite():
        raise errors.BAD_DEPLOYMENT(reason=f"percentage {sent!r} is not a number.")
    if not 0 <= percentage <= 100:
        raise errors.BAD_DEPLOYMENT(reason=f"percentage {sent} is not between 0 and 100.")
    return percentage


def _version(store: Store, worker: Document, sent: object) -> Document:
    if sent == _NIL:
        raise api_errors.INTERNAL()
    if not isinstance(sent, str) or not is_uuid(sent):
        raise errors.BAD_PARAMETER(name="version_id")
    version = store.get(models.VERSION, worker.id, sent.lower())
    if version is None:
        raise errors.BAD_DEPLOYMENT(reason=f"Version not found: {sent}")
    if version.body["number"] <= worker.body["last_number"] - RECENT:
        raise errors.BAD_DEPLOYMENT(
            reason=f"Version {sent} is not one of the {RECENT} versions uploaded last."
        )
    return version


def changed_secrets(store: Store, worker: Document, shares: Sequence[Share]) -> list[str]:
    """Names of the secrets that would change by going back to versions that were live before and are no longer.

    Going on to a newer version again is no way back: what it changes was changed before it was uploaded.
    """
    live_ids = models.live_version_ids(store, worker)
    if not live_ids:
        return []
    live = [v for v in (store.get(models.VERSION, worker.id, id) for id in live_ids) if v]
    newest = max(live, key=lambda version: version.body["number"])
    current = bindings.secrets(newest)
    names: set[str] = set()
    for share in shares:
        if share.version.id in live_ids or not share.version.body.get("was_live"):
            continue
        if share.version.body["number"] > newest.body["number"]:
            continue
        old = bindings.secrets(share.version)
        names.update(n for n in {*old, *current} if old.get(n) != current.get(n))
    return sorted(names)


def check_returnable(store: Store, worker: Document, shares: Sequence[Share]) -> list[Plan]:
    """What each version does to the Worker's classes; raises `ApiError` when one cannot serve (again)."""
    live_ids = models.live_version_ids(store, worker)
    plans: list[Plan] = []
    for share in shares:
        body = share.version.body
        if share.version.id in live_ids:
            continue
        bindings.check_targets(store, worker.parent, worker.body["name"], body["bindings"])
        if classes.applied(worker, body):
            continue
        if not body.get("migrations") and not body.get("exports"):
            _check_tag(worker, share.version)
        plan = classes.plan(store, worker, body)
        classes.check_bindings(store, worker, body, plan)
        if plan.changes_classes and len(shares) > 1:
            raise errors.CLASS_CHANGE_SPLIT(version=share.version.id)
        plans.append(plan)
    return plans


def _check_tag(worker: Document, version: Document) -> None:
    tag = version.body["migration_tag"]
    if tag != worker.body["migration_tag"]:
        raise errors.BAD_DEPLOYMENT(
            reason=f"Version {version.id} was uploaded at migration tag '{tag or ''}', the Worker is at "
            f"'{worker.body['migration_tag'] or ''}': a Durable Object migration lies between."
        )


def deploy(
    store: Store,
    worker: Document,
    shares: Sequence[Share],
    plans: Sequence[Plan],
    *,
    source: str,
    annotations: dict[str, str],
    triggered_by: str,
) -> Document:
    """Within a transaction: the classes as planned, then the deployment."""
    for plan in plans:
        carry_out(store, worker, plan)
    now = timestamp()
    body: Json = {
        "id": uuid_id(),
        "created_on": now,
        "source": source,
        "strategy": "percentage",
        "author_email": models.AUTHOR["author_email"],
        "annotations": {**annotations, "workers/triggered_by": triggered_by},
        "versions": [
            {"version_id": share.version.id, "percentage": _plain(share.percentage)}
            for share in shares
        ],
    }
    for share in shares:
        if not share.version.body.get("was_live"):
            store.update(share.version, {**share.version.body, "was_live": True})
    current = models.reread(store, worker)
    store.update(
        current,
        {**current.body, "deployed_on": now, "updated_on": now, "last_deployed_from": source},
    )
    return store.insert(models.DEPLOYMENT, worker.id, body["id"], body)


def _plain(percentage: float) -> float | int:
    return int(percentage) if percentage == int(percentage) else percentage
