"""What each workerd process of the edge runs: a version, the objects of a script, the front, the sites."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from localcloud.edge.bindings import Surroundings, extension, render
from localcloud.edge.capnp import headers, record, sequence, text, texts
from localcloud.edge.colo_services import CACHE
from localcloud.edge.model import ObjectNamespace, PagesSite, Version
from localcloud.edge.modules import INSPECTED, code, is_classic
from localcloud.edge.process import Program

_HERE: Final = Path(__file__).parent
_SCHEMA: Final = 'using Workerd = import "/workerd/workerd.capnp";\n'
_EDGE_DATE: Final = "2026-01-01"
_FRONT_MODULES: Final = ("front", "choosing", "counting", "pages", "rules")
_SITES_MODULES: Final = ("sites", "site-rules")
_COLO_MODULES: Final = ("colo", "cache", "limits", "points")
SERVED_HEADER: Final = "x-edge-served"
"""On every answer that a Worker gave by itself; workerd's own answer to an exception lacks it. Never leaves the front."""
_CF: Final = {
    "asn": 0,
    "asOrganization": "Local",
    "city": "Localhost",
    "colo": "LCL",
    "continent": "EU",
    "country": "XX",
    "httpProtocol": "HTTP/1.1",
    "latitude": "0.00000",
    "longitude": "0.00000",
    "timezone": "UTC",
    "tlsVersion": "TLSv1.3",
}
_SENT: Final = {"x-edge-proto": "https", "x-edge-cf": json.dumps(_CF)}
"""What makes `request.url` and `request.cf` in a version; workerd reads these before it adds any."""
_ARRIVING: Final = {
    "x-forwarded-proto": "https",
    "x-real-ip": "127.0.0.1",
    "cf-connecting-ip": "127.0.0.1",
    "cf-ipcountry": "XX",
    "cf-visitor": '{"scheme":"https"}',
}
"""What a Worker is told of every request; added where it arrives, so that none of it has to be sent."""


def _config(services: Sequence[str], sockets: Sequence[str], extensions: Sequence[str] = ()) -> str:
    config = record(
        services=sequence(services),
        sockets=sequence(sockets),
        extensions=sequence(extensions) if extensions else None,
    )
    return f"{_SCHEMA}const config :Workerd.Config = {config};\n"


def _internet(around: Surroundings) -> str:
    """What the code's `fetch` reaches; services of this cloud are trusted like those of the world."""
    trusted = record(
        trustBrowserCas="true",
        trustedCertificates=texts([around.authority]) if around.authority else None,
    )
    network = record(allow=texts(["public", "private"]), tlsOptions=trusted)
    return record(name=text("internet"), network=network)


def _socket(name: str, service: str, http: str = "()") -> str:
    return record(name=text(name), http=http, service=service)


@dataclass(frozen=True)
class VersionProgram:
    program: Program
    forwarded: tuple[str, ...]
    """Ids of the Durable Object namespaces that it must be told the hosts of."""


def version_program(version: Version, around: Surroundings, assets: Path | None) -> VersionProgram:
    """A version that serves requests; sockets `serve`, `inspect` (what it exports) and, with objects, `control`."""
    files: dict[str, bytes] = {}
    bound = render(version, around, files)
    services = [_internet(around), *bound.services]
    entry = text("main")
    if version.modules:
        services.append(_main(version, files, bound.bindings))
    if assets is not None:
        services.append(_assets(version, assets))
        entry = text("assets")
    sockets = [
        _socket(
            "serve",
            entry,
            record(
                forwardedProtoHeader=text("x-edge-proto"),
                cfBlobHeader=text("x-edge-cf"),
                injectRequestHeaders=headers(_ARRIVING),
                injectResponseHeaders=headers({SERVED_HEADER: "1"}),
            ),
        )
    ]
    names = ["serve"]
    if version.modules and not is_classic(version):
        sockets.append(_socket("inspect", record(name=text("main"), entrypoint=text(INSPECTED))))
        names.append("inspect")
    if bound.forwarded:
        sockets.append(_socket("control", record(name=text("objects"), entrypoint=text("control"))))
        names.append("control")
    config = _config(services, sockets, [extension(files)])
    return VersionProgram(Program(config, files, tuple(names)), tuple(bound.forwarded))


