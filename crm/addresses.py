"""What counts as an e-mail address, and when two of them are one mailbox."""

import re
from collections.abc import Iterable

import email_validator

_TAG = re.compile(r"(?<=[^+@])\+[^@]*@")
LONGEST = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets

# The package refuses .test, .local, .localhost, .invalid, .arpa and .onion by this list, which it documents
# as the caller's to change. Whether a domain can be reached is found out by sending; intranets use some.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


class AddressError(ValueError):
    """The text is not one plain e-mail address; the message says why."""


def clean_address(text: str) -> str:
    """Return the form an address is kept in: the domain in lower-case ASCII, what precedes the @ as given.

    Nothing is looked up. A domain in other scripts becomes its `xn--` form, so that a look-alike of a known
    domain neither reads nor compares as that domain. Refused with AddressError: display names, quoting,
    bracketed IP addresses, line breaks, spaces, and letters beyond ASCII before the @.
    """
    if len(text) > LONGEST:
        raise AddressError(f"An e-mail address has at most {LONGEST} characters.")
    try:
        parsed = email_validator.validate_email(
            text, check_deliverability=False, globally_deliverable=False, allow_smtputf8=False, strict=True
        )
    except email_validator.EmailNotValidError as refusal:
        raise AddressError(str(refusal)) from refusal
    return f"{parsed.local_part}@{parsed.ascii_domain.lower()}"


def is_address(text: str) -> bool:
    """Whether a text is one plain e-mail address."""
    try:
        return bool(clean_address(text))
    except AddressError:
        return False


def mailboxes(keys: Iterable[str]) -> tuple[str, ...]:
    """The keys, and where one carries a tag (name+tag@, RFC 5233) also the mailbox without it, each once."""
    return tuple(dict.fromkeys(one for key in keys for one in (key, _TAG.sub("@", key))))


def address_key(text: str) -> str:
    """Return what two addresses of one mailbox have in common: the clean form in lower case.

    A text that is no address is only trimmed and lower-cased, so that whatever an import brought in compares.
    """
    try:
        return clean_address(text.strip()).lower()
    except AddressError:
        return text.strip().lower()
