"""An optimisation is turned off in KV, and what answers show of it decides whether it is off."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from delivery.errors import RefusedError
from delivery.rollback import switch
from delivery.rollback.component import Place
from delivery.rollback.switch import SWITCHES, SwitchComponent
from tests.unit.delivery.rollback.cloudflare import WORKER, Cloudflare

OPTIMISATIONS = [name for name in SWITCHES if name != "maintenance"]
SEEN = [name for name in OPTIMISATIONS if name != "warming"]


def test_they_are_what_the_worker_turns_off() -> None:
    text = (Path(__file__).parents[4] / "worker/src/switches/switches.ts").read_text()
    listed = text.partition("OPTIMISATIONS = [")[2].partition("]")[0]
    assert set(re.findall(r'"([a-z-]+)"', listed)) == set(OPTIMISATIONS)


def quiet(_text: str) -> None: ...


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch, cloud: Cloudflare) -> None:
    monkeypatch.setattr(switch, "_PAUSE", 0.02)
    monkeypatch.setattr(switch, "_CONVERGES_SECONDS", 1.0)
    cloud.deploy(good=100)
    cloud.scripts[WORKER].domains = [f"{WORKER}.example"]


@pytest.mark.parametrize("name", OPTIMISATIONS)
def test_it_is_off_and_on_again_as_answers_show(cloud: Cloudflare, place: Place, name: str) -> None:
    off = SwitchComponent(place, SWITCHES[name])
    returned = off.go_back(None, "")
    assert (returned.before, returned.after, returned.changed) == ("on", "off", True)
    assert cloud.flags == {name: '"off"'}
    assert off.verify(returned, quiet).done
    again = off.go_back(None, "")
    assert not again.changed

    on = SwitchComponent(place, SWITCHES[name], undo=True)
    returned = on.go_back(None, "")
    assert (returned.before, returned.after, returned.changed) == ("off", "on", True)
    assert cloud.flags == {}
    assert on.verify(returned, quiet).done


@pytest.mark.parametrize("name", SEEN)
@pytest.mark.parametrize("undo", [False, True])
def test_an_isolate_that_does_not_follow_is_not_believed(
    cloud: Cloudflare, place: Place, name: str, undo: bool
) -> None:
    if undo:
        cloud.flags[name] = '"off"'
    cloud.api.known = dict(cloud.flags)
    cloud.api.follows = False
    component = SwitchComponent(place, SWITCHES[name], undo)
    seen = component.verify(component.go_back(None, ""), quiet)
    assert not seen.done
    assert f"answers are with {name} {'on' if undo else 'off'}; another" in seen.said


@pytest.mark.parametrize("name", ["edge-cache", "redis", "smart-ttl", "collapsing"])
def test_answers_that_do_not_tell_are_no_evidence(
    cloud: Cloudflare, place: Place, name: str
) -> None:
    cloud.api.silent = True
    component = SwitchComponent(place, SWITCHES[name])
    seen = component.verify(component.go_back(None, ""), quiet)
    assert not seen.done
    assert "do not tell: HTTP 200, and nothing that tells" in seen.said


def test_what_cloudflare_compresses_tells_nothing(
    cloud: Cloudflare, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud, "name", "cloudflare")
    component = SwitchComponent(place, SWITCHES["compression"])
    seen = component.verify(component.go_back(None, ""), quiet)
    assert not seen.done
    assert "Cloudflare compresses answers whatever the Worker does" in seen.said


def test_maintenance_ends_and_begins(cloud: Cloudflare, place: Place) -> None:
    cloud.flags["maintenance"] = '{"retryAfter": 60}'
    end = SwitchComponent(place, SWITCHES["maintenance"])
    returned = end.go_back(None, "")
    assert (returned.before, returned.after, cloud.flags) == ("on", "off", {})
    assert end.verify(returned, quiet).done
    begin = SwitchComponent(place, SWITCHES["maintenance"], undo=True)
    returned = begin.go_back(None, "")
    assert cloud.flags == {"maintenance": '"on"'}
    assert begin.verify(returned, quiet).done


@pytest.mark.parametrize(
    ("name", "value", "state"),
    [
        ("redis", None, "on"),
        *[("redis", value, "off") for value in ("off", '"off"', "false", " off ")],
        *[("redis", value, "on") for value in ("on", "0", "OFF", "{")],
        *[("maintenance", value, "on") for value in ("on", '"on"', "true", "30", '{"until": 1}')],
        *[("maintenance", value, "off") for value in (None, "off", "0", "[]", "null", "rubbish")],
    ],
)
def test_a_value_is_read_as_the_worker_reads_it(name: str, value: str | None, state: str) -> None:
    assert SWITCHES[name].state(value) == state


def test_a_lost_answer_is_asked_again(cloud: Cloudflare, place: Place) -> None:
    faults = iter([1500, 503])
    cloud.fault = lambda method, _path: next(faults, None) if method == "PUT" else None
    assert SwitchComponent(place, SWITCHES["redis"]).go_back(None, "").changed
    assert json.loads(cloud.flags["redis"]) == "off"


def test_it_has_no_versions(place: Place) -> None:
    with pytest.raises(RefusedError, match="redis has no versions"):
        SwitchComponent(place, SWITCHES["redis"]).go_back("v1", "")
