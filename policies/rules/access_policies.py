"""The policies of Access in a stack: those of their own, and those that stand in an application."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..properties import Property
from ..resources import Resource, Stack

_WIDE_PATHS: Final = frozenset({"", "api", "admin", "internal", "dashboard", "graphql"})


@dataclass(frozen=True)
class Policy:
    place: Property
    resource: Resource
    is_narrow: bool
    """Whether it is only for single paths or single Workers, as for a health check or a webhook."""


def policies_of(stack: Stack) -> Iterator[Policy]:
    applications = stack.of("ZeroTrustAccessApplication")
    for application in applications:
        for place in application.inputs["policies"].elements():
            if place["decision"].exists:
                yield Policy(place, application, _is_narrow(application))
    for policy in stack.of("ZeroTrustAccessPolicy"):
        users = [a for a in applications if _may_use(a, policy)]
        yield Policy(policy.inputs, policy, bool(users) and all(map(_is_narrow, users)))


def lets_everybody_in(policy: Property) -> Property | None:
    """Where it does."""
    if is_narrowed(policy) or policy["approvalRequired"].flag is True:
        return None
    for include in policy["includes"].elements():
        everyone = include["everyone"]
        if everyone.exists and everyone.is_told and everyone.flag is not False:
            return everyone
        for address in (include.at("ip", "ip"), *include["ips"].elements()):
            if _is_everywhere(address.text or ""):
                return address
    return None


def is_narrowed(policy: Property) -> bool:
    """Whether something more is asked of those that are included; what is not known yet may be it."""
    requires = policy["requires"]
    if not requires.is_told:
        return requires.text is None  # the reading notes it
    return any(
        key != "everyone" and value.exists
        for element in requires.elements()
        for key, value in element.entries()
    )


def _may_use(application: Resource, policy: Resource) -> bool:
    """Whether the application refers to it, or may: ids are not known before both were made."""
    if policy.inputs["applicationId"].exists:
        return policy.inputs["applicationId"].text in {None, application.id}
    for reference in application.inputs["policies"].elements():
        place = reference["id"] if reference["id"].exists else reference
        if not place.is_told:
            if policy.id is None:
                return place.text is None
        elif policy.id is not None and place.text == policy.id:
            return True
    return False


def _is_narrow(application: Resource) -> bool:
    destinations = application.inputs["destinations"].elements()
    if destinations and all(d["type"].word in {"worker", "preview_worker"} for d in destinations):
        return True
    hosts = [
        application.inputs["domain"],
        *application.inputs["selfHostedDomains"].elements(),
        *(destination["uri"] for destination in destinations),
    ]
    paths = [
        text.removeprefix("https://").partition("/")[2].strip("/*").lower()
        for host in hosts
        if (text := host.text) is not None
    ]
    return bool(paths) and not any(path in _WIDE_PATHS for path in paths)


def _is_everywhere(text: str) -> bool:
    try:
        return ipaddress.ip_network(text, strict=False).prefixlen == 0
    except ValueError:
        return False
