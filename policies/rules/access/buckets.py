"""Access to buckets: who may read them without a login, and which pages may speak to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ...configuration import matches
from ...masking import shown
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from ..data.names import LASTING, RECORDS, words_in
from .coverage import coverage

_FAMILY: Final = "access"
_WRITES: Final = frozenset({"put", "post", "delete", "patch", "*"})
_CREDENTIALS: Final = frozenset({"authorization", "cookie", "x-amz-security-token"})
_ANYBODYS: Final = frozenset(
    {"*", "*://*", "https://*", "http://*", "*.*", "https://*.*", "https://*.com"}
)
_SHOWN: Final = frozenset(
    {"images", "img", "pictures", "fonts", "icons", "logos", "branding", "downloads", "videos"}
    | {"podcasts", "thumbnails", "website", "landing", "frontend", "releases", "tiles"}
)
"""What a bucket's name has in it that is made to be shown."""
_SHOWING: Final = _SHOWN | {"assets", "static", "cdn", "media", "public"}
_KEPT: Final = (
    LASTING
    | RECORDS
    | {"private", "internal", "confidential", "secret", "secrets", "export", "exports", "reports"}
    | {"contracts", "payroll", "orders", "data", "raw", "scans", "patients", "medical", "kyc"}
) - {"media"}
"""What it has in it that is for some people alone."""
_OPEN_SUFFIXES: Final = (
    *("pages.dev", "workers.dev", "r2.dev", "vercel.app", "netlify.app", "github.io", "web.app"),
    *("herokuapp.com", "onrender.com", "fly.dev", "cloudfront.net", "ngrok.io", "ngrok-free.app"),
)
"""Under these, anybody gets a host of his own."""
_THROW_AWAY: Final = frozenset({"dev", "development", "sandbox", "scratch", "tmp", "temp", "demo"})


def _is_listed_public(bucket: Property, context: Context) -> bool:
    name = bucket.text or ""
    words = words_in(name)
    speaks = bool(words & _SHOWN) and not words & _KEPT
    return speaks or matches(name, context.configuration.public_buckets)


def _is_shown_at(host: str, bucket: Property) -> bool:
    """Whether the host says that what it serves is for everybody, and the bucket says nothing else."""
    return bool(words_in(host.partition(".")[0]) & _SHOWING) and not (
        words_in(bucket.text or "") & _KEPT
    )


def _r2_dev(resource: Resource, context: Context) -> Iterator[Finding]:
    enabled = resource.inputs["enabled"]
    bucket = resource.inputs["bucketName"]
    if enabled.flag is not True:
        return
    name = bucket.text or ""
    is_throw_away = bool(_THROW_AWAY & set(name.lower().replace("_", "-").split("-")))
    is_harmless = is_throw_away or _is_listed_public(bucket, context) or not bucket.is_told
    if context.production or not is_harmless:
        yield Finding("everybody reads the bucket at its r2.dev address", enabled)


def _public_bucket(stack: Stack, context: Context) -> Iterator[Finding]:
    domains = stack.of("R2CustomDomain")
    guarded = coverage(stack)
    signatures = _signatures(stack) if domains else None
    if not guarded.is_told or signatures is None:
        return
    for domain in domains:
        bucket, enabled = domain.inputs["bucketName"], domain.inputs["enabled"]
        host = domain.inputs["domain"].text
        if bucket.text is None or host is None or _is_listed_public(bucket, context):
            continue
        if _is_shown_at(host, bucket):
            continue
        if enabled.flag is False or not enabled.is_told:
            continue
        if not guarded.covers(host) and not _has_signed_links(host, signatures):
            said = f"everybody reads the bucket {shown(bucket)} at this host"
            yield Finding(said, domain.inputs["domain"], domain)


def _signatures(stack: Stack) -> list[str] | None:
    """Expressions of firewall rules that ask for a signed link; None while rules are not known yet."""
    found: list[str] = []
    for ruleset in stack.of("Ruleset"):
        rules = ruleset.inputs["rules"]
        expressions = [rule["expression"] for rule in rules.elements()]
        found += [e.text or "" for e in expressions if "is_timed_hmac_valid" in (e.text or "")]
        if not all(place.is_told for place in (rules, *expressions)):
            return None
    return found


def _has_signed_links(host: str, signatures: list[str]) -> bool:
    return any(host in text or "http.host" not in text for text in signatures)


def _words(values: Iterable[Property]) -> set[str]:
    return {value.word or "" for value in values}


