"""A GET of the console changes no row, whoever follows the link: a mail scanner, a prefetching browser, a person."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from engine.models import Action
from tests.cast import Company
from tests.console.pages import EVERYBODY, READERS, Furnished, furnish
from tests.console.visits import Visit, everything

NOT_TO_BE_FOLLOWED = {"logout"}  # ends the session, and answers a GET with 405


@pytest.fixture
def furnished(acme: Company) -> Furnished:
    return furnish(acme)


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of a part of the URL conf, as (route, pattern)."""
    for one in resolver.url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        else:
            yield route, one


def console_patterns() -> Iterator[tuple[str, URLPattern]]:
    yield from ((route, one) for route, one in patterns(get_resolver()) if route.startswith("admin/"))


def filled(route: str, furnished: Furnished) -> Iterator[str]:
    """The addresses a route stands for, with the ids of our rows in it."""
    page = next(
        (page for page in READERS if route.startswith(f"admin/{page.rpartition('_')[0]}/{page.rpartition('_')[2]}/")),
        None,
    )
    row = furnished.rows.get(page or "")
    values = {
        "object_id": str(row.pk) if row else "1",
        "verb": "lift",
        "verdict": "useful",
        "kind": "four_eyes",
        "view_id": "00000000-0000-0000-0000-000000000000",
        "app_label": "crm",
        "content_type_id": "1",
        "url": "anything",
    }
    route = route.replace("^", "").replace("$", "").replace("\\Z", "")
    yield "/" + re.sub(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>", lambda m: values[m.group(1) or m.group(2)], route)


def addresses(furnished: Furnished) -> list[str]:
    return [
        address
        for route, one in console_patterns()
        if one.name not in NOT_TO_BE_FOLLOWED
        for address in filled(route, furnished)
    ]


def test_the_crawl_knows_every_page_of_rows(furnished: Furnished) -> None:
    crawled = set(addresses(furnished))
    for model in admin.site._registry:
        page = f"{model._meta.app_label}_{model._meta.model_name}"
        assert furnished.row_page(page) in crawled
    for verb in ("approve", "reject", "edit", "undo", "settle", "again", "snooze", "reassign", "ask"):
        assert any(address.endswith(f"/{verb}/") for address in crawled)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_no_get_of_any_address_changes_a_row(furnished: Furnished, role: str) -> None:
    visit = Visit(getattr(furnished.company, role))
    before = everything([furnished.company.tenant])
    for address in addresses(furnished):
        response = visit.client.get(address, {"content_hash": "x", "reason": "x", "action": "approve"})
        assert response.status_code < 500, address
    assert everything([furnished.company.tenant]) == before


@pytest.mark.parametrize("odd", ["anything", "0", "%00", "9" * 50, "..", "_", "00000000-0000-0000-0000-000000000000"])
def test_no_odd_address_is_a_500(furnished: Furnished, odd: str) -> None:
    visit = Visit(furnished.company.operator, patient=True)
    for route, one in console_patterns():
        if one.name in NOT_TO_BE_FOLLOWED:
            continue
        address = re.sub(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>", odd, re.sub(r"[\^$]|\\\\Z", "", route))
        assert visit.client.get(f"/{address}").status_code < 500, address
    for query in ("s=a&page=x", "s=a&page=0", "s=a&page=999", "s=%27"):
        assert visit.client.get(f"/admin/search/?{query}").status_code in (200, 400), query


def test_no_get_decides_in_any_status(furnished: Furnished) -> None:
    company = furnished.company
    made: list[Action] = [company.propose_proposal() for _ in range(3)]
    company.approve(made[0], hold=True)
    visit = Visit(company.manager)
    before = everything([company.tenant])
    for action in made:
        for verb in (
            "approve",
            "reject",
            "edit",
            "undo",
            "settle",
            "again",
            "snooze",
            "reassign",
            "ask",
            "change",
            "history",
            "delete",
        ):
            sent = {"content_hash": action.content_hash, "until": "1h", "text": "x", "person": ""}
            visit.get(f"/admin/engine/action/{action.pk}/{verb}/", **sent)
    assert everything([company.tenant]) == before


def links(html: str) -> set[str]:
    return {link.split("#")[0] for link in re.findall(r'href="(/admin/[^"]*)"', html)}


def test_following_every_link_from_the_queue_on_changes_nothing(furnished: Furnished) -> None:
    visit = Visit(furnished.company.manager)
    before = everything([furnished.company.tenant])
    seen: set[str] = set()
    ahead = {"/admin/"}
    while ahead:
        address = ahead.pop()
        seen.add(address)
        response: Any = visit.client.get(address.replace("&amp;", "&"))
        assert response.status_code in (200, 302), address
        if response.status_code == 200:
            ahead |= {link for link in links(response.content.decode()) if "?" not in link} - seen
    assert len(seen) > 30
    assert everything([furnished.company.tenant]) == before


def test_the_switch_of_companies_is_a_post(acme: Company) -> None:
    assert Visit(acme.manager).get(reverse("switch_tenant"), tenant=str(acme.tenant.pk)).status_code == 405


def test_no_page_may_be_framed_or_run_strange_script(acme: Company) -> None:
    response = Visit(acme.manager).get("/admin/")
    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert settings.SESSION_COOKIE_HTTPONLY
    html = response.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"\son\w+=", html)
    assert not re.search(r"(src|href)=\"(https?:)?//", html)
