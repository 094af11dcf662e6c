"""The demo's world: what there is in it, what it must never do, and that making it twice changes nothing."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from autonomy_project.launch.log_in import USERNAME
from crm.access import actor_of
from crm.models import Account, Clone, Contact, Interaction, InteractionStatus, Opportunity, Suppression
from crm.stages import STAGES
from crm.tenancy import tenant_scope
from engine.approvals import approve
from engine.connectors.registry import QUEUES
from engine.demo.dates import Calendar
from engine.demo.players import LOG_IN
from engine.demo.rows import At
from engine.demo.watching import NOT_SENT, SEND_NOTHING
from engine.demo.world import COMPANIES, counts
from engine.execution import drain
from engine.lifecycle import Status
from engine.models import Action, Attempt, Notice, Run
from engine.queue import what_each_waits_for
from engine.sweep import sweep
from goals.models import Goal
from guardrails.policy import TIERS, Tier
from insights.models import Insight
from record.models import Entry

pytestmark = pytest.mark.xdist_group("demo")  # one process makes the world once

SLUGS = [company.slug for company in COMPANIES]
ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")
PLACEHOLDER = re.compile(r"lorem|ipsum|todo|tbd|xxx|foo\b|placeholder|[{}<>\[\]]|\.\.\.", re.IGNORECASE)


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The world, made once for this file and undone after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        began = time.process_time()
        output, notes = StringIO(), StringIO()
        call_command("seed_demo", "--json", stdout=output, stderr=notes)
        took = time.process_time() - began
        yield {"counts": json.loads(output.getvalue()), "notes": notes.getvalue(), "took": took}
        transaction.set_rollback(True)


@pytest.fixture
def world(made: dict[str, Any], db: None) -> dict[str, Any]:
    return made


def actions(**conditions: Any) -> list[Action]:
    """Actions of both companies."""
    found: list[Action] = []
    for slug in SLUGS:
        with tenant_scope(slug):
            listed = Action.objects.select_related("account", "clone", "tenant", "decided_by").order_by("pk")
            found += listed.filter(**conditions)
    return found


def waits() -> Counter[str | None]:
    """What the actions of both companies wait for."""
    found: Counter[str | None] = Counter()
    for slug in SLUGS:
        with tenant_scope(slug):
            found.update(what_each_waits_for(Action.objects.all()).values())
    return found


def rows_of(slug: str) -> str:
    """Every row of every table that has tenants, as one text."""
    with tenant_scope(slug), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema ="
            " 'public'"
        )
        tables = sorted(row[0] for row in cursor.fetchall())
        found = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            found.append((table, cursor.fetchall()))
    return repr(found)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def written() -> list[str]:
    """Every text the demo wrote that a person may read."""
    found: list[str] = []
    for slug in SLUGS:
        with tenant_scope(slug):
            for action in Action.objects.all():
                found += [*texts(action.payload), action.rationale, action.decision_comment]
            for talk in Interaction.objects.all():
                found += [talk.subject, talk.text]
            found += Clone.objects.values_list("signature", flat=True)
            found += Opportunity.objects.values_list("name", flat=True)
    return found


# --- making it ---


def test_it_is_made_quickly(world: dict[str, Any]) -> None:
    assert world["took"] < 3  # seconds of this process's work: the clock would also count what else runs here


def test_the_answer_counts_what_was_made(world: dict[str, Any]) -> None:
    told = world["counts"]
    assert told["tenants"] == 2
    assert told["accounts"] == 26
    assert told["created"] == sum(number for name, number in told.items() if name != "created")
    assert {name: number for name, number in told.items() if name != "created"} == counts()


def test_making_it_again_changes_nothing(world: dict[str, Any]) -> None:
    before = [rows_of(slug) for slug in SLUGS]
    output = StringIO()
    call_command("seed_demo", "--json", stdout=output)
    assert json.loads(output.getvalue()) == {**world["counts"], "created": 0}
    assert [rows_of(slug) for slug in SLUGS] == before


def test_people_are_told_that_it_is_there_already(world: dict[str, Any]) -> None:
    output = StringIO()
    call_command("seed_demo", stdout=output)
    assert output.getvalue() == "The demo data is there already; nothing was changed.\n"


def test_a_new_log_in_is_told_once_and_beside_the_answer(world: dict[str, Any]) -> None:
    password = re.search(r"password (\S+), which", world["notes"])
    assert password is not None
    assert User.objects.get(username=LOG_IN).check_password(password[1])


def test_the_log_in_is_the_one_of_up() -> None:
    assert LOG_IN == USERNAME


def test_nobody_else_can_log_in_before_they_get_a_password(world: dict[str, Any]) -> None:
    others = User.objects.exclude(username=LOG_IN)
    assert others.count() == 10
    assert not any(person.has_usable_password() for person in others)
    assert all(person.is_staff and not person.is_superuser for person in others)


# --- what there is ---


@pytest.mark.parametrize("slug", SLUGS)
def test_there_are_deals_in_every_stage_with_a_value(world: dict[str, Any], slug: str) -> None:
    with tenant_scope(slug):
        deals = list(Opportunity.objects.all())
    assert {deal.stage for deal in deals} == set(STAGES)
    assert all(deal.amount and deal.amount > 0 for deal in deals)
    assert all(bool(deal.closed_on) == deal.stage.startswith("closed_") for deal in deals)


def test_every_action_that_needs_approval_waits_for_it_somewhere(world: dict[str, Any]) -> None:
    wanted = {name for name, tier in TIERS.items() if tier is Tier.APPROVAL_REQUIRED}
    assert wanted <= {action.action_type for action in actions(status="pending")}


@pytest.mark.parametrize(
    "reason", ["approval_required", "stage_gate", "unknown_recipient", "unknown_action_type", "paused"]
)
def test_the_queue_has_something_of_every_kind(world: dict[str, Any], reason: str) -> None:
    assert any(action.reason == reason for action in actions(status="pending"))


@pytest.mark.parametrize("reason", ["hard_stop", "suppressed_contact"])
def test_something_was_blocked_for_every_reason(world: dict[str, Any], reason: str) -> None:
    assert any(action.reason == reason for action in actions(status="blocked"))


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.EXECUTING}))
def test_there_is_an_action_in_every_state_but_executing(world: dict[str, Any], status: str) -> None:
    assert actions(status=status)


@pytest.mark.parametrize("obstacle", ["person", "hold", "pause", "agent"])
def test_something_waits_for_every_obstacle(world: dict[str, Any], obstacle: str) -> None:
    assert waits()[obstacle]


def test_both_tiers_that_can_run_were_carried_out(world: dict[str, Any]) -> None:
    assert {action.tier for action in actions(status="executed")} == {"autonomous", "approval_required"}


def test_what_was_carried_out_left_its_attempts(world: dict[str, Any]) -> None:
    outcomes: dict[str, list[list[str]]] = {"executed": [], "failed": [], "unknown": []}
    for action in actions(status__in=list(outcomes)):
        with tenant_scope(action.tenant_id):
            outcomes[action.status].append([each.outcome for each in Attempt.objects.filter(action=action)])
    assert all(tries == ["executed"] for tries in outcomes["executed"])
    assert ["retry", "failed"] in outcomes["failed"]
    assert all(tries == ["unknown"] for tries in outcomes["unknown"])


def test_an_edited_action_and_its_successor_know_each_other(world: dict[str, Any]) -> None:
    superseded = actions(status="superseded")
    after = {action.pk: action for action in actions(supersedes__isnull=False)}
    assert {action.superseded_by_id for action in superseded} == set(after)
    assert {action.status for action in after.values()} == {"pending", "executed"}
    assert all(action.edit_diff for action in after.values())


def test_rejections_have_their_reason(world: dict[str, Any]) -> None:
    assert all(len(action.decision_comment) > 20 for action in actions(status="rejected"))


@pytest.mark.parametrize("slug", SLUGS)
def test_something_happened_on_every_account(world: dict[str, Any], slug: str) -> None:
    """With earlier customers nobody talks any more: what was sold to them has ended."""
    with tenant_scope(slug):
        silent = Account.objects.filter(interactions=None)
        assert silent.filter(opportunities=None).count() == 0
        assert silent.filter(opportunities__closed_on=None).count() == 0
        assert Contact.objects.exclude(email="").count() == Contact.objects.count()


# --- what it must never do ---


def test_no_worker_finds_anything_to_deliver(world: dict[str, Any]) -> None:
    before = Counter(action.status for action in actions())
    assert [drain(queue) for queue in QUEUES] == [0] * len(QUEUES)
    sweep()
    assert Counter(action.status for action in actions()) == before
    ours = set(User.objects.exclude(email="").values_list("email", flat=True))
    assert {address for sent in mail.outbox for address in sent.recipients()} <= ours  # they are told of what waits


def test_what_is_on_hold_only_changes_our_own_records(world: dict[str, Any]) -> None:
    held = actions(status="approved", not_before__gt=timezone.now())
    assert [action.queue for action in held] == ["crm"]


def test_what_a_pause_holds_only_changes_our_own_records(world: dict[str, Any]) -> None:
    approved = actions(status="approved", not_before=None)
    assert {action.queue for action in approved} == {"crm", ""}


def test_every_address_lies_in_a_domain_reserved_for_examples(world: dict[str, Any]) -> None:
    found = {address for text in written() for address in ADDRESS.findall(text)}
    found |= {person.email for person in User.objects.exclude(username=LOG_IN)}
    for slug in SLUGS:
        with tenant_scope(slug):
            found |= set(Contact.objects.values_list("email", flat=True))
            found |= {each for pair in Clone.objects.values_list("address", "reply_to") for each in pair}
            found |= {
                f"x@{domain}" for domains in Account.objects.values_list("domains", flat=True) for domain in domains
            }
    assert len(found) > 40
    assert [address for address in found if not address.endswith(".example")] == []


def test_no_text_is_a_placeholder(world: dict[str, Any]) -> None:
    assert [text for text in written() if PLACEHOLDER.search(text)] == []


def test_mails_are_no_shorter_than_a_mail(world: dict[str, Any]) -> None:
    bodies = [action.payload["body"] for action in actions() if "subject" in action.payload]
    assert len(bodies) > 25
    assert min(len(body) for body in bodies) > 80


def test_every_pending_action_can_be_approved_as_it_is_shown(world: dict[str, Any]) -> None:
    manager = actor_of(User.objects.get(username=LOG_IN))
    for action in actions(status="pending"):
        with transaction.atomic():
            assert approve(action=action, actor=manager, content_hash=action.content_hash).status == "approved"
            transaction.set_rollback(True)


# --- its dates ---


def test_pending_actions_have_time_left_and_expired_ones_none(world: dict[str, Any]) -> None:
    now = timezone.now()
    assert all(action.expires_at > now for action in actions(status="pending"))
    assert all(action.expires_at < now for action in actions(status="expired"))


def test_the_queue_has_ages_from_minutes_to_a_day(world: dict[str, Any]) -> None:
    ages = sorted(timezone.now() - action.proposed_at for action in actions(status="pending"))
    assert ages[0] < timedelta(minutes=30)
    assert ages[-1] > timedelta(hours=20)


def test_nothing_was_decided_before_it_was_proposed_or_after_now(world: dict[str, Any]) -> None:
    now = timezone.now()
    assert all(action.proposed_at < now for action in actions())
    decided = actions(decided_at__isnull=False)
    assert len(decided) > 8
    assert all(action.proposed_at <= action.decided_at <= now for action in decided)


def test_an_attempt_comes_after_the_decision(world: dict[str, Any]) -> None:
    for action in actions(status__in=["executed", "failed", "unknown"]):
        with tenant_scope(action.tenant_id):
            first = Attempt.objects.filter(action=action).first()
        assert first is not None
        assert first.started_at >= (action.decided_at or action.proposed_at)


def test_only_what_is_planned_lies_ahead(world: dict[str, Any]) -> None:
    for slug in SLUGS:
        with tenant_scope(slug):
            ahead = Interaction.objects.filter(occurred_at__gt=timezone.now())
            assert {talk.status for talk in ahead} == {InteractionStatus.SCHEDULED}
            assert Interaction.objects.filter(occurred_at__gt=timezone.now() - timedelta(days=7)).count() > 3


def test_the_record_tells_the_truth_about_when_it_was_written(world: dict[str, Any]) -> None:
    for action in actions():
        with tenant_scope(action.tenant_id):
            entries = list(Entry.objects.filter(subject_id=str(action.pk)).order_by("id"))
        assert entries[-1].facts["to"] == action.status
        assert all(entry.hash == entry.computed_hash() for entry in entries)
        assert all(timezone.now() - entry.created_at < timedelta(minutes=5) for entry in entries)


@pytest.mark.parametrize("day", range(7))
@pytest.mark.parametrize("days_ahead", [-9, -2, -1, 1, 2, 6])
def test_what_would_fall_on_a_weekend_moves_away_from_today(day: int, days_ahead: int) -> None:
    calendar = Calendar(datetime(2026, 3, 2 + day, 12, tzinfo=UTC), "Europe/Berlin")
    local = calendar.instant(days_ahead, "09:30").astimezone(calendar.zone)
    moved = (local.date() - calendar.day(days_ahead)).days
    assert local.weekday() < 5
    assert (local.hour, local.minute) == (9, 30)
    assert moved in ((0, 1, 2) if days_ahead > 0 else (0, -1, -2))


def test_an_instant_in_a_payload_carries_its_zone() -> None:
    before_the_clocks_change = Calendar(datetime(2026, 3, 27, 12, tzinfo=UTC), "Europe/Berlin")
    resolved = before_the_clocks_change.resolved({"starts_at": At(3, "10:00"), "people": ["a"]})
    assert resolved == {"starts_at": "2026-03-30T10:00:00+02:00", "people": ["a"]}


# --- its month, watched ---


@pytest.mark.parametrize("slug", SLUGS)
def test_a_month_was_spoken_on_every_channel(world: dict[str, Any], slug: str) -> None:
    since = timezone.now() - timedelta(days=37)
    with tenant_scope(slug):
        talks = list(Interaction.objects.filter(occurred_at__gt=since).exclude(external_id__startswith="action:"))
    assert len(talks) > 40
    assert {talk.channel for talk in talks} == {"email", "chat", "meeting", "call", "crm"}
    assert {talk.direction for talk in talks} == {"in", "out", "none"}
    assert any(talk.status == InteractionStatus.MISSED for talk in talks)
    assert len({talk.text for talk in talks}) == len(talks)


def test_insights_of_every_pattern_type_were_found(world: dict[str, Any]) -> None:
    found = {insight.pattern_type for insight in insights()}
    assert found == {"buying_signal", "risk_indicator", "engagement_change", "cross_account_pattern"}


@pytest.mark.parametrize("signal", ["rate_up", "rate_down", "silence", "meeting_missed", "shared_request"])
def test_what_needs_no_reading_of_words_was_found(world: dict[str, Any], signal: str) -> None:
    assert signal in {insight.signal for insight in insights()}


def test_an_insight_that_quotes_somebody_quotes_their_text(world: dict[str, Any]) -> None:
    texts_by_id: dict[str, str] = {}
    for slug in SLUGS:
        with tenant_scope(slug):
            texts_by_id.update({str(talk.pk): talk.text or talk.subject for talk in Interaction.objects.all()})
    quoted = [piece for insight in insights() for piece in insight.evidence if piece["quote"]]
    assert len(quoted) > 15
    assert all(piece["quote"] in texts_by_id[piece["interaction"]] for piece in quoted)


def test_a_contact_who_wrote_to_be_left_alone_is_suppressed_by_the_scan(world: dict[str, Any]) -> None:
    for slug, address in (("brightwell", "d.frey@northgate.example"), ("kessler", "paul@torrent-aqua.example")):
        with tenant_scope(slug):
            assert Suppression.objects.get(contact__email=address).reason.startswith("Asked on ")


@pytest.mark.parametrize("slug", SLUGS)
def test_mail_without_an_account_is_linked_where_its_sender_leads_to_one(world: dict[str, Any], slug: str) -> None:
    with tenant_scope(slug):
        unsorted = Interaction.objects.filter(external_id__startswith="unsorted-")
        assert unsorted.exclude(account=None).count() == 2
        assert unsorted.filter(account=None).exists()


@pytest.mark.parametrize("slug", SLUGS)
def test_there_is_a_goal_of_each_type_and_each_was_measured(world: dict[str, Any], slug: str) -> None:
    with tenant_scope(slug):
        goals = list(Goal.objects.all())
    assert {goal.goal_type for goal in goals} == {"revenue", "pipeline", "activity", "quality"}
    assert any(goal.clone_id for goal in goals)
    assert any(goal.clone_id is None for goal in goals)
    assert all(goal.measured_at and goal.current_value is not None for goal in goals)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("task", SEND_NOTHING)
def test_the_tasks_that_send_nothing_have_run(world: dict[str, Any], slug: str, task: str) -> None:
    with tenant_scope(slug):
        run = Run.objects.get(task=task)
    assert run.ended_at is not None
    assert run.errors == 0
    assert run.done == run.total > 0


def test_what_the_scan_had_to_tell_is_kept_and_not_sent(world: dict[str, Any]) -> None:
    for slug in SLUGS:
        with tenant_scope(slug):
            assert set(Notice.objects.values_list("status", "detail")) == {("dropped", NOT_SENT)}


def insights() -> list[Insight]:
    """Of both companies."""
    found: list[Insight] = []
    for slug in SLUGS:
        with tenant_scope(slug):
            found += Insight.objects.all()
    return found
