"""Logging in with two factors: enrolling, the second step, what is refused, and a company that wants it of everybody."""

import re
import time
from base64 import b32decode
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from crm.people import add_person
from crm.tenancy import tenant_scope
from crm.two_factor import RECOVERY_CODES, enrol, new_key, require_of_all, verify
from record.actors import SYSTEM
from record.models import Entry
from tests.cast import Company
from tests.console.pages import READERS, furnish
from tests.console.test_get_changes_nothing import addresses
from tests.console.visits import Visit, everything, said

PASSWORD = "a long enough passphrase"
START = 1_900_000_000.0  # a moment at which no code is about to change


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(START, tick=False) as travelled:
        yield travelled


def code(key: str) -> str:
    """What an authenticator app shows now."""
    made = TOTP(b32decode(key))
    made.time = time.time()
    return f"{made.token():06d}"


def enrolled(company: Company, person: User, clock: Any) -> tuple[str, list[str]]:
    """Enrol somebody; a minute later their next code is there. Gives the secret and the recovery codes."""
    key = new_key()
    codes = enrol(
        person, key=key, code=code(key), password=PASSWORD, tenant=company.tenant, actor=company.actor(person)
    )
    clock.shift(60)
    return key, codes


def first_step(person: User, client: Client | None = None) -> Client:
    client = client or Client()
    response = client.post("/admin/login/?next=/admin/", {"username": person.username, "password": PASSWORD})
    assert response.headers["Location"] == "/admin/login/code/"
    return client


def second_step(client: Client, given: str) -> Any:
    return client.post("/admin/login/code/", {"code": given})


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def kinds(company: Company) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Entry.objects.order_by("id").values_list("kind", flat=True))


def shown_key(response: Any) -> str:
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', response.content.decode())
    assert found
    return found.group(1).replace(" ", "")


def signed_key(response: Any) -> str:
    found = re.search(r'name="key" value="([^"]+)"', response.content.decode())
    assert found
    return found.group(1)


def test_a_person_enrols_in_the_console_and_logs_in_with_a_code(acme: Company, clock: Any) -> None:
    visit = Visit(acme.manager)
    page = visit.get("/admin/two-factor/")
    assert 'src="data:image/svg+xml' in page.content.decode()
    key = shown_key(page)
    done = visit.post("/admin/two-factor/on/", key=signed_key(page), code=code(key), password=PASSWORD)
    codes = re.findall(r"<code>([a-z2-7-]+)</code>", done.content.decode())
    assert len(set(codes)) == RECOVERY_CODES
    assert visit.get("/admin/").status_code == 200
    assert kinds(acme)[-1] == "person.two_factor_enabled"
    clock.shift(60)
    client = first_step(acme.manager)
    assert not is_in(client)
    step = client.get("/admin/login/code/").content.decode()
    assert 'autocomplete="one-time-code"' in step
    assert second_step(client, code(key)).headers["Location"] == "/admin/"
    assert is_in(client)


def test_the_address_one_wanted_is_where_one_arrives(acme: Company, clock: Any) -> None:
    key, _ = enrolled(acme, acme.manager, clock)
    client = Client()
    wanted = "/admin/crm/account/?q=glo"
    client.post(f"/admin/login/?next={wanted}", {"username": "manager-acme", "password": PASSWORD})
    assert second_step(client, code(key)).headers["Location"] == wanted
    elsewhere = Client()
    elsewhere.post("/admin/login/?next=https://x.example/", {"username": "manager-acme", "password": PASSWORD})
    clock.shift(60)
    assert second_step(elsewhere, code(key)).headers["Location"] == "/admin/"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "000000"}, "This code does not fit."),
        ({"code": "abc"}, "This code does not fit."),
        ({"code": ""}, "This field is required."),
        ({"password": "wrong"}, "This is not your password."),
        ({"key": "mine"}, "This page is too old."),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_enrolled(
    acme: Company, changes: dict[str, str], sentence: str
) -> None:
    visit = Visit(acme.manager)
    page = visit.get("/admin/two-factor/")
    given = {"key": signed_key(page), "code": code(shown_key(page)), "password": PASSWORD, **changes}
    response = visit.post("/admin/two-factor/on/", **given)
    assert response.status_code == 400
    assert sentence in said(response)
    assert not TOTPDevice.objects.exists()
    if "key" not in changes:
        assert shown_key(response) == shown_key(page)  # what was scanned stays good


