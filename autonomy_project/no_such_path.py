"""What answers where no view does, below /api/v1/: first who asks, then that nothing is here."""

from typing import Any, NoReturn

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView


class NoSuchPath(APIView):
    """A 404 problem for every method. A path without its last slash is told so: a redirect would lose a POST's body."""

    schema = None
    scoped = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        """Authenticate as everywhere, then refuse."""
        super().initial(request, *args, **kwargs)
        hint = "" if request.path.endswith("/") else " The API's addresses end with a slash."
        raise NotFound(f"Nothing is at this address.{hint}")
