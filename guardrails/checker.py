"""The guardrails as one object to ask; it takes no arguments and touches no database."""

import logging

from guardrails.policy import NOTHING_KNOWN, TIERS, Facts, GuardrailResult, Tier, classify, decide, refusal

log = logging.getLogger(__name__)


class GuardrailChecker:
    """Says what an agent may do on its own, what needs a person and what it may never do."""

    def check(self, action_type: str, deal_stage: str | None = None, *, facts: Facts | None = None) -> GuardrailResult:
        """Return the verdict on an action in a deal stage (None: no deal), given the facts if there are any.

        Never raises: what cannot be checked needs a person (`check_failed`), a hard stop stays a hard stop.
        """
        try:
            return decide(action_type, deal_stage, NOTHING_KNOWN if facts is None else facts)
        except Exception:
            log.exception("A guardrail check could not be finished; a person has to decide.")
            return refusal(action_type)

    def classify_action(self, action_type: str) -> Tier:
        """Return the tier of an action type; approval_required for one that is not in the table."""
        return classify(action_type)

    def get_allowed_actions(self) -> set[str]:
        """Return the nine action types an agent may carry out on its own, where no gate stands in the way."""
        return {name for name, tier in TIERS.items() if tier is Tier.AUTONOMOUS}

    def get_restricted_actions(self) -> dict[str, Tier]:
        """Return the other fifteen action types with their tiers, approval_required or hard_stop."""
        return {name: tier for name, tier in TIERS.items() if tier is not Tier.AUTONOMOUS}