def test_the_page_where_one_enrols_stores_nothing_when_it_is_looked_at(acme: Company) -> None:
    visit = Visit(acme.manager)
    before = everything([acme.tenant])
    visit.get("/admin/two-factor/")
    assert everything([acme.tenant]) == before


def test_a_secret_shown_an_hour_ago_is_no_longer_taken(acme: Company, clock: Any) -> None:
    visit = Visit(acme.manager)
    page = visit.get("/admin/two-factor/")
    clock.shift(3601)
    given = {"key": signed_key(page), "code": code(shown_key(page)), "password": PASSWORD}
    assert "This page is too old." in said(visit.post("/admin/two-factor/on/", **given))


def test_a_second_device_is_not_enrolled_beside_the_first(acme: Company, clock: Any) -> None:
    enrolled(acme, acme.manager, clock)
    key = new_key()
    with pytest.raises(ValueError, match="on already"):
        enrol(acme.manager, key=key, code=code(key), password=PASSWORD, tenant=acme.tenant, actor=acme.actor())
    assert TOTPDevice.objects.count() == 1


def test_the_other_sessions_of_the_person_end_and_those_of_others_stay(acme: Company) -> None:
    here, elsewhere, other = Visit(acme.manager), Visit(acme.manager), Visit(acme.rep)
    page = here.get("/admin/two-factor/")
    here.post("/admin/two-factor/on/", key=signed_key(page), code=code(shown_key(page)), password=PASSWORD)
    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert other.get("/admin/").status_code == 200


def test_a_session_that_gave_no_code_is_over_once_its_person_has_a_device(acme: Company, clock: Any) -> None:
    enrolled(acme, acme.manager, clock)
    visit = Visit(acme.manager)  # as if logged in by the password alone
    before = everything([acme.tenant])
    assert visit.post(reverse("admin:guardrails_pause_add"), reason="x").headers["Location"].startswith("/admin/login/")
    assert everything([acme.tenant]) == before
    assert visit.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_a_code_opens_once(acme: Company, clock: Any) -> None:
    key, _ = enrolled(acme, acme.manager, clock)
    used = code(key)
    assert second_step(first_step(acme.manager), used).status_code == 302
    again = first_step(acme.manager)
    assert "This code does not fit." in said(second_step(again, used))
    assert not is_in(again)


def test_the_code_one_enrolled_with_opens_nothing(acme: Company, clock: Any) -> None:
    key = new_key()
    first = code(key)
    enrol(acme.manager, key=key, code=first, password=PASSWORD, tenant=acme.tenant, actor=acme.actor())
    assert not verify(acme.manager, first)


def test_wrong_codes_make_the_next_one_wait(acme: Company, clock: Any) -> None:
    key, _ = enrolled(acme, acme.manager, clock)
    for _ in range(3):
        assert not verify(acme.manager, "000000")
        clock.shift(5)
    assert verify(acme.manager, code(key))
    clock.shift(60)
    assert not verify(acme.manager, "000000")
    assert not verify(acme.manager, code(key))  # at once: too soon
    clock.shift(2)
    assert verify(acme.manager, code(key))


def test_wrong_codes_count_as_failed_log_ins_and_lock_out_the_right_one_too(acme: Company, clock: Any) -> None:
    key, _ = enrolled(acme, acme.manager, clock)
    client = first_step(acme.manager)
    for _ in range(4):
        assert second_step(client, "000000").status_code == 200
        first_step(acme.manager, client)  # the right password does not make up for it
    assert AccessAttempt.objects.get().failures_since_start == 4
    locked = second_step(client, "000000")
    assert locked.status_code == 429
    assert "Too many attempts" in said(locked)
    clock.shift(120)
    assert second_step(client, code(key)).status_code == 429
    assert "000000" not in str(AccessAttempt.objects.values())
    assert not is_in(client)


def test_wrong_passwords_and_wrong_codes_add_up(acme: Company, clock: Any) -> None:
    enrolled(acme, acme.manager, clock)
    client = first_step(acme.manager)
    for _ in range(2):
        second_step(client, "000000")
    for _ in range(3):
        response = client.post("/admin/login/", {"username": "manager-acme", "password": "wrong"})
    assert response.status_code == 429


def test_logging_in_sets_the_count_back(acme: Company, clock: Any) -> None:
    key, _ = enrolled(acme, acme.manager, clock)
    client = first_step(acme.manager)
    second_step(client, "000000")
    clock.shift(30)
    assert second_step(client, code(key)).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_the_second_step_takes_the_first(acme: Company) -> None:
    assert Client().get("/admin/login/code/").headers["Location"] == "/admin/login/"
    assert second_step(Client(), "123456").headers["Location"] == "/admin/login/"


