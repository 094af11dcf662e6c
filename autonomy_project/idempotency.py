"""Idempotency-Key: a POST that is sent again is answered again, and done once.

The first request inserts a row for its key inside its own transaction. A rival with the same key meets the unique
index and waits there, by the database's own lock, until the first has committed (then that answer is given again) or
rolled back (then the rival goes on in its place). Nothing of this outlives a transaction that did not commit.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from psycopg2.errors import LockNotAvailable
from rest_framework.exceptions import ValidationError
from uuid_utils.compat import uuid7

from autonomy_project import problems, strict_json
from autonomy_project.models import IdempotentAnswer
from crm.access import Caller
from record.canonical import canonical

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_FOR = "7 days"
KEPT_HEADERS = ("Content-Type", "Location")
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,255}")

_TABLE = IdempotentAnswer._meta.db_table

# One statement claims the key: a row comes back where it is ours to answer, that is new or expired; none where an
# answer is kept. It also removes up to ten other expired rows of the tenant, so that the table stays small without a
# job of its own. (ARRAY makes PostgreSQL run the sub-select once; under IN it may run it again, past the limit.)
_CLAIM = f"""
WITH expired AS (
    DELETE FROM {_TABLE} WHERE id = ANY (ARRAY(
        SELECT id FROM {_TABLE}
        WHERE tenant_id = %(tenant)s AND created_at < now() - interval '{KEPT_FOR}' AND key <> %(key)s
        LIMIT 10 FOR UPDATE SKIP LOCKED)))
INSERT INTO {_TABLE} AS kept (id, tenant_id, credential_id, endpoint, key, fingerprint, headers, body)
VALUES (%(id)s, %(tenant)s, %(credential)s, %(endpoint)s, %(key)s, %(fingerprint)s, '{{}}', '')
ON CONFLICT (tenant_id, credential_id, endpoint, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, status = NULL, created_at = now()
    WHERE kept.created_at < now() - interval '{KEPT_FOR}'
RETURNING id
"""


def answer_once(request: HttpRequest, *, caller: Caller, view: Any, run: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of `run`, or the one it gave when this request came before. To be called in the caller's scope.

    Without the header, or for another method than POST, it is `run()`. A refusal by `run` goes before a refusal of
    the header. Raises KeyReused for another body, BeingAnswered where the first request outlasts the lock timeout.
    """
    key = request.headers.get(HEADER)
    if request.method != "POST" or key is None:
        return run()
    if not _VISIBLE_ASCII.fullmatch(key):
        return _refusal_after(run, request)
    limits = strict_json.Limits.of(view)
    if not strict_json.fits(request.META, limits.most_bytes):
        return run()  # it refuses the body, so there is nothing to keep
    return _claimed_or_kept(_Claim(request, caller, key, limits), run)


class _Claim:
    """One request's hold on its key: by whom, for which address, with which body."""

    def __init__(self, request: HttpRequest, caller: Caller, key: str, limits: strict_json.Limits) -> None:
        address = f"{request.method} {request.path}".encode()
        self.named: dict[str, UUID | str] = {
            "tenant_id": caller.tenant.pk,
            "credential_id": caller.credential_id,
            "endpoint": hashlib.sha256(address).hexdigest(),
            "key": key,
        }
        self.fingerprint = hashlib.sha256(address + b"\n" + _canonical_body(request.body, limits)).hexdigest()

    def take(self) -> UUID | None:
        """The id of the row that is now ours to fill, or None where an answer is kept."""
        values: dict[str, UUID | str] = {
            "id": uuid7(),
            "tenant": self.named["tenant_id"],
            "credential": self.named["credential_id"],
            "endpoint": self.named["endpoint"],
            "key": self.named["key"],
            "fingerprint": self.fingerprint,
        }
        with _a_rival_may_be_at_it(), connection.cursor() as cursor:
            cursor.execute(_CLAIM, values)
            row = cursor.fetchone()
        return row[0] if row else None

    def kept_answer(self) -> HttpResponse:
        """The answer that was given before, byte for byte. Raises KeyReused where it was to another body."""
        kept = IdempotentAnswer.objects.get(**self.named)
        if kept.fingerprint != self.fingerprint:
            raise problems.KeyReused
        return HttpResponse(bytes(kept.body), status=kept.status, headers=kept.headers | {REPLAYED: "true"})


def _claimed_or_kept(claim: _Claim, run: Callable[[], HttpResponse]) -> HttpResponse:
    row_id = claim.take()
    if row_id is None:
        return claim.kept_answer()
    response = run()
    ours = IdempotentAnswer.objects.filter(pk=row_id)
    if 200 <= response.status_code < 300:
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        ours.update(status=response.status_code, headers=headers, body=response.content)
    elif getattr(response, "keeps_changes", False):
        ours.delete()  # the transaction will commit, and this is no answer to keep
    return response


def _refusal_after(run: Callable[[], HttpResponse], request: HttpRequest) -> HttpResponse:
    response = run()
    if response.status_code >= 400:
        return response
    unfit = "1 to 255 visible ASCII characters, without spaces."
    return problems.answer(ValidationError({HEADER: [unfit]}), request)


def _canonical_body(raw: bytes, limits: strict_json.Limits) -> bytes:
    """The body in its one canonical spelling. One that cannot be parsed stands for itself: the view refuses it."""
    try:
        return canonical(strict_json.parse(raw or b"{}", most_nodes=limits.most_nodes))
    except strict_json.MalformedJson:
        return raw


@contextmanager
def _a_rival_may_be_at_it() -> Iterator[None]:
    try:
        yield
    except OperationalError as refused:
        if isinstance(refused.__cause__, LockNotAvailable):
            raise problems.BeingAnswered from refused
        raise
