"""What our own records say of a proposal, in one query however many proposals are asked about."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from crm.addresses import mailboxes
from crm.stages import CLOSED_STAGES, STRICTEST_FIRST
from engine.models import Action
from engine.payloads import recipients
from engine.promised import kinds_promised
from guardrails.policy import Facts
from guardrails.scopes import Case, StandingRule, asked_by
from guardrails.standing import standing_rule


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about. The three references are an id or an external id, or None."""

    clone_id: UUID
    action_type: str
    account: str
    opportunity: str | None = None
    contact: str | None = None
    recipients: tuple[str, ...] = ()
    claimed_stage: str | None = None
    commitments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What is so now. An id is None where the reference names nothing of this tenant (and, for the last two, of this
    account); `policy_version` is None where the tenant has no policy, which allows nothing. `rules` are those the tenant
    has set, `case` is what they may ask about."""

    clone_id: UUID | None
    account_id: UUID | None
    opportunity_id: UUID | None
    contact_id: UUID | None
    stage: str | None
    policy_version: int | None
    hold: timedelta
    deadline: timedelta
    now: datetime
    facts: Facts
    case: Case
    rules: tuple[StandingRule, ...] = ()


def situation_of(action: Action) -> Situation:
    """What is so now for an action that is stored."""
    return read([subject_of(action)])[0]


def subject_of(action: Action) -> Subject:
    """A stored action as a question to the records."""
    return Subject(
        clone_id=action.clone_id,
        action_type=action.action_type,
        account=str(action.account_id),
        opportunity=_text(action.opportunity_id),
        contact=_text(action.contact_id),
        recipients=recipients(action.action_type, action.payload),
        claimed_stage=action.claimed_stage,
        commitments=kinds_promised(action.action_type, action.payload),
    )


def read(subjects: Sequence[Subject]) -> list[Situation]:
    """The situations of `subjects`, in their order, within the tenant in scope."""
    if not subjects:
        return []
    known: dict[str, Any] = {
        "strictest_first": [stage.value for stage in STRICTEST_FIRST],
        "closed": sorted(CLOSED_STAGES),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, known | {"asked": _asked(subjects)})
        rows = cursor.fetchall()
    rules = tuple(standing_rule(row) for row in json.loads(rows[0][-1] or "[]"))
    return [_situation(subject, row[:-1], rules) for subject, row in zip(subjects, rows, strict=True)]


def _asked(subjects: Sequence[Subject]) -> str:
    return json.dumps(
        [
            {
                "n": number,
                "clone": str(subject.clone_id),
                "action_type": subject.action_type,
                **_reference("account", subject.account),
                **_reference("opportunity", subject.opportunity),
                **_reference("contact", subject.contact),
                "recipients": list(subject.recipients),
                "reached": list(mailboxes(subject.recipients)),
            }
            for number, subject in enumerate(subjects)
        ]
    )


def _reference(name: str, reference: str | None) -> dict[str, str | None]:
    return {f"{name}_id": _uuid(reference), f"{name}_external": reference}


def _uuid(reference: str | None) -> str | None:
    try:
        return str(UUID(reference))
    except (ValueError, TypeError):
        return None


def _situation(subject: Subject, row: tuple[Any, ...], rules: tuple[StandingRule, ...]) -> Situation:
    clone, account, opportunity, contact, stage, version, hold, hours, now, unknown, suppressed, paused, *about = row
    case = _case(subject, clone, account, stage, _About(*about))
    return Situation(
        clone_id=clone,
        account_id=account,
        opportunity_id=opportunity,
        contact_id=contact,
        stage=stage,
        policy_version=version,
        hold=timedelta(seconds=hold or 0),
        deadline=timedelta(hours=hours or 0),
        now=now,
        facts=Facts(
            claimed_stage=subject.claimed_stage,
            suppressed=suppressed,
            unknown_recipients=tuple(unknown),
            recipient_count=len(subject.recipients),
            paused=paused,
            target_moved=(subject.opportunity is not None and opportunity is None)
            or (subject.contact is not None and contact is None),
            commitments=subject.commitments,
            **asked_by(rules, case),
        ),
        case=case,
        rules=rules,
    )


class _About(NamedTuple):
    """What a rule may ask beside: the contact (its address, or its id where it has none), and the deals it may be about."""

    contact: str | None
    stages: list[str] | None
    largest: Decimal | None
    smallest: Decimal | None
    value_is_known: bool


def _case(subject: Subject, clone: UUID | None, account: UUID | None, stage: str | None, about: _About) -> Case:
    return Case(
        action_type=subject.action_type,
        stages=frozenset(filter(None, (stage, subject.claimed_stage, *(about.stages or ())))),
        clone_id=_text(clone),
        account_id=_text(account),
        recipients=tuple(sorted({*mailboxes(subject.recipients), *filter(None, [about.contact])})),
        value=(about.largest or Decimal(0)) if about.value_is_known else None,
        least=about.smallest if about.value_is_known else None,
    )


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)


# An id is tried first, then the external id: somebody's external ids may look like ours. An account's stage is that of the
# deal named, else the strictest of its open deals, else that of the deal closed last (crm.stages.governing_stage says the
# same in plain words). What a rule may ask about is the deal named, else every open one of its account, so that leaving
# the deal out gets round no rule. Row-level security adds the tenant to every table read here.
_SQL = """
WITH asked AS (
    SELECT * FROM jsonb_to_recordset(%(asked)s::jsonb) AS a(
        n int, clone uuid, action_type text, account_id uuid, account_external text, opportunity_id uuid,
        opportunity_external text, contact_id uuid, contact_external text, recipients jsonb, reached jsonb)
)
SELECT
    clone.id, account.id, deal.id, contact.id, coalesce(deal.stage, governing.stage),
    policy.version, policy.hold_seconds,
    coalesce((policy.deadlines ->> asked.action_type)::int, policy.deadline_hours),
    clock_timestamp(),
    ARRAY(
        SELECT r.address FROM jsonb_array_elements_text(asked.recipients) AS r(address)
        WHERE split_part(r.address, '@', 2) <> ALL (coalesce(account.domains, '{}'))
        AND NOT EXISTS (
            SELECT FROM crm_contact c WHERE c.account_id = account.id AND lower(c.email) = r.address)),
    EXISTS (
        SELECT FROM crm_suppression s WHERE s.lifted_at IS NULL AND (
            s.contact_id = contact.id
            OR s.address IN (SELECT jsonb_array_elements_text(asked.reached))
            OR s.address = nullif(lower(contact.email), '')
            OR s.contact_id IN (
                SELECT c.id FROM crm_contact c
                WHERE lower(c.email) IN (SELECT jsonb_array_elements_text(asked.reached))))),
    EXISTS (
        SELECT FROM guardrails_pause p WHERE p.lifted_at IS NULL
        AND (p.clone_id IS NULL OR p.clone_id = asked.clone) AND p.action_type IN ('', asked.action_type)),
    coalesce(nullif(lower(contact.email), ''), contact.id::text),
    about.stages, about.largest, about.smallest, coalesce(about.value_is_known, true),
    CASE WHEN asked.n = 0 THEN (SELECT jsonb_agg(to_jsonb(r)) FROM guardrails_tenantrule r WHERE r.lifted_at IS NULL) END
