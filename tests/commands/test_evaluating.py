"""evaluate_signals and evaluate_commitments."""

import json
from pathlib import Path
from typing import Any

import pytest

from insights.commitments import KINDS
from insights.signals import TEXT_SIGNALS

NAMES = {"evaluate_commitments": KINDS, "evaluate_signals": TEXT_SIGNALS}
BESIDES = {"evaluate_commitments": ("any",)}  # told to people; the object has the kinds alone
LABEL = {"evaluate_commitments": ("commitments", "discount"), "evaluate_signals": ("signals", "pricing_requested")}
TEXT = {
    "evaluate_commitments": "We will give you 15% off.",
    "evaluate_signals": "Could you send us a quote for 50 seats?",
}


def file_of(folder: Path, *cases: Any) -> str:
    path = folder / "cases.jsonl"
    path.write_text("".join(f"{json.dumps(case)}\n" for case in cases), encoding="utf-8")
    return str(path)


def case(command: str, **changes: Any) -> dict[str, Any]:
    field, label = LABEL[command]
    return {"id": "1", "channel": "email", "direction": "in", "text": TEXT[command], field: [label], **changes}


@pytest.mark.parametrize("command", NAMES)
def test_every_label_has_its_five_figures(run: Any, tmp_path: Path, command: str) -> None:
    answer = run(command, file_of(tmp_path, case(command)))
    assert list(answer) == list(NAMES[command])
    assert all(set(score) == {"tp", "fp", "fn", "precision", "recall"} for score in answer.values())
    assert answer[LABEL[command][1]] == {"tp": 1, "fp": 0, "fn": 0, "precision": 1.0, "recall": 1.0}


@pytest.mark.parametrize("command", NAMES)
def test_an_empty_file_has_figures_that_are_undefined(run: Any, tmp_path: Path, command: str) -> None:
    for score in run(command, file_of(tmp_path)).values():
        assert score == {"tp": 0, "fp": 0, "fn": 0, "precision": None, "recall": None}


@pytest.mark.parametrize("command", NAMES)
def test_an_unknown_label_ends_with_exit_2_and_names_the_line(refused: Any, tmp_path: Path, command: str) -> None:
    field, _ = LABEL[command]
    code, sentence = refused(command, file_of(tmp_path, case(command), case(command, **{field: ["nonsense"]})))
    assert code == 2
    assert sentence.startswith("FILE: Line 2: nonsense is no ")


@pytest.mark.parametrize("command", NAMES)
@pytest.mark.parametrize("bad", [[], 7, {"text": 5}, {"text": "no labels"}])
def test_a_line_that_is_no_case_is_named(refused: Any, tmp_path: Path, command: str, bad: Any) -> None:
    code, sentence = refused(command, file_of(tmp_path, bad))
    assert code == 2
    assert sentence.startswith("FILE: Line 1: ")


@pytest.mark.parametrize("command", NAMES)
def test_a_file_that_cannot_be_read_is_named(refused: Any, tmp_path: Path, command: str) -> None:
    assert refused(command, str(tmp_path / "none"))[0] == 2
    (tmp_path / "latin").write_bytes(b"\xff\xfe")
    assert "UTF-8" in refused(command, str(tmp_path / "latin"))[1]


@pytest.mark.parametrize("command", NAMES)
def test_people_get_a_table(told: Any, tmp_path: Path, command: str) -> None:
    head, *lines = told(command, file_of(tmp_path, case(command))).rstrip("\n").split("\n")
    assert head.split() == ["right", "wrong", "missed", "precision", "recall"]
    assert [line.split()[0] for line in lines] == [*NAMES[command], *BESIDES.get(command, ())]
    assert any(line.split()[1:] == ["1", "0", "0", "100.0%", "100.0%"] for line in lines)


def test_signals_can_be_measured_on_a_part_of_the_file(run: Any, tmp_path: Path) -> None:
    path = file_of(tmp_path, case("evaluate_signals", part="tuning"), case("evaluate_signals", part="held_back"))
    assert run("evaluate_signals", path, "--part", "held_back")["pricing_requested"]["tp"] == 1
    assert run("evaluate_signals", path)["pricing_requested"]["tp"] == 2
