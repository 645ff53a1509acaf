"""An SMTP server on this machine (RFC 5321, as much as a client here says), with TLS from the start or by STARTTLS."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.delivery.notifications.certificate import certificate_in


@dataclass
class MailServer:
    tls: ssl.SSLContext
    at_once: bool
    starttls: bool = True
    recipients: dict[str, int] = field(default_factory=dict[str, int])
    """What a recipient is answered, where it is not 250."""
    temporary: int = 0
    """How many mails are put off (451) before one is taken."""
    mails: list[bytes] = field(default_factory=list[bytes])
    logins: list[str] = field(default_factory=list[str])
    encrypted: list[bool] = field(default_factory=list[bool])
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._talk(reader, writer)
        finally:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        secure = self.at_once
        await say("220 mail.test")
        while line := (await reader.readline()).decode().strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    offers = ["mail.test"]
                    if self.starttls and not secure:
                        offers.append("STARTTLS")
                    if secure:
                        offers.append("AUTH PLAIN")
                    for offer in offers[:-1]:
                        await say(f"250-{offer}")
                    await say(f"250 {offers[-1]}")
                case "STARTTLS":
                    await say("220 go on")
                    await writer.start_tls(self.tls)
                    secure = True
                case "AUTH":
                    self.logins.append(base64.b64decode(rest.split()[1]).decode())
                    await say("235 welcome" if "right" in self.logins[-1] else "535 no")
                case "RCPT":
                    address = rest.partition("<")[2].partition(">")[0]
                    await say(f"{self.recipients.get(address, 250)} {address}")
                case "DATA":
                    await say("354 go on")
                    mail = await reader.readuntil(b"\r\n.\r\n")
                    if self.temporary:
                        self.temporary -= 1
                        await say("451 later")
                        continue
                    self.mails.append(mail.removesuffix(b".\r\n"))
                    self.encrypted.append(secure)
                    await say("250 taken")
                case "QUIT":
                    await say("221 bye")
                    return
                case _:
                    await say("250 ok")


@contextmanager
def mail_server(folder: Path, *, at_once: bool) -> Generator[tuple[MailServer, ssl.SSLContext]]:
    """The server, and what a client needs to trust it."""
    certificate = certificate_in(folder)
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(certificate)
    server = MailServer(offered, at_once)
    loop = asyncio.new_event_loop()
    begun = threading.Event()
    ended = asyncio.Event()

    async def run() -> None:
        listening = await asyncio.start_server(
            server.serve, "127.0.0.1", 0, ssl=offered if at_once else None
        )
        server.port = listening.sockets[0].getsockname()[1]
        begun.set()
        await ended.wait()
        listening.close()
        conversations = asyncio.all_tasks() - {asyncio.current_task()}
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await asyncio.sleep(0.05)  # until the last connections are closed

    def serve() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(run())
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert begun.wait(10)
    try:
        yield server, ssl.create_default_context(cafile=str(certificate))
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
