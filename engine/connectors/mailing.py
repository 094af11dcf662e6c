"""Handing one mail to the mail server, and reading from its answer what is proven and what is not."""

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend

from engine.connectors.contract import NotDelivered, Receipt, Uncertain


def message_id(key: str, address: str) -> str:
    """The same Message-ID for every try at one action, so that a mail system can tell a repeat.

    160 bits of the key name it well enough and keep the header on one line.
    """
    domain = (address or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]).rpartition("@")[2]
    return f"<{key[:40]}@{domain or 'localhost'}>"


def send(mail: EmailMessage) -> Receipt:
    """Send one mail. Raises NotDelivered where the server proved it took nothing, Uncertain where its answer was lost."""
    backend = get_connection(timeout=settings.CONNECTOR_TIMEOUT_S)
    refused = _send_by_smtp(backend, mail) if isinstance(backend, SMTPBackend) else _send_elsewhere(backend, mail)
    facts = {"message_id": mail.extra_headers["Message-ID"], "refused": sorted(refused)}
    missed = f" The server refused {', '.join(sorted(refused))}." if refused else ""
    return Receipt(f"Sent to {len(mail.recipients()) - len(refused)} recipients.{missed}", facts)


def _send_elsewhere(backend, mail: EmailMessage) -> set[str]:
    try:
        backend.send_messages([mail])
    except OSError as error:
        raise NotDelivered(f"The mail could not be written: {error}") from error
    return set()


def _send_by_smtp(backend: SMTPBackend, mail: EmailMessage) -> set[str]:
    """The recipients the server refused while it took the mail for the others.

    Django's own send_messages() does not tell of them, so its opened connection is used directly.
    """
    written = _written(mail)
    connection = _opened(backend)
    try:
        return set(_transfer(connection, mail, written))
    finally:
        _close(backend)


def _written(mail: EmailMessage) -> bytes:
    """The mail as it goes over the wire. Django refuses a line break in a header."""
    try:
        return mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own messages take it
    except ValueError as error:
        raise NotDelivered(f"The mail cannot be written: {error}", final=True) from error


def _opened(backend: SMTPBackend) -> smtplib.SMTP:
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:  # nothing was sent yet, whatever went wrong
        raise NotDelivered(f"The mail server cannot be reached: {error}") from error
    assert backend.connection is not None, "open() returns with a connection or raises"
    return backend.connection


def _transfer(connection: smtplib.SMTP, mail: EmailMessage, written: bytes) -> dict[str, tuple[int, bytes]]:
    try:
        return connection.sendmail(parseaddr(mail.from_email)[1], mail.recipients(), written)
    except smtplib.SMTPRecipientsRefused as error:
        raise NotDelivered(f"The mail server refused every recipient: {_reasons(error.recipients)}") from error
    except (smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError) as error:
        raise NotDelivered(f"The mail server refused the mail: {error}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Uncertain(f"The connection broke before the mail server confirmed: {error}") from error


def _close(backend: SMTPBackend) -> None:
    try:
        backend.close()
    except (OSError, smtplib.SMTPException):
        backend.connection = None  # what was sent was confirmed or reported before; a lost goodbye changes nothing


def _reasons(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(
        f"{address}: {code} {text.decode('utf-8', 'replace')}" for address, (code, text) in refused.items()
    )
