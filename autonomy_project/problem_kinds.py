"""Every kind of problem the API answers with: the table behind `type`, `title`, their page and the description."""

from typing import NamedTuple

PAGE = "/api/docs/problems/"


class ProblemKind(NamedTuple):
    """`slug` is what programs compare (at the end of `type`); `advice` tells the reader what to do."""

    slug: str
    status: int
    title: str
    advice: str

    @property
    def type(self) -> str:
        """The stable URI reference of this kind (RFC 9457, 3.1.1); it leads to the page that explains it."""
        return f"{PAGE}#{self.slug}"


_TABLE = (
    ProblemKind("malformed_json", 400, "The body is not JSON as it must be", "Send one JSON value in UTF-8."),
    ProblemKind("invalid", 400, "Something sent does not fit", "Correct each place that `errors` points at."),
    ProblemKind("bad_request", 400, "The request cannot be read", "Check address, headers and length."),
    ProblemKind("not_authenticated", 401, "No valid key or token", "Send `Authorization: Bearer` and a valid key."),
    ProblemKind("forbidden", 403, "Not allowed", "Use a credential with the scope or role that `detail` names."),
    ProblemKind("not_found", 404, "Nothing here", "Check the id: what belongs to others is not found either."),
    ProblemKind("method_not_allowed", 405, "No such method here", "Use one of the methods in the header Allow."),
    ProblemKind("conflict", 409, "It is not what you think it is", "Read the object again, then decide again."),
    ProblemKind(
        "being_answered", 409, "A request with this Idempotency-Key is still being answered", "Send it again later."
    ),
    ProblemKind("length_required", 411, "The length of the body is missing", "Send a Content-Length header."),
    ProblemKind("body_too_large", 413, "The body is too large", "Send less, or in parts."),
    ProblemKind("unsupported_media_type", 415, "Only JSON is read", "Send the header Content-Type: application/json."),
    ProblemKind(
        "key_reused",
        422,
        "This Idempotency-Key was used with another body",
        "Send the first body again, or use a new key.",
    ),
    ProblemKind(
        "internal",
        500,
        "An error on our side",
        "It is logged. Give its instance and the time to whoever runs the server.",
    ),
    ProblemKind(
        "unavailable", 503, "Not available now", "Send it again after as many seconds as the header Retry-After says."
    ),
)

KINDS = {kind.slug: kind for kind in _TABLE}

# What an error that says no more than its status becomes.
PLAIN = {
    400: KINDS["bad_request"],
    401: KINDS["not_authenticated"],
    403: KINDS["forbidden"],
    404: KINDS["not_found"],
    405: KINDS["method_not_allowed"],
    409: KINDS["conflict"],
    411: KINDS["length_required"],
    413: KINDS["body_too_large"],
    415: KINDS["unsupported_media_type"],
    500: KINDS["internal"],
    503: KINDS["unavailable"],
}
