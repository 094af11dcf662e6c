"""Who may decide an action: asked afresh at every decision, never remembered."""

from crm.access import DECIDERS, role_in
from engine.errors import NotAllowed
from engine.models import Action
from record.actors import Actor, ActorKind


def require_decider(action: Action, actor: Actor) -> int:
    """The id of the person behind `actor`, who may decide `action`. Raises NotAllowed saying why not.

    An agent's key never decides; a person needs a deciding role in the tenant and must not be the proposer. Being a
    superuser gives no right to decide.
    """
    if actor.kind is not ActorKind.PERSON:
        raise NotAllowed("Only a person decides; an agent's key never can.")
    person_id = int(actor.id)
    role = role_in(action.tenant_id, person_id)
    if role not in DECIDERS:
        raise NotAllowed(f"Deciding needs the role manager in this tenant; {actor.label} is {role or 'not a member'}.")
    if (action.proposer_kind, action.proposer_id) == (ActorKind.PERSON, actor.id):
        raise NotAllowed("Whoever proposed an action does not decide it; ask another manager.")
    return person_id
