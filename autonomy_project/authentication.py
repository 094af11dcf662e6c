"""How REST framework learns who asks: from what the middleware found."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from crm.access import Caller

_MISSING = "Send `Authorization: Bearer` followed by an agent's key (aut_...) or a person's token (autp_...)."
_INVALID = "This key or token is not valid: it is unknown, expired or revoked."


class BearerAuthentication(BaseAuthentication):
    """`request.user` and `request.auth` are the Caller. What is missing or wrong is a 401 that says no more."""

    def authenticate(self, request: Any) -> tuple[Caller, Caller]:
        """The caller twice over. Raises AuthenticationFailed."""
        caller = getattr(request._request, "caller", None)
        if caller is None:
            raise AuthenticationFailed(_INVALID if request.headers.get("Authorization") else _MISSING)
        return caller, caller

    def authenticate_header(self, request: Any) -> str:
        """The challenge of a 401 (RFC 6750, section 3)."""
        return 'Bearer realm="autonomy"'
