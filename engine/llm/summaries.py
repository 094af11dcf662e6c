"""Which sentences of many tell most: the model answers with their numbers, so that it can add nothing of its own."""

from collections.abc import Callable, Sequence
from typing import Any

from engine.llm.client import Question

MOST_SENTENCES = 150
LONGEST_SENTENCE = 400  # characters that are sent of one
ANSWER_TOKENS = 200

INSTRUCTIONS = (
    "You choose the sentences that best sum up what happened with a customer: decisions, wishes, worries, numbers, names"
    " and next steps. Answer with the numbers of the sentences, the most telling first, no more than `most` of them."
)


def chosen(sentences: Sequence[str], *, most: int, ask: Callable[[Question], Any | None]) -> list[int] | None:
    """The places of at most `most` sentences, in their own order; None where the rules are to choose."""
    if len(sentences) <= most or len(sentences) > MOST_SENTENCES:
        return None
    answer = ask(_question(sentences, most))
    if not answer or not answer["sentences"]:
        return None
    return sorted(dict.fromkeys(answer["sentences"]))


def _question(sentences: Sequence[str], most: int) -> Question:
    numbered = [{"number": number, "sentence": text[:LONGEST_SENTENCE]} for number, text in enumerate(sentences)]
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["sentences"],
        "properties": {
            "sentences": {
                "type": "array",
                "maxItems": most,
                "items": {"type": "integer", "minimum": 0, "maximum": len(sentences) - 1},
            }
        },
    }
    return Question("sentences", INSTRUCTIONS, {"most": most, "sentences": numbered}, schema, ANSWER_TOKENS)
