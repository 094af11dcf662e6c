"""How you are told: everybody sets their own, nobody sees another's, and what does not fit is named."""

from datetime import UTC, datetime
from typing import Any

import pytest

from crm.tenancy import tenant_scope
from engine.models import Reach
from record.models import Entry
from tests.cast import Company
from tests.console.visits import Visit, everything, messages, said
from tests.reach.posts import Mailbox, set_reach, sweep, text_of

PAGE = "/admin/engine/reach/own/"
FITTING = {
    "urgent_way": "both",
    "other_way": "email",
    "batch_minutes": "15",
    "urgent_value": "50000",
    "urgent_hours": "6",
    "chat_channel": "#deals",
}


def reaches(acme: Company) -> list[Reach]:
    with tenant_scope(acme.tenant):
        return list(Reach.objects.select_related("person"))


@pytest.mark.parametrize("role", ["manager", "rep", "auditor", "operator"])
def test_everybody_sets_their_own(acme: Company, role: str) -> None:
    person = getattr(acme, role)
    visit = Visit(person)
    assert visit.get("/admin/engine/reach/").headers["Location"] == f"{PAGE}change/"
    assert "Actions that wait for you" in visit.page(f"{PAGE}change/")
    assert f'action="{PAGE}do/set/"' in visit.get(f"{PAGE}change/").content.decode()
    assert reaches(acme) == []
    answer = visit.post(f"{PAGE}do/set/", **FITTING)
    assert answer.status_code == 302
    assert messages(answer) == ["This is how you are told from now on."]
    (reach,) = reaches(acme)
    assert (reach.person, reach.urgent_way, reach.batch_minutes, reach.chat_channel) == (person, "both", 15, "#deals")
    html = visit.get(f"{PAGE}change/").content.decode()
    assert 'value="#deals"' in html
    assert 'value="15"' in html


def test_nobody_sees_or_changes_anothers(acme: Company) -> None:
    set_reach(acme, acme.manager, chat_channel="#secret")
    (reach,) = reaches(acme)
    visits = [Visit(getattr(acme, role)) for role in ("second_manager", "rep", "auditor", "operator")]
    before = everything([acme.tenant])
    for visit in visits:
        assert visit.get(f"/admin/engine/reach/{reach.pk}/change/").status_code == 404
        assert visit.post(f"/admin/engine/reach/{reach.pk}/do/set/", **FITTING).status_code == 404
        assert "#secret" not in visit.get(f"{PAGE}change/").content.decode()
    assert everything([acme.tenant]) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("urgent_way", "pigeon"),
        ("other_way", ""),
        ("batch_minutes", "0"),
        ("batch_minutes", "1441"),
        ("batch_minutes", "soon"),
        ("urgent_value", "-1"),
        ("urgent_value", "NaN"),
        ("urgent_value", "1" + "0" * 13),
        ("urgent_hours", "-1"),
        ("urgent_hours", "721"),
        ("chat_channel", ""),
        ("chat_channel", "#"),
        ("chat_channel", "two words"),
        ("chat_channel", "<!channel>"),
        ("chat_channel", "#a\u202eb"),
        ("chat_channel", "x" * 81),
    ],
)
def test_what_does_not_fit_is_named_and_changes_nothing(acme: Company, field: str, value: str) -> None:
    visit = Visit(acme.manager)
    before = everything([acme.tenant])
    answer = visit.post(f"{PAGE}do/set/", **{**FITTING, field: value})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert everything([acme.tenant]) == before


def test_who_has_no_address_cannot_choose_mail(acme: Company) -> None:
    acme.rep.email = ""
    acme.rep.save()
    answer = Visit(acme.rep).post(f"{PAGE}do/set/", **{**FITTING, "other_way": "email"})
    assert "You have no e-mail address here" in said(answer)


def test_a_change_is_in_the_record_and_no_change_is_not(acme: Company) -> None:
    visit = Visit(acme.manager)
    for _ in range(2):
        visit.post(f"{PAGE}do/set/", **FITTING)
    with tenant_scope(acme.tenant):
        (entry,) = Entry.objects.filter(kind="reach.set")
    assert (entry.actor_label, entry.facts["urgent_value"], entry.facts["batch_minutes"]) == (
        "manager-acme",
        "50000",
        15,
    )


def test_a_test_message_goes_wherever_one_is_told(acme: Company, mailbox: Mailbox) -> None:
    visit = Visit(acme.manager)
    visit.post(f"{PAGE}do/set/", **FITTING)
    answer = visit.post(f"{PAGE}do/test/")
    assert messages(answer)[1:] == ["A test message goes to manager@acme.example and #deals within seconds."]
    assert sweep() == 2
    (mail,) = mailbox.mails()
    assert "this is the test message you asked for in Acme" in text_of(mail)
    assert mailbox.posts()[0]["channel"] == "#deals"


def test_a_test_message_needs_no_settings_and_comes_once_a_minute(
    acme: Company, mailbox: Mailbox, monkeypatch: Any
) -> None:
    monkeypatch.setattr("engine.reach_settings.timezone.now", lambda: datetime(2026, 1, 1, 12, 0, tzinfo=UTC))
    visit = Visit(acme.manager)
    assert visit.post(f"{PAGE}do/test/").status_code == 302
    assert "A test message was made this minute" in said(visit.post(f"{PAGE}do/test/"))
    assert sweep() == 1


def test_who_is_told_nothing_gets_no_test_message(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.manager, urgent_way="none", other_way="none")
    assert "Nobody is told anything in these ways" in said(Visit(acme.manager).post(f"{PAGE}do/test/"))
    assert sweep() == 0


def test_what_presses_after_a_change_is_told_though_it_waits_for_long(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.manager, other_way="none", urgent_value="100000")
    acme.propose_proposal(opportunity="O-1")
    sweep()
    assert mailbox.mails(acme.manager) == []
    Visit(acme.manager).post(f"{PAGE}do/set/", **{**FITTING, "other_way": "none", "urgent_value": "12000"})
    sweep()
    assert len(mailbox.mails(acme.manager)) == 1


def test_settings_that_change_again_and_again_lose_nothing(acme: Company, mailbox: Mailbox) -> None:
    visit = Visit(acme.manager)
    for number in range(1, 5):
        visit.post(f"{PAGE}do/set/", **{**FITTING, "urgent_way": "email", "urgent_value": str(number)})
        acme.propose_proposal(opportunity="O-1")
        sweep()
        assert len(mailbox.mails(acme.manager)) == number
