"""The policies of Access in a stack: those of their own, and those that stand in an application."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ...properties import Property
from ...resources import Resource, Stack

_WIDE_PATHS: Final = frozenset({"", "api", "admin", "internal", "dashboard", "graphql"})


@dataclass(frozen=True)
class Policy:
    place: Property
    resource: Resource
    may_be_narrow: bool
    """Whether it is only for single paths or single Workers, as for a health check or a webhook; or is not known yet."""


def policies_of(stack: Stack) -> Iterator[Policy]:
    applications = stack.of("ZeroTrustAccessApplication")
    for application in applications:
        for place in application.inputs["policies"].elements():
            if place["decision"].exists:
                yield Policy(place, application, _may_be_narrow(application))
    users = _Users(applications)
    for policy in stack.of("ZeroTrustAccessPolicy"):
        yield Policy(policy.inputs, policy, users.are_narrow(policy))


class _Users:
    """The applications that refer to a policy, and those that may: ids are not known before both were made."""

    def __init__(self, applications: Sequence[Resource]) -> None:
        self._by_policy: dict[str, list[Resource]] = {}
        self._by_id = {a.id: a for a in applications if a.id is not None}
        self._perhaps: list[Resource] = []
        for application in applications:
            for place in _references(application):
                text = place.text
                if text is not None:
                    self._by_policy.setdefault(text, []).append(application)
                elif not place.is_told:
                    self._perhaps.append(application)

    def are_narrow(self, policy: Resource) -> bool:
        known = list(self._by_policy.get(policy.id or "", ()))
        # Of old a policy names its application.
        named = policy.inputs["applicationId"].text
        if named is not None and named in self._by_id:
            known.append(self._by_id[named])
        if known:
            return all(_may_be_narrow(application) for application in known)
        return any(_may_be_narrow(application) for application in self._perhaps)


def _references(application: Resource) -> Iterator[Property]:
    policies = application.inputs["policies"]
    if not policies.is_told:
        yield policies
    for reference in policies.elements():
        yield reference["id"] if reference["id"].exists else reference


def lets_everybody_in(policy: Property) -> Property | None:
    """Where it does."""
    approval = policy["approvalRequired"]
    if is_narrowed(policy) or approval.flag is True or not approval.is_told:
        return None
    for include in policy["includes"].elements():
        everyone = include["everyone"]
        if everyone.exists and everyone.is_told and everyone.flag is not False:
            return everyone
        for address in (include.at("ip", "ip"), *include["ips"].elements()):
            if _is_everywhere(address.text or ""):
                return address
    return None


def is_narrowed(policy: Property, besides: frozenset[str] = frozenset()) -> bool:
    """Whether something more is asked of those that are included; what is not known yet may be it.

    `besides` are conditions that do not count.
    """
    requires = policy["requires"]
    if not requires.is_told:
        return requires.text is None  # the reading notes it
    return any(
        key not in {"everyone", *besides} and value.exists
        for element in requires.elements()
        for key, value in element.entries()
    )


def _may_be_narrow(application: Resource) -> bool:
    given = application.inputs["destinations"]
    destinations = given.elements()
    kinds = [destination["type"] for destination in destinations]
    if destinations and all(kind.word in {"worker", "preview_worker"} for kind in kinds):
        return True
    hosts = [
        application.inputs["domain"],
        *application.inputs["selfHostedDomains"].elements(),
        *(destination["uri"] for destination in destinations),
    ]
    texts = [host.text for host in hosts]
    if not all(place.is_told for place in (given, *kinds, *hosts)):
        return True
    paths = [
        text.removeprefix("https://").partition("/")[2].strip("/*").lower()
        for text in texts
        if text is not None
    ]
    return bool(paths) and not any(path in _WIDE_PATHS for path in paths)


def _is_everywhere(text: str) -> bool:
    try:
        return ipaddress.ip_network(text, strict=False).prefixlen == 0
    except ValueError:
        return False
