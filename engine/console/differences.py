"""An edit, word by word: what went and what came. Knows no Django."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from crm.console.formats import words

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 3_000  # comparing costs their square; longer texts are compared by lines


class Span(NamedTuple):
    """A stretch of text: "same", "gone" or "new"."""

    kind: str
    text: str


class Change(NamedTuple):
    """What became of one field."""

    label: str
    spans: list[Span]


def changes_of(edit_diff: Mapping[str, Mapping[str, Any]] | None) -> list[Change]:
    """The changes an action's `edit_diff` holds ({field: {old, new}}), by field."""
    return [
        Change(words(name), spans_between(_as_text(change["old"]), _as_text(change["new"])))
        for name, change in (edit_diff or {}).items()
    ]


def spans_between(old: str, new: str) -> list[Span]:
    """Both texts as one sequence of spans. Blanks between changes count as changed, or nobody could read it."""
    before, after = _cut(old, new)
    spans: list[Span] = []
    gone = come = ""
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        was, now = "".join(before[i1:i2]), "".join(after[j1:j2])
        if tag == "equal" and (was.strip() or "\n" in was or not (gone or come)):
            spans += [*_changed(gone, come), Span("same", was)]
            gone = come = ""
        else:
            gone, come = gone + was, come + now
    return [*spans, *_changed(gone, come)]


def _changed(gone: str, come: str) -> list[Span]:
    if gone == come:
        return [Span("same", gone)] if gone else []
    return [span for span in (Span("gone", gone), Span("new", come)) if span.text]


def _cut(old: str, new: str) -> tuple[list[str], list[str]]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        return old.splitlines(keepends=True), new.splitlines(keepends=True)
    return before, after


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_as_text(part)}" for name, part in value.items())
    return str(value)
