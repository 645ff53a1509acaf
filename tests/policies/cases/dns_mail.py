from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final

from policies.resources import Resource
from tests.policies.building import (
    STAGING,
    UNKNOWN,
    Case,
    having,
    resource,
    with_input,
    without_input,
)


def _record(name: str, type: str, content: Any = None, **more: Any) -> Resource:
    inputs = {"zoneId": "z", "name": name, "type": type, "ttl": 1} | more
    if content is not None:
        inputs["content"] = content
    return resource("DnsRecord", inputs, name=f"{name}-{type}-{content}")


def _caa(value: str, tag: str = "issue") -> Resource:
    return _record("shop.example", "CAA", data={"flags": 0, "tag": tag, "value": value})


def _zone(**more: Any) -> Resource:
    return resource("Zone", {"name": "shop.example"} | more, name="zone", id="z")


def _route(pattern: str) -> Resource:
    return resource("WorkersRoute", {"zoneId": "z", "pattern": pattern, "script": "shop"})


def _key(size: int) -> str:
    """A key of so many bytes, whose head says so."""
    length = size - 4
    head = bytes([0x30, 0x82]) + length.to_bytes(2)
    return base64.b64encode(head + bytes(length)).decode()


_WEB: Final = _record("www.shop.example", "A", "198.51.100.7", proxied=True)
_SPF: Final = _record("shop.example", "TXT", '"v=spf1 -all"')
_DMARC: Final = _record("_dmarc.shop.example", "TXT", '"v=DMARC1; p=reject"')
_MX: Final = _record("shop.example", "MX", "mx.mail.example", priority=10)
_STRICT: Final = resource("ZoneSetting", {"zoneId": "z", "settingId": "ssl", "value": "strict"})
_PAGE: Final = _record("app.shop.example", "CNAME", "shop-production.pages.dev", proxied=True)
_PROJECT: Final = resource("PagesProject", {"name": "shop-production"}, name="app")
_DOMAIN: Final = resource(
    "PagesDomain", {"projectName": "shop-production", "name": "app.shop.example"}, name="domain"
)