def objects_program(
    version: Version,
    namespaces: Sequence[ObjectNamespace],
    around: Surroundings,
    disk: Path,
    debug_address: str,
) -> VersionProgram:
    """The process that owns a script's Durable Objects, running the code of one version."""
    files: dict[str, bytes] = {}
    bound = render(version, around, files)
    owned = sequence(
        record(
            className=text(namespace.class_name),
            uniqueKey=text(namespace.id),
            enableSql="true" if namespace.use_sqlite else "false",
        )
        for namespace in namespaces
    )
    services = [
        _internet(around),
        *bound.services,
        _main(version, files, bound.bindings, namespaces=owned),
        record(name=text("disk"), disk=record(path=text(str(disk)), writable="true")),
    ]
    if any(binding.type == "assets" for binding in version.bindings):
        # An object may ask for an asset; what it would get is decided by the version's own process.
        services.append(record(name=text("assets"), worker=_no_assets()))
    sockets: list[str] = []
    if bound.forwarded:
        sockets.append(_socket("control", record(name=text("objects"), entrypoint=text("control"))))
    config = _config(services, sockets, [extension(files)])
    names = ("control",) if bound.forwarded else ()
    return VersionProgram(Program(config, files, names, debug_address), tuple(bound.forwarded))


def _main(
    version: Version,
    files: dict[str, bytes],
    bindings: Sequence[str],
    namespaces: str | None = None,
) -> str:
    worker = record(
        **code(version, files),
        compatibilityDate=text(version.compatibility_date),
        compatibilityFlags=texts(version.compatibility_flags),
        bindings=sequence(bindings),
        cacheApiOutbound=text(CACHE),
        durableObjectNamespaces=namespaces,
        durableObjectStorage=None if namespaces is None else record(localDisk=text("disk")),
    )
    return record(name=text("main"), worker=worker)


def _no_assets() -> str:
    source = "export class AssetWorker { fetch() { return new Response(null, { status: 404 }); } }"
    module = record(name=text("assets.js"), esModule=text(source))
    return record(modules=sequence([module]), compatibilityDate=text(_EDGE_DATE))


def _assets(version: Version, folder: Path) -> str:
    return record(
        name=text("assets"),
        assets=record(
            path=text(str(folder)),
            config=text(json.dumps(assets_settings(version.assets_config))),
            userWorker=text("main") if version.modules else None,
            compatibilityDate=None if version.modules else text(version.compatibility_date),
            compatibilityFlags=None if version.modules else texts(version.compatibility_flags),
        ),
    )


def assets_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """As workerd's assets service takes them."""
    settings = {
        key: config[key]
        for key in ("html_handling", "not_found_handling", "run_worker_first")
        if config.get(key) is not None
    }
    if "run_worker_first" not in settings and config.get("serve_directly") is False:
        settings["run_worker_first"] = True
    for key, name in (("_headers", "headers"), ("_redirects", "redirects")):
        if config.get(key):
            settings[name] = config[key]
    return settings


@dataclass(frozen=True)
class SiteFiles:
    """`folder` has the files of `site` under their digests."""

    folder: Path
    site: PagesSite

    def told(self) -> bytes:
        """As `sites.js` reads it: path → digest and type, and the rules."""
        site = self.site
        told = {
            "files": {path: [file.digest, file.content_type] for path, file in site.files.items()},
            "headers": [[rule.pattern, rule.attached, rule.detached] for rule in site.headers],
            "redirects": [[rule.pattern, rule.to, rule.status] for rule in site.redirects],
        }
        return json.dumps(told).encode()


