"""Rules at the edge that let everything pass, or give one visitor's page to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...properties import Property
from ...resources import Resource
from ...rule import Context, Finding, Rule, Severity
from ..transport.settings import is_on
from .expressions import is_for_everybody, reaches_private_paths

_FAMILY: Final = "delivery"
_GUARDING_PRODUCTS: Final = frozenset({"waf", "ratelimit"})
_MANAGED: Final = frozenset({"http_request_firewall_managed", "ddos_l7", "ddos_l4"})
_ATTACKS: Final = frozenset(
    {"efb7b8c949ac4650a09736fc376e9aee", "4814384a9e5d4991b9815dcfc25d2f1f"}
)
"""The managed rulesets of Cloudflare and of OWASP."""
_PRIVATE_TARGETS: Final = ("api", "account", "admin", "login", "checkout", "cart", "graphql")


def _rules_of(resource: Resource, *phases: str) -> list[Property]:
    """The rules of a ruleset in one of these phases that are on; of any phase, if none is named."""
    phase = resource.inputs["phase"].word
    if resource.is_deleted or (phases and phase not in phases):
        return []
    return [rule for rule in resource.inputs["rules"].elements() if is_on(rule["enabled"])]


def _cached_pages(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.kind == "PageRule":
        yield from _cached_by_page_rule(resource)
        return
    for rule in _rules_of(resource, "http_request_cache_settings"):
        settings = rule["actionParameters"]
        mode = settings.at("edgeTtl", "mode")
        expression = rule["expression"].text
        if mode.word != "override_origin" or settings["cache"].flag is False or not expression:
            continue
        if reaches_private_paths(expression):
            yield Finding("pages of one visitor are stored and given to others", mode)


def _cached_by_page_rule(resource: Resource) -> Iterator[Finding]:
    actions = resource.inputs["actions"]
    level = actions["cacheLevel"]
    target = resource.inputs["target"].text
    is_on = not resource.is_deleted and resource.inputs["status"].word != "disabled"
    if not is_on or target is None or level.word != "cache_everything":
        return
    path = target.split("://", 1)[-1].partition("/")[2].lower()
    if actions["bypassCacheOnCookie"].exists:
        return
    if path in {"", "*"} or path.startswith(_PRIVATE_TARGETS):
        yield Finding("pages of one visitor are stored and given to others", level)


def _bypassed(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.kind == "PageRule":
        actions = resource.inputs["actions"]
        is_on = not resource.is_deleted and resource.inputs["status"].word != "disabled"
        if is_on and actions["disableSecurity"].flag:
            yield Finding("turns every protection off", actions["disableSecurity"])
        return
    for rule in _rules_of(resource):
        expression = rule["expression"]
        if rule["action"].word != "skip" or not is_for_everybody(expression.text or ""):
            continue
        skipped = rule["actionParameters"]
        products = {product.word for product in skipped["products"].elements()}
        wide = [skipped[key].exists for key in ("ruleset", "rulesets", "phases")]
        if any(wide) or products & _GUARDING_PRODUCTS:
            yield Finding("lets every request past the protection", expression)


def _weakened(resource: Resource, context: Context) -> Iterator[Finding]:
    if not resource.is_deleted and resource.inputs["phase"].word in _MANAGED:
        yield from _left_off(resource)
    for rule in _rules_of(resource, *_MANAGED):
        overrides = rule.at("actionParameters", "overrides")
        is_for_all = is_for_everybody(rule["expression"].text or "")
        if rule["action"].word != "execute" or not overrides.exists or not is_for_all:
            continue
        if overrides["action"].word == "log":
            yield Finding("attacks are logged and let in", overrides["action"])
        if overrides["enabled"].flag is False and not _turns_some_on(overrides):
            yield Finding("the managed rules are off", overrides["enabled"])
        for part in (overrides, *overrides["categories"].elements()):
            level = part["sensitivityLevel"]
            if level.word in {"low", "eoff", "essentially_off"}:
                yield Finding("floods are let in until they are large", level)


def _left_off(resource: Resource) -> Iterator[Finding]:
    """Managed rules for everybody that are declared and off, and that no other rule executes."""
    rules = [r for r in resource.inputs["rules"].elements() if r["action"].word == "execute"]
    on = {r.at("actionParameters", "id").text for r in rules if r["enabled"].flag is not False}
    for rule in rules:
        is_off = rule["enabled"].flag is False and is_for_everybody(rule["expression"].text or "")
        if is_off and rule.at("actionParameters", "id").text in _ATTACKS - on:
            yield Finding("the managed rules are off", rule["enabled"])


def _turns_some_on(overrides: Property) -> bool:
    """Whether some are on in spite of the rest, or may be."""
    lists = (overrides["categories"], overrides["rules"])
    switches = [part["enabled"] for every in lists for part in every.elements()]
    untold = [place for place in (*lists, *switches) if not place.is_told]
    return bool(untold) or any(switch.flag for switch in switches)


def _idle_limits(resource: Resource, context: Context) -> Iterator[Finding]:
    if any(not rule["enabled"].is_told for rule in resource.inputs["rules"].elements()):
        return  # one that is on may act
    rules = _rules_of(resource, "http_ratelimit")
    acts = [rule["action"] for rule in rules]
    if acts and all(action.word == "log" for action in acts):
        yield Finding("what is over the limit is logged and let in", acts[0])


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-cached-pages",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="a cache rule that overrides the origin stores pages without their cookies, whoever they were made for",
        kinds=("Ruleset", "PageRule"),
        mend="name static paths or file extensions in the expression, or respect the origin's Cache-Control",
        link="https://developers.cloudflare.com/cache/how-to/cache-rules/settings/",
        check=_cached_pages,
    ),
    Rule(
        name="forbid-wide-skip",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="a rule that skips protection for everybody is no exception but the end of the protection",
        kinds=("Ruleset", "PageRule"),
        mend="narrow the expression to a path and to the addresses that need the exception",
        link="https://developers.cloudflare.com/waf/custom-rules/skip/",
        check=_bypassed,
    ),
    Rule(
        name="keep-managed-rules-blocking",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="managed rules against attacks protect only while they are on and act",
        kinds=("Ruleset",),
        mend="take the override out, or override single rules that hit honest visitors",
        link="https://developers.cloudflare.com/waf/managed-rules/deploy-zone-dashboard/",
        check=_weakened,
    ),
    Rule(
        name="keep-rate-limits-acting",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="a rate limit that only logs lets passwords be guessed and the origin be flooded",
        kinds=("Ruleset",),
        mend="set the rule's action to block or managed_challenge",
        link="https://developers.cloudflare.com/waf/rate-limiting-rules/",
        check=_idle_limits,
    ),
)
