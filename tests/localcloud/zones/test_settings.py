"""Zone settings: every one that the official SDK knows, with its values; what changes reach the edge."""

from __future__ import annotations

import typing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cloudflare import BadRequestError, Cloudflare, PermissionDeniedError
from cloudflare.types.zones.setting_get_response import SettingGetResponse

from localcloud.api.cloud import RecordingDataPlane
from localcloud.api.zones.plans import PLANS
from localcloud.api.zones.setting_values import SETTINGS
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.workers.test_scripts import codes


def literals(annotation: Any) -> list[Any]:
    """The values of a Literal, also inside Optional."""
    if typing.get_origin(annotation) is typing.Literal:
        return list(typing.get_args(annotation))
    return [value for part in typing.get_args(annotation) for value in literals(part)]


def members(annotation: Any) -> list[Any]:
    """The models of the union that the SDK reads a setting as."""
    if typing.get_origin(annotation) in {typing.Annotated, typing.Union}:
        parts = typing.get_args(annotation)
        if typing.get_origin(annotation) is typing.Annotated:
            parts = parts[:1]
        return [model for part in parts for model in members(part)]
    return [annotation]


OFFICIAL = {
    literals(model.model_fields["id"].annotation)[0]: (
        literals(model.model_fields["value"].annotation) if "value" in model.model_fields else []
    )
    for model in members(SettingGetResponse)
}


def test_the_sdk_names_its_settings() -> None:
    assert len(OFFICIAL) > 50
    assert OFFICIAL["min_tls_version"] == ["1.0", "1.1", "1.2", "1.3"]


@pytest.mark.parametrize("name", sorted(OFFICIAL))
def test_every_official_setting_exists_with_its_values(name: str) -> None:
    setting = SETTINGS[name]
    assert [value for value in OFFICIAL[name] if not setting.allowed(value)] == []
    assert setting.allowed(setting.default)
    assert not setting.allowed(None)
    assert not setting.allowed("no such value\n") or name in {
        "transformations_allowed_origins",
        "webmcp_packs",
    }


def test_all_settings_are_listed_and_read_alike(
    api: Cloudflare, http: httpx.Client, zone: str
) -> None:
    listed = {row["id"]: row for row in http.get(f"/zones/{zone}/settings").json()["result"]}
    assert set(listed) == set(SETTINGS)
    for name in ("ssl", "security_header", "ssl_recommender", "ciphers"):
        assert http.get(f"/zones/{zone}/settings/{name}").json()["result"] == listed[name]
    read = api.zones.settings.get("min_tls_version", zone_id=zone)
    assert read is not None
    assert (read.id, read.value) == ("min_tls_version", "1.0")  # pyright: ignore[reportAttributeAccessIssue]


def test_settings_that_the_edge_obeys_reach_it_at_once(
    api: Cloudflare, zone: str, edge: RecordingDataPlane
) -> None:
    api.zones.settings.edit("always_use_https", zone_id=zone, value="on")
    assert edge.applied[-1].zones[0].always_use_https
    api.zones.settings.edit("min_tls_version", zone_id=zone, value="1.2")
    assert edge.applied[-1].zones[0].min_tls_version == "1.2"
    hsts = {"enabled": True, "max_age": 31536000, "preload": True}
    api.zones.settings.edit(
        "security_header", zone_id=zone, value={"strict_transport_security": hsts}
    )
    assert edge.applied[-1].zones[0].hsts == "max-age=31536000; preload"
    api.zones.settings.edit("always_use_https", zone_id=zone, value="off")
    assert not edge.applied[-1].zones[0].always_use_https


