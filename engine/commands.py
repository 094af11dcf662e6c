"""What the engine's commands have in common: payloads out of arguments, refusals in one sentence, actions in words."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from crm.access import actor_of
from crm.commands import person_named
from crm.posts import posts_of
from crm.tenancy import tenant_scope
from engine.errors import Conflict, InvalidProposal, NotAllowed
from engine.locks import fresh
from engine.models import Action
from engine.representation import as_json
from record.actors import Actor
from record.commands import Answer, Refused, WrongArgument

_ARGUMENTS = {"action_type": "ACTION_TYPE", "content_hash": "--content-hash", "payload": "--payload"}


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn what the engine's verbs refuse into what a command says: exit 2 for what was sent, 1 for everything else."""
    try:
        yield
    except InvalidProposal as refusal:
        raise _about_arguments(refusal) from refusal
    except NotAllowed as refusal:
        raise Refused(str(refusal)) from refusal
    except Conflict as conflict:
        raise Refused(_with_what_is_so(conflict)) from conflict


def read_payload(given: str) -> dict[str, Any]:
    """The payload in an argument: a JSON object, or @ and the file that holds it. Raises WrongArgument."""
    text = _text_of(Path(given[1:])) if given.startswith("@") else given
    try:
        payload = json.loads(text, object_pairs_hook=_each_name_once)
    except RecursionError as depth:
        raise WrongArgument("--payload", "it is nested too deeply; send a flatter object.") from depth
    except ValueError as error:
        raise WrongArgument("--payload", f"it is not JSON ({error}); quote it for the shell, or use @FILE.") from error
    if not isinstance(payload, dict):
        raise WrongArgument("--payload", f'it must be a JSON object such as {{"to": [...]}}, not {_kind(payload)}.')
    return payload


def decider_and_action(username: str, action_id: UUID) -> tuple[Actor, Action]:
    """The person as an actor, and the action as it is in one of their tenants. Raises WrongArgument."""
    person = person_named(username, argument="--as")
    action = _action_for(person, action_id)
    if action is None:
        raise WrongArgument("ID", f"there is no action {action_id} in a tenant of {person}; `pending` lists the ids.")
    return actor_of(person), action


def answer_about(action: Action) -> Answer:
    """An action as a command's answer."""
    with tenant_scope(action.tenant_id):
        now = fresh(action)
        told = as_json(now)
    return Answer(told, in_words(now, waits_for=told["waiting_for"]))


def in_words(action: Action, *, waits_for: str | None) -> str:
    """An action for people: what, for whom, how it stands and why."""
    waits = f", waiting for {waits_for.replace('_', ' ')}" if waits_for else ""
    return "\n".join(
        [
            f"{action.action_type} for {action.account}: {action.status}{waits} ({action.reason})",
            f"  id            {action.pk}",
            f"  content hash  {action.content_hash}",
            f"  expires       {action.expires_at:%Y-%m-%d %H:%M %Z}",
        ]
    )


def _action_for(person: User, action_id: UUID) -> Action | None:
    for post in posts_of(person.pk):
        with tenant_scope(post.tenant):
            action = Action.objects.filter(pk=action_id).first()
        if action is not None:
            return action
    return None


def _about_arguments(refusal: InvalidProposal) -> WrongArgument:
    said = [(_argument(error["pointer"]), error["detail"]) for error in refusal.errors]
    (argument, detail), *others = said
    return WrongArgument(argument, " ".join([detail, *(f"{name}: {text}" for name, text in others)]))


def _argument(pointer: str) -> str:
    """A JSON pointer into a proposal as the argument it came from; what lies inside the payload is said after it."""
    field, _, inside = pointer.removeprefix("/").partition("/")
    argument = _ARGUMENTS.get(field, f"--{field.replace('_', '-')}")
    return f"{argument} at /{inside}" if inside else argument


def _with_what_is_so(conflict: Conflict) -> str:
    moved = [f"Its {one['field']} was {one['shown']} and is {one['now']}." for one in conflict.differences]
    now = [f"Its content hash is now {conflict.action.content_hash}."] if conflict.action is not None else []
    return " ".join([str(conflict), *moved, *now])


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise WrongArgument(
            "--payload", f"the file {file} cannot be read ({error.strerror}); check its path."
        ) from error
    except UnicodeDecodeError as error:
        raise WrongArgument("--payload", f"the file {file} is not UTF-8; save it as that.") from error


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if name in dict(pairs[:place]))
        raise ValueError(f"the field {twice!r} is there twice")
    return named


def _kind(value: object) -> str:
    return {list: "a list", str: "a text", type(None): "null", bool: "true or false"}.get(type(value), "a number")
