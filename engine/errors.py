"""What a verb of the engine can refuse, and who can do something about it."""

from collections.abc import Sequence
from typing import Any

from engine.models import Action


class InvalidProposal(Exception):
    """What was sent does not fit; the sender can mend it. `errors` is [{pointer, code, detail}]."""

    def __init__(self, errors: Sequence[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{error['pointer']}: {error['detail']}" for error in errors))
        self.errors = list(errors)


class NotAllowed(Exception):
    """This actor may not do this, whatever they send."""


class Conflict(Exception):
    """The action is not what the caller thinks it is; look again. `action` is what it is now.

    `differences` is [{field, shown, now}]. `keeps_changes`: the verb re-stamped or moved the action while refusing, and
    its transaction must commit although the answer is a refusal.
    """

    def __init__(
        self,
        detail: str,
        *,
        action: Action | None = None,
        differences: Sequence[dict[str, Any]] = (),
        keeps_changes: bool = False,
    ) -> None:
        super().__init__(detail)
        self.action = action
        self.differences = list(differences)
        self.keeps_changes = keeps_changes
