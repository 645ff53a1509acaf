"""The outputs of a stack: stable names that other programs and the delivery commands read."""

from __future__ import annotations

from typing import TypedDict


class ShareOutput(TypedDict):
    versionId: str
    percentage: float


class BindingOutput(TypedDict):
    name: str
    type: str


class StackOutputs(TypedDict):
    """What `pulumi stack output --json` gives for a stack of this program."""

    workerName: str
    """The Worker's name in the account."""
    workerId: str
    """32 hexadecimal digits."""
    workerUrl: str
    """Where the Worker answers: its workers.dev address where that is on, else its custom domain."""
    urls: dict[str, str]
    """`worker` (workers.dev, where it is on), `api`, `app`, `uploads`, `rollouts`."""
    uploadedVersionId: str
    """The version of this program's code; it serves only once a split gives it traffic."""
    stableVersionId: str
    """The first version of the live split."""
    candidateVersionId: str | None
    """The second version of the live split; null when one has it all (`pulumi stack output` then leaves it out)."""
    split: list[ShareOutput]
    """The live split in the deployment's own order."""
    namespaceIds: dict[str, str]
    """KV namespaces: `cache`, `sessions`, `flags`."""
    bucketName: str
    hyperdriveId: str
    pagesProject: str
    zoneId: str
    zoneName: str
    rolloutsUrl: str
    """The Rollouts Worker's custom domain, `https://rollouts.<zone>`."""
    rolloutsWorkerUrl: str | None
    """Its workers.dev address; null where it has none (`pulumi stack output` then leaves it out)."""
    rolloutsToken: str
    """What every caller of the Rollouts Worker shows; a secret."""
    deadMansSwitch: bool
    """Whether the stable version is put back when whoever leads a rollout is gone."""
    durableObjects: list[str]
    """Classes."""
    bindings: list[BindingOutput]
    """Names and types of what the Worker is bound to; never a value."""
