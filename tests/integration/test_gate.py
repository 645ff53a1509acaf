"""Production passes with no waiver, and nothing that the checklist forbids gets past the gate: nothing at all is changed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from localcloud.cloud import LocalCloud
from tests.integration.bad_days import refusal
from tests.integration.checkout import Checkout, Done, live_split

WORKER: Final = "pitchey-api-production"
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
Edits = Sequence[tuple[str, str, str]]
"""(file, what stands there, what a mistake makes of it)"""

SABOTAGED: Final[dict[str, Edits]] = {
    "require-strict-tls": [("components/zone.py", '"ssl": "strict"', '"ssl": "flexible"')],
    "require-https": [
        ("components/zone.py", '"always_use_https": "on"', '"always_use_https": "off"')
    ],
    "require-modern-tls": [
        ("components/zone.py", 'min_tls_version: str = "1.2"', 'min_tls_version: str = "1.0"')
    ],
    "require-hsts": [("components/zone.py", '"enabled": True,\n', '"enabled": False,\n')],
    "forbid-workers-dev": [("components/worker.py", "enabled=args.workers_dev", "enabled=True")],
    "protect-stored-data": [("components/kv.py", "protect=True", "protect=False")],
    "forbid-cors-writes-from-anywhere": [
        ("components/r2.py", "origins=list(args.allowed_origins)", 'origins=["*"]')
    ],
    "name-the-environment": [
        ("components/platform.py", 'name=f"{stem}-database"', 'name="pitchey-staging-database"')
    ],
    "forbid-plain-http": [
        (
            "Pulumi.production.yaml",
            "config:\n",
            "config:\n  pitchey:pages:\n    variables: {FEED: 'http://feed.pitchey.example'}\n",
        )
    ],
    "forbid-dangling-record": [
        (
            "Pulumi.production.yaml",
            "config:\n",
            "config:\n  pitchey:records:\n"
            "    - {name: old.pitchey.example, type: CNAME, content: old-shop.pages.dev, proxied: true}\n",
        )
    ],
    "require-compatibility-date": [
        (
            "components/worker.py",
            "compatibility_date=args.compatibility_date,",
            "compatibility_date=None,",
        )
    ],
}


@pytest.fixture(scope="module")
def production(checkout: Checkout) -> Checkout:
    checkout.up("staging")
    checkout.up("production")
    return checkout


@contextmanager
def edited(checkout: Checkout, edits: Edits) -> Generator[None]:
    before = {file: checkout.edit(file, (old, new)) for file, old, new in edits}
    try:
        yield
    finally:
        for file, text in before.items():
            (checkout.folder / file).write_text(text)


def writes(checkout: Checkout) -> list[str]:
    """Every request to the API that changes something, from the first on."""
    lines = checkout.done("local", "logs", "--json", "-n", "100000").splitlines()
    asked = [json.loads(line) for line in lines]
    return [
        f"{a['method']} {a['path']}"
        for a in asked
        if a["source"] == "api" and a["method"] not in _READS
    ]


def engine(
    checkout: Checkout, *arguments: str, extra: dict[str, str] | None = None, config: bool = True
) -> Done:
    """Plain `pulumi`, as somebody types it who points it at the local cloud."""
    cloud = LocalCloud(checkout.folder)
    environment = checkout.environment({**cloud.environment(), **(extra or {})})
    settings = ["--config-file", str(cloud.config_file("production"))] if config else []
    return subprocess.run(
        [str(cloud.engine()), *arguments, "--stack", "production", "--non-interactive", *settings],
        cwd=checkout.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_our_own_stacks_pass_with_no_waiver(production: Checkout) -> None:
    for stack in ("production", "staging"):
        shown = production.done("preview", stack)
        assert f"{stack}: clean" in shown
        told = json.loads(production.done("preview", stack, "--json"))
        assert set(told["changes"]) == {"same"}
        assert told["verdict"]["violations"] == []
        verdict = json.loads(production.done("policy", "check", "--stack", stack, "--json"))
        assert (verdict["violations"], verdict["waived"]) == ([], [])


@pytest.mark.parametrize("rule", SABOTAGED)
def test_a_sabotaged_setting_is_stopped_before_anything_is_changed(
    production: Checkout, rule: str
) -> None:
    before = writes(production)
    with edited(production, SABOTAGED[rule]):
        done = production.pitchey("up", "production", "--yes")
    assert rule in refusal(done)
    assert "nothing was changed" in done.stderr
    assert writes(production) == before


def test_the_first_apply_is_judged_too(production: Checkout, tmp_path: Path) -> None:
    """From nothing to everything: what is not known before it is made stops nothing, and what is known wrong does."""
    new = Checkout.make(tmp_path / "pitchey")
    new.done("local", "up", "--port", str(new.port))
    try:
        with edited(new, SABOTAGED["require-strict-tls"]):
            assert "require-strict-tls" in refusal(new.pitchey("up", "production"))
        assert writes(new) == []
        new.up("production")
    finally:
        new.done("down")


@pytest.mark.parametrize("flags", [[], ["--skip-preview"], ["--policy-pack", "policies"]])
def test_plain_pulumi_up_is_stopped_in_one_clear_line(
    production: Checkout, flags: list[str]
) -> None:
    before = writes(production)
    done = engine(production, "up", "--yes", *flags)
    told = f"{done.stdout}\n{done.stderr}"
    assert done.returncode != 0
    said = [line for line in told.splitlines() if "did not come through the gate" in line]
    assert said
    assert "run `pitchey up production` instead" in said[0]
    assert "Traceback" not in told
    assert writes(production) == before


def test_a_pass_that_somebody_made_up_is_none(production: Checkout) -> None:
    before = writes(production)
    forged = {"PITCHEY_GATE": "local/" + "a" * 43}
    done = engine(production, "up", "--yes", "--skip-preview", extra=forged)
    assert done.returncode != 0
    assert "did not come through the gate" in done.stdout + done.stderr
    assert writes(production) == before


def test_plain_pulumi_preview_with_the_pack_is_judged_in_pulumis_own_display(
    production: Checkout,
) -> None:
    with edited(production, SABOTAGED["require-strict-tls"]):
        done = engine(production, "preview", "--policy-pack", "policies")
    assert done.returncode != 0
    assert "[mandatory]" in done.stdout
    assert "require-strict-tls" in done.stdout
    assert engine(production, "preview", "--policy-pack", "policies").returncode == 0


def test_the_same_mistake_only_warns_on_staging(production: Checkout) -> None:
    with edited(production, SABOTAGED["require-https"]):
        done = production.pitchey("up", "staging")
    assert done.returncode == 0, done.stderr
    assert "policy warns: require-https" in done.stderr
    assert "policy warns" not in production.pitchey("up", "staging").stderr


def test_what_is_dangerous_anywhere_stops_staging(production: Checkout) -> None:
    before = writes(production)
    token = "gh" + "p_" + "4fQ9xT2mLw8ZrV6bKd1sYh3uNc7eJa5gPo0i"
    leak = (
        "components/platform.py",
        'Binding("ENVIRONMENT", "plain_text", self._args.environment),',
        f'Binding("ENVIRONMENT", "plain_text", self._args.environment), Binding("DEPLOY", "plain_text", "{token}"),',
    )
    with edited(production, [leak]):
        done = production.pitchey("up", "staging")
    assert done.returncode == 1
    assert token not in done.stdout + done.stderr
    assert "POST" not in {line.split()[0] for line in writes(production)[len(before) :]}


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
