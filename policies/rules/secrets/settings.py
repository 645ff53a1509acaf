"""The settings of Workers and Pages projects, as bindings and variables give them: in clear text or as secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ...properties import Property
from ...resources import Resource

WORKER_KINDS: Final = ("WorkerVersion", "WorkersScript")
PAGES_KINDS: Final = ("PagesProject",)
_PLAIN: Final = frozenset({"plain_text", "json"})
_SECRET: Final = "secret_text"  # noqa: S105 (a binding's type)
_ENVIRONMENTS: Final = ("production", "preview")


@dataclass(frozen=True)
class Setting:
    name: str
    value: Property
    is_plain: bool
    """Everybody who may look at the Worker or project reads it; else it is a secret that nobody reads again."""
    of_preview: bool = False
    """A variable of a Pages project's previews."""

    @property
    def text(self) -> str | None:
        """Its value; JSON that is given as an object in its text form."""
        return text_of(self.value)


def text_of(value: Property) -> str | None:
    text = value.text
    if text is None and value.number is not None:
        return value.word
    if text is None and (value.entries() or value.elements()):
        return json.dumps(value.plain(), default=str)
    return text


def settings_of(resource: Resource) -> list[Setting]:
    if resource.kind in PAGES_KINDS:
        return list(_of_pages(resource))
    return list(_of_worker(resource))


def environments_of(settings: Sequence[Setting]) -> list[list[Setting]]:
    """The settings that one Worker sees together."""
    previews = [setting for setting in settings if setting.of_preview]
    return [[s for s in settings if not s.of_preview], previews]


def _of_worker(resource: Resource) -> Iterator[Setting]:
    for binding in resource.inputs["bindings"].elements():
        type = binding["type"]
        name = binding["name"].text or ""
        if type.word == _SECRET:
            yield Setting(name, binding["text"], is_plain=False)
        elif type.word in _PLAIN or not type.exists:
            value = binding["json"] if type.word == "json" else binding["text"]
            yield Setting(name, value, is_plain=True)
    for key, plain in (("plainTextBindings", True), ("secretTextBindings", False)):
        for binding in resource.inputs[key].elements():
            yield Setting(binding["name"].text or "", binding["text"], is_plain=plain)


def _of_pages(resource: Resource) -> Iterator[Setting]:
    for environment in _ENVIRONMENTS:
        config = resource.inputs.at("deploymentConfigs", environment)
        preview = environment == "preview"
        for name, variable in config["envVars"].entries():
            type = variable["type"]
            if type.word == _SECRET:
                yield Setting(name, variable["value"], is_plain=False, of_preview=preview)
            elif type.word == "plain_text" or not type.exists:
                yield Setting(name, variable["value"], is_plain=True, of_preview=preview)
        for key, plain in (("environmentVariables", True), ("secrets", False)):
            for name, value in config[key].entries():
                yield Setting(name, value, is_plain=plain, of_preview=preview)
