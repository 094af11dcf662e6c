"""Where our pages are, for people who read of them in a mail."""

from django.conf import settings


def absolute(path: str) -> str:
    """The full address of a page of this installation: below PUBLIC_URL, which the environment gives."""
    return f"{settings.PUBLIC_URL}{path}"
