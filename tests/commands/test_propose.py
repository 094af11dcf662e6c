"""propose."""

import json
from pathlib import Path

import pytest

from crm.tenancy import tenant_scope
from engine.models import Action
from engine.representation import as_json
from tests.cast import Company


def target(company: Company, **more: str) -> list[str]:
    named = {"tenant": company.tenant.slug, "clone": company.clone.name, "account": "A-1", **more}
    return [word for name, value in named.items() for word in (f"--{name}", value)]


def stored(company: Company) -> list[Action]:
    with tenant_scope(company.tenant):
        return list(Action.objects.all())


def test_it_answers_with_the_action(run, acme: Company) -> None:
    payload = json.dumps(acme.email())
    answer = run("propose", "send_proposal", *target(acme), "--payload", payload, "--rationale", "They asked for it.")
    (action,) = stored(acme)
    assert answer == as_json(acme.read(action))
    assert (answer["status"], answer["payload"], answer["rationale"]) == ("pending", acme.email(), "They asked for it.")
    assert action.proposer_kind == "system"


def test_what_may_run_alone_is_approved(run, acme: Company) -> None:
    answer = run("propose", "send_follow_up_email", *target(acme), "--payload", json.dumps(acme.email()))
    assert (answer["status"], answer["tier"]) == ("approved", "autonomous")


def test_a_hard_stop_is_blocked_and_no_error(run, acme: Company) -> None:
    answer = run("propose", "Commit-Pricing", *target(acme), "--payload", '{"price": "9000.00"}')
    assert (answer["status"], answer["action_type"]) == ("blocked", "commit_pricing")


def test_the_payload_can_stand_in_a_file(run, acme: Company, tmp_path: Path) -> None:
    file = tmp_path / "mail.json"
    file.write_text(json.dumps(acme.email(subject="Grüße")), encoding="utf-8")
    assert run("propose", "send_proposal", *target(acme), "--payload", f"@{file}")["payload"]["subject"] == "Grüße"


def test_deal_and_contact_can_be_named(run, acme: Company) -> None:
    words = target(acme, opportunity="O-1", contact="C-1")
    answer = run("propose", "progress_past_evaluation", *words, "--payload", '{"to_stage": "evaluation"}')
    assert (answer["opportunity"], answer["contact"]) == (str(acme.deal.pk), str(acme.contact.pk))


def test_the_clone_can_be_named_by_its_id(run, acme: Company) -> None:
    words = target(acme, clone=str(acme.clone.pk))
    assert run("propose", "send_proposal", *words, "--payload", json.dumps(acme.email()))["clone"] == str(acme.clone.pk)


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        ("{not json", "it is not JSON"),
        ("", "it is not JSON"),
        ("[1]", "not a list"),
        ("7", "not a number"),
        ("null", "not null"),
        ('{"subject": "a", "subject": "b"}', "the field 'subject' is there twice"),
        ("[" * 100_000, "nested too deeply"),
        ("@/no/such/file.json", "the file /no/such/file.json cannot be read (No such file or directory)"),
    ],
)
def test_a_payload_that_cannot_be_read_is_refused(refused, acme: Company, payload: str, detail: str) -> None:
    code, sentence = refused("propose", "send_proposal", *target(acme), "--payload", payload)
    assert code == 2
    assert sentence.startswith("--payload: ")
    assert detail in sentence
    assert stored(acme) == []


def test_a_file_that_is_no_text_is_refused(refused, acme: Company, tmp_path: Path) -> None:
    (tmp_path / "mail.json").write_bytes(b"\xff\xfe")
    code, sentence = refused("propose", "send_proposal", *target(acme), "--payload", f"@{tmp_path}/mail.json")
    assert code == 2
    assert "not UTF-8" in sentence


def test_fields_that_do_not_fit_are_all_named(refused, acme: Company) -> None:
    payload = json.dumps({"to": ["nobody"], "subject": "a\nb"})
    code, sentence = refused("propose", "send_proposal", *target(acme), "--payload", payload)
    assert code == 2
    assert all(f"--payload at /{place}" in sentence for place in ("to/0", "subject", "body"))


@pytest.mark.parametrize(
    ("changed", "argument"),
    [
        ({"tenant": "x"}, "--tenant:"),
        ({"clone": "Nobody"}, "--clone: there is no clone 'Nobody' in this tenant; choose from Ada of acme."),
        ({"account": "A-2"}, "--account:"),
        ({"opportunity": "O-2"}, "--opportunity:"),
        ({"contact": "C-2"}, "--contact:"),
    ],
)
def test_unknown_references_are_refused(refused, acme: Company, changed: dict[str, str], argument: str) -> None:
    words = target(acme, **changed)
    code, sentence = refused("propose", "send_proposal", *words, "--payload", json.dumps(acme.email()))
    assert code == 2
    assert sentence.startswith(argument)
    assert stored(acme) == []


def test_another_tenants_account_is_unknown(refused, acme: Company, rival: Company) -> None:
    words = target(acme, account=str(rival.account.pk))
    assert refused("propose", "send_proposal", *words, "--payload", json.dumps(acme.email()))[1].startswith(
        "--account:"
    )


def test_a_name_that_is_none_is_refused(refused, acme: Company) -> None:
    code, sentence = refused("propose", "7up!", *target(acme), "--payload", "{}")
    assert code == 2
    assert sentence.startswith("ACTION_TYPE: ")


def test_people_are_told_how_it_stands(told, acme: Company) -> None:
    text = told("propose", "send_proposal", *target(acme), "--payload", json.dumps(acme.email()))
    assert text.startswith("send_proposal for Globex: pending, waiting for person (approval_required)\n")
    assert stored(acme)[0].content_hash in text
