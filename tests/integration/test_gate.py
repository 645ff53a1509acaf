"""Production passes with no waiver, and nothing that the checklist forbids gets past the gate: nothing at all is changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.bad_days import refusal
from tests.integration.checkout import Checkout
from tests.integration.gate import SABOTAGED, edited, engine, writes


@pytest.fixture(scope="module")
def production(checkout: Checkout) -> Checkout:
    checkout.up("staging")
    checkout.up("production")
    return checkout


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
