"""`/accounts/{a}/r2/buckets/{b}/cors`, `/lifecycle` and `/lock`: each write replaces all rules of its kind."""

from __future__ import annotations

from localcloud.api.r2 import errors, rules
from localcloud.api.r2.routes import ONE, READ, WRITE, bucket_of
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Json

service = Service("r2_rules")


@service.get(ONE + "/cors", permission=READ)
async def read_cors(call: Call) -> Reply:
    found = bucket_of(call).body["cors"]
    if found is None:
        raise errors.NO_CORS()
    return Reply({"rules": found})


@service.put(ONE + "/cors", permission=WRITE)
async def write_cors(call: Call) -> Reply:
    sent = rules.rules_of(call.json_object(errors.BAD_BODY))
    rules.check_cors(sent)
    return _keep(call, "cors", sent)


@service.delete(ONE + "/cors", permission=WRITE)
async def remove_cors(call: Call) -> Reply:
    return _keep(call, "cors", None)


@service.get(ONE + "/lifecycle", permission=READ)
async def read_lifecycle(call: Call) -> Reply:
    return Reply({"rules": bucket_of(call).body["lifecycle"]})


@service.put(ONE + "/lifecycle", permission=WRITE)
async def write_lifecycle(call: Call) -> Reply:
    sent = rules.rules_of(call.json_object(errors.BAD_BODY))
    rules.check_lifecycle(sent)
    return _keep(call, "lifecycle", sent)


@service.get(ONE + "/lock", permission=READ)
async def read_lock(call: Call) -> Reply:
    return Reply({"rules": bucket_of(call).body["lock"]})


@service.put(ONE + "/lock", permission=WRITE)
async def write_lock(call: Call) -> Reply:
    sent = rules.rules_of(call.json_object(errors.BAD_BODY))
    rules.check_lock(sent)
    return _keep(call, "lock", sent)


def _keep(call: Call, key: str, value: list[Json] | None) -> Reply:
    with call.cloud.store.transaction():
        bucket = bucket_of(call)
        call.cloud.store.update(bucket, {**bucket.body, key: value})
    return Reply({})
