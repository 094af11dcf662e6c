"""What several accounts have in common."""

from datetime import UTC, datetime, timedelta

import pytest

from insights.cross_account import Kind, Mention, detect_shared, mentions_in
from insights.findings import Finding

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def mentions(text: str, *findings: Finding) -> set[tuple[Kind, str]]:
    return {(row.kind, row.topic) for row in mentions_in(text, findings, account="a", at=NOW)}


def finding(signal: str, quote: str, confidence: float = 0.9) -> Finding:
    return Finding(signal, confidence, "", quote, 0, len(quote), True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We are concerned about the price.", (Kind.OBJECTION, "price")),
        ("It is too complicated for us to integrate with SAP.", (Kind.OBJECTION, "integration")),
        ("Do you support SSO?", (Kind.REQUEST, "single sign-on")),
        ("We would love a mobile app.", (Kind.REQUEST, "mobile app")),
    ],
)
def test_a_text_gives_its_topics(text: str, expected: tuple[Kind, str]) -> None:
    assert expected in mentions(text)


@pytest.mark.parametrize(
    "text", ["The integration runs.", "> We are concerned about the price.", "Dana is on holiday."]
)
def test_a_topic_without_an_objection_or_a_wish_is_no_mention(text: str) -> None:
    assert mentions(text) == set()


RIVALS = "We are also talking to Initech."


@pytest.mark.parametrize("signal", ["competitive_evaluation", "competitor_preference"])
def test_a_name_is_a_rivals_in_a_sentence_that_compares_or_prefers(signal: str) -> None:
    assert mentions(RIVALS, finding(signal, RIVALS)) == {(Kind.COMPETITOR, "Initech")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (RIVALS, finding("competitive_evaluation", RIVALS, 0.5)),
        (RIVALS, finding("negative_sentiment", RIVALS)),
        (RIVALS, None),
        ("We compare until Friday.", finding("competitive_evaluation", "We compare until Friday.")),
    ],
    ids=["too unsure", "another signal", "no finding", "a weekday"],
)
def test_any_other_name_is_not(text: str, found: Finding | None) -> None:
    assert mentions(text, *([found] if found else [])) == set()


def test_a_mention_quotes_the_text() -> None:
    text = "Hello. We\u2019re concerned about the price. Bye."
    (row,) = mentions_in(text, [], account="a", at=NOW, reference="i1")
    assert row.quote == "We\u2019re concerned about the price."
    assert row.reference == "i1"


def said(account: str, topic: str, *, days_ago: float = 1, kind: Kind = Kind.OBJECTION) -> Mention:
    return Mention(account, kind, topic, NOW - timedelta(days=days_ago), f"{account}-{topic}")


def test_what_three_accounts_mention_is_shared() -> None:
    (shared,) = detect_shared([said("a", "price"), said("b", "price"), said("c", "price"), said("c", "sso")], now=NOW)
    assert (shared.kind, shared.topic, set(shared.accounts)) == (Kind.OBJECTION, "price", {"a", "b", "c"})
    assert shared.finding.signal == "shared_objection"
    assert set(shared.finding.evidence) == {"a-price", "b-price", "c-price"}


def test_each_account_speaks_once_and_with_its_newest_word() -> None:
    rows = [said("a", "price", days_ago=day) for day in (3, 1, 2)] + [said("b", "price"), said("c", "price")]
    (shared,) = detect_shared(rows, now=NOW)
    assert [mention.account for mention in shared.mentions] == list(shared.accounts)
    assert max(mention.at for mention in shared.mentions if mention.account == "a") == NOW - timedelta(days=1)


def test_one_account_that_says_it_thrice_shares_nothing() -> None:
    assert detect_shared([said("a", "price", days_ago=day) for day in (1, 2, 3)], now=NOW) == []


def test_what_was_said_long_ago_or_lies_ahead_does_not_count() -> None:
    rows = [said("a", "price"), said("b", "price", days_ago=31), said("c", "price", days_ago=-1)]
    assert detect_shared(rows, now=NOW) == []


def test_kinds_are_kept_apart_and_names_are_not_by_their_case() -> None:
    rows = [said(account, "price", kind=kind) for account in "abc" for kind in (Kind.OBJECTION, Kind.REQUEST)]
    rivals = [
        said(account, name, kind=Kind.COMPETITOR)
        for account, name in zip("abcd", ["Initech", "INITECH"] * 2, strict=True)
    ]
    shared = detect_shared([*rows, *rivals], now=NOW)
    assert [(row.kind, len(row.accounts)) for row in shared] == [
        (Kind.COMPETITOR, 4),
        (Kind.OBJECTION, 3),
        (Kind.REQUEST, 3),
    ]


def test_the_more_accounts_the_surer() -> None:
    few = detect_shared([said(account, "price") for account in "abc"], now=NOW)
    many = detect_shared([said(account, "price") for account in "abcdefghijklmnop"], now=NOW)
    assert few[0].finding.confidence < many[0].finding.confidence < 1
