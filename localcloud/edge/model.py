"""What the edge is told: plain values, complete at each call of `Edge.apply`, no references into the API's state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final


@dataclass(frozen=True)
class Module:
    """`content_type` as uploaded: application/javascript+module, application/wasm, text/plain, application/octet-stream, …"""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Binding:
    """`settings` as the API keeps it (`type`, `name` and, by type, `text`, `json`, `namespace_id`, `class_name`, …),
    secrets' values included: never printed."""

    name: str
    type: str
    settings: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Version:
    """One immutable version of a Worker."""

    account: str
    script: str
    script_id: str
    """32 hex; the Worker's id, the same for all its versions."""
    id: str
    number: int
    tag: str
    created_on: str
    main_module: str
    modules: tuple[Module, ...]
    compatibility_date: str
    compatibility_flags: tuple[str, ...]
    bindings: tuple[Binding, ...]
    assets: Mapping[str, str] = field(default_factory=dict[str, str])
    """Path → blob digest of static assets; empty without any."""
    assets_config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """`html_handling`, `not_found_handling`, `run_worker_first`, `_headers`, `_redirects` as uploaded."""


@dataclass(frozen=True)
class ObjectNamespace:
    """A Durable Object namespace: data of `class_name` lives under `id`, whichever version runs the code."""

    id: str
    script: str
    class_name: str
    use_sqlite: bool


@dataclass(frozen=True)
class Share:
    version: Version
    percentage: float


@dataclass(frozen=True)
class ScriptDeployment:
    """The live deployment of a script: one or two shares, in the deployment's own order, that add up to 100."""

    account: str
    script: str
    deployment_id: str
    shares: tuple[Share, ...]
    objects: tuple[ObjectNamespace, ...] = ()


@dataclass(frozen=True)
class HostRoute:
    """`pattern` in Cloudflare's route syntax: `api.example.com/*`, `*.example.com/images/*`; a custom domain or a
    workers.dev name is its host with `/*`. `script=None` keeps Workers off the pattern. `version` pins a preview URL."""

    pattern: str
    script: str | None
    account: str
    version: Version | None = None


@dataclass(frozen=True)
class HeaderRule:
    """A header transform rule: `operation` set, add or remove; `expression` and `computed` in the Rules language. The value
    is fixed (`value`) or what `computed` gives for the request."""

    expression: str
    operation: str
    header: str
    value: str | None
    computed: str | None = None


@dataclass(frozen=True)
class ZoneTraffic:
    """What a zone makes of a request before a Worker sees it."""

    id: str
    name: str
    always_use_https: bool
    min_tls_version: str
    hsts: str | None
    """The `Strict-Transport-Security` value to send over HTTPS, or None."""
    header_rules: tuple[HeaderRule, ...] = ()
    """What is made of answers."""
    request_rules: tuple[HeaderRule, ...] = ()
    """What is made of requests, before a version is chosen for them."""
    account: str = ""


@dataclass(frozen=True)
class PagesFile:
    digest: str
    content_type: str


@dataclass(frozen=True)
class PagesHeaders:
    """A rule of `_headers`. `pattern` is a path or `https://host/path`, each with at most one `*` and with placeholders
    `:name`, whose values may stand in what is attached. Headers are detached first; names are in lower case."""

    pattern: str
    attached: tuple[tuple[str, str], ...] = ()
    detached: tuple[str, ...] = ()


@dataclass(frozen=True)
class PagesRedirect:
    """A rule of `_redirects`; `status` 200 shows what is at the path `to` without a redirect."""

    pattern: str
    to: str
    status: int = 302


@dataclass(frozen=True)
class PagesSite:
    """Static files of one Pages deployment: path (`/index.html`) → file, under each of `hosts`. Of redirects the first that
    fits is obeyed, of headers each."""

    hosts: tuple[str, ...]
    files: Mapping[str, PagesFile] = field(repr=False)
    headers: tuple[PagesHeaders, ...] = field(default=(), repr=False)
    redirects: tuple[PagesRedirect, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class EdgeFault:
    """A fault that the edge carries out: `effect` version-errors (answer 500) or version-slow (wait `seconds` first), at
    `rate` 0 < r ≤ 1 of the requests that `version` (an id) serves; or deployments-converge: for `seconds` after a change,
    each request obeys the old or the new deployment by chance; or objects-gone: at `rate` the calls into the Durable Objects
    of the script `worker` fail, those of `version` alone where it is given."""

    effect: str
    rate: float
    seconds: float
    version: str | None
    worker: str | None = None


@dataclass(frozen=True)
class EdgeState:
    deployments: tuple[ScriptDeployment, ...] = ()
    routes: tuple[HostRoute, ...] = ()
    zones: tuple[ZoneTraffic, ...] = ()
    faults: tuple[EdgeFault, ...] = ()
    sites: tuple[PagesSite, ...] = ()
    unserved: Mapping[str, str] = field(default_factory=dict[str, str])
    """Host → a sentence for people: what belongs there, and why nothing answers yet."""


@dataclass(frozen=True)
class StartResult:
    """What a version turned out to be when it was started alone. `error` is workerd's own words, or None."""

    handlers: tuple[str, ...] = ()
    named_handlers: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]]
    )
    """Exported class → its handlers; Durable Object classes and named entrypoints."""
    startup_time_ms: int = 0
    error: str | None = None


DURATION_BASE: Final = 1.02
"""Durations are counted in buckets `round(log(microseconds) / log(DURATION_BASE))`: a quantile is within 1 % of the truth."""


@dataclass(frozen=True)
class InvocationCount:
    """Invocations of one version that began in one second and ended alike. `status` in Cloudflare's words: success,
    clientDisconnected, scriptThrewException, exceededResources, internalError."""

    second: int
    """Unix time."""
    account: str
    script: str
    script_id: str
    version: str
    status: str
    requests: int
    subrequests: int
    response_bytes: int
    durations: Mapping[int, int]
    """Wall time: bucket → requests."""
    server_errors: int = 0
    """Answers of 500 and above that the code gave by itself (their `status` is success)."""


@dataclass(frozen=True)
class DataPoint:
    """What a Worker wrote to a dataset of Analytics Engine. `at` Unix seconds; values at the end that are 0 or empty are
    left out."""

    account: str
    dataset: str
    at: float
    index: str
    doubles: tuple[float, ...]
    blobs: tuple[str, ...]


@dataclass(frozen=True)
class StorageService:
    """Where bindings of KV and R2 are served: `address` is `127.0.0.1:port` or `unix:/path`, `secret` what it asks for as a bearer."""

    address: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class HyperdriveService:
    """Where Hyperdrive's bindings lead: each configuration has a unix socket in `folder`. `secret` makes what a Worker is told
    as user, password and database, none of which is the origin's."""

    folder: Path
    secret: str = field(repr=False)


@dataclass(frozen=True)
class EdgeRequest:
    """One request that the edge answered: `at` Unix seconds, `url` the public one. `script` and `version` are empty when no
    Worker served it."""

    at: float
    method: str
    url: str
    status: int
    milliseconds: float
    script: str
    version: str


@dataclass(frozen=True)
class EdgeProcess:
    """A workerd process: `name` says what it serves (`front`, `pitchey-api 3fa1b2c4`, `pitchey-api objects`, `sites`)."""

    name: str
    pid: int
