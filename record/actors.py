"""Who did it: the one value every verb asks for and every record entry keeps."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    KEY = "key"  # an agent's key
    PERSON = "person"  # somebody with a log-in or a token
    SCHEDULE = "schedule"  # one of the beat-scheduled tasks
    WORKER = "worker"  # a Celery worker carrying out what was decided
    SYSTEM = "system"  # a command run by an operator on the machine


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` says what acted, `id` names it for ever (a primary key as text), `label` is for people to read."""

    kind: ActorKind
    id: str
    label: str


SCHEDULE = Actor(ActorKind.SCHEDULE, "schedule", "schedule")
WORKER = Actor(ActorKind.WORKER, "worker", "worker")
SYSTEM = Actor(ActorKind.SYSTEM, "system", "command line")
