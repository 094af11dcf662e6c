"""What the documentation says is what the code does: tables, arrows, settings, commands and links are held to it."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from engine.lifecycle import BEGINNINGS, MOVES, WAITING_FOR
from guardrails.policy import CATALOGUE, TIERS
from guardrails.rules import RULES

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#]+)(?:#([^)]+))?\)")
ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(name: str) -> list[list[str]]:
    """The cells of every table row of a page, without back-ticks."""
    return [[cell.strip().strip("`") for cell in line.split(" | ")] for line in ROW.findall(page(name))]


def anchors(text: str) -> set[str]:
    """The anchors that the headings of a page get."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_table_of_actions_is_the_catalogue() -> None:
    told = {row[0]: (row[1], row[2]) for row in rows("docs/guardrails.md") if row[0] in TIERS}
    meant = {name: (entry.tier.value, entry.description.rstrip(".")) for name, entry in CATALOGUE.items()}
    lowered = {name: (tier, text[0].lower() + text[1:]) for name, (tier, text) in meant.items()}
    assert told == lowered


def test_the_table_of_rules_has_all_of_them_strictest_first() -> None:
    assert [row[0] for row in rows("docs/guardrails.md") if row[0] in RULES] == list(RULES)


def test_the_diagram_has_every_move_and_no_other() -> None:
    drawn = re.findall(r"^    (\S+) --> (\w+):", page("docs/actions.md"), re.MULTILINE)
    moves = {(origin.value, to.value) for origin, targets in MOVES.items() for to in targets}
    beginnings = {("[*]", status.value) for status in BEGINNINGS}
    assert set(drawn) == moves | beginnings
    assert len(drawn) == len(set(drawn))


def test_every_word_of_waiting_for_is_explained() -> None:
    told = {row[0] for row in rows("docs/actions.md")}
    assert set(WAITING_FOR) <= told


def test_every_setting_is_explained() -> None:
    known = set(re.findall(r"^# ([A-Z_]+)=", page(".env.example"), re.MULTILINE))
    told = {name for row in rows("docs/operations.md") for name in re.findall(r"[A-Z]{2,}(?:_[A-Z]+)*", row[0])}
    assert known
    assert known <= told


def test_every_command_that_is_named_is_there() -> None:
    texts = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    named = set(re.findall(r"manage\.py ([a-z_]+)", texts))
    named |= {row[0].split()[0] for row in rows("docs/operations.md") if "--" in row[0] and "manage.py" not in row[0]}
    assert len(named) > 12
    assert named - set(get_commands()) <= {"up", "down", "status", "test"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target, anchor in LINK.findall(text):
        if "://" in target:
            continue
        file = (path.parent / target).resolve()
        assert file.exists(), f"{path.name} links to {target}"
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{path.name} links to {target}#{anchor}"
