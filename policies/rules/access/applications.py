"""Access applications and their policies: who is let in, for how long, and what the session's cookie is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...masking import shown
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from .durations import hours_of
from .policies import is_narrowed, lets_everybody_in, policies_of

_FAMILY: Final = "access"
_POLICIES: Final = ("ZeroTrustAccessPolicy", "ZeroTrustAccessApplication", "ZeroTrustAccessGroup")
_POLICIES_LINK: Final = "https://developers.cloudflare.com/cloudflare-one/access-controls/policies/"
_APPLICATION_LINK: Final = "https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/"
_LET_IN: Final = frozenset({"allow", "bypass", "non_identity"})
_MOST_HOURS: Final = 24
_PUBLIC_MAIL: Final = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com"),
        *("yahoo.com", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.com"),
        *("gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "mail.com", "mail.ru"),
        *("yandex.ru", "yandex.com", "qq.com", "163.com", "zoho.com", "fastmail.com", "duck.com"),
    }
)
"""Domains under which anybody gets an address."""
_WITHOUT_COOKIES: Final = frozenset({"ssh", "vnc", "rdp", "infrastructure", "saas", "dash_sso"})
_HOW: Final = frozenset({"authMethod", "loginMethod", "loginMethods"})
"""What says how somebody logged in, and not who it was."""
_PLACES: Final = frozenset({"geo", "geos", "ip", "ips", "ipList"})


def _everyone(stack: Stack, context: Context) -> Iterator[Finding]:
    for policy in policies_of(stack):
        decision = policy.place["decision"].word
        if decision not in _LET_IN or (decision == "bypass" and policy.may_be_narrow):
            continue
        place = lets_everybody_in(policy.place)
        if place is not None:
            yield Finding("everybody is let in", place, policy.resource)
    for group in stack.of("ZeroTrustAccessGroup"):
        place = lets_everybody_in(group.inputs)
        if place is not None:
            yield Finding("everybody belongs to the group", place, group)


def _bypass(stack: Stack, context: Context) -> Iterator[Finding]:
    for policy in policies_of(stack):
        decision = policy.place["decision"]
        if decision.word != "bypass" or policy.may_be_narrow:
            continue
        # For everybody it is a violation of the rule above already.
        if lets_everybody_in(policy.place) is None:
            yield Finding("no login and no log for whom it lets by", decision, policy.resource)


def _any_token(stack: Stack, context: Context) -> Iterator[Finding]:
    for policy in policies_of(stack):
        if policy.place["decision"].word not in _LET_IN or is_narrowed(policy.place):
            continue
        for include in policy.place["includes"].elements():
            token = include["anyValidServiceToken"]
            if token.exists and token.is_told and token.flag is not False:
                yield Finding("every service token of the account opens it", token, policy.resource)


def _includes(stack: Stack, context: Context) -> Iterator[Finding]:
    companys = {domain.lower() for domain in context.configuration.company_domains}
    for policy in policies_of(stack):
        if policy.place["decision"].word not in {"allow", "non_identity"}:
            continue
        if is_narrowed(policy.place, besides=_HOW):
            continue
        includes = policy.place["includes"].elements()
        kinds = [{key for key, value in i.entries() if value.exists} for i in includes]
        only_places = bool(kinds) and all(names and names <= _PLACES for names in kinds)
        for include, names in zip(includes, kinds, strict=True):
            said = _weakness(include, names, only_places, companys)
            if said is not None:
                yield Finding(said, include, policy.resource)


def _weakness(
    include: Property, kinds: set[str], only_places: bool, companys: set[str]
) -> str | None:
    if kinds & {"geo", "geos"}:
        return "a whole country is let in"
    if only_places:
        return "an address says where somebody is, not who"
    for domain in (include.at("emailDomain", "domain"), *include["emailDomains"].elements()):
        word = (domain.word or "").removeprefix("@")
        if word in _PUBLIC_MAIL:
            return f"anybody gets an address under {shown(domain)}"
        if companys and word and word not in companys:
            return f"{shown(domain)} is none of the company's domains"
    return None


def _session(resource: Resource, context: Context) -> Iterator[Finding]:
    duration = resource.inputs["sessionDuration"]
    hours = hours_of(duration.text)
    if hours is not None and hours > _MOST_HOURS:
        yield Finding(f"a session lasts {shown(duration)}", duration)


def _mfa(resource: Resource, context: Context) -> Iterator[Finding]:
    policies = resource.inputs["policies"].elements()
    for place in (resource.inputs, *policies):
        disabled = place.at("mfaConfig", "mfaDisabled")
        if disabled.flag is True:
            yield Finding("the second factor is turned off", disabled)


def _cors(resource: Resource, context: Context) -> Iterator[Finding]:
    cors = resource.inputs["corsHeaders"]
    if cors["allowCredentials"].flag is not True:
        return
    if cors["allowAllOrigins"].flag is True:
        yield Finding("pages of any origin act as the visitor", cors["allowAllOrigins"])
    for origin in cors["allowedOrigins"].elements():
        if origin.word in {"*", "null", "https://*", "http://*"}:
            yield Finding("pages of any origin act as the visitor", origin)


def _cookies(resource: Resource, context: Context) -> Iterator[Finding]:
    inputs = resource.inputs
    if not inputs["type"].is_told or inputs["type"].word in _WITHOUT_COOKIES:
        return
    cors = inputs["corsHeaders"]
    http_only, same_site = inputs["httpOnlyCookieAttribute"], inputs["sameSiteCookieAttribute"]
    if http_only.flag is False:
        yield Finding("scripts of the page can read the session's cookie", http_only)
    # Pages of several hosts that share a login need it, and then say which hosts.
    credentials, origins = cors["allowCredentials"], cors["allowedOrigins"]
    is_shared = credentials.flag is True and bool(origins.elements())
    is_shared = is_shared or not (credentials.is_told and origins.is_told)
    if same_site.word == "none" and not is_shared:
        yield Finding("requests from other sites carry the session's cookie", same_site)
    if inputs["optionsPreflightBypass"].flag is True:
        said = "OPTIONS requests reach the origin without a login"
        yield Finding(said, inputs["optionsPreflightBypass"])
    if cors["allowAllOrigins"].flag is True and credentials.is_told and not credentials.flag:
        yield Finding("pages of any origin may ask", cors["allowAllOrigins"])


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-access-for-everyone",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="A policy of Access that lets everybody in only looks like a lock",
        kinds=_POLICIES,
        mend="include people, groups or tokens by name, or require one of them",
        link=_POLICIES_LINK,
        check_stack=_everyone,
        hardening=False,
    ),
    Rule(
        name="forbid-access-bypass",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Bypass turns off every check and every log; it is for single paths such as a health check or a webhook",
        kinds=_POLICIES,
        mend='use "allow" or "non_identity" with a service token, or an application of its own for the one path',
        link=_POLICIES_LINK,
        check_stack=_bypass,
    ),
    Rule(
        name="forbid-any-service-token",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A service token opens what it was made for, not everything that takes service tokens",
        kinds=_POLICIES,
        mend="include serviceToken with the token's id",
        link=_POLICIES_LINK,
        check_stack=_any_token,
    ),
    Rule(
        name="limit-access-includes",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="Who is let in is known by name or by company; a country, an address or a public mail domain is anybody",
        kinds=_POLICIES,
        mend="include people, groups or the company's mail domains, and put the place under requires",
        link=_POLICIES_LINK,
        check_stack=_includes,
    ),
    Rule(
        name="limit-access-sessions",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="A session ends within a day, so that who leaves the company or loses a laptop is out by tomorrow",
        kinds=("ZeroTrustAccessApplication", "ZeroTrustAccessPolicy", "ZeroTrustOrganization"),
        mend='set sessionDuration to "24h" or less',
        link="https://developers.cloudflare.com/cloudflare-one/identity/users/session-management/",
        check=_session,
    ),
    Rule(
        name="require-access-mfa",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="No policy turns off the second factor that the organisation asks for",
        kinds=("ZeroTrustAccessApplication", "ZeroTrustAccessPolicy"),
        mend="take mfaConfig.mfaDisabled out",
        link=f"{_POLICIES_LINK}mfa-requirements/",
        check=_mfa,
    ),
    Rule(
        name="forbid-application-cors-from-anywhere",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Requests with the visitor's login are taken from the pages of known origins alone",
        kinds=("ZeroTrustAccessApplication",),
        mend="list corsHeaders.allowedOrigins instead",
        link=f"{_APPLICATION_LINK}cors/",
        check=_cors,
    ),
    Rule(
        name="keep-application-cookies-guarded",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="The cookie of an Access session is as good as a password: scripts and other sites do not get it",
        kinds=("ZeroTrustAccessApplication",),
        mend="leave httpOnlyCookieAttribute on, sameSiteCookieAttribute lax or strict, optionsPreflightBypass off",
        link=_APPLICATION_LINK,
        check=_cookies,
    ),
)
