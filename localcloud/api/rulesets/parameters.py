"""What the actions of rules take as `action_parameters`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from localcloud.api.rulesets import errors, expressions
from localcloud.api.rulesets.phases import PHASES
from localcloud.api.shapes import as_object, as_objects, as_texts, whole_number
from localcloud.api.store import Json

_KNOWN: Final[dict[str, frozenset[str]]] = {
    "block": frozenset({"response"}),
    "challenge": frozenset(),
    "compress_response": frozenset({"algorithms"}),
    "execute": frozenset({"id", "matched_data", "overrides", "version"}),
    "js_challenge": frozenset(),
    "log": frozenset(),
    "log_custom_field": frozenset(
        {"cookie_fields", "raw_response_fields", "request_fields", "response_fields", "transformed_request_fields"}
    ),
    "managed_challenge": frozenset(),
    "redirect": frozenset({"from_list", "from_value"}),
    "rewrite": frozenset({"headers", "uri"}),
    "route": frozenset({"host_header", "origin", "sni"}),
    "serve_error": frozenset({"content", "content_type", "status_code", "asset_name"}),
    "set_cache_settings": frozenset(
        {
            "additional_cacheable_ports", "browser_ttl", "cache", "cache_key", "cache_reserve", "edge_ttl",
            "origin_cache_control", "origin_error_page_passthru", "origin_range_requests", "read_timeout",
            "respect_strong_etags", "serve_stale", "shared_dictionary", "strip_etags", "strip_last_modified",
            "strip_set_cookie", "vary",
        }
    ),
    "set_config": frozenset(
        {
            "automatic_https_rewrites", "autominify", "bic", "content_converter", "disable_apps", "disable_pay_per_crawl",
            "disable_rum", "disable_zaraz", "email_obfuscation", "fonts", "hotlink_protection", "mirage",
            "opportunistic_encryption", "polish", "redirects_for_ai_training", "request_body_buffering",
            "response_body_buffering", "rocket_loader", "security_level", "server_side_excludes", "ssl", "sxg",
            "webmcp_enabled", "webmcp_packs",
        }
    ),
    "skip": frozenset({"phase", "phases", "products", "rules", "ruleset", "rulesets"}),
}  # fmt: skip
_OPTIONAL: Final = frozenset(
    {"block", "challenge", "js_challenge", "log", "managed_challenge", "serve_error"}
)
_REQUEST_PHASE: Final = "http_request_late_transform"
_OPERATIONS: Final = ("add", "remove", "set")
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_PRODUCTS: Final = frozenset(
    {"bic", "hot", "rateLimit", "securityLevel", "uaBlock", "waf", "zoneLockdown"}
)
_BODY_TYPES: Final = ("application/json", "text/html", "text/plain", "text/xml")
_BODY_LENGTH: Final = 30 * 1024


def check(action: str, phase: str, sent: object) -> None:
    """Raises `ApiError`: 20113 none where some are needed, 10014 an unknown one, 20120 one that makes no sense."""
    if sent is None or sent == {}:
        if action not in _OPTIONAL:
            raise errors.NO_PARAMETERS(action=action)
        return
    given = as_object(sent)
    if given is None:
        raise errors.BAD_JSON(reason="action_parameters must be an object")
    known = _KNOWN.get(action)
    if known is None:
        return
    for name in given:
        if name not in known:
            raise errors.BAD_JSON(reason=f'unknown field "{name}"')
    reason = _CHECKS[action](given, phase) if action in _CHECKS else None
    if reason is not None:
        raise errors.BAD_PARAMETERS(action=action, reason=reason)


def _block(given: Json, phase: str) -> str | None:
    del phase
    response = as_object(given.get("response"))
    if response is None or set(response) != {"status_code", "content", "content_type"}:
        return "response needs status_code, content and content_type"
    status, content = whole_number(response["status_code"]), response["content"]
    if status is None or not 400 <= status <= 499:
        return "response.status_code must be from 400 to 499"
    if response["content_type"] not in _BODY_TYPES:
        return f"response.content_type must be one of {', '.join(_BODY_TYPES)}"
    if not isinstance(content, str) or len(content.encode()) > _BODY_LENGTH:
        return f"response.content must be a text of at most {_BODY_LENGTH} bytes"
    return None


def _rewrite(given: Json, phase: str) -> str | None:
    if phase == "http_request_transform":
        return _uri(given.get("uri"), phase) if "uri" in given else "uri is needed in this phase"
    if "headers" not in given:
        return "headers are needed in this phase"
    headers = as_object(given["headers"])
    if not headers:
        return "headers must name at least one"
    for name, change in headers.items():
        reason = _header(as_object(change) or {}, phase)
        if reason is None and phase == _REQUEST_PHASE:
            reason = _untouchable(name.lower(), as_object(change) or {})
        if reason is not None:
            return f"headers.{name} {reason}"
    return None


def _header(change: Json, phase: str) -> str | None:
    operation = change.get("operation")
    if operation not in _OPERATIONS:
        return f"needs the operation {', '.join(_OPERATIONS[:-1])} or {_OPERATIONS[-1]}"
    values = [change[key] for key in ("value", "expression") if change.get(key) is not None]
    if operation == "remove":
        return "is removed, so it takes no value" if values else None
    if len(values) != 1 or not isinstance(values[0], str) or not values[0]:
        return "needs either a value or an expression"
    return _of_expression(change, phase)


def _of_expression(change: Json, phase: str) -> str | None:
    source = change.get("expression")
    problem = expressions.value_problem(source, phase) if isinstance(source, str) else None
    return None if problem is None else f"is not valid: {problem}"


def _untouchable(name: str, change: Json) -> str | None:
    """Cloudflare's own headers of a request, but that one may be taken away."""
    if not name.startswith(("cf-", "x-cf-")):
        return None
    if name == "cf-connecting-ip" and change["operation"] == "remove":
        return None
    return "is Cloudflare's own and cannot be modified"