def sites_program(sites: Mapping[str, SiteFiles]) -> Program:
    """Static files of Pages: the header `x-edge-site` says which site is asked for."""
    files = {name: (_HERE / f"{name}.js").read_bytes() for name in _SITES_MODULES}
    bindings: list[str] = []
    services: list[str] = []
    for name, site in sites.items():
        files[name] = site.told()
        bindings.append(record(name=text(name), text=f"embed {text(name)}"))
        bindings.append(record(name=text(f"{name}-files"), service=text(name)))
        services.append(record(name=text(name), disk=record(path=text(str(site.folder)))))
    worker = record(
        modules=sequence(
            [record(name=text(f"{name}.js"), esModule=f'embed "{name}"') for name in _SITES_MODULES]
        ),
        compatibilityDate=text(_EDGE_DATE),
        bindings=sequence(bindings),
    )
    http = record(
        forwardedProtoHeader=text("x-edge-proto"),
        injectResponseHeaders=headers({SERVED_HEADER: "1"}),
    )
    config = _config(
        [record(name=text("main"), worker=worker), *services],
        [_socket("serve", text("main"), http)],
    )
    return Program(config, files, ("serve",))


def front_program(address: Callable[[int], str], slots: int, secret: str) -> Program:
    """The front: sockets `http`, `https` (plain bytes of what arrived over TLS), `service` and `control`; each slot is
    a unix socket on which a version may serve."""
    files = {name: (_HERE / f"{name}.js").read_bytes() for name in _FRONT_MODULES}
    to_version = record(injectRequestHeaders=headers(_SENT))
    services = [
        record(
            name=text(f"slot{slot}"),
            external=record(address=text(address(slot)), http=to_version),
        )
        for slot in range(slots)
    ]
    bindings = [
        record(name=text(f"slot{slot}"), service=text(f"slot{slot}")) for slot in range(slots)
    ]
    bindings.append(record(name=text("SECRET"), text=text(secret)))
    worker = record(
        modules=sequence(
            [record(name=text(f"{name}.js"), esModule=f'embed "{name}"') for name in _FRONT_MODULES]
        ),
        compatibilityDate=text(_EDGE_DATE),
        compatibilityFlags=texts(["enable_request_signal"]),
        bindings=sequence(bindings),
    )
    # Tags are between a Worker and the cache.
    outside = record(
        injectResponseHeaders=headers(
            {"server": "cloudflare", "cache-tag": None, SERVED_HEADER: None}
        )
    )
    inside = record(injectResponseHeaders=headers({SERVED_HEADER: None}))
    sockets = [
        _socket("http", text("front"), outside),
        _socket("https", record(name=text("front"), entrypoint=text("secure")), outside),
        _socket("service", record(name=text("front"), entrypoint=text("service")), inside),
        _socket("control", record(name=text("front"), entrypoint=text("control"))),
    ]
    config = _config([record(name=text("front"), worker=worker), *services], sockets)
    return Program(config, files, ("http", "https", "service", "control"))


def colo_program(secret: str) -> Program:
    """What a data centre keeps in memory: sockets `serve`, which takes whole URLs as a proxy does, and `control`."""
    files = {name: (_HERE / f"{name}.js").read_bytes() for name in _COLO_MODULES}
    worker = record(
        modules=sequence(
            [record(name=text(f"{name}.js"), esModule=f'embed "{name}"') for name in _COLO_MODULES]
        ),
        compatibilityDate=text(_EDGE_DATE),
        bindings=sequence([record(name=text("SECRET"), text=text(secret))]),
    )
    sockets = [
        _socket("serve", text("colo"), record(style="proxy")),
        _socket("control", record(name=text("colo"), entrypoint=text("control"))),
    ]
    config = _config([record(name=text("colo"), worker=worker)], sockets)
    return Program(config, files, ("serve", "control"))
