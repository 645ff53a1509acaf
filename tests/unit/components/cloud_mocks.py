"""A mocked Cloudflare, stateful as moto's: what is made stays, is read, changed and removed, and a clash is refused.

It answers with Cloudflare's own codes and words. It knows nothing of Pulumi; `engine_mock` runs programs against it.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

Json = dict[str, Any]
ACCOUNT: Final = "a" * 32
"""The only account of this cloud."""
SUBDOMAIN: Final = "company"
"""The account's own name under workers.dev."""


class CloudflareError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code


@dataclass(frozen=True)
class Claim:
    """What only one thing of a type may have, within an account or a zone."""

    inputs: tuple[str, ...]
    code: int
    message: str


def cloudflare_type(name: str) -> str:
    """`DnsRecord` → `cloudflare:index/dnsRecord:DnsRecord`."""
    return f"cloudflare:index/{name[0].lower()}{name[1:]}:{name}"


CLAIMS: Final[Mapping[str, Claim]] = {
    "Worker": Claim(
        ("accountId", "name"), 10040, "A Worker with the name '{name}' already exists."
    ),
    "WorkersKvNamespace": Claim(
        ("accountId", "title"), 10014, "a namespace with this account ID and title already exists"
    ),
    "R2Bucket": Claim(
        ("accountId", "name"),
        10004,
        "The bucket you tried to create already exists, and you own it.",
    ),
    "HyperdriveConfig": Claim(
        ("accountId", "name"), 2017, "A Hyperdrive config with the given name already exists"
    ),
    "PagesProject": Claim(
        ("accountId", "name"),
        8000002,
        "A project with this name already exists. Choose a different project name.",
    ),
    "PagesDomain": Claim(("name",), 8000018, "You have already added this custom domain."),
    "R2CustomDomain": Claim(("domain",), 10074, "The custom domain {domain} is already in use."),
    "WorkersCustomDomain": Claim(
        ("hostname",), 100116, "Hostname '{hostname}' is already in use by Worker '{service}'."
    ),
    "WorkersRoute": Claim(
        ("zoneId", "pattern"), 10020, "A route with the same pattern already exists."
    ),
    "Zone": Claim(("name",), 1061, "{name} already exists"),
    "Ruleset": Claim(
        ("zoneId", "phase"),
        20217,
        "'zone' is not a valid value for kind because exceeded maximum number of zone rulesets for phase {phase}",
    ),
}
_ALONE: Final = {"A": {"CNAME"}, "AAAA": {"CNAME"}, "CNAME": {"A", "AAAA", "CNAME"}}
"""Record types that cannot stand beside each other under one name."""
_NOT_DELETED: Final = ("WorkerVersion", "WorkersDeployment", "ZoneSetting")
"""What the provider's delete leaves as it is."""


