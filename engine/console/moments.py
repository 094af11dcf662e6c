"""The moments that an action's story is made of: what happened when, in plain words, with what the record holds of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from engine.console.differences import Change
from engine.console.words import why_of
from engine.models import Attempt
from guardrails.rules import RULES, Effect
from record.models import Entry


class RuleLine(NamedTuple):
    """A rule that fired at a check, and what it says; `blocks`: nobody can let it through."""

    name: str
    why: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's own words. `page` is the interaction they stand in, by id; None where it is not on record any more."""

    text: str
    who: str
    at: datetime | None = None
    page: Any = None
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """An entry of the record, and whether it carries the hash that its own columns give."""

    entry: Entry
    is_right: bool
    facts: str


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt; `key_fits`: its key is the one that the content which was taken up gives."""

    attempt: Attempt
    key_fits: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `kind` says what it belongs to: evidence, proposal, check, decision, edit, question, attempt,
    outcome or effect. `said` are sentences, `quotes` others' words, `written` what the record holds of it."""

    at: datetime
    kind: str
    title: str
    said: Sequence[str] = ()
    quotes: Sequence[Quote] = ()
    rules: Sequence[RuleLine] = ()
    changes: Sequence[Change] = ()
    written: Written | None = None
    tried: Try | None = None
    place: str = ""  # of moments at the same time, which comes first

    @property
    def is_told_later(self) -> bool:
        """Whether the record was written more than a minute away from when the action itself says it happened."""
        return self.written is not None and abs((self.written.entry.created_at - self.at).total_seconds()) > 60


def rule_lines(names: Sequence[Any]) -> list[RuleLine]:
    """Rules by name, with what each says."""
    return [RuleLine(str(name), why_of(str(name)), _blocks(str(name))) for name in names]


def written_as(entry: Entry) -> Written:
    """The entry with its hash checked."""
    facts = json.dumps(entry.facts, indent=2, ensure_ascii=False, sort_keys=True)
    return Written(entry, entry.computed_hash() == entry.hash, facts)


def _blocks(name: str) -> bool:
    return name in RULES and RULES[name].effect is Effect.BLOCK