def _open_origins(rule: Property) -> list[Property]:
    """Origins that anybody can have."""
    return [o for o in rule.at("allowed", "origins").elements() if is_open_origin(o.word or "")]


def is_open_origin(origin: str) -> bool:
    if origin in _ANYBODYS:
        return True
    before, star, after = origin.partition("*")
    if not star or before.endswith(":"):
        return False
    # https://*example.com is also https://notexample.com
    is_part_of_name = after[:1].isalnum() and before in {"", "https://", "http://"}
    return is_part_of_name or after.removeprefix(".") in _OPEN_SUFFIXES


def _cors_writes(resource: Resource, context: Context) -> Iterator[Finding]:
    bucket = resource.inputs["bucketName"]
    may_be_public = _is_listed_public(bucket, context) or not bucket.is_told
    for rule in resource.inputs["rules"].elements():
        methods = _words(rule.at("allowed", "methods").elements())
        headers = _words(rule.at("allowed", "headers").elements())
        with_credentials = bool(headers & _CREDENTIALS) or ("*" in headers and not may_be_public)
        for origin in _open_origins(rule):
            if methods & _WRITES:
                yield Finding("pages of any origin may write", origin)
            elif with_credentials:
                yield Finding("pages of any origin may read with credentials", origin)


def _cors_reads(resource: Resource, context: Context) -> Iterator[Finding]:
    bucket = resource.inputs["bucketName"]
    if not bucket.is_told or _is_listed_public(bucket, context):
        return
    for rule in resource.inputs["rules"].elements():
        methods = _words(rule.at("allowed", "methods").elements())
        headers = _words(rule.at("allowed", "headers").elements())
        if methods & _WRITES or headers & {*_CREDENTIALS, "*"}:
            continue
        for origin in _open_origins(rule):
            yield Finding("pages of any origin may read", origin)


def _odd_origins(resource: Resource, context: Context) -> Iterator[Finding]:
    for rule in resource.inputs["rules"].elements():
        for origin in rule.at("allowed", "origins").elements():
            word = origin.word or ""
            if word == "null":
                said = "null is the origin of sandboxed frames and local files, so of anybody"
                yield Finding(said, origin)
            # Over plain HTTP they are transport's, as every other page without TLS.
            elif word.startswith("https://") and context.production and _is_local(word):
                yield Finding("pages of a developer's machine speak to production", origin)


def _is_local(origin: str) -> bool:
    host = origin.partition("://")[2].partition("/")[0]
    name = host.rsplit(":", 1)[0] if not host.startswith("[") else host.partition("]")[0] + "]"
    return name in {"localhost", "127.0.0.1", "[::1]", "0.0.0.0"} or name.endswith(".localhost")  # noqa: S104 (an origin, nothing is bound)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-r2-dev-address",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="An r2.dev address is open to everybody, outside firewall, Access and cache, and stays open beside a guarded domain",
        kinds=("R2ManagedDomain",),
        mend="set enabled to false, and use a custom domain for what shall be public",
        link="https://developers.cloudflare.com/r2/buckets/public-buckets/",
        check=_r2_dev,
    ),
    Rule(
        name="forbid-public-bucket",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A bucket with a custom domain is read by everybody, unless Access or signed links guard the host",
        kinds=("R2CustomDomain", "ZeroTrustAccessApplication", "Ruleset"),
        mend="put an Access application before the host, take the domain away, or list the bucket under publicBuckets",
        link="https://developers.cloudflare.com/r2/tutorials/cloudflare-access/",
        check_stack=_public_bucket,
        needs_whole=True,
    ),
    Rule(
        name="forbid-cors-writes-from-anywhere",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Only the pages of known origins may write into a bucket or read it with credentials",
        kinds=("R2BucketCors",),
        mend="name the origins, or allow only GET and HEAD without credentials",
        link="https://developers.cloudflare.com/r2/buckets/cors/",
        check=_cors_writes,
    ),
    Rule(
        name="limit-cors-origins",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="Reading across origins is for named origins, except where everything is public anyway",
        kinds=("R2BucketCors",),
        mend="name the origins, or list the bucket under publicBuckets",
        link="https://developers.cloudflare.com/r2/buckets/cors/",
        check=_cors_reads,
    ),
    Rule(
        name="forbid-untrusted-origin",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="An origin is trusted only if nobody else can have it: not null, and in production no developer's machine",
        kinds=("R2BucketCors",),
        mend="name https:// origins of your own",
        link="https://developers.cloudflare.com/r2/buckets/cors/",
        check=_odd_origins,
    ),
)
