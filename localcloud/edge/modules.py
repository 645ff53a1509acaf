"""A version's modules as workerd takes them, behind a main module that can tell what they export."""

from __future__ import annotations

import json
from typing import Final

from localcloud.edge.capnp import record, sequence, text
from localcloud.edge.model import Module, Version

WRAPPER: Final = "localcloud-main.js"
INSPECTED: Final = "__localcloudExports"
_KINDS: Final = {
    "application/javascript+module": "esModule",
    "text/javascript+module": "esModule",
    "application/javascript": "commonJsModule",
    "text/javascript": "commonJsModule",
    "application/json": "json",
    "application/wasm": "wasm",
    "text/plain": "text",
    "text/html": "text",
    "text/x-python": "pythonModule",
}
_CLASSIC: Final = frozenset({"application/javascript", "text/javascript"})
_NOT_CODE: Final = frozenset({"application/source-map"})


def content_kind(module: Module) -> str:
    """The field of workerd's module that the content type means."""
    return _KINDS.get(module.content_type.partition(";")[0].strip().lower(), "data")


def is_classic(version: Version) -> bool:
    """Whether the version is one script that registers its handlers with `addEventListener`."""
    main = next((m for m in version.modules if m.name == version.main_module), None)
    return main is not None and main.content_type.partition(";")[0].strip().lower() in _CLASSIC


def code(version: Version, files: dict[str, bytes]) -> dict[str, str]:
    """The fields of workerd's worker that hold the code; what they embed is added to `files`."""
    modules = [m for m in version.modules if m.content_type not in _NOT_CODE]
    for index, module in enumerate(modules):
        files[f"module{index}"] = module.content
    if is_classic(version):
        index = [m.name for m in modules].index(version.main_module)
        return {"serviceWorkerScript": f'embed "module{index}"'}
    files["wrapper"] = _wrapper(version.main_module).encode()
    rendered = [record(name=text(WRAPPER), esModule='embed "wrapper"')]
    for index, module in enumerate(modules):
        kind = content_kind(module)
        rendered.append(record(name=text(module.name), **{kind: f'embed "module{index}"'}))
    return {"modules": sequence(rendered)}


def _wrapper(main_module: str) -> str:
    main = json.dumps(f"./{main_module}")
    return (
        f"import * as exported from {main};\n"
        f"export * from {main};\n"
        "const main = exported.default;\n"
        "export { main as default };\n" + _INSPECTION.replace("INSPECTED", INSPECTED)
    )


_INSPECTION: Final = """
const EVENTS = ["alarm", "connect", "email", "fetch", "queue", "scheduled", "tail", "tailStream", "test", "trace",
  "webSocketClose", "webSocketError", "webSocketMessage"];
const isClass = (value) =>
  typeof value === "function" && Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
const handlersOf = (value) => {
  const holder = isClass(value) ? value.prototype : value;
  return EVENTS.filter((event) => typeof holder?.[event] === "function");
};
export const INSPECTED = {
  fetch() {
    const named = {};
    for (const [name, value] of Object.entries(exported)) {
      if (name === "default") continue;
      const handlers = value !== null && (isClass(value) || typeof value === "object") ? handlersOf(value) : [];
      if (isClass(value) || handlers.length > 0) named[name] = handlers;
    }
    return Response.json({ handlers: handlersOf(exported.default), named });
  },
};
"""