def test_the_first_step_is_forgotten_after_ten_minutes_or_with_the_password(acme: Company, clock: Any) -> None:
    key, _ = enrolled(acme, acme.manager, clock)
    late = first_step(acme.manager)
    clock.shift(601)
    assert second_step(late, code(key)).headers["Location"] == "/admin/login/"
    client = first_step(acme.manager)
    acme.manager.set_password("another long passphrase")
    acme.manager.save()
    assert second_step(client, code(key)).headers["Location"] == "/admin/login/"
    assert not is_in(client)


def test_the_session_of_the_first_step_is_not_the_one_a_stranger_may_know(acme: Company, clock: Any) -> None:
    enrolled(acme, acme.manager, clock)
    client = Client()
    client.session.save()
    before = client.session.session_key
    first_step(acme.manager, client)
    assert client.session.session_key != before


def test_a_recovery_code_opens_once_however_it_is_typed(acme: Company, clock: Any) -> None:
    _, codes = enrolled(acme, acme.manager, clock)
    client = first_step(acme.manager)
    assert second_step(client, f" {codes[0].upper().replace('-', ' ')} ").status_code == 302
    assert is_in(client)
    assert "9 recovery codes left" in said(client.get("/admin/two-factor/"))
    assert not verify(acme.manager, codes[0])
    clock.shift(60)
    assert verify(acme.manager, codes[1])


def test_of_a_recovery_code_only_a_keyed_hash_is_kept(acme: Company, clock: Any, settings: Any) -> None:
    _, codes = enrolled(acme, acme.manager, clock)
    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert len(kept) == RECOVERY_CODES
    assert not kept & {code.replace("-", "").upper() for code in codes}
    settings.SECRET_KEY = "another key altogether, of the same length as it was"
    assert not verify(acme.manager, codes[0])


def test_new_recovery_codes_take_the_place_of_the_old(acme: Company, clock: Any) -> None:
    key, old = enrolled(acme, acme.manager, clock)
    client = first_step(acme.manager)
    second_step(client, code(key))
    response = client.post("/admin/two-factor/codes/", {"proof": PASSWORD})
    new = re.findall(r"<code>([a-z2-7-]+)</code>", response.content.decode())
    assert len(new) == RECOVERY_CODES
    assert not verify(acme.manager, old[0])
    clock.shift(5)
    assert verify(acme.manager, new[0])
    assert kinds(acme)[-1] == "person.recovery_codes_renewed"


def test_switching_off_takes_the_password_or_a_code(acme: Company, clock: Any) -> None:
    key, codes = enrolled(acme, acme.manager, clock)
    client = first_step(acme.manager)
    second_step(client, code(key))
    refused = client.post("/admin/two-factor/off/", {"proof": "wrong"})
    assert refused.status_code == 400
    assert "neither your password nor a code" in said(refused)
    assert AccessAttempt.objects.get().failures_since_start == 1
    assert TOTPDevice.objects.exists()
    clock.shift(5)
    client.post("/admin/two-factor/off/", {"proof": codes[0]})
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
    assert kinds(acme)[-1] == "person.two_factor_disabled"
    assert is_in(client)
    assert (
        Client()
        .post("/admin/login/?next=/admin/", {"username": "manager-acme", "password": PASSWORD})
        .headers["Location"]
        == "/admin/"
    )


def test_guessing_at_an_open_desk_is_locked_out(acme: Company, clock: Any) -> None:
    key, _ = enrolled(acme, acme.manager, clock)
    client = first_step(acme.manager)
    second_step(client, code(key))
    for _ in range(5):
        response = client.post("/admin/two-factor/off/", {"proof": "wrong"})
    assert response.status_code == 429
    assert client.post("/admin/two-factor/off/", {"proof": PASSWORD}).status_code == 429
    assert TOTPDevice.objects.exists()


def test_an_operator_resets_the_second_factor_of_a_member(acme: Company, operator: Visit, clock: Any) -> None:
    enrolled(acme, acme.rep, clock)
    users = reverse("admin:auth_user_change", args=[acme.rep.pk])
    assert "Reset two-factor log-in" in operator.page(users)
    response = operator.post(reverse("admin:auth_user_do", args=[acme.rep.pk, "two_factor"]), follow=True)
    assert "logs in by password alone" in said(response)
    assert kinds(acme)[-1] == "person.two_factor_reset"
    assert not TOTPDevice.objects.exists()
    assert "Reset two-factor log-in" not in operator.page(users)


