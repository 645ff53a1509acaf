"""An R2 bucket for uploads: never public by itself, with CORS, lifecycle and lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

_DAY = 86_400


@dataclass(frozen=True)
class UploadsBucketArgs:
    account_id: pulumi.Input[str]
    name: str
    """The bucket's name in the account; it carries the environment."""
    allowed_origins: Sequence[str]
    """Origins whose pages may upload; never `*`."""
    abort_incomplete_after_days: int = 7
    lock_days: int = 0
    """For so long an object can neither be overwritten nor deleted; 0: no lock."""
    hostname: str | None = None
    """A custom domain in the zone below under which objects can be read."""
    zone_id: pulumi.Input[str] | None = None


class UploadsBucket(pulumi.ComponentResource):
    """Output: `bucket_name`."""

    bucket_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: UploadsBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        check_origins(args.allowed_origins)
        if args.hostname is not None and args.zone_id is None:
            raise ValueError(f"{name}: hostname {args.hostname} needs the zone_id that it is in")
        super().__init__("pitchey:storage:UploadsBucket", name, {}, opts)
        bucket = cloudflare.R2Bucket(
            f"{name}-bucket",
            account_id=args.account_id,
            name=args.name,
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        options = pulumi.ResourceOptions(parent=self)
        cloudflare.R2BucketCors(
            f"{name}-cors",
            account_id=args.account_id,
            bucket_name=bucket.name,
            rules=[
                cloudflare.R2BucketCorsRuleArgs(
                    id="uploads",
                    allowed=cloudflare.R2BucketCorsRuleAllowedArgs(
                        methods=["GET", "PUT", "HEAD"],
                        origins=list(args.allowed_origins),
                        headers=["content-type"],
                    ),
                    expose_headers=["etag"],
                    max_age_seconds=3600,
                )
            ],
            opts=options,
        )
        cloudflare.R2BucketLifecycle(
            f"{name}-lifecycle",
            account_id=args.account_id,
            bucket_name=bucket.name,
            rules=[
                cloudflare.R2BucketLifecycleRuleArgs(
                    id="abort-incomplete-uploads",
                    enabled=True,
                    conditions=cloudflare.R2BucketLifecycleRuleConditionsArgs(prefix=""),
                    abort_multipart_uploads_transition=cloudflare.R2BucketLifecycleRuleAbortMultipartUploadsTransitionArgs(
                        condition=cloudflare.R2BucketLifecycleRuleAbortMultipartUploadsTransitionConditionArgs(
                            type="Age", max_age=args.abort_incomplete_after_days * _DAY
                        )
                    ),
                )
            ],
            opts=options,
        )
        if args.lock_days:
            cloudflare.R2BucketLock(
                f"{name}-lock",
                account_id=args.account_id,
                bucket_name=bucket.name,
                rules=[
                    cloudflare.R2BucketLockRuleArgs(
                        id="keep-uploads",
                        enabled=True,
                        prefix="",
                        condition=cloudflare.R2BucketLockRuleConditionArgs(
                            type="Age", max_age_seconds=args.lock_days * _DAY
                        ),
                    )
                ],
                opts=options,
            )
        if args.hostname is not None and args.zone_id is not None:
            cloudflare.R2CustomDomain(
                f"{name}-domain",
                account_id=args.account_id,
                bucket_name=bucket.name,
                domain=args.hostname,
                enabled=True,
                zone_id=args.zone_id,
                min_tls="1.2",
                opts=options,
            )
        self.bucket_name = bucket.name
        self.register_outputs({"bucketName": bucket.name})


def check_origins(origins: Sequence[str]) -> None:
    """Raises `ValueError`: a page of anybody must not write into the bucket."""
    if not origins:
        raise ValueError("allowed_origins: at least one origin is needed")
    for origin in origins:
        if "*" in origin or not origin.startswith("https://"):
            raise ValueError(f"allowed_origins: {origin!r} is not one https:// origin")
