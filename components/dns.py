"""A zone's own records: who may send mail and who may issue certificates, and whatever else is wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

_AUTOMATIC = 1
"""The TTL that Cloudflare chooses."""
_DIGEST_LENGTH = 8


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
        records = named_records(args)
        super().__init__("pitchey:dns:ZoneRecords", name, {}, opts)
        options = pulumi.ResourceOptions(parent=self)
        for key, record in records.items():
            cloudflare.DnsRecord(
                f"{name}-{key}",
                zone_id=args.zone_id,
                name=record.name,
                type=record.type,
                content=record.content,
                ttl=_AUTOMATIC,
                proxied=record.proxied,
                priority=record.priority,
                opts=options,
            )
        for authority in dict.fromkeys(args.certificate_authorities):
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


def named_records(args: ZoneRecordsArgs) -> dict[str, Record]:
    """Every record but CAA, by a name that is its own and no position: one more or less leaves the others alone.

    A CNAME, of which a host has one, changes in place; what a host may have several of is known by its content. Raises
    `ValueError` for a record that is named twice.
    """
    named = dict(mail_records(args))
    for record in args.records:
        host = record.name.removesuffix(args.zone_name).rstrip(".") or "@"
        key = f"{record.type.lower()}-{host}"
        if record.type != "CNAME":
            digest = hashlib.sha256(record.content.encode()).hexdigest()
            key = f"{key}-{digest[:_DIGEST_LENGTH]}"
        if key in named:
            raise ValueError(f"records: the {record.type} record of {record.name} is named twice")
        named[key] = record
    return named


def mail_records(args: ZoneRecordsArgs) -> Mapping[str, Record]:
    """SPF, DMARC and an empty DKIM key (RFC 7208, 7489, 6376), each unless the user has one."""
    reports = f"; rua=mailto:{args.report_address}" if args.report_address else ""
    wanted = {
        "spf": Record(args.zone_name, "TXT", '"v=spf1 -all"'),
        "dmarc": Record(
            f"_dmarc.{args.zone_name}", "TXT", f'"v=DMARC1; p=reject; adkim=s; aspf=s{reports}"'
        ),
        "dkim": Record(f"*._domainkey.{args.zone_name}", "TXT", '"v=DKIM1; p="'),
    }
    own = {(record.name, _version(record)) for record in args.records}
    return {
        key: record for key, record in wanted.items() if (record.name, _version(record)) not in own
    }


def _version(record: Record) -> str:
    """What a TXT record is for (`v=spf1`): others of the same name, like proofs of ownership, are no policy."""
    text = record.content.strip('" ').lower()
    return text.partition(" ")[0].rstrip(";") if record.type == "TXT" else record.type
