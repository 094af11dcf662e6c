"""Alerts and digests go out once: whatever happens to the server, the worker or the clock."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.models import Notice, NoticeKind, NoticeStatus
from engine.notices import MOST_ATTEMPTS, Message, notify, send_due
from record.models import Entry
from tests.cast import Company, company
from tests.sinks import MailSink, mail_sink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Company:
    return company("acme")


@pytest.fixture
def sink(settings: Any) -> Any:
    with mail_sink() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        yield running


def written(tenant: Tenant, key: str = "k", **changes: Any) -> Notice | None:
    given = {
        "kind": NoticeKind.ALERT,
        "channel": "email",
        "recipient": "manager@acme.example",
        "message": Message("Globex is cooling down", "Plain words.", "<p>Plain words.</p>"),
        "due_at": timezone.now(),
    }
    with tenant_scope(tenant):
        return notify(tenant=tenant, key=key, **{**given, **changes})


def now_is(notice: Notice) -> Notice:
    with tenant_scope(notice.tenant_id):
        return Notice.objects.get(pk=notice.pk)


def test_a_notice_is_sent_in_text_and_in_html(acme: Company, sink: MailSink) -> None:
    notice = written(acme.tenant)
    assert notice is not None
    assert send_due() == 1
    (mail,) = sink.taken
    assert mail["To"] == "manager@acme.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert body is not None
    assert html is not None
    assert "Plain words." in body.get_content()
    assert "<p>Plain words.</p>" in html.get_content()
    assert now_is(notice).status == NoticeStatus.SENT


def test_it_is_sent_once_however_often_the_sweep_comes(acme: Company, sink: MailSink) -> None:
    written(acme.tenant)
    assert [send_due(), send_due(), send_due()] == [1, 0, 0]
    assert len(sink.taken) == 1


def test_a_second_one_with_the_same_key_is_not_made(acme: Company, sink: MailSink) -> None:
    assert written(acme.tenant, "digest:2026-11-24:1") is not None
    assert written(acme.tenant, "digest:2026-11-24:1") is None
    send_due()
    assert len(sink.taken) == 1


def test_it_waits_until_it_is_due(acme: Company, sink: MailSink) -> None:
    written(acme.tenant, due_at=timezone.now() + timedelta(hours=1))
    assert send_due() == 0
    assert sink.taken == []


def test_where_nothing_went_out_it_is_tried_again_later(acme: Company, sink: MailSink) -> None:
    notice = written(acme.tenant)
    assert notice is not None
    sink.mode = "busy"
    assert send_due() == 0
    waiting = now_is(notice)
    assert waiting.status == NoticeStatus.WAITING
    assert waiting.due_at > timezone.now()
    sink.mode = "take"
    make_due(notice)
    assert send_due() == 1


def test_it_is_not_tried_for_ever(acme: Company, sink: MailSink) -> None:
    notice = written(acme.tenant)
    assert notice is not None
    sink.mode = "busy"
    for _ in range(MOST_ATTEMPTS):
        make_due(notice)
        send_due()
    assert now_is(notice).status == NoticeStatus.FAILED


def test_where_the_answer_was_lost_nobody_sends_it_again(acme: Company, sink: MailSink) -> None:
    notice = written(acme.tenant)
    assert notice is not None
    sink.mode = "lose"
    send_due()
    sink.mode = "take"
    make_due(notice)
    send_due()
    assert now_is(notice).status == NoticeStatus.UNKNOWN
    assert len(sink.taken) == 1


def test_a_worker_that_was_lost_while_sending_leaves_it_unknown(acme: Company, sink: MailSink) -> None:
    notice = written(acme.tenant)
    assert notice is not None
    with tenant_scope(acme.tenant):
        Notice.objects.filter(pk=notice.pk).update(
            status=NoticeStatus.SENDING, lease_until=timezone.now() - timedelta(seconds=1)
        )
    assert send_due() == 0
    assert now_is(notice).status == NoticeStatus.UNKNOWN
    assert sink.taken == []


def test_what_has_nothing_to_say_any_more_is_dropped(acme: Company, sink: MailSink) -> None:
    notice = written(acme.tenant)
    assert notice is not None
    assert send_due(latest=lambda _: None) == 0
    assert now_is(notice).status == NoticeStatus.DROPPED
    assert sink.taken == []


def test_a_notice_that_breaks_does_not_stop_the_next_one(acme: Company, sink: MailSink) -> None:
    written(acme.tenant, "broken", recipient="not an address\nBcc: x@y.example")
    written(acme.tenant, "good")
    send_due()
    assert [mail["To"] for mail in sink.taken] == ["manager@acme.example"]


def test_another_companys_notices_are_sent_as_well(acme: Company, sink: MailSink) -> None:
    other = company("initech")
    written(acme.tenant)
    written(other.tenant, recipient="manager@initech.example")
    assert send_due() == 2
    assert connection.in_atomic_block is False


def make_due(notice: Notice) -> None:
    with tenant_scope(notice.tenant_id):
        Notice.objects.filter(pk=notice.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_worker_that_dies_takes_one_notice_along_and_leaves_the_others(acme: Company, sink: MailSink) -> None:
    first = written(acme.tenant, "first")
    written(acme.tenant, "second")
    assert first is not None

    def dies(notice: Notice) -> Message:
        raise SystemExit

    with pytest.raises(SystemExit):
        send_due(latest=dies)
    with tenant_scope(acme.tenant):
        assert sorted(Notice.objects.values_list("status", flat=True)) == [NoticeStatus.SENDING, NoticeStatus.WAITING]
        Notice.objects.filter(status=NoticeStatus.SENDING).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert send_due() == 1
    with tenant_scope(acme.tenant):
        assert sorted(Notice.objects.values_list("status", flat=True)) == [NoticeStatus.SENT, NoticeStatus.UNKNOWN]
        assert Entry.objects.filter(kind="notice.unknown").count() == 1
