"""A mail server of our own that keeps what it takes and misbehaves on request."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Lock
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


@dataclass
class MailSink:
    """What arrived, and how to answer: "take", "busy" (450 at RCPT), "refuse" (550 at DATA), "drop" (no answer to DATA),
    "lose" (takes the mail, then hangs up without saying so), "hang" (takes it and says nothing for a minute)."""

    mode: str = "take"
    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    refused_addresses: frozenset[str] = frozenset()
    delay_s: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.mode == "busy":
            return "450 Try again later"
        if address in self.refused_addresses:
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.mode == "refuse":
            return "554 We do not like this"
        if self.mode != "drop":
            with self._lock:
                self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        await asyncio.sleep(60 if self.mode == "hang" else self.delay_s)
        if self.mode in ("drop", "lose"):
            server.transport.abort()
        return "250 Taken"


@contextmanager
def mail_sink(**how: Any) -> Iterator[MailSink]:
    """A running MailSink on a free port of this machine."""
    sink = MailSink(**how)
    sink.port = sink.port or free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
