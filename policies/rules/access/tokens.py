"""Tokens of Cloudflare's API and of Access: how long, from where, and for what."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ...properties import Property
from ...resources import Resource
from ...rule import Context, Finding, Rule, Severity
from .durations import hours_of

_FAMILY: Final = "access"
_TOKENS: Final = ("ApiToken", "AccountToken")
_TOKEN_MAKING: Final = frozenset(
    {"686d18d5ac6c441c867cbf6771e58a0a", "5bc3f8b21c554832afc660159ab75fa4"}
)
"""The permission groups API Tokens Write (of a user) and Account API Tokens Write."""
_ADMINISTRATION: Final = {
    "1af1fa2adc104452b74a9a3364202f20": "the account's settings and its members",
    "6c80e02421494afc9ae14414ed442632": "billing",
    "9201bc6f42d440968aaab0c6f17ebb1d": "memberships",
}
"""The permission groups Account Settings Write, Billing Write and Memberships Write."""
_ZONE_WRITE: Final = "e6d2666161e84845a636613608cee8d5"
_ACCOUNT: Final = "com.cloudflare.api.account."
_MOST_GROUPS: Final = 10
_LEAST_PREFIX: Final = {4: 8, 6: 19}
"""Shorter prefixes hold more than any one network."""
_MOST_HOURS: Final = 8760


def _is_used(token: Resource) -> bool:
    status = token.inputs["status"]
    return status.word not in {"disabled", "expired"} and status.is_told


def _policies(token: Resource) -> Iterator[Property]:
    """Those that allow something."""
    if not _is_used(token):
        return
    for policy in token.inputs["policies"].elements():
        effect = policy["effect"]
        if effect.word != "deny" and effect.is_told:
            yield policy


def _groups(policy: Property) -> Iterator[tuple[str, Property]]:
    for group in policy["permissionGroups"].elements():
        place = group["id"] if group["id"].exists else group
        yield place.word or "", place


def _expiry(resource: Resource, context: Context) -> Iterator[Finding]:
    if not _is_used(resource):
        return
    expires = resource.inputs["expiresOn"]
    if not expires.exists:
        yield Finding("the token never expires", expires)
        return
    last = _day(expires)
    begins = resource.inputs["notBefore"]
    start = max(_day(begins) or context.today, context.today)
    most = context.configuration.most_token_days
    if last is not None and begins.is_told and last > start + timedelta(days=most + 1):
        yield Finding(f"the token lives longer than {most} days", expires)


def _day(place: Property) -> date | None:
    try:
        return date.fromisoformat((place.text or "")[:10])
    except ValueError:
        return None


def _addresses(resource: Resource, context: Context) -> Iterator[Finding]:
    addresses = resource.inputs.at("condition", "requestIp")
    if addresses["notIns"].elements() and not addresses["ins"].exists:
        yield Finding("it names who may not, so that everybody else may", addresses["notIns"])
    for address in addresses["ins"].elements():
        try:
            network = ipaddress.ip_network(address.text or "", strict=False)
        except ValueError:
            continue
        if network.prefixlen < _LEAST_PREFIX[network.version]:
            yield Finding("so wide a network is no restriction", address)


def _scope(resource: Resource, context: Context) -> Iterator[Finding]:
    for policy in _policies(resource):
        groups = list(_groups(policy))
        are_told = policy["permissionGroups"].is_told and all(place.is_told for _, place in groups)
        makes_zones = not are_told or _ZONE_WRITE in dict(groups)
        resources = policy["resources"]
        named = resources if resources.entries() else resources.parsed()
        for key, value in named.entries():
            if key == f"{_ACCOUNT}*":
                yield Finding("it reaches every account", resources)
            elif key == f"{_ACCOUNT}zone.*":
                yield Finding("it reaches every zone of every account", resources)
            elif not makes_zones and f"{_ACCOUNT}zone.*" in dict(value.entries()):
                yield Finding("it reaches every zone of the account", resources)


def _token_making(resource: Resource, context: Context) -> Iterator[Finding]:
    for policy in _policies(resource):
        for group, place in _groups(policy):
            if group in _TOKEN_MAKING:
                yield Finding("it may make tokens with any other permission", place)


def _account_wide(resource: Resource, context: Context) -> Iterator[Finding]:
    for policy in _policies(resource):
        for group, place in _groups(policy):
            if group in _ADMINISTRATION:
                yield Finding(f"it may change {_ADMINISTRATION[group]}", place)


def _permissions(resource: Resource, context: Context) -> Iterator[Finding]:
    groups = {group for policy in _policies(resource) for group, _ in _groups(policy)}
    if len(groups) > _MOST_GROUPS:
        yield Finding(f"it holds {len(groups)} permission groups", resource.inputs["policies"])


def _service_token(resource: Resource, context: Context) -> Iterator[Finding]:
    duration = resource.inputs["duration"]
    enabled = resource.inputs["enabled"]
    if enabled.flag is False or not enabled.is_told:
        return
    hours = hours_of(duration.text)
    if duration.word == "forever" or (hours is not None and hours > _MOST_HOURS):
        yield Finding("the token is valid for more than a year", duration)


def _two_factor(resource: Resource, context: Context) -> Iterator[Finding]:
    enforced = resource.inputs.at("settings", "enforceTwofactor")
    if enforced.flag is False or (not enforced.exists and resource.inputs["settings"].is_told):
        yield Finding("members log in with a password alone", enforced)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-token-expiry",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A token ends within a year, so that one that is lost or forgotten does not open the account for ever",
        kinds=_TOKENS,
        mend="set expiresOn to a date within mostTokenDays",
        link="https://developers.cloudflare.com/fundamentals/api/how-to/restrict-tokens/",
        check=_expiry,
    ),
    Rule(
        name="limit-token-addresses",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A list of addresses that leaves nearly the whole internet in looks like a restriction and is none",
        kinds=_TOKENS,
        mend="list the networks that the token is used from, or take the condition away",
        link="https://developers.cloudflare.com/fundamentals/api/how-to/restrict-tokens/",
        check=_addresses,
    ),
    Rule(
        name="limit-token-scope",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A token names the accounts, zones and buckets that it is for, instead of all that there are and will be",
        kinds=_TOKENS,
        mend="name the resources by id in policies[].resources",
        link="https://developers.cloudflare.com/fundamentals/api/how-to/create-via-api/",
        check=_scope,
    ),
    Rule(
        name="forbid-token-making",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="A token that makes tokens can give itself every permission, and new life after it was revoked",
        kinds=_TOKENS,
        mend="take the permission group API Tokens Write away, and make tokens by hand or in a stack of their own",
        link="https://developers.cloudflare.com/fundamentals/api/how-to/create-via-api/",
        check=_token_making,
        hardening=False,
    ),
    Rule(
        name="forbid-account-wide-edit",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="What deploys needs no say over the account itself: who is a member, how it is secured, what it pays",
        kinds=_TOKENS,
        mend="take the permission group away, or use its Read twin",
        link="https://developers.cloudflare.com/fundamentals/api/reference/permissions/",
        check=_account_wide,
    ),
    Rule(
        name="limit-token-permissions",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="A token with many permission groups serves several purposes, and each of them is lost with it",
        kinds=_TOKENS,
        mend="make a token for each purpose",
        link="https://developers.cloudflare.com/fundamentals/api/reference/permissions/",
        check=_permissions,
    ),
    Rule(
        name="limit-service-token-life",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A service token of Access ends within a year, since nobody notices when one is lost",
        kinds=("ZeroTrustAccessServiceToken",),
        mend='set duration to "8760h" or less',
        link="https://developers.cloudflare.com/cloudflare-one/identity/service-tokens/",
        check=_service_token,
    ),
    Rule(
        name="require-two-factor",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Every member of the account logs in with a second factor, since one password would open all zones",
        kinds=("Account",),
        mend="set settings.enforceTwofactor to true",
        link="https://developers.cloudflare.com/fundamentals/user-profiles/2fa/",
        check=_two_factor,
    ),
)
