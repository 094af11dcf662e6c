"""The queue's filters: what an address asks for, as a form whose odd values are told and left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest

from crm.console.formats import words
from crm.console.roles import Visitor
from crm.console.visible import spelled_out
from crm.stages import Stage
from engine.console.words import title_of
from engine.ranking import FACETS, NO_STAGE, Option, Ranking, Wanted

MINE = "mine"
AGES: Mapping[str, str] = MappingProxyType(
    {"1": "an hour or more", "4": "4 hours or more", "24": "a day or more", "72": "3 days or more"}
)
ANY = "Any"


class FilterForm(forms.Form):
    """What stands in the queue's address; nothing in it is required."""

    clone = forms.UUIDField(required=False, label="Clone")
    action = forms.SlugField(required=False, max_length=64, label="Action")
    stage = forms.ChoiceField(required=False, choices=[(one, one) for one in (*Stage, NO_STAGE)], label="Stage")
    reason = forms.SlugField(required=False, max_length=64, label="Why it needs a person")
    value_from = forms.DecimalField(required=False, min_value=0, max_digits=14, decimal_places=2, label="Value from")
    value_to = forms.DecimalField(required=False, min_value=0, max_digits=14, decimal_places=2, label="Value to")
    age = forms.ChoiceField(required=False, choices=list(AGES.items()), label="Waits for")
    assignee = forms.ChoiceField(required=False, choices=[(MINE, "me")], label="Handed to")
    snoozed = forms.ChoiceField(required=False, choices=[("yes", "put off")], label="Put off")


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters that are set, by name, as they stand in an address; `refused` says which were not understood."""

    given: Mapping[str, str]
    wanted: Wanted
    refused: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """They as the query of an address."""
        return urlencode(dict(self.given))


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter that takes one of some values, with what each would show."""

    name: str
    label: str
    options: list[Option]
    chosen: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, in words, and the query without it."""

    label: str
    without: str


def filters_of(request: HttpRequest) -> Filters:
    """The filters in a request's address. What fits no filter is left out and told."""
    return read_filters(request.GET.dict(), request.visitor)  # type: ignore[attr-defined]


def read_filters(sent: Mapping[str, Any], who: Visitor) -> Filters:
    """The filters among what was sent."""
    form = FilterForm({name: sent.get(name, "") for name in FilterForm.base_fields})
    form.is_valid()
    clean = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
    given = {name: str(value) for name, value in clean.items()}
    refused = tuple(str(form.fields[name].label) for name in form.errors)
    return Filters(MappingProxyType(given), _wanted(clean, who), refused)


def choices_of(filters: Filters, ranking: Ranking) -> list[Choice]:
    """The filters of one value each; one that is set is offered although it shows nothing."""
    return [_choice(name, filters, list(ranking.options[name])) for name in FACETS]


def chips_of(filters: Filters, ranking: Ranking) -> list[Chip]:
    """The filters that are set, in words."""
    return [
        Chip(f"{FilterForm.base_fields[name].label}: {_said(name, value, ranking)}", _without(filters, name))
        for name, value in filters.given.items()
    ]


def _wanted(clean: Mapping[str, Any], who: Visitor) -> Wanted:
    return Wanted(
        **{name: clean.get(name) for name in (*FACETS, "value_from", "value_to")},
        hours=int(clean["age"]) if "age" in clean else None,
        assignee=who.person.pk if "assignee" in clean else None,
        snoozed="snoozed" in clean,
    )


def _choice(name: str, filters: Filters, options: list[Option]) -> Choice:
    chosen = filters.given.get(name, "")
    if chosen and chosen not in {option.value for option in options}:
        options.append(Option(chosen, chosen, 0))
    told = [Option(one.value, _label(name, one), one.count) for one in options]
    return Choice(name, str(FilterForm.base_fields[name].label), told, chosen)


def _label(name: str, option: Option) -> str:
    if name == "action":
        return title_of(option.value)
    if name == "clone":
        return spelled_out(option.label)
    return "No deal" if name == "stage" and option.value == NO_STAGE else words(option.value)


def _said(name: str, value: str, ranking: Ranking) -> str:
    if name in FACETS:
        known = next((one for one in ranking.options[name] if one.value == value), Option(value, value, 0))
        return _label(name, known)
    return {"age": AGES.get(value, value), "assignee": "me", "snoozed": "yes"}.get(name, value)


def _without(filters: Filters, name: str) -> str:
    return urlencode({other: value for other, value in filters.given.items() if other != name})
