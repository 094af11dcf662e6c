"""context_summarization: summaries are made anew where the past changed or time moved on, and nowhere else."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from crm.models import Account, Contact, Interaction
from crm.tenancy import tenant_scope
from engine import summarizing
from engine.jobs import Part, Tally
from engine.summarizing import size, summarize
from insights.models import Insight, InsightStatus, Summary, Watch
from tests.cast import Company
from tests.view.conftest import NOW

Happens = Callable[..., Interaction]


def part(company: Company, now: datetime = NOW, **changes: Any) -> Part:
    given = {"tenant": company.tenant, "run_id": uuid7(), "first": None, "last": None, "cursor": None, "pages": 0}
    return Part(**{**given, "now": now, **changes})


def run(company: Company, now: datetime = NOW) -> Tally:
    """All pages of a run, as the runner does them."""
    whole, cursor = Tally(), None
    while page := summarize(part(company, now, cursor=cursor)):
        with tenant_scope(company.tenant):
            tally = page.write()
        whole.done += tally.done
        whole.count += tally.count
        whole.more += tally.more
        whole.errors += tally.errors
        cursor = page.cursor
        if page.is_last:
            break
    return whole


def stored(company: Company) -> list[dict[str, Any]]:
    with tenant_scope(company.tenant):
        return list(Summary.objects.order_by("account", "-starts_on").values())


def brief(company: Company) -> list[tuple[str, date, date, int]]:
    return [(row["kind"], row["starts_on"], row["ends_on"], row["interactions"]) for row in stored(company)]


def notice(company: Company, one: Interaction, quote: str, **columns: Any) -> Insight:
    with tenant_scope(company.tenant):
        return Insight.objects.create(
            tenant=company.tenant,
            account=company.account,
            pattern_type="buying_signal",
            signal="budget_mentioned",
            severity="medium",
            confidence=0.9,
            reason="x",
            evidence=[{"interaction": str(one.pk), "quote": quote}, {"interaction": "x", "quote": ""}],
            seen_at=NOW,
            **columns,
        )


def test_thirty_days_in_full_weeks_to_ninety_days_then_months(acme: Company, happens: Happens) -> None:
    for days in (0, 29, 30, 35, 60, 89, 90, 400):
        happens(days=days)
    assert run(acme) == Tally(done=1, count=1, more=summarizing.Counter(stretches=6))
    assert brief(acme) == [
        ("full", date(2026, 10, 26), date(2026, 11, 24), 2),
        ("week", date(2026, 10, 19), date(2026, 10, 25), 2),
        ("week", date(2026, 9, 21), date(2026, 9, 27), 1),
        ("week", date(2026, 8, 27), date(2026, 8, 30), 1),
        ("month", date(2026, 8, 1), date(2026, 8, 26), 1),
        ("month", date(2025, 10, 1), date(2025, 10, 31), 1),
    ]


def test_each_line_says_when_how_who_what_and_why(acme: Company, happens: Happens) -> None:
    one = happens(days=40, text="It rained. We agreed on 100 seats.", contact=acme.contact)
    run(acme)
    assert stored(acme)[0]["lines"] == [
        {
            "at": one.occurred_at.isoformat(),
            "channel": "email",
            "direction": "in",
            "who": "Hank Scorpio",
            "text": "We agreed on 100 seats.",
            "why": "decision, number",
            "interaction": str(one.pk),
        }
    ]


def test_days_are_the_tenants(acme: Company, happens: Happens) -> None:
    acme.tenant.time_zone = "Pacific/Auckland"  # 01:00 of the 25th there
    acme.tenant.save()
    happens(days=0)
    run(acme)
    assert brief(acme) == [("full", date(2026, 10, 27), date(2026, 11, 25), 1)]


def test_what_lies_ahead_is_not_told(acme: Company, happens: Happens) -> None:
    happens(days=-1)
    assert run(acme).count == 0
    assert stored(acme) == []


def test_run_again_it_writes_nothing(acme: Company, happens: Happens) -> None:
    happens(days=3)
    run(acme)
    before = stored(acme)
    assert run(acme, NOW + timedelta(hours=1)) == Tally(done=1, count=0, more=summarizing.Counter(unchanged=1))
    assert stored(acme) == before


def test_the_next_day_only_borders_move(acme: Company, happens: Happens) -> None:
    for days in (3, 33, 100):
        happens(days=days)
    run(acme)
    before = stored(acme)
    assert run(acme, NOW + timedelta(days=1)).count == 0
    after = stored(acme)
    assert after[0]["starts_on"] == date(2026, 10, 27)
    assert [row["lines"] for row in after] == [row["lines"] for row in before]
    assert [row["made_at"] for row in after] == [NOW] * 3


def test_only_the_stretch_that_changed_is_made_anew(acme: Company, happens: Happens) -> None:
    happens(days=3)
    old = happens(days=200)
    run(acme)
    later = NOW + timedelta(minutes=5)
    with tenant_scope(acme.tenant):
        Interaction.objects.filter(pk=old.pk).update(text="They signed it.")
    tally = run(acme, later)
    assert (tally.count, tally.more["stretches"]) == (1, 1)
    assert [row["made_at"] for row in stored(acme)] == [NOW, later]
    assert stored(acme)[1]["lines"][0]["text"] == "They signed it."


@pytest.mark.parametrize("days", range(1, 130, 7))
def test_a_day_later_or_many_it_is_as_if_made_on_that_day(acme: Company, happens: Happens, days: int) -> None:
    def told() -> list[Any]:
        return [(*one, row["lines"], row["source_digest"]) for one, row in zip(brief(acme), stored(acme), strict=True)]

    for ago in range(0, 150, 4):
        happens(days=ago, text=f"We agreed on {ago} seats.")
    run(acme)
    run(acme, NOW + timedelta(days=days))
    grown = told()
    with tenant_scope(acme.tenant):
        Summary.objects.all().delete()
        Watch.objects.all().delete()
    run(acme, NOW + timedelta(days=days))
    assert told() == grown
    assert sum(row["interactions"] for row in stored(acme)) == 38


def test_removed_interactions_take_their_summary_with_them(acme: Company, happens: Happens) -> None:
    happens(days=3)
    run(acme)
    with tenant_scope(acme.tenant):
        Interaction.objects.all().delete()
    assert run(acme).count == 1
    assert stored(acme) == []


def test_what_an_insight_quotes_comes_first_unless_it_was_a_false_alarm(acme: Company, happens: Happens) -> None:
    one = happens(days=40, text="Nice weather. Funds are there.")
    run(acme)
    insight = notice(acme, one, "Funds are there")
    run(acme, NOW + timedelta(days=1))
    assert stored(acme)[0]["lines"][0]["why"] == "signal: budget mentioned"
    with tenant_scope(acme.tenant):
        Insight.objects.filter(pk=insight.pk).update(status=InsightStatus.DISMISSED)
    run(acme, NOW + timedelta(days=2))
    assert stored(acme)[0]["lines"][0]["why"] == "latest"


def test_a_contacts_new_name_is_a_change(acme: Company, happens: Happens) -> None:
    happens(days=3, contact=acme.contact)
    run(acme)
    with tenant_scope(acme.tenant):
        Contact.objects.filter(pk=acme.contact.pk).update(name="Hank S.")
    assert run(acme).count == 1
    assert stored(acme)[0]["lines"][0]["who"] == "Hank S."


def test_one_accounts_failure_is_told_and_the_rest_are_summarized(
    acme: Company, happens: Happens, monkeypatch: Any
) -> None:
    with tenant_scope(acme.tenant):
        other = Account.objects.create(tenant=acme.tenant, external_id="A-2", name="Initech")
    happens(text="poison")
    happens(account=other)
    real = summarizing.lines_of

    def failing(kind: Any, said: Any, **how: Any) -> Any:
        if any(one.text == "poison" for one in said):
            raise ValueError("odd text")
        return real(kind, said, **how)

    monkeypatch.setattr(summarizing, "lines_of", failing)
    tally = run(acme)
    assert (tally.done, tally.count) == (2, 1)
    assert tally.errors == [(acme.account.pk, "ValueError: odd text")]
    assert [row["account_id"] for row in stored(acme)] == [other.pk]
    monkeypatch.undo()
    assert run(acme).count == 1  # and it is looked at again
    assert len(stored(acme)) == 2


def test_a_page_killed_before_it_was_written_leaves_nothing_and_the_next_run_ends_the_same(
    acme: Company, happens: Happens
) -> None:
    happens(days=3)
    assert summarize(part(acme)) is not None
    assert stored(acme) == []
    run(acme)
    assert len(stored(acme)) == 1


def many(company: Company, number: int, each: int) -> None:
    with tenant_scope(company.tenant):
        made = Account.objects.bulk_create(
            Account(tenant=company.tenant, external_id=f"M-{n}", name=f"M {n}") for n in range(number)
        )
        Interaction.objects.bulk_create(
            Interaction(
                tenant=company.tenant,
                account=account,
                external_id=f"{account.external_id}-{n}",
                channel="email",
                direction="in",
                occurred_at=NOW - timedelta(days=n * 7),
                text=f"We agreed on {n} seats.",
            )
            for account in made
            for n in range(each)
        )


def statements(company: Company, now: datetime = NOW) -> int:
    with CaptureQueriesContext(connection) as counted:
        page = summarize(part(company, now))
        assert page is not None
        with tenant_scope(company.tenant):
            page.write()
    return len([one for one in counted.captured_queries if "SAVEPOINT" not in one["sql"]])


def test_a_page_takes_the_same_statements_however_much_is_in_it(acme: Company, rival: Company) -> None:
    many(acme, 3, 30)
    many(rival, 90, 40)
    assert statements(acme) == statements(rival)
    assert statements(acme, NOW + timedelta(days=30)) == statements(rival, NOW + timedelta(days=30))


def test_a_hundred_accounts_a_page_within_the_range_and_none_of_anybody_else(acme: Company, rival: Company) -> None:
    many(acme, 150, 1)
    many(rival, 5, 1)
    with tenant_scope(acme.tenant):
        ids = list(Account.objects.order_by("id").values_list("pk", flat=True))
        assert size(acme.tenant, NOW) == len(ids) == 151
    first = summarize(part(acme))
    assert first is not None
    assert (first.cursor, first.is_last) == (ids[99], False)
    ranged = summarize(part(acme, first=ids[10], last=ids[19]))
    assert ranged is not None
    assert (ranged.cursor, ranged.is_last) == (ids[19], True)
    assert summarize(part(acme, cursor=ids[-1])) is None
    assert run(acme).done == 151
    assert stored(rival) == []
