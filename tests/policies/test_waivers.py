"""A waiver lets one rule pass for one thing, for a while, and everybody sees it; a bad one is a violation itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from policies.configuration import ConfigurationError
from policies.judging import KEEP_WAIVERS_VALID, Judge, Verdict
from policies.registry import RULES
from policies.resources import Stack
from policies.rule import Context
from policies.waivers import WAIVERS, BadWaiver, Waiver, read_waivers
from tests.policies.building import PRODUCTION, STAGING, TODAY, resource

FLEXIBLE = resource("ZoneSetting", {"settingId": "ssl", "value": "flexible"}, name="shop-zone-ssl")
GOOD = Waiver(
    "require-strict-tls",
    "shop-zone-ssl",
    "the origin's certificate comes in January",
    "ops@shop.example",
    TODAY + timedelta(days=60),
    "production",
)


def judged(
    *waivers: Waiver, context: Context = PRODUCTION, bad: Sequence[BadWaiver] = ()
) -> Verdict:
    rules = [rule for rule in RULES if rule.name == "require-strict-tls"]
    secrets = [rule for rule in RULES if rule.family == "secrets"]
    stack = Stack(context.stack, "shop", [FLEXIBLE])
    return Judge([*rules, *secrets], context, waivers, bad).judge(stack)


def problems(verdict: Verdict) -> list[str]:
    return [v.message for v in verdict.violations if v.rule == KEEP_WAIVERS_VALID]


@pytest.mark.parametrize(
    "resource", ["shop-zone-ssl", "shop-zone-*", FLEXIBLE.urn, "urn:pulumi:production::shop::*ssl"]
)
def test_a_waiver_lets_pass_what_it_names_and_is_told(resource: str) -> None:
    verdict = judged(replace(GOOD, resource=resource))
    assert not verdict.violations
    assert [(w.violation.rule, w.waiver.owner) for w in verdict.waived] == [
        ("require-strict-tls", "ops@shop.example")
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires": TODAY - timedelta(days=1)}, "it expired on 2026-11-24"),
        ({"expires": TODAY + timedelta(days=91)}, "may for 90 days at most"),
        ({"resource": "*"}, "covers everything"),
        ({"resource": "**s*"}, "covers everything"),
        ({"rule": "require-strict-tsl"}, "there is no rule require-strict-tsl"),
        ({"reason": "because"}, "does not say why"),
    ],
)
def test_a_bad_waiver_stops_production_and_lets_nothing_pass(
    change: dict[str, object], said: str
) -> None:
    verdict = judged(replace(GOOD, **change))  # pyright: ignore[reportArgumentType]
    assert said in "; ".join(problems(verdict))
    assert "require-strict-tls" in {v.rule for v in verdict.violations}
    assert not verdict.waived
    assert verdict.stops


def test_it_holds_on_its_last_day() -> None:
    assert not judged(replace(GOOD, expires=TODAY)).violations
    assert not judged(replace(GOOD, expires=TODAY + timedelta(days=90))).violations


def test_an_unused_waiver_is_a_violation() -> None:
    verdict = judged(GOOD, replace(GOOD, resource="shop-zone-tls"))
    assert "nothing needs it" in "; ".join(problems(verdict))


def test_a_waiver_for_every_stack_may_be_unused_on_one() -> None:
    unused = replace(GOOD, stack=None, resource="shop-zone-tls")
    assert not problems(judged(GOOD, unused))


def test_a_waiver_of_another_stack_is_none_here() -> None:
    verdict = judged(replace(GOOD, stack="staging"))
    assert {v.rule for v in verdict.violations} == {"require-strict-tls"}


def test_secrets_cannot_be_waived_in_production() -> None:
    rule = next(rule.name for rule in RULES if rule.family == "secrets")
    on_secrets = replace(GOOD, rule=rule)
    assert "cannot be waived in production" in "; ".join(problems(judged(GOOD, on_secrets)))
    elsewhere = replace(on_secrets, stack="staging")
    told = problems(judged(elsewhere, context=STAGING))
    assert all("cannot be waived" not in line for line in told)


def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(
        "- rule: require-hsts\n  resource: zone\n\n"
        "- {rule: a, resource: b, reason: c, owner: d, expires: soon}\n"
        "- {rule: a, resource: b, reason: c, owner: d, expires: 2026-12-01, until: x}\n"
        "- just a text\n"
    )
    waivers, bad = read_waivers(path)
    assert not waivers
    assert [(b.line, b.said) for b in bad] == [
        (1, "reason, owner, expires is missing"),
        (4, "expires must be a date like 2026-12-31"),
        (5, "until is unknown"),
        (6, "must have the keys rule, resource, reason, owner, expires"),
    ]
    verdict = judged(GOOD, bad=bad)
    assert len(problems(verdict)) == len(bad)
    assert verdict.stops


@pytest.mark.parametrize("content", ["a: b", "just text", "- [", "\x00"])
def test_a_file_that_is_no_list_cannot_be_used(content: str, tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(content)
    with pytest.raises(ConfigurationError) as raised:
        read_waivers(path)
    assert str(raised.value).startswith("waivers.yaml: ")
    assert "\n" not in str(raised.value)


def test_no_waiver_is_needed_today() -> None:
    assert read_waivers(WAIVERS) == ([], [])
    assert read_waivers(Path("/nowhere/waivers.yaml")) == ((), ())
