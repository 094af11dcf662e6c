"""Where a job asks for what a language model could add. Without one (LLM_URL unset) the answer is nothing, at no cost.

The rules have done their work before they come here, and whatever comes back has passed our own checks: a model never
chooses an action, its tier or whom it goes to (docs/language-model.md).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from engine.jobs import Part
from insights.findings import Finding
from insights.noticing import Read


class Thinking:
    """The rules alone: it adds nothing. `counts` belongs into the page's Tally.more."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def extra_findings(self, read: Mapping[UUID, Sequence[Read]]) -> dict[str, list[Finding]]:
        """Findings beyond the detectors' in the texts of some accounts, by the texts' references."""
        return {}

    def refined(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The payload with its subject and body in better words; every other field as it is."""
        return dict(payload)

    def chosen(self, sentences: Sequence[str], *, most: int) -> list[int] | None:
        """The places of the sentences that tell most, in their order; None: choose by the rules."""
        return None


def thinking_for(part: Part) -> Thinking:
    """What thinks along with one page. Ask with no transaction open: the calls go over the network."""
    if not settings.LLM_URL:
        return Thinking()
    from engine.llm.thinking import WithModel  # only now: without a model nothing of it is loaded

    return WithModel(part)


def with_extra(read: dict[UUID, list[Read]], extra: Mapping[str, Sequence[Finding]]) -> dict[UUID, list[Read]]:
    """The texts with both kinds of findings."""
    if not extra:
        return read
    return {
        account: [Read(one.text, [*one.findings, *extra.get(one.text.reference, ())]) for one in of_one]
        for account, of_one in read.items()
    }
