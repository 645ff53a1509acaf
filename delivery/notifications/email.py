"""E-mail over SMTP, always inside TLS: `smtps://user:password@host[:465]`, or `smtp://…[:587]` with STARTTLS."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from hashlib import sha256
from html import escape
from typing import Final
from urllib.parse import unquote, urlsplit

from delivery.notifications.channel import NotDeliveredError
from delivery.notifications.notification import Notification, Severity, one_line
from delivery.notifications.posting import trusted

_SAFE: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_LONGEST_SUBJECT: Final = 200
_COLOURS: Final = {Severity.INFO: "#2e7d32", Severity.WARNING: "#b26a00", Severity.ERROR: "#c62828"}


@dataclass(frozen=True)
class Email:
    """`tls` says whose certificates are believed, where it is not the same as for everything else."""

    url: str = field(repr=False)
    to: tuple[str, ...]
    sender: str
    minimum: Severity = Severity.INFO
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return f"email to {', '.join(self.to)}"

    def deliver(self, notification: Notification, timeout: float) -> str | None:
        written = message(notification, self.sender, self.to)
        try:
            with self._connected(timeout) as server:
                refused = server.send_message(written, self.sender, list(self.to))
        except NotDeliveredError as error:
            failure = error
        except smtplib.SMTPRecipientsRefused as error:
            codes: list[int] = [code for code, _ in error.recipients.values()]
            failure = NotDeliveredError(
                "every recipient was refused", again=all(400 <= code < 500 for code in codes)
            )
        except smtplib.SMTPAuthenticationError as error:
            failure = _answered("user and password were refused", error.smtp_code)
        except smtplib.SMTPResponseException as error:
            failure = _answered("the mail server refused", error.smtp_code)
        except smtplib.SMTPNotSupportedError:
            failure = NotDeliveredError("the mail server offers no STARTTLS or login", again=False)
        except ssl.SSLCertVerificationError:
            failure = NotDeliveredError("its certificate is not to be trusted", again=False)
        except TimeoutError:
            failure = NotDeliveredError(f"no answer within {timeout:g} s", again=True)
        except (smtplib.SMTPException, OSError) as error:
            # smtplib calls a connection on which nothing came in time a closed one.
            late = isinstance(error.__context__, TimeoutError)
            reason = f"no answer within {timeout:g} s" if late else "cannot be reached"
            failure = NotDeliveredError(reason, again=True)
        except ValueError:
            failure = NotDeliveredError("smtpUrl cannot be read", again=False)
        else:
            return f"refused for {', '.join(refused)}" if refused else None
        # Outside of the handlers: what they caught may hold the server's address, or what it was told.
        raise failure

    @contextmanager
    def _connected(self, timeout: float) -> Generator[smtplib.SMTP]:
        parts = urlsplit(self.url)
        host = parts.hostname
        if parts.scheme not in {"smtp", "smtps"} or host is None:
            raise NotDeliveredError("smtpUrl is no smtp:// or smtps:// address", again=False)
        tls = self.tls or trusted()
        server = (
            smtplib.SMTP_SSL(host, parts.port or 465, timeout=timeout, context=tls)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, parts.port or 587, timeout=timeout)
        )
        try:
            if parts.scheme == "smtp":
                server.starttls(context=tls)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server
            # The mail is with the server now: whatever becomes of the farewell, it was delivered.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()


def message(notification: Notification, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """As plain text and as HTML. `Message-ID` follows from the notification's id, and all mails of a rollout are one thread."""
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    title = f"[{notification.stack}] {notification.severity}: {notification.title}"
    mail["Subject"] = one_line(title)[:_LONGEST_SUBJECT]
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = message_id(notification.id, domain)
    thread = message_id(f"rollout.{notification.rollout}", domain)
    mail["In-Reply-To"] = thread
    mail["References"] = thread
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_text(notification))
    mail.add_alternative(_html(notification), subtype="html")
    return mail


def message_id(id: str, domain: str) -> str:
    """`<id@domain>` (RFC 5322, 3.6.4); an id that may not stand there is replaced by a hash of it."""
    fits = _SAFE.fullmatch(id) and len(id) <= 200
    left = id if fits else sha256(id.encode(errors="replace")).hexdigest()
    return f"<{left}@{domain}>"


def _text(notification: Notification) -> str:
    rows = _rows(notification)
    wide = max(len(name) for name in rows)
    table = "\n".join(f"{name:<{wide}}  {value}" for name, value in rows.items())
    on = [f"Read on: {notification.link}" if notification.link else ""]
    on.append(f"To read on: {one_line(notification.command)}" if notification.command else "")
    parts = [notification.text.strip(), table, "\n".join(filter(None, on)), notification.id]
    text = "\n\n".join(part for part in parts if part)
    return text.encode(errors="replace").decode() + "\n"


def _rows(notification: Notification) -> dict[str, str]:
    return {one_line(name): one_line(value) for name, value in notification.rows().items()}


def _html(notification: Notification) -> str:
    """Nothing is fetched to show it, and no word in it is markup."""
    rows = "".join(
        f'<tr><th align="left" style="padding:2px 16px 2px 0">{escape(name)}</th>'
        f"<td>{escape(value)}</td></tr>"
        for name, value in _rows(notification).items()
    )
    link, command = notification.link, notification.command
    is_address = link is not None and link.startswith(("https://", "http://"))
    parts = [
        f'<h2 style="border-left:6px solid {_COLOURS[notification.severity]};padding-left:10px">'
        f"{notification.severity}: {escape(one_line(notification.title))}</h2>",
        f'<p style="white-space:pre-wrap">{escape(notification.text.strip())}</p>',
        f'<table style="border-collapse:collapse">{rows}</table>',
        f'<p><a href="{escape(one_line(link))}">Read on</a></p>' if link and is_address else "",
        f"<p>To read on: <code>{escape(one_line(command))}</code></p>" if command else "",
        f"<p><small>{escape(one_line(notification.id))}</small></p>",
    ]
    page = f"<!doctype html><html><body>{''.join(parts)}</body></html>"
    return page.encode(errors="replace").decode() + "\n"


def _answered(what: str, code: int) -> NotDeliveredError:
    return NotDeliveredError(f"{what} ({code})", again=400 <= code < 500)
