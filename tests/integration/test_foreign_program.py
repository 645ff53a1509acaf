"""The pack on a program that is not ours: another team copies the folder, under a name of their own, and it judges."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from localcloud.cloud import LocalCloud
from tests.integration.checkout import ROOT, Checkout, Done

Run = Callable[..., Done]
PROGRAM: Final = """
import pulumi
import pulumi_cloudflare as cloudflare

config = pulumi.Config()
zone = cloudflare.Zone(
    "zone", account={"id": config.get("account") or "0" * 32}, name="shop.example", opts=pulumi.ResourceOptions(protect=True)
)
value = config.require("ssl")
if config.get_bool("late"):
    value = zone.id.apply(lambda _: config.require("ssl"))  # known once the zone is there
if config.get_bool("leak"):
    key = "AKIA" + "Q3EGTPZ5XW2LN7VB"
    pulumi.export("upload", {"bucket": "shop", "key": key})
    pulumi.export("sealed", pulumi.Output.secret(key))
cloudflare.ZoneSetting("ssl", zone_id=zone.id, setting_id="ssl", value=value)
"""


@pytest.fixture(scope="module")
def shop(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout.done("preview", "staging")
    folder = tmp_path_factory.mktemp("shop")
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    shutil.copytree(
        ROOT / "policies", folder / "guardrails", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


@pytest.fixture
def pulumi(checkout: Checkout, shop: Path) -> Run:
    cloud = LocalCloud(checkout.folder)

    def run(*arguments: str) -> Done:
        return subprocess.run(
            [str(cloud.engine()), *arguments, "--non-interactive"],
            cwd=shop,
            env=checkout.environment(cloud.environment()),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def preview(pulumi: Run, stack: str, ssl: str, *, pack: bool = True) -> Done:
    pulumi("stack", "init", stack)  # a second time it is there already
    assert pulumi("config", "set", "ssl", ssl, "--stack", stack).returncode == 0
    judged = ["--policy-pack", "guardrails"] if pack else []
    return pulumi("preview", "--stack", stack, *judged)


def test_a_mistake_stops_their_production(pulumi: Run) -> None:
    done = preview(pulumi, "production", "flexible")
    assert done.returncode != 0
    assert "[mandatory]" in done.stdout
    assert "require-strict-tls" in done.stdout
    assert preview(pulumi, "production", "flexible", pack=False).returncode == 0


def test_what_is_right_passes(pulumi: Run) -> None:
    done = preview(pulumi, "production", "strict")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "require-strict-tls" not in done.stdout
    assert "cloudflare-checklist" in done.stdout


def test_their_other_stacks_are_warned(pulumi: Run) -> None:
    done = preview(pulumi, "dev", "flexible")
    assert done.returncode == 0
    assert "[advisory]" in done.stdout
    assert "require-strict-tls" in done.stdout


def test_they_say_themselves_what_production_is(pulumi: Run, shop: Path) -> None:
    config = shop / "guardrails/config.yaml"
    before = config.read_text()
    config.write_text("productionStacks: [shopfront]\n")
    try:
        assert preview(pulumi, "shopfront", "flexible").returncode != 0
    finally:
        config.write_text(before)
    assert preview(pulumi, "shopfront", "flexible").returncode == 0


def test_what_is_known_only_as_it_is_applied_is_judged_then(
    checkout: Checkout, pulumi: Run
) -> None:
    stack = ("--stack", "prod-late")
    pulumi("stack", "init", "prod-late")
    for key, value in (("ssl", "flexible"), ("late", "true"), ("account", checkout.account())):
        assert pulumi("config", "set", key, value, *stack).returncode == 0
    before = pulumi("preview", *stack, "--policy-pack", "guardrails")
    assert before.returncode == 0
    assert "not known yet, and judged when it is applied: ssl: value" in before.stdout
    done = pulumi("up", "--yes", *stack, "--policy-pack", "guardrails")
    assert done.returncode != 0
    assert "[mandatory]" in done.stdout
    with checkout.api() as api:
        (zone,) = api.get("/zones", params={"name": "shop.example"}).json()["result"]
        ssl = api.get(f"/zones/{zone['id']}/settings/ssl").json()["result"]["value"]
    assert ssl != "flexible"


def test_a_secret_in_a_stack_output_is_found_and_a_sealed_one_is_not(pulumi: Run) -> None:
    pulumi("stack", "init", "prod-leak")
    assert pulumi("config", "set", "leak", "true", "--stack", "prod-leak").returncode == 0
    done = preview(pulumi, "prod-leak", "strict")
    assert done.returncode != 0
    assert "forbid-secret-in-stack-output" in done.stdout
    (said,) = [line for line in done.stdout.splitlines() if "upload.key" in line]
    assert "AKIA" not in said
    assert "sealed: " not in said
