"""What only the gate sees, plans that are applied as they were judged, waivers, and a pack that fails."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any, Final

import pytest

from localcloud.cloud import LocalCloud
from tests.integration.bad_days import refusal
from tests.integration.checkout import Checkout, live_split
from tests.integration.gate import SABOTAGED, edited, engine, writes

WORKER: Final = "pitchey-api-production"


@pytest.fixture(scope="module")
def production(checkout: Checkout) -> Checkout:
    checkout.up("staging")
    checkout.up("production")
    return checkout


def test_a_deletion_is_stopped_that_the_pack_never_sees(production: Checkout) -> None:
    """A namespace that is protected no more, in the state either, is deleted by nobody without a waiver."""
    unprotect = ("state", "unprotect", "--all", "--yes")
    assert engine(production, *unprotect, config=False).returncode == 0
    before = writes(production)
    left_out = ("components/platform.py", '("cache", "sessions", "flags")', '("cache", "sessions")')
    with edited(production, [left_out]):
        done = production.pitchey("up", "production")
    assert "forbid-data-deletion" in refusal(done)
    assert "pitchey-kv-flags" in done.stderr
    assert writes(production) == before
    production.up("production")  # and everything is protected again


def test_a_jump_of_the_split_is_refused_and_a_return_is_not(production: Checkout) -> None:
    source = production.folder / "worker/src/index.ts"
    before = source.read_text()
    source.write_text(before + "\nObject.assign(globalThis, { jump: 1 });\n")
    stable = live_split(production, WORKER)[0][0]
    production.up("production")
    done = production.pitchey("split", "production", "stable=20", "uploaded=80")
    assert "limit-split-step" not in done.stdout
    assert "policy stops this split of production" in refusal(done)
    assert live_split(production, WORKER) == [(stable, 100)]
    production.done("split", "production", "stable=60", "uploaded=40")
    production.done("split", "production", "stable=100")
    assert live_split(production, WORKER) == [(stable, 100)]
    source.write_text(before)
    production.up("production")


def test_a_plan_is_applied_as_it_was_judged_and_no_other(production: Checkout) -> None:
    source = production.folder / "worker/src/index.ts"
    before = source.read_text()
    source.write_text(before + "\nObject.assign(globalThis, { plan: 1 });\n")
    kept = production.folder / "plan"
    production.done("preview", "production", "--save", str(kept))
    assert {p.name for p in kept.iterdir()} == {
        *("preview.json", "plan.json", "verdict.json", "policy.sarif", "stack.json")
    }
    # Another change, after the preview: it is not in the plan.
    source.write_text(before + "\nObject.assign(globalThis, { plan: 2 });\n")
    asked = writes(production)
    changed = production.pitchey("up", "production", "--plan", str(kept))
    assert "is not what the plan says" in refusal(changed, 1)
    assert writes(production) == asked
    # The verdict was touched.
    source.write_text(before + "\nObject.assign(globalThis, { plan: 1 });\n")
    verdict = (kept / "verdict.json").read_text()
    (kept / "verdict.json").write_text(verdict + " ")
    assert "is not as the preview wrote it" in refusal(
        production.pitchey("up", "production", "--plan", str(kept))
    )
    (kept / "verdict.json").write_text(verdict)
    # Of another stack.
    assert "preview of stack production, not of staging" in refusal(
        production.pitchey("up", "staging", "--plan", str(kept))
    )
    assert writes(production) == asked
    production.done("up", "production", "--plan", str(kept))
    assert len(writes(production)) > len(asked)
    source.write_text(before)
    shutil.rmtree(kept)


def test_a_plan_that_policy_stopped_is_not_applied(production: Checkout) -> None:
    kept = production.folder / "stopped"
    with edited(production, SABOTAGED["require-strict-tls"]):
        done = production.pitchey("preview", "production", "--save", str(kept))
        assert done.returncode == 1
        verdict: dict[str, Any] = json.loads((kept / "verdict.json").read_text())
        assert verdict["violations"][0]["rule"] == "require-strict-tls"
        asked = writes(production)
        again = production.pitchey("up", "production", "--plan", str(kept))
    assert "policy stopped the preview" in refusal(again)
    assert writes(production) == asked


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("policies/registry.py", "RULES: Final", "RULES: Final := "),
        ("policies/config.yaml", "productionStacks:", "productionStacks: production #"),
        ("policies/waivers.yaml", "\n[]\n", "\nnot: a list\n"),
        ("policies/PulumiPolicy.yaml", "runtime:", "runtimes:"),
    ],
)
def test_a_pack_that_cannot_be_loaded_stops_production(
    production: Checkout, file: str, old: str, new: str
) -> None:
    before = writes(production)
    with edited(production, [(file, old, new)]):
        done = production.pitchey("up", "production")
        told = refusal(done, done.returncode)
        assert done.returncode in {1, 2}
        assert "polic" in told
        assert "\n" not in told
        status = production.pitchey("status", "production")
        assert status.returncode == (0 if file.endswith("registry.py") else status.returncode)
    assert writes(production) == before


def test_a_rule_that_fails_stops_production_and_tells_no_value(production: Checkout) -> None:
    crash = (
        "policies/rules/transport/zones.py",
        "RULES: Final",
        "def _crash(resource: Resource, context: Context) -> Iterator[Finding]:\n"
        "    raise ValueError(str([leaf.text for leaf in resource.inputs.leaves()]))\n\n\n"
        "RULES: Final",
    )
    use = ("policies/rules/transport/zones.py", "check=_strict_tls", "check=_crash")
    before = writes(production)
    with edited(production, [crash, use]):
        done = production.pitchey("up", "production")
    assert done.returncode == 1
    assert "could not be checked" in done.stderr
    assert "always_use_https" not in done.stderr
    assert writes(production) == before


def test_a_waiver_lets_through_what_it_names_and_is_printed(production: Checkout) -> None:
    from datetime import UTC, datetime, timedelta

    until = (datetime.now(UTC).date() + timedelta(days=20)).isoformat()
    waiver = (
        "policies/waivers.yaml",
        "\n[]\n",
        "\n- rule: require-https\n  resource: pitchey-zone-always-use-https\n  stack: production\n"
        f"  reason: the partner's client moves next week\n  owner: ops@pitchey.example\n  expires: {until}\n",
    )
    with edited(production, [*SABOTAGED["require-https"], waiver]):
        done = production.pitchey("preview", "production")
        assert done.returncode == 0, done.stderr
        assert "ops@pitchey.example: the partner's client moves next week" in done.stdout
    with edited(production, [waiver]):
        unused = production.pitchey("preview", "production")
    assert unused.returncode == 1
    assert "keep-waivers-valid" in unused.stderr


def test_a_secret_that_staging_has_too_stops_production(production: Checkout) -> None:
    before = writes(production)
    file = LocalCloud(production.folder).config_file("production")
    kept = file.read_text()
    secrets = json.loads((production.home / "secrets.json").read_text())
    token = secrets["staging"]["upstashRedisRestToken"]
    cloud = LocalCloud(production.folder)
    set_it = ["config", "set", "--secret", "pitchey:upstashRedisRestToken", "--stack", "production"]
    subprocess.run(
        [str(cloud.engine()), *set_it, "--config-file", str(file), "--non-interactive"],
        cwd=production.folder,
        env=production.environment(cloud.environment()),
        input=token,
        text=True,
        check=True,
        capture_output=True,
    )
    try:
        done = production.pitchey("up", "production")
    finally:
        file.write_text(kept)
    assert "separate-secrets" in refusal(done)
    assert token not in done.stderr
    assert writes(production) == before