CASES: Final[Sequence[Case]] = (
    Case(
        rule="forbid-dangling-record",
        good=[_PAGE, _PROJECT, _DOMAIN],
        broken={
            "a project that is not there": [_PAGE],
            "another project": [_PAGE, resource("PagesProject", {"name": "shop-blog"})],
            "a project that nobody claims the host for": [_PAGE, _PROJECT],
            "a Worker that is not there": with_input("api.team.workers.dev", "content"),
            "a bucket's development address": with_input("pub-0123.r2.dev", "content"),
            "a name at a service that anybody may take": with_input(
                "shop-sale.herokuapp.com", "content"
            ),
            "one that nobody has proven": [
                _record("sale.shop.example", "CNAME", "shop-sale.azurewebsites.net"),
            ],
            "a website in a bucket of another name": with_input(
                "sale.s3-website-us-east-1.amazonaws.com", "content"
            ),
            "a host that the zone does not have": [
                _zone(),
                _record("www", "CNAME", "web.shop.example", proxied=True),
            ],
        },
        harmless={
            "a branch of the project": with_input("main.shop-production.pages.dev", "content"),
            "a project of another stack, whose domain is here": [_PAGE, _DOMAIN],
            "a project whose name is not known yet": [
                _PAGE,
                resource("PagesProject", {"name": UNKNOWN}),
                _DOMAIN,
            ],
            "a project that Cloudflare gave another address": [
                _record("app.shop.example", "CNAME", "shop-9fq.pages.dev", proxied=True),
                resource(
                    "PagesProject", {"name": "shop"}, outputs={"subdomain": "shop-9fq.pages.dev"}
                ),
                _DOMAIN,
            ],
            "a host of another name server": [
                _zone(),
                _record("lab", "NS", "ns1.dns.example"),
                _record("www", "CNAME", "web.lab.shop.example", proxied=True),
            ],
            "a Worker of the stack": [
                _record("api.shop.example", "CNAME", "api.team.workers.dev", proxied=True),
                resource("WorkersScript", {"scriptName": "api"}),
            ],
            "a service elsewhere": [_record("docs.shop.example", "CNAME", "hosting.docs.example")],
            "a name that the service gave": with_input("calm-fox-12.herokudns.com", "content"),
            "an origin at Azure": [
                _record("app.shop.example", "CNAME", "shop-app.azurewebsites.net", proxied=True),
            ],
            "one that is proven": [
                _record("app.shop.example", "CNAME", "shop-app.azurewebsites.net"),
                _record("asuid.app.shop.example", "TXT", "0f1e2d3c"),
            ],
            "one that the stack has": [
                _record("app.shop.example", "CNAME", "shop-app.azurewebsites.net"),
                resource("azure-native:web:WebApp", {"name": "shop-app"}),
            ],
            "a website in the host's bucket": with_input(
                "app.shop.example.s3-website-us-east-1.amazonaws.com", "content"
            ),
            "the zone itself": [_zone(), _record("www", "CNAME", "shop.example", proxied=True)],
            "a host of the zone": [
                _zone(),
                _record("web", "A", "198.51.100.7", proxied=True),
                _record("www", "CNAME", "web.shop.example.", proxied=True),
            ],
            "not known yet": with_input(UNKNOWN, "content"),
        },
    ),
    Case(
        rule="require-routed-record",
        good=[_route("www.shop.example/*"), _zone(), _WEB, _SPF],
        broken={
            "another host": with_input("api.shop.example/*", "pattern"),
            "with a scheme": with_input("https://api.shop.example/v1/*", "pattern"),
            "a host and all under it": with_input("*.api.shop.example/*", "pattern"),
        },
        harmless={
            "all hosts": with_input("*shop.example/*", "pattern"),
            "everything": with_input("*/*", "pattern"),
            "another zone": with_input("api.other.example/*", "pattern"),
            "not known yet": with_input(UNKNOWN, "pattern"),
            "a wildcard": [
                *(_route("api.shop.example/*"), _zone(), _SPF),
                _record("*.shop.example", "AAAA", "100::", proxied=True),
            ],
            "a custom domain": [
                *(_route("api.shop.example/v2/*"), _zone(), _WEB, _SPF),
                resource("WorkersCustomDomain", {"hostname": "api.shop.example"}),
            ],
            "a record that is not known yet": [
                *(_route("api.shop.example/*"), _zone(), _WEB, _SPF),
                resource("DnsRecord", {"zoneId": "z", "type": "A", "name": UNKNOWN}),
            ],
            "records that stand elsewhere": [_route("api.shop.example/*"), _zone(), _SPF],
            "another stack's zone": [_route("api.shop.example/*"), _WEB],
        },
    ),
    Case(
        rule="forbid-shadowed-record",
        good=[_record("app.shop.example", "CNAME", "edge.host.example", proxied=True), _WEB, _SPF],
        broken={
            "a CNAME beside an address": with_input("www.shop.example", "name"),
            "in other letters": with_input("WWW.shop.example.", "name"),
            "short and whole": [_zone(), _WEB, _record("www", "CNAME", "edge.host.example")],
            "two CNAMEs": [
                _record("app.shop.example", "CNAME", "a.host.example", proxied=True),
                _record("app.shop.example", "CNAME", "b.host.example", proxied=True),
            ],
            "an unproxied CNAME beside a text": [
                _record("app.shop.example", "CNAME", "edge.host.example"),
                _record("app.shop.example", "TXT", "site-verification=1"),
            ],
            "the same twice": [_SPF, _record("shop.example", "TXT", "v=spf1 -all")],
            "a Worker's own domain": [
                _record("api.shop.example", "AAAA", "100::", proxied=True),
                resource("WorkersCustomDomain", {"hostname": "api.shop.example"}),
            ],
            "under a name that is handed over": [
                _record("dev.shop.example", "NS", "ns1.dns.example"),
                _record("www.dev.shop.example", "A", "198.51.100.7", proxied=True),
            ],
        },
        harmless={
            "a proxied CNAME beside a text": [
                _record("app.shop.example", "CNAME", "edge.host.example", proxied=True),
                _record("app.shop.example", "TXT", "site-verification=1"),
            ],
            "a CNAME at the apex beside mail": [
                _record("shop.example", "CNAME", "edge.host.example"),
                _MX,
                _SPF,
            ],
            "several addresses": [
                _WEB,
                _record("www.shop.example", "A", "198.51.100.8", proxied=True),
            ],
            "two texts": [_SPF, _record("shop.example", "TXT", "site-verification=1")],
            "another zone of the stack": [
                _zone(),
                resource("Zone", {"name": "blog.shop.example"}, name="blog", id="y"),
                _record("www", "A", "198.51.100.7", proxied=True),
                _record("www.blog.shop.example", "CNAME", "a.host.example", zoneId=UNKNOWN),
            ],
            "another zone": [
                _WEB,
                resource(
                    "DnsRecord",
                    {
                        "zoneId": "y",
                        "name": "www.shop.example",
                        "type": "CNAME",
                        "content": "a.example",
                    },
                ),
            ],
            "name servers and their DS": [
                _record("dev.shop.example", "NS", "ns1.dns.example"),
                _record("dev.shop.example", "NS", "ns2.dns.example"),
                _record("dev.shop.example", "DS", data={"keyTag": 1}),
            ],
            "a name that is not known yet": with_input(UNKNOWN, "name"),
        },
    ),
    Case(
        rule="require-proxied-origin",
        good=[_WEB],
        broken={
            "unproxied": with_input(False, "proxied"),
            "not said": without_input("proxied"),
            "IPv6": [_record("www.shop.example", "AAAA", "2001:db8::7", proxied=False)],
            "the apex": [_record("shop.example", "A", "198.51.100.7")],
            "everything": [_record("*.shop.example", "A", "198.51.100.7")],
            "Pages": [_record("app.shop.example", "CNAME", "shop.pages.dev", proxied=False)],
            "a load balancer": [
                _record("app.shop.example", "CNAME", "lb-1.eu-west-1.elb.amazonaws.com")
            ],
            "a paused zone": [_zone(paused=True), _WEB],
            "a placeholder that nothing answers": [_record("www.shop.example", "A", "192.0.2.1")],
        },
        harmless={
            "mail": with_input("mail.shop.example", "name"),
            "where mail goes": [
                _record("inbound.shop.example", "A", "198.51.100.9"),
                _record("shop.example", "MX", "inbound.shop.example", priority=5),
            ],
            "git": [_record("git.shop.example", "A", "198.51.100.9")],
            "SSH": [_record("ssh.shop.example", "A", "198.51.100.9")],
            "name servers": [_record("ns1.shop.example", "A", "198.51.100.9")],
            "a proof": [_record("_acme-challenge.shop.example", "CNAME", "x.acme.example")],
            "a service elsewhere": [_record("help.shop.example", "CNAME", "shop.helpdesk.example")],
            "a proxied sibling": [_WEB, _record("www.shop.example", "A", "198.51.100.8")],
            "mail goes to a host that is not known yet": [
                _record("in.shop.example", "A", "198.51.100.9"),
                _record("shop.example", "MX", UNKNOWN, priority=5),
            ],
            "an inner address": [_record("nas.shop.example", "A", "10.0.0.4")],
            "a service's address for all its customers": with_input("76.76.21.21", "content"),
            "GitHub Pages": [_record("shop.example", "A", "185.199.108.153")],
            "a text": [_SPF],
            "not known yet": with_input(UNKNOWN, "proxied"),
        },
    ),
    Case(
        rule="forbid-leaked-origin",
        good=[_WEB, _record("mail.shop.example", "A", "198.51.100.9")],
        broken={
            "mail on the same machine": with_input("198.51.100.9", "content"),
            "IPv6, written another way": [
                _record("www.shop.example", "AAAA", "2001:db8:0:0::7", proxied=True),
                _record("ftp.shop.example", "AAAA", "2001:db8::7"),
            ],
        },
        harmless={
            "the same name": [_WEB, _record("www.shop.example", "A", "198.51.100.7")],
            "both proxied": [_WEB, _record("shop.example", "A", "198.51.100.7", proxied=True)],
            "a placeholder": [
                _record("www.shop.example", "A", "192.0.2.1", proxied=True),
                _record("mail.shop.example", "A", "192.0.2.1"),
            ],
        },
    ),
    Case(
        rule="forbid-private-address",
        good=[_WEB],
        broken={
            "10/8": with_input("10.1.2.3", "content"),
            "192.168/16": with_input("192.168.0.10", "content"),
            "shared by carriers": with_input("100.64.0.9", "content"),
            "loopback": with_input("127.0.0.1", "content"),
            "link-local": with_input("169.254.169.254", "content"),
            "IPv6": [_record("nas.shop.example", "AAAA", "fd00::4")],
            "IPv4, written as IPv6": [_record("nas.shop.example", "AAAA", "::ffff:10.0.0.4")],
        },
        harmless={
            "a placeholder": with_input("192.0.2.1", "content"),
            "a placeholder of IPv6": [_record("www.shop.example", "AAAA", "100::", proxied=True)],
            "beside 172.16/12": with_input("172.32.0.1", "content"),
            "private routing": [
                _record("nas.shop.example", "A", "10.0.0.4", proxied=True, privateRouting=True)
            ],
            "in a text": [_record("shop.example", "TXT", "10.0.0.4")],
        },
    ),
    Case(
        rule="require-caa",
        good=[_zone(), _WEB, _STRICT, _caa("letsencrypt.org")],
        broken={
            "no CAA": [_zone(), _WEB, _STRICT, _SPF],
            "only where to report": [
                *(_zone(), _WEB, _STRICT, _caa("mailto:ca@shop.example", "iodef")),
            ],
        },
        harmless={
            "settings and a host": [_zone(), _WEB, _STRICT],
            "records and no settings": [_zone(), _WEB, _SPF],
            "a zone of which only a host is said": [_zone(), _WEB],
            "another stack's zone": [_WEB],
            "a zone that is only looked up": [
                *(having(operation="read")(_zone()), _WEB, _STRICT, _SPF),
            ],
            "a zone without hosts": [_zone(), _SPF],
            "paused": [_zone(paused=True), _WEB, _SPF],
            "a record whose type is not known yet": [
                _zone(),
                _WEB,
                _STRICT,
                _SPF,
                resource("DnsRecord", {"zoneId": "z", "name": "shop.example", "type": UNKNOWN}),
            ],
        },
    ),
    Case(
        rule="limit-certificate-authorities",
        good=[_caa("letsencrypt.org")],
        broken={
            "another": with_input("ca.unknown.example", "data", "value"),
            "for wildcards": [_caa("ca.unknown.example", "issuewild")],
            "as a text": [_record("shop.example", "CAA", '0 issue "ca.unknown.example"')],
        },
        harmless={
            "with parameters": with_input("pki.goog; cansignhttpexchanges=yes", "data", "value"),
            "nobody": with_input(";", "data", "value"),
            "where to report": [_caa("mailto:security@shop.example", "iodef")],
            "an authority's other name": with_input("comodoca.com", "data", "value"),
        },
    ),
    Case(
        rule="require-spf",
        good=[_zone(), _WEB, _SPF, _DMARC],
        broken={
            "none": [_zone(), _WEB, _DMARC],
            "two": [
                _zone(),
                _WEB,
                _SPF,
                _record("shop.example", "TXT", "v=spf1 include:a.example ~all"),
            ],
            "none where mail is received": [_MX, _DMARC],
            "another text": [_zone(), _WEB, _record("shop.example", "TXT", "v=spf10 -all")],
        },
        harmless={
            "the apex by its sign": [_zone(), _WEB, _record("@", "TXT", "v=spf1 -all")],
            "in several strings": [_zone(), _record("@", "TXT", '"v=spf1 " "-all"')],
            "one each for two names": [
                _zone(),
                _SPF,
                _record("news.shop.example", "TXT", "v=spf1 include:a.example -all"),
            ],
            "another stack's zone": [_WEB],
            "mail that Cloudflare routes": [
                _zone(),
                _WEB,
                resource("EmailRoutingDns", {"zoneId": "z"}),
            ],
            "a name that takes no mail": [_record("www.shop.example", "MX", ".", priority=0)],
            "one MX record of another stack's zone": [_MX],
            "a zone of which only a host is said": [_zone(), _WEB],
        },
    ),
    Case(
        rule="require-spf",
        good=[resource("Zone", {"name": "shop.example"}, stack="staging", id="z"), _WEB],
        broken={"two, in staging": [_SPF, _record("shop.example", "TXT", "v=spf1 ~all")]},
        context=STAGING,
    ),
    Case(
        rule="forbid-open-spf",
        good=[_record("shop.example", "TXT", '"v=spf1 include:_spf.mail.example -all"')],
        broken={
            "everybody": with_input('"v=spf1 +all"', "content"),
            "everybody, in short": with_input("v=spf1 mx all", "content"),
            "no opinion": with_input("v=spf1 include:_spf.mail.example ?all", "content"),
            "no end": with_input("v=spf1 include:_spf.mail.example", "content"),
            "half of the world": with_input("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", "content"),
            "a slip": with_input("v=spf1-all", "content"),
            "eleven lookups": with_input(
                "v=spf1 " + " ".join(f"include:s{n}.example" for n in range(11)) + " -all",
                "content",
            ),
            "split strings": with_input('"v=spf1 include:a.example " "+all"', "content"),
        },
        harmless={
            "softly": with_input("v=spf1 include:_spf.mail.example ~all", "content"),
            "another record decides": with_input("v=spf1 redirect=_spf.mail.example", "content"),
            "ten lookups": with_input(
                "v=spf1 ip4:198.51.100.0/24 a mx "
                + " ".join(f"include:s{n}.example" for n in range(8))
                + " -all",
                "content",
            ),
            "no SPF": with_input("all=+all", "content"),
            "not known yet": with_input(UNKNOWN, "content"),
        },
    ),
    Case(
        rule="require-dmarc",
        good=[_zone(), _WEB, _SPF, _DMARC],
        broken={
            "none": [_zone(), _WEB, _SPF],
            "two": [_zone(), _WEB, _SPF, _DMARC, _record("_dmarc", "TXT", "v=DMARC1; p=none")],
            "none where mail is received": [_MX, _SPF],
            "none where the zone says who certifies it": [
                *(_zone(), _WEB, _caa("letsencrypt.org")),
            ],
            "no DMARC in it": [
                _zone(),
                _WEB,
                _SPF,
                _record("_dmarc.shop.example", "TXT", "p=reject"),
            ],
        },
        harmless={
            "settings and a host": [_zone(), _WEB, _STRICT],
            "by its short name": [_zone(), _WEB, _record("_dmarc", "TXT", "v=DMARC1;p=reject")],
            "by signs alone": [
                _record("@", "MX", "mx.mail.example", priority=10),
                _record("_dmarc", "TXT", "v=DMARC1; p=reject"),
            ],
            "a record that is not known yet": [
                _zone(),
                _WEB,
                _SPF,
                _record("_dmarc.shop.example", "TXT", UNKNOWN),
            ],
            "a provider's": [_zone(), _WEB, _record("_dmarc", "CNAME", "shop.dmarc.example")],
            "mail under another stack's domain": [
                _record("bounce.shop.example", "MX", "feedback.mail.example", priority=10),
                _record("bounce.shop.example", "TXT", "v=spf1 include:mail.example -all"),
            ],
            "the domain's, for a name under it": [
                _record("news.shop.example", "MX", "mx.mail.example", priority=10),
                _DMARC,
            ],
            "another stack's zone": [_WEB],
        },
    ),
    Case(
        rule="keep-dmarc-enforced",
        good=[
            _record("_dmarc.shop.example", "TXT", '"v=DMARC1; p=reject; rua=mailto:d@shop.example"')
        ],
        broken={
            "only watched": with_input("v=DMARC1; p=none; rua=mailto:d@shop.example", "content"),
            "only for names under it": with_input("v=DMARC1; p=none; sp=reject", "content"),
            "no policy": with_input("v=DMARC1; rua=mailto:d@shop.example", "content"),
            "commas": with_input("v=DMARC1, p=reject", "content"),
            "for no mail": with_input("v=DMARC1; p=reject; pct=0", "content"),
        },
        harmless={
            "quarantine": with_input("v=DMARC1; p=quarantine; pct=50", "content"),
            "names under it are let be": with_input("v=DMARC1; sp=none; p=reject", "content"),
            "without spaces": with_input("v=DMARC1;p=reject", "content"),
            "split strings": with_input('"v=DMARC1; p=rej" "ect"', "content"),
            "another record": with_input("_other.shop.example", "name"),
        },
    ),
    Case(
        rule="require-dkim",
        good=[_MX, _SPF, _record("s1._domainkey.shop.example", "TXT", f"v=DKIM1; p={_key(294)}")],
        broken={
            "none": [_MX, _SPF, _DMARC],
            "revoked": [_MX, _record("*._domainkey.shop.example", "TXT", '"v=DKIM1; p="')],
        },
        harmless={
            "a provider's, by CNAME": [
                _MX,
                _record("s1._domainkey.shop.example", "CNAME", "s1.dkim.mail.example"),
            ],
            "no mail": [_record("*._domainkey.shop.example", "TXT", '"v=DKIM1; p="')],
            "a null MX": [_record("shop.example", "MX", ".", priority=0)],
            "what comes back, under another stack's domain": [
                _record("bounce.shop.example", "MX", "feedback.mail.example", priority=10),
                _record("bounce.shop.example", "TXT", "v=spf1 include:mail.example -all"),
            ],
            "mail that is only forwarded": [
                _record("shop.example", "MX", "route1.mx.cloudflare.net", priority=3)
            ],
            "a name that is not known yet": [
                _MX,
                resource("DnsRecord", {"zoneId": "z", "name": UNKNOWN}),
            ],
        },
    ),
    Case(
        rule="forbid-weak-dkim",
        good=[_record("s1._domainkey.shop.example", "TXT", f"v=DKIM1; k=rsa; p={_key(294)}")],
        broken={
            "512 bits": with_input(f"v=DKIM1; k=rsa; p={_key(93)}", "content"),
            "in two strings": with_input(
                f'"v=DKIM1; p={_key(93)[:60]}" "{_key(93)[60:]}"', "content"
            ),
            "in the short form": with_input(
                "v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf",
                "content",
            ),
        },
        harmless={
            "1024 bits": with_input(f"v=DKIM1; p={_key(162)}", "content"),
            "an elliptic curve": with_input(f"v=DKIM1; k=ed25519; p={_key(33)}", "content"),
            "revoked": with_input("v=DKIM1; p=", "content"),
            "no key": with_input("v=DKIM1; p=…", "content"),
            "only the beginning of a long key": with_input(
                "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "content"
            ),
            "what stands for a key": with_input("v=DKIM1; p=YourPublicKeyHere", "content"),
        },
    ),
    Case(
        rule="separate-mail-host",
        good=[
            _record("shop.example", "MX", "mail.shop.example", priority=10),
            _record("mail.shop.example", "A", "198.51.100.9"),
        ],
        broken={
            "an address": with_input("198.51.100.9", "content"),
            "proxied": [
                _record("shop.example", "MX", "shop.example", priority=10),
                _record("shop.example", "A", "198.51.100.7", proxied=True),
            ],
            "an alias": [
                _record("shop.example", "MX", "mail.shop.example", priority=10),
                _record("mail.shop.example", "CNAME", "box.host.example"),
            ],
        },
        harmless={
            "a provider's": with_input("mx.mail.example", "content"),
            "a null MX": with_input(".", "content"),
        },
    ),
)