class MockedCloudflare:
    """Things by type name (`R2Bucket`) and id; `deployments` by Worker name, the newest first."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Json]] = defaultdict(dict)
        self.deployments: dict[str, list[Json]] = defaultdict(list)
        self.fails: Callable[[str], None] = lambda _call: None
        """Called before each call with its name; raises what this cloud shall answer."""

    def add_zone(self, name: str) -> str:
        """A zone that existed before the program; returns its id."""
        return self.create("Zone", {"account": {"id": ACCOUNT}, "name": name})[0]

    def deploy(self, worker: str, shares: Sequence[tuple[str, float]]) -> None:
        """What somebody else does, as wrangler would."""
        versions = [{"versionId": id, "percentage": share} for id, share in shares]
        self.create("WorkersDeployment", {"scriptName": worker, "versions": versions})

    def live(self, worker: str) -> list[tuple[str, float]]:
        versions = self.deployments[worker][0]["versions"]
        return [(share["versionId"], share["percentage"]) for share in versions]

    def create(self, kind: str, inputs: Json) -> tuple[str, Json]:
        """The id and the computed properties. Raises `CloudflareError`."""
        self.fails(f"create {kind}")
        self._check(kind, inputs, None)
        id = str(uuid.uuid4()) if kind in {"WorkerVersion", "WorkersDeployment"} else _hex_id()
        computed = _computed(kind, inputs, id)
        self.things[kind][id] = inputs | computed
        if kind == "WorkersDeployment":
            self.deployments[inputs["scriptName"]].insert(0, {"id": id, **inputs})
        return id, computed

    def read(self, kind: str, id: str) -> Json:
        try:
            return self.things[kind][id]
        except KeyError:
            raise CloudflareError(7003, f"Could not route to {kind} {id}") from None

    def update(self, kind: str, id: str, inputs: Json) -> None:
        self.fails(f"update {kind}")
        self.read(kind, id)
        self._check(kind, inputs, id)
        self.things[kind][id] |= inputs

    def delete(self, kind: str, id: str) -> None:
        self.fails(f"delete {kind}")
        self.read(kind, id)
        if kind not in _NOT_DELETED:
            del self.things[kind][id]

    def names(self, kind: str, key: str = "name") -> set[str]:
        return {str(thing[key]) for thing in self.things[kind].values()}

    def _check(self, kind: str, inputs: Json, own: str | None) -> None:
        others = [thing for id, thing in self.things[kind].items() if id != own]
        claim = CLAIMS.get(kind)
        if claim and any(_same(claim.inputs, inputs, other) for other in others):
            raise CloudflareError(claim.code, claim.message.format_map(inputs))
        if "zoneId" in inputs and inputs["zoneId"] not in self.things["Zone"]:
            raise CloudflareError(9109, "Invalid zone identifier")
        if kind == "DnsRecord":
            _check_record(inputs, others, self.names("WorkersCustomDomain", "hostname"))
        elif kind == "WorkerVersion":
            self._check_version(inputs)
        elif kind == "WorkersDeployment":
            self._check_deployment(inputs)
        elif kind in {"WorkersCustomDomain", "WorkersRoute"}:
            self._worker_named(inputs.get("service") or inputs.get("script") or "")
        elif "bucketName" in inputs and inputs["bucketName"] not in self.names("R2Bucket"):
            raise CloudflareError(10006, "The specified bucket does not exist.")

    def _worker_named(self, name: str) -> None:
        if name not in self.names("Worker"):
            raise CloudflareError(10007, "This Worker does not exist on your account.")

    def _check_version(self, inputs: Json) -> None:
        if inputs["workerId"] not in self.things["Worker"]:
            raise CloudflareError(10007, "This Worker does not exist on your account.")
        for binding in inputs.get("bindings") or ():
            namespace = binding.get("namespaceId")
            if namespace is not None and namespace not in self.things["WorkersKvNamespace"]:
                raise CloudflareError(10041, f"KV namespace '{namespace}' not found.")
            bucket = binding.get("bucketName")
            if bucket is not None and bucket not in self.names("R2Bucket"):
                raise CloudflareError(10085, f"R2 bucket '{bucket}' not found.")

    def _check_deployment(self, inputs: Json) -> None:
        self._worker_named(inputs["scriptName"])
        shares = inputs["versions"]
        total = sum((Decimal(str(share["percentage"])) for share in shares), Decimal(0))
        if total != 100 or not 1 <= len(shares) <= 2:
            raise CloudflareError(10210, "Invalid deployment: percentages must sum to 100")
        for share in shares:
            if share["versionId"] not in self.things["WorkerVersion"]:
                raise CloudflareError(
                    10210, f"Invalid deployment: Version not found: {share['versionId']}"
                )


def _hex_id() -> str:
    return secrets.token_hex(16)


def _same(keys: Sequence[str], one: Json, other: Json) -> bool:
    return all(str(one.get(key)).lower() == str(other.get(key)).lower() for key in keys)


def _check_record(record: Json, others: Sequence[Json], worker_hosts: set[str]) -> None:
    if record["name"] in worker_hosts:
        raise CloudflareError(81062, "A DNS record managed by Workers already exists on that host.")
    for other in others:
        if not _same(("zoneId", "name"), record, other):
            continue
        if other["type"] in _ALONE.get(record["type"], ()):
            raise CloudflareError(
                81053, "An A, AAAA, or CNAME record with that host already exists."
            )
        if _same(("type", "content", "data"), record, other):
            raise CloudflareError(81058, "An identical record already exists.")


def _computed(kind: str, inputs: Json, id: str) -> Json:
    if kind == "Worker":
        url = f"https://{inputs['name']}.{SUBDOMAIN}.workers.dev"
        return {"subdomain": {**inputs.get("subdomain", {}), "url": url}}
    if kind == "PagesProject":
        return {"subdomain": f"{inputs['name']}.pages.dev"}
    if kind == "RandomBytes":
        drawn = secrets.token_bytes(int(inputs["length"]))
        return {"base64": base64.b64encode(drawn).decode(), "hex": drawn.hex()}
    if kind == "WorkersCustomDomain":
        return {"environment": "production"}
    return {"createdOn": "2026-11-24T00:00:00.000000Z", "id": id}
