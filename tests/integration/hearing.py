"""A stack that tells a webhook on this machine of its rollouts, and what came there."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import ssl
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.checkout import Checkout
from tests.integration.rollouts import ready
from tests.unit.delivery.notifications.certificate import certificate_in
from tests.unit.delivery.notifications.receiver import Received, Receiver, receiving

LINK = "https://reports.pitchey.example/{rollout}.html"


@dataclass
class Told:
    """The stack, its receiver, the secret of both, and the environment in which the receiver is believed."""

    cloud: Checkout
    receiver: Receiver
    secret: str
    env: dict[str, str]

    def news(self) -> list[dict[str, Any]]:
        """What came since it was asked last, each verified as a receiver does."""
        came, self.receiver.received[:] = list(self.receiver.received), []
        for one in came:
            self._verify(one)
        return [one.json() for one in came]

    def _verify(self, one: Received) -> None:
        pairs = dict(pair.split("=", 1) for pair in one.headers["pitchey-signature"].split(","))
        signed = hmac.new(
            self.secret.encode(), pairs["t"].encode() + b"." + one.body, hashlib.sha256
        )
        assert hmac.compare_digest(signed.hexdigest(), pairs["v1"])
        assert abs(int(pairs["t"]) - time.time()) < 300
        assert one.headers["pitchey-delivery"] == one.json()["id"]


@contextmanager
def hearing(checkout: Checkout, folder: Path) -> Generator[Told]:
    """`folder` gets the receiver's certificate."""
    certificate = certificate_in(folder)
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(certificate)
    cloud = ready(checkout)
    cloud.edit(
        "Pulumi.staging.yaml",
        (
            "pitchey:rollouts:\n",
            f"pitchey:rollouts:\n    notify: [{{kind: webhook}}]\n    newsLink: {LINK}\n",
        ),
    )
    key = secrets.token_urlsafe(48)
    with receiving(offered) as receiver:
        for name, value in {"webhookUrl": f"{receiver.url}/hook", "webhookSecret": key}.items():
            words = ("pulumi", "staging", "config", "set", "--secret", f"pitchey:{name}")
            subprocess.run(
                cloud.command(*words),
                cwd=cloud.folder,
                env=cloud.environment(),
                input=value,
                text=True,
                capture_output=True,
                check=True,
            )
        yield Told(cloud, receiver, key, {"SSL_CERT_FILE": str(certificate), "no_proxy": "*"})