def test_what_was_written_is_read_again_without_drift(http: httpx.Client, zone: str) -> None:
    hsts = {"enabled": True, "max_age": 63072000, "include_subdomains": True, "preload": True, "nosniff": True}  # fmt: skip
    for name, value in (
        ("ssl", "strict"),
        ("browser_cache_ttl", 3600),
        ("proxy_read_timeout", "300"),
        ("ciphers", ["ECDHE-ECDSA-AES128-GCM-SHA256"]),
        ("nel", {"enabled": True}),
        ("security_header", {"strict_transport_security": hsts}),
    ):
        written = http.patch(f"/zones/{zone}/settings/{name}", json={"value": value}).json()
        assert written["result"]["value"] == value
        assert http.get(f"/zones/{zone}/settings/{name}").json()["result"] == written["result"]
        again = http.patch(f"/zones/{zone}/settings/{name}", json={"value": value}).json()
        assert again["result"] == written["result"]


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("no_such_setting", {"value": "on"}, 1006),
        ("ssl", {"value": "maybe"}, 1007),
        ("ssl", {"value": ["full"]}, 1007),
        ("ssl", {}, 1007),
        ("browser_cache_ttl", {"value": 31}, 1007),
        ("browser_cache_ttl", {"value": "3600"}, 1007),
        ("challenge_ttl", {"value": True}, 1007),
        ("ciphers", {"value": ["ROT13"]}, 1007),
        ("nel", {"value": {"enabled": "on"}}, 1007),
        ("security_header", {"value": {"enabled": True}}, 1007),
        ("security_header", {"value": {"strict_transport_security": {"max_age": -1}}}, 1007),
        ("proxy_read_timeout", {"value": "6001"}, 1007),
        ("ssl_recommender", {"value": True}, 1007),
        ("advanced_ddos", {"value": "off"}, 1057),
    ],
)
def test_a_setting_is_checked(
    http: httpx.Client, zone: str, name: str, body: dict[str, object], code: int
) -> None:
    answer = http.patch(f"/zones/{zone}/settings/{name}", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == code
    assert name in answer.json()["errors"][0]["message"]
    assert answer.json()["result"] is None


def test_an_empty_body_is_no_value(http: httpx.Client, zone: str) -> None:
    answer = http.patch(f"/zones/{zone}/settings/ssl", content=b"")
    assert answer.json()["errors"][0]["code"] == 1007


def test_a_plan_decides_what_can_be_changed(api: Cloudflare, http: httpx.Client, zone: str) -> None:
    api.zones.settings.edit("polish", zone_id=zone, value="lossless")
    http.post(f"/zones/{zone}/subscription", json={"rate_plan": {"id": "free"}})
    shown = http.get(f"/zones/{zone}/settings/polish").json()["result"]
    assert shown["editable"] is False
    with pytest.raises(BadRequestError) as refusal:
        api.zones.settings.edit("polish", zone_id=zone, value="lossy")
    assert codes(refusal) == [1057]
    api.zones.settings.edit("ssl", zone_id=zone, value="strict")
    assert {setting.since for setting in SETTINGS.values()} <= {*PLANS, None}


def test_many_settings_are_changed_together_or_not_at_all(http: httpx.Client, zone: str) -> None:
    items = [{"id": "brotli", "value": "off"}, {"id": "ssl", "value": "wrong"}]
    assert http.patch(f"/zones/{zone}/settings", json={"items": items}).status_code == 400
    assert http.get(f"/zones/{zone}/settings/brotli").json()["result"]["value"] == "on"
    items[1]["value"] = "strict"
    changed = http.patch(f"/zones/{zone}/settings", json={"items": items}).json()["result"]
    assert [row["value"] for row in changed] == ["off", "strict"]


def test_the_recommender_is_switched_by_enabled(api: Cloudflare, zone: str) -> None:
    written = api.zones.settings.edit("ssl_recommender", zone_id=zone, enabled=True)
    assert written is not None
    assert written.enabled is True  # pyright: ignore[reportAttributeAccessIssue]


def test_development_mode_ends_by_itself_after_three_hours(
    api: Cloudflare, http: httpx.Client, zone: str, served: ServedCloud
) -> None:
    start = datetime.now(UTC)
    api.zones.settings.edit("development_mode", zone_id=zone, value="on")
    shown = http.get(f"/zones/{zone}/settings/development_mode").json()["result"]
    assert shown["value"] == "on"
    assert 10_700 < shown["time_remaining"] <= 10_800
    served.cloud.now = lambda: start + timedelta(hours=4)
    shown = http.get(f"/zones/{zone}/settings/development_mode").json()["result"]
    assert (shown["value"], shown["time_remaining"]) == ("off", 0)
    found = api.zones.get(zone_id=zone)
    assert found is not None
    assert -3700 < found.development_mode < -3500


def test_settings_have_permissions_of_their_own(served: ServedCloud, zone: str) -> None:
    reader = served.client(served.token_with("Zone Settings Read"))
    assert reader.zones.settings.get("ssl", zone_id=zone) is not None
    with pytest.raises(PermissionDeniedError):
        reader.zones.settings.edit("ssl", zone_id=zone, value="strict")
    with pytest.raises(PermissionDeniedError):
        served.client(served.token_with("Zone Write")).zones.settings.get("ssl", zone_id=zone)
