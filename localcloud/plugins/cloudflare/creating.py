"""A creation: sent once, and once more only when it is sure that the first one made nothing."""

from __future__ import annotations

from localcloud.plugins.cloudflare.api import Api, ApiError, UnreachableError
from localcloud.plugins.cloudflare.calls import body_of, headers_of, read
from localcloud.plugins.cloudflare.paths import fill_id, fill_path
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType
from localcloud.plugins.cloudflare.standing import Standing


def create(api: Api, standing: Standing, kind: ResourceType, inputs: Json) -> Json:
    """What the cloud tells of the resource that was made, as properties. Raises `ApiError` or `UnreachableError`."""
    body = body_of(kind, inputs)
    standing.note(api, kind, inputs)
    method, template = kind.create
    found: list[Json] = []

    def made_already() -> Json | None:
        row = standing.find(api, kind, inputs)
        found.extend([row] if row is not None else [])
        return row

    result = kind.pick(
        api.call(
            method,
            fill_path(template, inputs),
            body,
            query=kind.create_query(inputs),
            headers=headers_of(inputs, kind.header_inputs),
            made_already=made_already,
        )
    )
    standing.add(kind, inputs, result)
    told = kind.result(result)
    if not kind.answers_bare and not found:
        return told
    # It is made, whatever comes now: what cannot be read yet is read by the next refresh.
    try:
        return read(api, kind, {**inputs, **told, "id": fill_id(kind.id, {**inputs, **told})})
    except (ApiError, UnreachableError):
        return told
