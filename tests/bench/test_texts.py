"""The texts of the bench: as varied and as long as promised."""

from bench.sayings import SIGNALS
from bench.texts import LONGEST, SHORTEST, Writer


def texts(number: int = 2_000, *, seed: int = 1) -> list[str]:
    writer = Writer(seed)
    kinds = (writer.mail, writer.mail, writer.note, writer.chat)
    return [kinds[n % len(kinds)](may_signal=True) for n in range(number)]


def test_the_same_seed_gives_the_same_texts() -> None:
    assert texts(50) == texts(50)
    assert texts(50) != texts(50, seed=2)


def test_hardly_two_are_alike() -> None:
    assert len(set(texts())) > 0.95 * 2_000


def test_they_are_neither_short_nor_long() -> None:
    assert all(SHORTEST <= len(text) <= LONGEST for text in texts())


def test_no_slot_is_left_open() -> None:
    assert [text for text in texts() if "{" in text or "}" in text] == []


def test_about_one_in_twelve_carries_a_signal() -> None:
    beginnings = tuple(frame.split("{")[0] for frame in SIGNALS if len(frame.split("{")[0]) > 12)
    found = sum(any(beginning in text for beginning in beginnings) for text in texts())
    assert 0.02 < found / 2_000 < 0.10  # some frames begin with a slot and are not counted


def test_what_is_ours_carries_none() -> None:
    writer = Writer(1)
    beginnings = tuple(frame.split("{")[0] for frame in SIGNALS if len(frame.split("{")[0]) > 12)
    ours = [writer.mail(may_signal=False) for _ in range(1_000)]
    assert not any(beginning in text for text in ours for beginning in beginnings)
