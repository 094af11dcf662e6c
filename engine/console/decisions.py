"""Deciding in the console: each button is a POST that calls one verb of the engine, and whatever the verb refuses is
told in words, on a page or as a message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from crm.console.formats import at, words
from crm.console.roles import visitor_of
from crm.console.visible import spelled_out
from engine import approvals, asides, edits
from engine.console import answers, decision_forms, review, undoing
from engine.console.payload_forms import PayloadForm
from engine.console.review import Refused
from engine.console.words import title_of
from engine.errors import Conflict, InvalidProposal, NotAllowed
from engine.lifecycle import Status
from engine.models import Action
from record.actors import Actor

Verb = Callable[[Action, Actor, Any], Action]


@dataclass(frozen=True, slots=True)
class Decision:
    """`form` is what is sent with it, `take` the verb (of action, actor, valid form), `done` what is said after it."""

    form: Callable[[Action, Any], forms.Form]
    take: Verb
    done: str


def _plain(form: type[forms.Form]) -> Callable[[Action, Any], forms.Form]:
    return lambda action, sent: form(sent)


def _approve(action: Action, actor: Actor, form: Any) -> Action:
    return approvals.approve(action=action, actor=actor, hold=True, **form.cleaned_data)


def _reject(action: Action, actor: Actor, form: Any) -> Action:
    return approvals.reject(action=action, actor=actor, hold=True, reason=form.comment())


def _edit(action: Action, actor: Actor, form: Any) -> Action:
    return edits.edit_and_approve(
        action=action,
        payload=form.payload(),
        actor=actor,
        content_hash=form.cleaned_data["content_hash"],
        comment=form.cleaned_data["comment"],
        hold=True,
    )


def _undo(action: Action, actor: Actor, form: Any) -> Action:
    return approvals.undo(action=action, actor=actor)


def _settle(action: Action, actor: Actor, form: Any) -> Action:
    happened = form.cleaned_data["happened"] == "yes"
    return approvals.settle(action=action, happened=happened, actor=actor, note=form.cleaned_data["note"])


def _again(action: Action, actor: Actor, form: Any) -> Action:
    return approvals.decide_again(action=action, actor=actor, **form.cleaned_data)


def _snooze(action: Action, actor: Actor, form: Any) -> Action:
    return asides.snooze(action=action, actor=actor, until=form.moment())


def _reassign(action: Action, actor: Actor, form: Any) -> Action:
    return asides.reassign(action=action, actor=actor, person=form.chosen())


def _ask(action: Action, actor: Actor, form: Any) -> Action:
    return asides.ask(action=action, actor=actor, text=form.cleaned_data["text"])


DECISIONS: Mapping[str, Decision] = MappingProxyType(
    {
        "approve": Decision(_plain(decision_forms.ApproveForm), _approve, "Approved"),
        "reject": Decision(_plain(decision_forms.RejectForm), _reject, "Rejected"),
        "edit": Decision(PayloadForm, _edit, "Edited and approved"),
        "undo": Decision(_plain(forms.Form), _undo, "Taken back; it waits for a decision again"),
        "settle": Decision(_plain(decision_forms.SettleForm), _settle, "Settled"),
        "again": Decision(_plain(decision_forms.AgainForm), _again, "Approved for another try"),
        "snooze": Decision(decision_forms.SnoozeForm, _snooze, "Put off"),
        "reassign": Decision(decision_forms.ReassignForm, _reassign, "Handed over"),
        "ask": Decision(_plain(decision_forms.AskForm), _ask, "Asked; it goes on waiting"),
    }
)

ShowReview = Callable[..., HttpResponse]


def decide(request: HttpRequest, object_id: Any, name: str, show: ShowReview) -> HttpResponse:
    """Take the decision `name` on an action as the person at the console.

    `show(request, action, refused, status=...)` renders the review page: with the form and its errors (400), or with
    the reason why this person may not (403). A conflict leads back to the page with a message; what the verb kept is
    kept. A script that asks (engine.console.answers) is told the same as JSON.
    """
    action = review.find(request, object_id)
    if action is None:
        raise Http404("No action has this id.")
    form = DECISIONS[name].form(action, request.POST)
    if not form.is_valid():
        return _refused(request, action, Refused(name, form), 400, show)
    try:
        decided = DECISIONS[name].take(action, visitor_of(request).actor, form)
    except NotAllowed as refusal:
        return _refused(request, action, Refused(name, None, str(refusal)), 403, show)
    except InvalidProposal as refusal:
        note_in(form, refusal)
        return _refused(request, action, Refused(name, form), 400, show)
    except Conflict as conflict:
        if answers.wants_json(request):
            return answers.conflicting(conflict, action, in_words(conflict))
        messages.warning(request, in_words(conflict))
        return HttpResponseRedirect(page_of(conflict.action or action))
    return _decided(request, decided, name)


def in_words(conflict: Conflict) -> str:
    """Why a decision was not taken: who was first and when, or what changed since the page was shown."""
    sentences = [str(conflict)]
    now = conflict.action
    if now is not None and now.decided_at is not None:
        decided_at = timezone.localtime(now.decided_at)
        sentences.append(f"Decided by {now.decided_by} at {at(decided_at, 'clock')} on {at(decided_at, 'day')}.")
    sentences += [
        f"{words(one['field'])}: was {_said(one['shown'])}, is {_said(one['now'])}." for one in conflict.differences
    ]
    return " ".join(sentences)


def page_of(action: Action) -> str:
    """The address of an action's review page."""
    return reverse("admin:engine_action_change", args=[action.pk])


def said_of(decided: Action, name: str) -> str:
    """What a decision came to, in a sentence."""
    if name in ("approve", "edit", "again") and decided.status == Status.PENDING:
        return "Your vote is given; another person has to approve it as well."
    if name == "undo":
        return f"{DECISIONS[name].done}."
    return spelled_out(f"{DECISIONS[name].done}: {title_of(decided.action_type)} for {decided.account}.")


def _refused(request: HttpRequest, action: Action, refused: Refused, status: int, show: ShowReview) -> HttpResponse:
    if answers.wants_json(request):
        return answers.refused(refused, status)
    return show(request, action, refused, status=status)


def _decided(request: HttpRequest, decided: Action, name: str) -> HttpResponse:
    undoing.remember(request, decided)
    if answers.wants_json(request):
        return answers.done(request, decided, said_of(decided, name))
    if name == "undo":
        messages.info(request, said_of(decided, name))
        return HttpResponseRedirect(page_of(decided))
    if decided.not_before is None:
        messages.success(request, said_of(decided, name))
    return HttpResponseRedirect(reverse("admin:index"))


def note_in(form: Any, refusal: InvalidProposal) -> None:
    """Put what the engine refused beside the fields of the form that it names."""
    if isinstance(form, PayloadForm):
        form.add_refusal(refusal)
        return
    for error in refusal.errors:
        name = error["pointer"].strip("/")
        form.add_error(name if name in form.fields else None, error["detail"])


def _said(value: Any) -> str:
    return words(str(value)).lower() if value is not None else "none"
