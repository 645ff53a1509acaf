"""A version as it was sent, whichever way: JSON of the beta API, or multipart of the SDK, wrangler and Terraform."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from localcloud.api.multipart import read_parts
from localcloud.api.routing import Call
from localcloud.api.store import Json
from localcloud.api.workers.errors import BAD_BODY, BAD_PARAMETER, NOT_VALID
from localcloud.edge.model import Module

KEPT_AS_SENT: Final = ("limits", "placement", "cache_options", "containers", "package_dependencies")
_MESSAGE_BYTES: Final = 1000
_TAG_BYTES: Final = 100
_ANNOTATIONS: Final = (
    "workers/message",
    "workers/tag",
    "workers/alias",
    "workers/triggered_by",
)


@dataclass(frozen=True)
class Draft:
    """`metadata` is everything but the code; `modules` in the order sent, the main one included."""

    metadata: Json = field(repr=False)
    modules: tuple[Module, ...]
    main_module: str
    has_modules: bool = True

    @property
    def annotations(self) -> dict[str, str]:
        return read_annotations(self.metadata.get("annotations"))


def read_annotations(sent: object) -> dict[str, str]:
    """The message cut to 1000 bytes; raises `ApiError` for a tag over 100 bytes."""
    if sent is None:
        return {}
    if not isinstance(sent, dict):
        raise BAD_PARAMETER(name="annotations")
    kept: dict[str, str] = {}
    for key, value in sent.items():  # pyright: ignore[reportUnknownVariableType]
        if key in _ANNOTATIONS and isinstance(value, str) and value:
            kept[key] = value
    if "workers/message" in kept:
        kept["workers/message"] = (
            kept["workers/message"].encode()[:_MESSAGE_BYTES].decode("utf-8", "ignore")
        )
    if len(kept.get("workers/tag", "").encode()) > _TAG_BYTES:
        raise NOT_VALID(reason="The annotation workers/tag is longer than 100 bytes.")
    return kept


def from_json(body: Json) -> Draft:
    """`POST workers/workers/{id}/versions`."""
    modules: list[Module] = []
    sent: Any = body.get("modules") or []
    if not isinstance(sent, list):
        raise BAD_BODY(reason="modules is not a list")
    for index, module in enumerate(sent):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if not isinstance(module, dict) or not module.get("name"):  # pyright: ignore[reportUnknownMemberType]
            raise BAD_BODY(reason=f"modules[{index}] has no name")
        try:
            content = base64.b64decode(str(module.get("content_base64") or ""), validate=True)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        except (binascii.Error, ValueError) as error:
            raise BAD_BODY(reason=f"modules[{index}].content_base64 is not base64") from error
        content_type = str(module.get("content_type") or "application/javascript+module")  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        modules.append(Module(str(module["name"]), content_type, content))  # pyright: ignore[reportUnknownArgumentType]
    metadata = {k: v for k, v in body.items() if k not in ("modules", "main_module")}
    return Draft(metadata, tuple(modules), str(body.get("main_module") or ""))


def from_upload(call: Call) -> Draft:
    """`PUT scripts/{n}`, `PUT scripts/{n}/content` and `POST scripts/{n}/versions`: multipart with a part `metadata`, or the
    bare code of a service worker.

    A module's name is its part's file name where there is one, else the part's name.
    """
    content_type = call.headers.get("content-type", "")
    if "multipart/" not in content_type.lower():
        if "javascript" not in content_type.lower():
            raise BAD_BODY(reason="expected multipart/form-data with a part named metadata")
        module = Module("script", "application/javascript", call.content)
        return Draft({}, (module,), "script", has_modules=False)
    parts = read_parts(call.content, content_type)
    metadata: Json = {}
    modules: list[Module] = []
    part_names: dict[str, str] = {}
    for part in parts:
        if part.name == "metadata":
            metadata = _metadata(part.content)
            continue
        name = part.filename or part.name
        part_names[part.name] = name
        modules.append(Module(name, part.content_type or "application/octet-stream", part.content))
    body_part = metadata.pop("body_part", None)
    main_module = metadata.pop("main_module", None)
    if main_module is None and body_part is not None:
        return Draft(
            metadata, tuple(modules), part_names.get(body_part, str(body_part)), has_modules=False
        )
    if main_module is not None and main_module not in {m.name for m in modules}:
        main_module = part_names.get(main_module, main_module)
    return Draft(metadata, tuple(modules), str(main_module or ""))


def _metadata(content: bytes) -> Json:
    try:
        metadata: Any = json.loads(content)
    except ValueError as error:
        raise BAD_BODY(reason=f"the metadata part is not JSON: {error}") from error
    if not isinstance(metadata, dict):
        raise BAD_BODY(reason="the metadata part is not an object")
    return metadata  # pyright: ignore[reportUnknownVariableType]


def source_of(headers: Mapping[str, str]) -> str:
    """Which client made the call, as `source` and `last_deployed_from` tell it."""
    agent = headers.get("user-agent", "").lower()
    for mark, source in (("wrangler", "wrangler"), ("terraform", "terraform")):
        if mark in agent:
            return source
    return "api"
