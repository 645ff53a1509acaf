"""A zone's own records: who may send mail and who may issue certificates, and whatever else is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

_AUTOMATIC = 1
"""The TTL that Cloudflare chooses."""


@dataclass(frozen=True)
class Record:
    name: str
    type: str
    content: str
    proxied: bool = False
    priority: int | None = None


@dataclass(frozen=True)
class ZoneRecordsArgs:
    zone_id: pulumi.Input[str]
    zone_name: str
    certificate_authorities: Sequence[str]
    report_address: str | None = None
    """Where DMARC reports go."""
    records: Sequence[Record] = ()


class ZoneRecords(pulumi.ComponentResource):
    """The domain sends no mail unless a record of the user's says otherwise."""

    def __init__(
        self, name: str, args: ZoneRecordsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("pitchey:dns:ZoneRecords", name, {}, opts)
        options = pulumi.ResourceOptions(parent=self)
        for index, record in enumerate([*mail_records(args), *args.records]):
            label = record.name.removesuffix(args.zone_name).strip("._").replace(".", "-") or "apex"
            cloudflare.DnsRecord(
                f"{name}-{record.type.lower()}-{label}-{index}",
                zone_id=args.zone_id,
                name=record.name,
                type=record.type,
                content=record.content,
                ttl=_AUTOMATIC,
                proxied=record.proxied,
                priority=record.priority,
                opts=options,
            )
        for authority in args.certificate_authorities:
            cloudflare.DnsRecord(
                f"{name}-caa-{authority.replace('.', '-')}",
                zone_id=args.zone_id,
                name=args.zone_name,
                type="CAA",
                data=cloudflare.DnsRecordDataArgs(flags=0, tag="issue", value=authority),
                ttl=_AUTOMATIC,
                opts=options,
            )
        self.register_outputs({})


def mail_records(args: ZoneRecordsArgs) -> list[Record]:
    """SPF, DMARC and an empty DKIM key (RFC 7208, 7489, 6376), where the user has none of that name."""
    own = {(record.name, record.type) for record in args.records}
    reports = f"; rua=mailto:{args.report_address}" if args.report_address else ""
    wanted = [
        Record(args.zone_name, "TXT", '"v=spf1 -all"'),
        Record(
            f"_dmarc.{args.zone_name}", "TXT", f'"v=DMARC1; p=reject; adkim=s; aspf=s{reports}"'
        ),
        Record(f"*._domainkey.{args.zone_name}", "TXT", '"v=DKIM1; p="'),
    ]
    return [record for record in wanted if (record.name, record.type) not in own]
