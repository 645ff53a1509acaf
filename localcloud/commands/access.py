"""`token`, `env` and `trust`: how other programs get at the local cloud."""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from localcloud.cloud import API_PATH
from localcloud.commands.options import JsonOption, daemon, find_cloud, print_json, say
from localcloud.errors import LocalCloudError, LocalCloudFailedError

token = typer.Typer(
    no_args_is_help=True,
    help=(
        "API tokens of the local cloud, to rehearse least privilege.\n\n"
        "Example: pitchey local token create --permission 'Workers Scripts Write'"
    ),
)


def register(app: typer.Typer) -> None:
    app.add_typer(token, name="token")
    app.command()(env)
    app.command()(trust)


@token.command()
def create(
    *,
    permission: Annotated[
        list[str],
        typer.Option(help="By its name at Cloudflare, as `Workers Scripts Write`; again for more."),
    ],
    name: Annotated[str, typer.Option(help="What the log calls it.")] = "scoped",
    account: Annotated[
        list[str] | None, typer.Option(help="Id of an account that it reaches. [default: all]")
    ] = None,
    zone: Annotated[
        list[str] | None, typer.Option(help="Id of a zone that it reaches. [default: all]")
    ] = None,
    worker: Annotated[
        list[str] | None,
        typer.Option(help="Name of a Worker: then it reaches nothing else. [default: all]"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Makes a token that may do only this, and prints it.

    Examples:

    pitchey local token create --permission 'Workers Scripts Write' --permission 'Zone Read'

    pitchey local token create --permission 'Workers Scripts Write' --worker pitchey-api-staging
    """
    made = daemon().post(
        "/tokens",
        {
            "name": name,
            "permissions": permission,
            "accounts": account,
            "zones": zone,
            "workers": worker,
        },
    )
    if as_json:
        print_json(made)
        return
    typer.echo(made["token"])


@token.callback()
def _tokens() -> None:
    """Keeps `create` a command of its own."""


def env(*, as_json: JsonOption = False) -> None:
    """Prints what points wrangler, the SDKs, Terraform and Pulumi at the local cloud, and clients of S3 at its R2.

    Examples:

    eval "$(pitchey local env)"

    AWS_ACCESS_KEY_ID=$R2_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$R2_SECRET_ACCESS_KEY aws s3 ls --endpoint-url $R2_ENDPOINT
    """
    access = find_cloud().access()
    # wrangler's own name for the same.
    access["CLOUDFLARE_API_BASE_URL"] = access["CLOUDFLARE_BASE_URL"]
    access |= _r2_access(access)
    if as_json:
        print_json(access)
        return
    for name, value in access.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def _r2_access(access: Mapping[str, str]) -> dict[str, str]:
    """R2's S3 API. Under names of its own: `AWS_…` would lead a program's other buckets, the engine's state too, astray."""
    import httpx  # noqa: PLC0415 (no other command asks the API)

    url, value = access["CLOUDFLARE_BASE_URL"], access["CLOUDFLARE_API_TOKEN"]
    try:
        answer = httpx.get(
            f"{url}/user/tokens/verify",
            headers={"authorization": f"Bearer {value}"},
            trust_env=False,
        )
        access_key = str(answer.raise_for_status().json()["result"]["id"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise LocalCloudFailedError(
            f"the local cloud does not tell the id of its token: {error}; "
            "see its log with `pitchey local logs`"
        ) from error
    return {
        "R2_ENDPOINT": f"{url.removesuffix(API_PATH)}/s3/{access['CLOUDFLARE_ACCOUNT_ID']}",
        "R2_ACCESS_KEY_ID": access_key,
        "R2_SECRET_ACCESS_KEY": hashlib.sha256(value.encode()).hexdigest(),
    }


def trust() -> None:
    """Tells how to make a browser and this system trust the local cloud's certificates. Changes nothing by itself.

    Example: pitchey local trust
    """
    certificate = find_cloud().home.certificate
    if not certificate.exists():
        raise LocalCloudError(
            f"{certificate} is not there yet; `pitchey local up` makes it at its first start"
        )
    path = shlex.quote(str(certificate))
    say(
        "The certificate of an authority that exists on this machine alone; its key never leaves the folder."
    )
    system = _MACOS if sys.platform == "darwin" else _LINUX
    typer.echo((system + _BROWSERS).format(path=path))


_LINUX = """\
Debian, Ubuntu
  trust    sudo cp {path} /usr/local/share/ca-certificates/pitchey-local.crt && sudo update-ca-certificates
  undo     sudo rm /usr/local/share/ca-certificates/pitchey-local.crt && sudo update-ca-certificates --fresh
Fedora, Arch
  trust    sudo trust anchor {path}
  undo     sudo trust anchor --remove {path}
Chrome, Chromium, Edge (they have a store of their own)
  trust    certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n pitchey-local -i {path}
  undo     certutil -d sql:$HOME/.pki/nssdb -D -n pitchey-local
"""
_MACOS = """\
macOS, Safari, Chrome
  trust    security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db {path}
  undo     security remove-trusted-cert {path}
"""
_BROWSERS = """\
Firefox
  Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import: {path}
Without trusting it
  curl --cacert {path} …
  NODE_EXTRA_CA_CERTS={path} node …
  SSL_CERT_FILE={path} python …"""
