"""Names: every property of Pulumi's SDK must become what Cloudflare's own client calls it, and come back as it went."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any, Final, get_args

import pytest
import typing_extensions

from localcloud.plugins.cloudflare.names import from_api, has_free_keys, to_api
from localcloud.plugins.cloudflare.types import TYPES
from tests.localcloud.plugins.sdk import sdk

PARAMETERS: Final = {
    "Worker": "workers.beta.worker_create_params",
    "WorkerVersion": "workers.beta.workers.version_create_params",
    "WorkersDeployment": "workers.scripts.deployment_create_params",
    "WorkersRoute": "workers.route_create_params",
    "WorkersCustomDomain": "workers.domain_update_params",
    "WorkersScriptSubdomain": "workers.scripts.subdomain_create_params",
    "WorkersKvNamespace": "kv.namespace_create_params",
    "HyperdriveConfig": "hyperdrive.config_create_params",
    "PagesProject": "pages.project_create_params",
    "PagesDomain": "pages.projects.domain_create_params",
    "ZoneSetting": "zones.setting_edit_params",
    "ZoneDnssec": "dns.dnssec_edit_params",
    "DnsRecord": "dns.record_create_params",
    "Ruleset": "rulesets.ruleset_create_params",
    "Healthcheck": "healthchecks.healthcheck_create_params",
    "NotificationPolicy": "alerting.policy_create_params",
    "NotificationPolicyWebhooks": "alerting.destinations.webhook_create_params",
}
"""Where the official client's names of a request's fields stand. R2 speaks camelCase; schedules are a bare list."""
BEYOND: Final = {
    "workers/triggered_by", "asset_manifest_sha256", "directory", "content_file", "content_sha256", "preview_url_suffix",
    "url", "mode", "environment", "retry", "max_attempts", "timeout_ms", "target",
}  # fmt: skip
"""Computed, read from a file, or newer than this client."""


@pytest.mark.parametrize("name", PARAMETERS)
def test_inputs_are_named_as_cloudflares_own_client_names_them(name: str) -> None:
    module = importlib.import_module(f"cloudflare.types.{PARAMETERS[name]}")
    known = {field for value in vars(module).values() for field in _fields(value, set())}
    kind = next(kind for kind in TYPES.values() if kind.name == name)
    for path in _inputs(sdk(f"{name}Args"), ()):
        if path[0] in kind.not_sent:
            continue
        sent = to_api(_nested(path))
        assert _innermost(sent) in known | BEYOND, path


@pytest.mark.parametrize("name", [kind.name for kind in TYPES.values()])
def test_a_name_comes_back_as_it_went(name: str) -> None:
    for path in _inputs(sdk(f"{name}Args"), ()):
        assert from_api(to_api(_nested(path))) == _nested(path)


@pytest.mark.parametrize("name", [kind.name for kind in TYPES.values()])
def test_keys_of_the_users_own_are_left_alone(name: str) -> None:
    for path, members in _maps(sdk(f"{name}Args"), ()):
        given = _nested((*path, "X-myKey"), members)
        assert from_api(to_api(given)) == given, path
        assert "X-myKey" in str(to_api(given)), path


def test_values_of_the_users_own_are_left_alone() -> None:
    setting = {"value": {"strictTransportSecurity": {"max_age": 1, "maxAge": 2}}}
    assert to_api(setting) == setting
    assert from_api(setting) == setting


def test_what_is_null_is_not_sent() -> None:
    assert to_api({"a": None, "b": {"c": None, "d": []}}) == {"b": {"d": []}}


def _nested(path: tuple[str, ...], value: object = "x") -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


def _innermost(value: Any) -> str:
    (key, inner), *_ = value.items()
    return _innermost(inner) if isinstance(inner, dict) else str(key)


def _fields(hint: Any, seen: set[int]) -> Iterator[str]:
    if id(hint) in seen:
        return
    seen.add(id(hint))
    if typing_extensions.is_typeddict(hint):
        for name, inner in typing_extensions.get_type_hints(hint, include_extras=True).items():
            yield name
            yield from _aliases(inner)
            yield from _fields(inner, seen)
    for inner in get_args(hint):
        yield from _fields(inner, seen)


def _aliases(hint: Any) -> Iterator[str]:
    for note in getattr(hint, "__metadata__", ()):
        if getattr(note, "alias", None):
            yield str(note.alias)
    for inner in get_args(hint)[:1]:
        yield from _aliases(inner)


def _members(arguments: type) -> Iterator[tuple[str, str]]:
    """Names on the wire, with the text of the type."""
    for name, member in inspect.getmembers(arguments, lambda member: isinstance(member, property)):
        returned = str(inspect.signature(member.fget).return_annotation)
        yield getattr(member.fget, "_pulumi_name", name), returned


def _inside(returned: str) -> list[type]:
    names = re.findall(r"ForwardRef\('(\w+Args)'\)", returned)
    return [sdk(name) for name in dict.fromkeys(names)]


def _inputs(arguments: type, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, returned in _members(arguments):
        here = (*path, name)
        inside = _inside(returned)
        if not inside:
            yield here
        for inner in inside:
            yield from _inputs(
                inner, (*here, "key") if has_free_keys(name, path[-1] if path else "") else here
            )


def _maps(arguments: type, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, returned in _members(arguments):
        inside = _inside(returned)
        if "typing.Mapping" in returned:
            yield (*path, name), "x" if not inside else {}
        for inner in inside:
            yield from _maps(inner, (*path, name))
