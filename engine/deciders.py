"""Who may decide an action: asked afresh at every decision, never remembered.

A manager decides everything; a representative what their own clones propose, where a rule of the tenant says so. Where two
people are asked for, the owner of the clone is neither of them.
"""

from collections.abc import Iterable, Mapping

from crm.access import role_in
from crm.models import Membership, Role
from engine.errors import NotAllowed
from engine.facts import Situation, situation_of
from engine.models import Action
from guardrails.scopes import REPS_DECIDE, of_kind
from record.actors import Actor, ActorKind


def require_decider(action: Action, actor: Actor) -> int:
    """The id of the person behind `actor`, who may decide `action`. Raises NotAllowed saying why not.

    An agent's key never decides; a person needs a deciding role in the tenant and must not be the proposer. Being a
    superuser gives no right to decide. The action comes with its clone.
    """
    if actor.kind is not ActorKind.PERSON:
        raise NotAllowed("Only a person decides; an agent's key never can.")
    person_id = int(actor.id)
    role = role_in(action.tenant_id, person_id)
    if role == Role.REP and action.clone.owner_id == person_id:
        _require_rule_for_reps(action, actor)
    elif role != Role.MANAGER:
        raise NotAllowed(f"Deciding needs the role manager in this tenant; {actor.label} is {role or 'not a member'}.")
    if (action.proposer_kind, action.proposer_id) == (ActorKind.PERSON, actor.id):
        raise NotAllowed("Whoever proposed an action does not decide it; ask another manager.")
    return person_id


def require_voter(action: Action, person_id: int) -> None:
    """Refuse who cannot be one of two people that are asked for. Raises NotAllowed."""
    if action.clone.owner_id == person_id:
        raise NotAllowed("Two people are asked for here, and the owner of the clone is neither of them.")


def who_still_decides(actions: Iterable[Action]) -> Mapping[int, str]:
    """The present roles of the people who decided or voted, by id; strangers and switched-off people are not in it."""
    people = {person for action in actions for person in (action.decided_by_id, action.first_vote_by_id) if person}
    if not people:
        return {}
    members = Membership.objects.filter(person_id__in=people, person__is_active=True)
    return dict(members.values_list("person_id", "role"))


def still_decides(person_id: int, action: Action, situation: Situation, roles: Mapping[int, str]) -> bool:
    """Whether a person who decided may still decide."""
    role = roles.get(person_id)
    return role == Role.MANAGER or (role == Role.REP and is_left_to(action.clone.owner_id, person_id, situation))


def is_left_to(owner_id: int | None, person_id: int, situation: Situation) -> bool:
    """Whether a rule leaves the action to the representative who owns its clone, and that is this person."""
    return owner_id == person_id and bool(of_kind(situation.rules, REPS_DECIDE, situation.case))


def _require_rule_for_reps(action: Action, actor: Actor) -> None:
    if not is_left_to(action.clone.owner_id, int(actor.id), situation_of(action)):
        raise NotAllowed(
            f"Deciding needs the role manager here; {actor.label} is rep, and no rule leaves this to representatives."
        )
