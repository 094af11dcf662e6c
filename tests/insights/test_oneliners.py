"""Single sentences that promise in passing: most are found, and hardly any that promises nothing is."""

from insights.commitments import find_commitments
from tests.insights.oneliners import NO_PROMISES, PROMISES


def test_nine_in_ten_promises_are_found_where_one_sentence_is_all_there_is() -> None:
    missed = [said for said in PROMISES if not find_commitments(said)]
    assert len(missed) <= len(PROMISES) * 0.11, missed


def test_what_promises_nothing_is_let_be_but_for_one_in_forty() -> None:
    wrong = [said for said in NO_PROMISES if find_commitments(said)]
    assert len(wrong) <= len(NO_PROMISES) * 0.025, wrong