def _uri(sent: object, phase: str) -> str | None:
    uri = as_object(sent)
    parts = {key: as_object(uri.get(key)) for key in ("path", "query") if key in uri} if uri else {}
    if not parts:
        return "uri needs a path or a query"
    for key, part in parts.items():
        if part is None or len(set(part) & {"value", "expression"}) != 1:
            return f"uri.{key} needs either a value or an expression"
        reason = _of_expression(part, phase)
        if reason is not None:
            return f"uri.{key} {reason}"
    return None


def _redirect(given: Json, phase: str) -> str | None:
    if phase == "http_request_redirect":
        source = as_object(given.get("from_list"))
        return None if source and {"name", "key"} <= set(source) else "from_list needs name and key"
    source = as_object(given.get("from_value"))
    target = as_object(source.get("target_url")) if source else None
    if source is None or target is None:
        return "from_value needs a target_url"
    if len(set(target) & {"value", "expression"}) != 1:
        return "from_value.target_url needs either a value or an expression"
    reason = _of_expression(target, phase)
    if reason is not None:
        return f"from_value.target_url {reason}"
    if source.get("status_code") not in {None, *_REDIRECTS}:
        return f"from_value.status_code must be one of {', '.join(map(str, _REDIRECTS))}"
    return None


def _route(given: Json, phase: str) -> str | None:
    del phase
    port = (as_object(given.get("origin")) or {}).get("port")
    if port is not None and not 1 <= (whole_number(port) or 0) <= 65535:
        return "origin.port must be from 1 to 65535"
    return None


def _skip(given: Json, phase: str) -> str | None:
    del phase
    for name in ("ruleset", "phase"):
        if given.get(name) not in {None, "current"}:
            return f"{name} must be current"
    products = as_texts(given.get("products") or [])
    if products is None or not _PRODUCTS.issuperset(products):
        return f"products may be {', '.join(sorted(_PRODUCTS))}"
    phases = as_texts(given.get("phases") or [])
    if phases is None or not set(PHASES).issuperset(phases):
        return "phases must be names of phases"
    return None


def _execute(given: Json, phase: str) -> str | None:
    del phase
    return None if isinstance(given.get("id"), str) and given["id"] else "id must name a ruleset"


def _compress(given: Json, phase: str) -> str | None:
    del phase
    algorithms = as_objects(given.get("algorithms"))
    return None if algorithms else "algorithms must name at least one"


_CHECKS: Final[dict[str, Callable[[Json, str], str | None]]] = {
    "block": _block,
    "compress_response": _compress,
    "execute": _execute,
    "redirect": _redirect,
    "rewrite": _rewrite,
    "route": _route,
    "skip": _skip,
}