def test_an_operator_resets_neither_their_own_nor_that_of_somebody_who_belongs_elsewhere_too(
    acme: Company, rival: Company, clock: Any
) -> None:
    add_person(tenant=rival.tenant, username="rep-acme", role="rep", actor=SYSTEM)
    enrolled(acme, acme.rep, clock)
    operator = Visit(acme.operator)
    response = operator.post(reverse("admin:auth_user_do", args=[acme.rep.pk, "two_factor"]))
    assert "belongs to another company as well" in said(response)
    assert TOTPDevice.objects.count() == 1


# --- a company that wants it of everybody ------------------------------------------------------------------------------


def want_it(company: Company) -> None:
    require_of_all(company.tenant, required=True, actor=company.actor(company.operator))


def test_the_operator_asks_it_of_everybody_and_the_record_says_so(acme: Company, operator: Visit) -> None:
    address = reverse("admin:crm_tenant_do", args=[acme.tenant.pk, "two_factor"])
    operator.post(address, required="on")
    assert kinds(acme)[-1] == "tenant.two_factor_required"
    acme.tenant.refresh_from_db()
    assert acme.tenant.requires_two_factor


def test_who_has_to_enrol_gets_no_get_and_no_post_through(acme: Company) -> None:
    furnished = furnish(acme)
    want_it(acme)
    visit = Visit(acme.manager)
    before = everything([acme.tenant])
    open_pages = {
        "/admin/login/",
        "/admin/login/code/",
        "/admin/two-factor/",
        "/admin/two-factor/on/",
        "/admin/jsi18n/",
    }
    for address in addresses(furnished):
        if address in open_pages:
            continue
        for answer in (visit.get(address), visit.post(address, reason="x", format="csv")):
            assert answer.status_code == 302, address
            assert answer.headers["Location"] == "/admin/two-factor/", address
    assert everything([acme.tenant]) == before


def test_the_page_where_one_enrols_is_reached_without_a_loop_and_names_nothing_else(acme: Company) -> None:
    want_it(acme)
    client = Client()
    response = client.post(
        "/admin/login/?next=/admin/crm/account/", {"username": "manager-acme", "password": PASSWORD}, follow=True
    )
    assert response.redirect_chain[-1][0] == "/admin/two-factor/"
    assert response.status_code == 200
    assert "Your company wants a second factor" in said(response)
    assert "Approval queue" not in said(response)
    assert "Globex" not in said(response)
    assert client.post("/admin/logout/").status_code == 200


def test_once_enrolled_the_console_is_theirs(acme: Company) -> None:
    want_it(acme)
    visit = Visit(acme.manager)
    page = visit.get("/admin/two-factor/")
    visit.post("/admin/two-factor/on/", key=signed_key(page), code=code(shown_key(page)), password=PASSWORD)
    for table in (page for page, readers in READERS.items() if "manager" in readers):
        assert visit.get(reverse(f"admin:{table}_changelist")).status_code in (200, 302)
    assert visit.get("/admin/").status_code == 200


def test_who_belongs_to_two_companies_enrols_when_one_of_them_wants_it(acme: Company, rival: Company) -> None:
    add_person(tenant=rival.tenant, username="manager-acme", role="manager", actor=SYSTEM)
    want_it(rival)
    visit = Visit(acme.manager)
    assert visit.get("/admin/").headers["Location"] == "/admin/two-factor/"
    response = visit.post("/admin/tenant/", tenant=str(rival.tenant.pk))
    assert response.headers["Location"] == "/admin/two-factor/"
    assert "tenant" not in visit.client.session
    assert Visit(acme.rep).get("/admin/").status_code == 200


def test_an_api_token_goes_on_working(acme: Company, client: Client) -> None:
    bearer = acme.token_of(acme.manager)
    want_it(acme)
    answer = client.get("/api/v1/approvals/", headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code == 200


def test_a_reset_where_everybody_needs_it_leads_to_enrolling_again(acme: Company, clock: Any) -> None:
    key, _ = enrolled(acme, acme.rep, clock)
    want_it(acme)
    client = first_step(acme.rep)
    second_step(client, code(key))
    assert is_in(client)
    TOTPDevice.objects.all().delete()
    assert client.get("/admin/").headers["Location"] == "/admin/two-factor/"


def test_no_session_holds_a_secret(acme: Company, clock: Any) -> None:
    key, _ = enrolled(acme, acme.manager, clock)
    first_step(acme.manager)
    for session in Session.objects.all():
        assert key not in str(session.get_decoded())
        assert PASSWORD not in str(session.get_decoded())