FROM asked
LEFT JOIN crm_clone clone ON clone.id = asked.clone
LEFT JOIN guardrails_policy policy ON true
LEFT JOIN LATERAL (
    SELECT * FROM crm_account x
    WHERE x.id = asked.account_id OR x.external_id = asked.account_external
    ORDER BY x.id IS NOT DISTINCT FROM asked.account_id DESC LIMIT 1) account ON true
LEFT JOIN LATERAL (
    SELECT * FROM crm_opportunity x
    WHERE x.account_id = account.id
    AND (x.id = asked.opportunity_id OR x.external_id = asked.opportunity_external)
    ORDER BY x.id IS NOT DISTINCT FROM asked.opportunity_id DESC LIMIT 1) deal ON true
LEFT JOIN LATERAL (
    SELECT * FROM crm_contact x
    WHERE x.account_id = account.id AND (x.id = asked.contact_id OR x.external_id = asked.contact_external)
    ORDER BY x.id IS NOT DISTINCT FROM asked.contact_id DESC LIMIT 1) contact ON true
LEFT JOIN LATERAL (
    SELECT x.stage FROM crm_opportunity x WHERE x.account_id = account.id
    ORDER BY array_position(%(strictest_first)s, x.stage::text) NULLS LAST, x.closed_on DESC NULLS LAST, x.stage
    LIMIT 1) governing ON true
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT x.stage::text) AS stages, max(x.amount) AS largest, min(x.amount) AS smallest,
        bool_and(x.amount IS NOT NULL AND x.currency = t.currency) AS value_is_known
    FROM crm_opportunity x JOIN crm_tenant t ON t.id = x.tenant_id
    WHERE x.account_id = account.id AND (x.id = deal.id OR (deal.id IS NULL AND x.stage <> ALL (%(closed)s)))
    ) about ON true
ORDER BY asked.n
"""
