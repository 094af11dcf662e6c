"""What engine.thinking hands out where an endpoint is set."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from engine.jobs import Part
from engine.llm.asking import Asking
from engine.llm.detections import more_findings
from engine.llm.drafts import Draft, refined
from engine.llm.summaries import chosen
from engine.thinking import Thinking
from insights.findings import Finding
from insights.noticing import Read

_WORDED = {"subject", "body"}


class WithModel(Thinking):
    """Asks the model, within one page's time and budget; what it does not answer well stays with the rules."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self._asking = Asking(part)
        self.counts = self._asking.counts

    def extra_findings(self, read: Mapping[UUID, Sequence[Read]]) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for of_one in read.values():
            if self._asking.is_over:
                break
            found |= more_findings(of_one, self._asking.ask)
        return found

    def refined(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        if not payload.keys() >= _WORDED:
            return dict(payload)
        better = refined(Draft(payload["subject"], payload["body"]), self._asking.ask)
        return {**payload, **better._asdict()}

    def chosen(self, sentences: Sequence[str], *, most: int) -> list[int] | None:
        return chosen(sentences, most=most, ask=self._asking.ask)
