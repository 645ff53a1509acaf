"""A certificate authority of this machine alone, and certificates for the hosts that are asked for."""

from __future__ import annotations

import os
import re
import ssl
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_NAME: Final = "Pitchey local cloud CA"
_CA_LIFE: Final = timedelta(days=3652)
_LEAF_LIFE: Final = timedelta(days=365)
_RENEWED_BEFORE: Final = timedelta(days=30)
_NEXT_HOST: Final = "localhost"
_HOST: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62}\.)*[a-z0-9_.-]{0,62}", re.A)
_MOST_HOSTS: Final = 2000


class Certificates:
    """`home/ca.pem` and `home/ca.key` are made when they are not there, or about to expire. Keys of hosts stay in memory."""

    def __init__(self, home: Path) -> None:
        self.ca_file = home / "ca.pem"
        self._key, self._ca = _load(self.ca_file, home / "ca.key")
        self._contexts: dict[str, ssl.SSLContext] = {}
        # One key for all hosts: making keys is what takes time, and they never leave this process.
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())

    def listening_context(self, minimum: Callable[[str], ssl.TLSVersion]) -> ssl.SSLContext:
        """For a server: the certificate follows the name that the client asks for, and so does the least TLS version."""
        context = self.context(_NEXT_HOST)

        def choose(
            connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext
        ) -> int | None:
            host = (name or _NEXT_HOST).lower()
            if not _HOST.fullmatch(host):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            if minimum(host) is ssl.TLSVersion.TLSv1_3 and connection.version() != "TLSv1.3":
                return int(ssl.AlertDescription.ALERT_DESCRIPTION_PROTOCOL_VERSION)
            connection.context = self.context(host)
            return None

        context.sni_callback = choose  # pyright: ignore[reportAttributeAccessIssue]
        return context

    def context(self, host: str) -> ssl.SSLContext:
        known = self._contexts.get(host)
        if known is not None:
            return known
        if len(self._contexts) >= _MOST_HOSTS:
            self._contexts.clear()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        # The ssl module takes a chain from a file only.
        descriptor, name = tempfile.mkstemp(prefix="pitchey-leaf-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_private_pem(self._leaf_key))
                file.write(self._leaf(host).public_bytes(serialization.Encoding.PEM))
                file.write(self._ca.public_bytes(serialization.Encoding.PEM))
            context.load_cert_chain(name)
        finally:
            Path(name).unlink()
        self._contexts[host] = context
        return context

    def _leaf(self, host: str) -> x509.Certificate:
        names = [host]
        names.append(
            host.removesuffix(".localhost") if host.endswith(".localhost") else f"{host}.localhost"
        )
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(_name(host[:64]))
            .issuer_name(self._ca.subject)
            .public_key(self._leaf_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + _LEAF_LIFE)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )


def _load(ca_file: Path, key_file: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    if ca_file.exists() and key_file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        ca = x509.load_pem_x509_certificate(ca_file.read_bytes())
        fresh = ca.not_valid_after_utc - datetime.now(UTC) > _RENEWED_BEFORE
        if isinstance(key, ec.EllipticCurvePrivateKey) and fresh:
            return key, ca
    key = ec.generate_private_key(ec.SECP256R1())
    ca = _authority(key)
    _write(key_file, _private_pem(key), 0o600)
    _write(ca_file, ca.public_bytes(serialization.Encoding.PEM), 0o644)
    return key, ca


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(_name(CA_NAME))
        .issuer_name(_name(CA_NAME))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    partial = path.with_suffix(path.suffix + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    partial.replace(path)
