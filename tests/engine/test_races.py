"""Many at once: threads with connections of their own, on the real database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection

from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.approvals import reject
from engine.claims import claim
from engine.edits import edit
from engine.errors import Conflict, NotAllowed
from engine.execution import drain
from engine.models import Action, Attempt
from engine.sweep import expire_overdue
from engine.withdrawals import withdraw
from guardrails.pauses import set_pause
from record.models import Entry
from tests import rivals
from tests.cast import Company, company
from tests.engine.test_executing import set_columns, use
from tests.sinks import mail_sink

at_once = partial(rivals.at_once, refusals=(Conflict, NotAllowed))
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme(transactional_db: None) -> Company:
    return company("acme")


def moves(company: Company, action: Action) -> list[tuple[str, str]]:
    with tenant_scope(company.tenant):
        entries = Entry.objects.filter(subject_id=str(action.pk)).exclude(kind="action.proposed").order_by("id")
        return [(entry.facts["from"], entry.facts["to"]) for entry in entries]


@pytest.mark.parametrize("round_", range(5))
def test_twelve_people_deciding_one_action_make_one_decision(acme: Company, round_: int) -> None:
    action = acme.propose_proposal()
    yes = lambda: acme.approve(action)  # noqa: E731
    no = lambda: reject(action=action, actor=acme.actor(acme.second_manager), reason="No.")  # noqa: E731
    answers = at_once(*[yes, no] * 6)
    won = [answer for answer in answers if isinstance(answer, Action)]
    assert len(won) == 1
    assert acme.read(action).status == won[0].status
    assert moves(acme, action) == [("pending", won[0].status)]
    assert all("already" in str(answer) for answer in answers if answer is not won[0])


def expired(action: Action) -> None:
    set_columns(action, "expires_at = clock_timestamp()")
    expire_overdue()


RIVALS: dict[str, Callable[[Company, Action], Any]] = {
    "approve": lambda acme, action: acme.approve(action),
    "reject": lambda acme, action: reject(action=action, actor=acme.actor(), reason="No."),
    "edit": lambda acme, action: edit(action=action, payload=acme.email(body="Changed."), actor=acme.actor()),
    "withdraw": lambda acme, action: withdraw(action=action, actor=acme.agent, clone_id=acme.clone.pk),
    "expire": lambda acme, action: expired(action),
    "stage change": lambda acme, action: acme.move_deal(Stage.NEGOTIATION),
    "pause": lambda acme, action: set_pause(tenant=acme.tenant, actor=acme.actor(), reason="Stop."),
}
ONE_AFTER_ANOTHER = {
    ("pending", "approved"),
    ("approved", "superseded"),
    ("approved", "withdrawn"),
    ("approved", "expired"),
}


@pytest.mark.parametrize("first", RIVALS)
@pytest.mark.parametrize("second", RIVALS)
def test_every_pair_of_rivals_leaves_one_story(acme: Company, first: str, second: str) -> None:
    action = acme.propose_proposal(opportunity="O-1")
    at_once(lambda: RIVALS[first](acme, action), lambda: RIVALS[second](acme, action))
    now = acme.read(action)
    story = [step for step in moves(acme, action) if step[0] != step[1]]
    assert [step[0] for step in story] == ["pending", *[step[1] for step in story[:-1]]][: len(story)]
    assert (story[-1][1] if story else "pending") == now.status
    assert len(story) <= 1 or set(story) <= ONE_AFTER_ANOTHER
    with tenant_scope(acme.tenant):
        assert Action.objects.filter(supersedes=action).count() == (now.status == "superseded")


def test_eight_workers_draining_one_queue_send_every_mail_once(acme: Company, settings) -> None:
    with mail_sink() as sink:
        use(settings, sink.port)
        actions = [acme.propose(payload=acme.email(subject=f"No. {number}")) for number in range(24)]
        at_once(*[lambda: drain("email")] * 8)
    assert Counter(mail["Subject"] for mail in sink.taken) == Counter(f"No. {number}" for number in range(24))
    assert {acme.read(action).status for action in actions} == {"executed"}
    with tenant_scope(acme.tenant):
        assert Attempt.objects.count() == 24


def test_once_a_pause_has_committed_nothing_new_starts(acme: Company) -> None:
    for number in range(40):
        acme.propose("create_briefing", {"title": f"No. {number}", "body": "Read me."})
    paused_at: list[Any] = []

    def pause() -> None:
        paused_at.append(set_pause(tenant=acme.tenant, actor=acme.actor(), reason="Stop.").set_at)

    def claim_all() -> int:
        return sum(len(claim(acme.tenant.pk, "crm")) for _ in range(4))

    *taken, _ = at_once(*[claim_all] * 4, pause)
    assert claim(acme.tenant.pk, "crm") == []
    with tenant_scope(acme.tenant), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM engine_action WHERE status = 'executing'")
        assert cursor.fetchone()[0] == sum(taken)


def test_a_claim_waits_for_a_pause_that_is_being_set(acme: Company) -> None:
    acme.propose("create_briefing", {"title": "One", "body": "Read me."})
    with ThreadPoolExecutor(1) as pool:
        with tenant_scope(acme.tenant):
            set_pause(tenant=acme.tenant, actor=acme.actor(), reason="Stop.")
            claiming = pool.submit(lambda: (claim(acme.tenant.pk, "crm"), connection.close())[0])
            with pytest.raises(TimeoutError):
                claiming.result(timeout=0.3)
        assert claiming.result(timeout=5) == []
