"""What a message says of what waits, and that nothing in it can be turned against who reads it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Account, Clone, Opportunity, Tenant
from crm.people import add_person
from crm.tenancy import tenant_scope
from engine.alerts import alert
from engine.models import Notice, NoticeKind
from engine.notices import Message, notify, send_due
from engine.quoting import for_chat, quoted
from engine.waiting_messages import MOST_LISTED
from insights.models import Insight
from record.actors import SYSTEM
from tests.cast import Company, company
from tests.console.visits import Visit, everything
from tests.reach.posts import Mailbox, change, set_reach, sweep, text_of

HOSTILE = [
    "Globex\r\nBcc: thief@evil.example",
    "<!channel> <https://evil.example|the queue> @here @channel",
    "see https://evil.example/admin/ or www.evil.example",
    "pay\u202egro.elpmaxe\u202c now\u200b",
    "=cmd|' /C calc'!A0",
    "x" * 150 + " " + "y" * 100,
    "[the queue](https://evil.example)",
    "a\n\n\n\n\n\n\n\n\n\nb\x00"[:-1],
]


def poison(acme: Company, text: str) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.filter(pk=acme.account.pk).update(name=text[:300])
        Opportunity.objects.filter(pk=acme.deal.pk).update(name=text[:300])
        Clone.objects.filter(pk=acme.clone.pk).update(name=text[:200])
    Tenant.objects.filter(pk=acme.tenant.pk).update(name=text[:200])


def links(mail: Any) -> list[str]:
    return re.findall(r"https?://\S+", text_of(mail))


def test_it_says_what_for_whom_how_much_why_and_how_long(acme: Company, mailbox: Mailbox) -> None:
    Tenant.objects.filter(pk=acme.tenant.pk).update(time_zone="Asia/Kathmandu")
    action = acme.propose_proposal(opportunity="O-1")
    change(acme, action, expires_at=datetime(2999, 1, 1, 12, 0, tzinfo=UTC))
    sweep()
    (mail,) = mailbox.mails(acme.manager)
    assert mail["Subject"] == "1 action waits for you: Send a proposal for Globex ($12,000)"
    said = text_of(mail)
    assert said.startswith("manager-acme, 1 action waits for a decision in Acme; deals of $12,000.\n\n")
    assert "To hank@globex.example: Next steps\n" in said
    assert "It belongs to the tier that needs approval" in said or "person" in said
    assert "Proposed by Ada of acme.\n" in said
    assert "left; on Tue 1 Jan 2999, 17:45 (Asia/Kathmandu) it expires, which means no.\n" in said
    assert f"http://127.0.0.1:8000/admin/engine/action/{action.pk}/change/\n" in said
    assert "The whole queue: http://127.0.0.1:8000/admin/\n" in said
    assert "\n\n\n" not in said


def test_there_is_one_link_an_action_and_one_to_the_queue(acme: Company, mailbox: Mailbox) -> None:
    actions = [acme.propose_proposal() for _ in range(3)]
    sweep()
    assert sorted(links(mailbox.mails(acme.manager)[0])) == sorted(
        [
            "http://127.0.0.1:8000/admin/",
            *(f"http://127.0.0.1:8000/admin/engine/action/{one.pk}/change/" for one in actions),
        ]
    )


def test_the_most_valuable_comes_first_and_the_rest_is_counted(acme: Company, mailbox: Mailbox) -> None:
    for _ in range(MOST_LISTED + 2):
        acme.propose_proposal()
    last = acme.propose_proposal(opportunity="O-1")
    sweep()
    mail = mailbox.mails(acme.manager)[0]
    assert mail["Subject"] == "23 actions wait for you: Send a proposal for Globex ($12,000) and 22 more"
    assert str(last.pk) in links(mail)[0]
    assert len(links(mail)) == MOST_LISTED + 1
    assert "… and 3 more" in text_of(mail)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words_in_a_mail(acme: Company, mailbox: Mailbox, text: str) -> None:
    poison(acme, text)
    acme.propose_proposal(opportunity="O-1", payload=acme.email(subject=" ".join(text.split()), body=text))
    sweep()
    (mail,) = mailbox.mails(acme.manager)
    assert mail.get_all("To") == ["manager@acme.example"]
    assert mail["Bcc"] is None
    assert len(mail["Subject"]) <= 300
    assert "\n" not in mail["Subject"]
    assert len(links(mail)) == 2
    assert all(link.startswith("http://127.0.0.1:8000/admin/") for link in links(mail))
    assert "www.evil" not in text_of(mail)
    assert not re.search("[\u202e\u200b\r\x00]", text_of(mail))
    assert max(len(line) for line in text_of(mail).splitlines()) < 600


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_call_nobody_in_a_chat(acme: Company, mailbox: Mailbox, text: str) -> None:
    set_reach(acme, acme.manager, other_way="chat")
    poison(acme, text)
    acme.propose_proposal(opportunity="O-1", payload=acme.email(subject=" ".join(text.split())))
    sweep()
    (post,) = mailbox.posts()
    assert not re.search(r"[<>]|(?<!\w)@\w|\]\(http|\]\(//", post["text"])
    assert re.findall(r"https?://[^/]+", post["text"]) == ["http://127.0.0.1:8000"] * 2


def test_an_alerts_words_call_nobody_either(acme: Company, mailbox: Mailbox) -> None:
    quote = "<!channel> & <https://evil.example|log in> @here\nwww.evil.example"
    with tenant_scope(acme.tenant):
        Insight.objects.create(
            tenant=acme.tenant,
            account=acme.account,
            pattern_type="risk_indicator",
            signal="champion_departure",
            severity="critical",
            confidence=0.9,
            reason="They <b>leave</b>.",
            evidence=[{"quote": quote, "who": "<@U1>\u202e"}],
            seen_at=timezone.now(),
        )
        alert(tenant=acme.tenant, run_id=acme.account.pk, now=timezone.now())
    send_due()
    (post,) = mailbox.posts()
    assert "&lt;!channel&gt; &amp; &lt;https[:]//evil.example|log in&gt; (at)here www[.]evil.example" in post["text"]
    assert not re.search(r"[<>\u202e]|(?<!\w)@\w", post["text"])
    (mail,) = mailbox.mails(acme.manager)
    assert links(mail) == [link for link in links(mail) if link.startswith("http://127.0.0.1:8000/")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain", "plain"),
        ("a\r\nb", "a b"),
        ("https://x.example", "https[:]//x.example"),
        ("HTTP://x.example WWW.x.example", "HTTP[:]//x.example WWW[.]x.example"),
        ("mailto:a@b.example", "mailto[:]a@b.example"),
        ("javascript:alert(1) tel:1", "javascript[:]alert(1) tel[:]1"),
        ("[the queue](//x.example)", "[the queue] (//x.example)"),
        ("\u202etxt", "[U+202E]txt"),
        ("abcdefghij", "abcdefghij"),
        ("a" * 50, "a" * 39 + "…"),
    ],
)
def test_quoting(text: str, said: str) -> None:
    assert quoted(text, most=40) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a & b <c>", "a &amp; b &lt;c&gt;"),
        ("@here, @channel: mail hank@globex.example", "(at)here, (at)channel: mail hank@globex.example"),
        ("&amp;", "&amp;amp;"),
    ],
)
def test_escaping_for_chat(text: str, said: str) -> None:
    assert for_chat(text) == said


@pytest.mark.parametrize("recipient", ["m@acme.example\nBcc: thief@evil.example", "m@acme.example\r\nX: y"])
def test_no_address_can_add_a_header(acme: Company, mailbox: Mailbox, recipient: str) -> None:
    with tenant_scope(acme.tenant):
        notify(
            tenant=acme.tenant,
            kind=NoticeKind.APPROVAL,
            key="k",
            channel="email",
            recipient=recipient,
            message=Message("A\r\nBcc: thief@evil.example", "b"),
            due_at=timezone.now() - timedelta(seconds=1),
        )
    send_due()
    assert mailbox.mails() == []


def _everywhere(acme: Company, rival: Company) -> Any:
    return everything([acme.tenant, rival.tenant])


@pytest.mark.parametrize("several", [False, True])
def test_following_every_link_of_a_mail_changes_nothing(acme: Company, mailbox: Mailbox, several: bool) -> None:
    rival = company("rival")
    if several:
        add_person(tenant=rival.tenant, username="manager-acme", role="manager", actor=SYSTEM)
    acme.propose_proposal(opportunity="O-1")
    acme.propose_proposal()
    sweep()
    (mail,) = mailbox.mails(acme.manager)
    paths = [link.removeprefix("http://127.0.0.1:8000") for link in links(mail)]
    assert len(paths) == 3
    nobody, manager = Client(), Visit(acme.manager).client
    before = _everywhere(acme, rival)
    for path in paths:
        for verb in (nobody.get, nobody.head):
            answer = verb(path)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/?next=/admin/")
        for verb in (manager.get, manager.head):
            assert verb(path, follow=True).status_code == 200
    assert _everywhere(acme, rival) == before


def test_a_link_leads_through_log_in_to_the_page_where_a_post_decides(acme: Company, mailbox: Mailbox) -> None:
    action = acme.propose_proposal()
    sweep()
    path = links(mailbox.mails(acme.manager)[0])[0].removeprefix("http://127.0.0.1:8000")
    client = Client()
    log_in = client.get(path)["Location"]
    answer = client.post(log_in, {"username": "manager-acme", "password": "a long enough passphrase"})
    assert answer["Location"] == path
    page = client.get(path)
    assert page.status_code == 200
    assert acme.read(action).status == "pending"
    client.post(f"/admin/engine/action/{action.pk}/approve/", {"content_hash": action.content_hash})
    assert acme.read(action).status == "approved"


def test_what_was_told_stands_in_the_console(acme: Company, mailbox: Mailbox) -> None:
    acme.propose_proposal(opportunity="O-1")
    sweep()
    assert "Send a proposal for Globex ($12,000)" in Visit(acme.manager).page("/admin/engine/notice/")
    with tenant_scope(acme.tenant):
        assert {notice.kind for notice in Notice.objects.all()} == {"approval"}


def test_a_link_into_another_company_of_theirs_asks_to_go_there_and_goes(acme: Company, mailbox: Mailbox) -> None:
    rival = company("rival")
    add_person(tenant=rival.tenant, username="manager-acme", role="manager", actor=SYSTEM)
    action = rival.propose_proposal()
    sweep()
    path = f"/admin/engine/action/{action.pk}/change/?company=rival"
    assert f"http://127.0.0.1:8000{path}" in text_of(mailbox.mails(acme.manager)[0])
    visit = Visit(acme.manager)
    before = _everywhere(acme, rival)
    page = visit.page(path)
    assert "This page is in Rival; you are in Acme." in page
    assert "Next steps" not in page
    assert _everywhere(acme, rival) == before
    gone = visit.post("/admin/tenant/", tenant=str(rival.tenant.pk), next=path)
    assert gone["Location"] == path
    assert "Shall we talk on Monday?" in visit.page(path)


def test_who_does_not_belong_to_the_company_of_a_link_learns_nothing(acme: Company, mailbox: Mailbox) -> None:
    action = company("rival").propose_proposal()
    visit = Visit(acme.manager)
    assert visit.get(f"/admin/engine/action/{action.pk}/change/", company="rival").status_code == 404
    assert "Rival" not in visit.page("/admin/", company="rival")


@pytest.mark.parametrize(
    "odd", ["https://evil.example/admin/", "//evil.example", "/api/v1/", "/\\evil.example", "javascript:1"]
)
def test_the_switch_leads_nowhere_else(acme: Company, odd: str) -> None:
    gone = Visit(acme.manager).post("/admin/tenant/", tenant=str(acme.tenant.pk), next=odd)
    assert gone["Location"] == "/admin/"
