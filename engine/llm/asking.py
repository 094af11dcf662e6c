"""The model calls of one page of a job: within the page's time and the budgets, and never an error to the caller."""

import logging
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Any

from engine.jobs import Part
from engine.llm.budget import correct, reserve
from engine.llm.client import CIRCUIT, LanguageModelUnavailable, Question, ask

log = logging.getLogger(__name__)

PAGE_LIMIT_S = 20.0  # a page's calls together: well below what a worker gives a page
SHORTEST_CALL_S = 0.05


class Asking:
    """Asks for one page. `counts` is told with the page's tally: answers, none of use, an empty budget, no time left."""

    def __init__(self, part: Part, *, clock: Callable[[], float] = monotonic) -> None:
        self.counts: Counter[str] = Counter()
        self._part, self._clock = part, clock
        self._until: float | None = None  # from the first question on
        self._is_spent = False

    @property
    def is_over(self) -> bool:
        """Nothing more is asked for this page."""
        return self._is_spent or CIRCUIT.is_open or self._left() < SHORTEST_CALL_S

    def ask(self, question: Question) -> Any | None:
        """The value of an answer that fits, or None: then the rules' work stands."""
        if self.is_over:
            self.counts["llm_not_asked"] += 1
            return None
        if not reserve(tenant=self._part.tenant, run_id=self._part.run_id, tokens=question.estimate):
            self._is_spent = True
            self.counts["llm_budget_exhausted"] += 1
            return None
        return self._asked(question)

    def _left(self) -> float:
        return PAGE_LIMIT_S if self._until is None else self._until - self._clock()

    def _asked(self, question: Question) -> Any | None:
        value, used = None, 0
        self._until = self._until or self._clock() + PAGE_LIMIT_S
        try:
            answer = ask(question, limit_s=self._left())
            value, used = answer.value, answer.tokens
        except LanguageModelUnavailable as failure:
            log.warning("the language model gave nothing for %s: %s", question.name, failure.detail)
            used = failure.tokens
        finally:
            correct(tenant=self._part.tenant, run_id=self._part.run_id, reserved=question.estimate, used=used)
        self.counts["llm_answers" if value is not None else "llm_unavailable"] += 1
        return value
