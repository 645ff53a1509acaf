"""Cron triggers of a script. They are kept and shown; the edge does not fire them."""

from __future__ import annotations

import re
from typing import Any, Final

from localcloud.api.ids import timestamp
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document
from localcloud.api.workers import errors, models

service = Service("worker_schedules")
_PATH: Final = "/accounts/{account}/workers/scripts/{script}/schedules"
_FIELD: Final = re.compile(r"[0-9A-Za-z*/,\-#]+")


def _script(call: Call) -> Document:
    return models.find_script(call.cloud.store, call.account, call.path["script"])


@service.get(_PATH, permission="Workers Scripts Read")
async def get_schedules(call: Call) -> Reply:
    return Reply({"schedules": _script(call).body["schedules"]})


@service.put(_PATH, permission="Workers Scripts Write")
async def put_schedules(call: Call) -> Reply:
    sent: Any = call.json()
    if not isinstance(sent, list):
        raise errors.BAD_BODY(reason="expected a list of schedules")
    store = call.cloud.store
    with store.transaction():
        worker = _script(call)
        known = {schedule["cron"]: schedule for schedule in worker.body["schedules"]}
        now = timestamp()
        schedules: list[dict[str, str]] = []
        for entry in sent:  # pyright: ignore[reportUnknownVariableType]
            cron = str(entry.get("cron", "")) if isinstance(entry, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            fields = cron.split()
            if len(fields) != 5 or not all(_FIELD.fullmatch(field) for field in fields):
                raise errors.BAD_CRON(cron=cron)
            created = known.get(cron, {}).get("created_on", now)
            schedules.append({"cron": cron, "created_on": created, "modified_on": created})
        store.update(worker, {**worker.body, "schedules": schedules})
    return Reply({"schedules": schedules})
