"""The forms of goals in the console."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from crm.models import Clone
from goals.models import GoalType
from goals.sets import MOST
from goals.terms import checked_period, checked_target


def day_field(**said: str) -> forms.DateField:
    """A day, picked from a calendar where the browser has one."""
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **said)  # type: ignore[arg-type]


def target_field(**said: Any) -> forms.DecimalField:
    """A target; which decimals it takes depends on what is measured."""
    return forms.DecimalField(max_digits=17, decimal_places=4, min_value=Decimal("0.0001"), label="Target", **said)


class ChangeForm(forms.Form):
    """The target and its period."""

    target_value = target_field(
        help_text="Pipeline and revenue: money. Activity: how many interactions. Quality: a share, 0.8 for 80 %."
    )
    period_start = day_field(label="First day", help_text="From its first hour on, in the company's time zone.")
    period_end = day_field(label="Last day", help_text="It belongs to the period.")


class TypeForm(forms.Form):
    """What is measured."""

    goal_type = forms.ChoiceField(
        choices=GoalType.choices,
        label="What is measured",
        help_text="Pipeline: what is open now. Revenue: what is won in the period. Activity: mails, talks and meetings in"
        " the period. Quality: how much is known of deals in qualification or later.",
    )


class TermsForm(TypeForm):
    """Says what is measured, the target and its period, which have to fit each other."""

    def clean(self) -> dict[str, Any]:
        """Refuse what no goal may say, beside the field that says it."""
        given = super().clean() or {}
        if self.is_valid_so_far("period_start", "period_end"):
            self._check(checked_period, given["period_start"], given["period_end"])
        if self.is_valid_so_far("target_value", "goal_type"):
            self._check(checked_target, given["target_value"], given["goal_type"])
        return given

    def is_valid_so_far(self, *names: str) -> bool:
        """Whether these fields could be read."""
        return all(name in self.cleaned_data for name in names)

    def _check(self, check: Callable[[Any, Any], Any], *values: Any) -> None:
        try:
            check(*values)
        except ValueError as refusal:
            name, _, detail = str(refusal).partition(": ")
            self.add_error(name, detail)


class NewForm(TermsForm, ChangeForm):
    """A new goal, for the company, a team or a clone."""

    clone = forms.ModelChoiceField(
        queryset=Clone.objects.none(),
        required=False,
        empty_label="no single clone",
        help_text="A clone's goal counts what names it; without one it is the team's or the company's.",
    )
    team = forms.ChoiceField(required=False, help_text="A team's goal counts what names any of its clones.")
    field_order = ("goal_type", "clone", "team", "target_value", "period_start", "period_end")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clone"].queryset = self.clones()  # type: ignore[attr-defined]
        if "team" in self.fields:
            self.fields["team"].choices = [("", "the whole company"), *_teams()]  # type: ignore[attr-defined]

    def clones(self) -> QuerySet[Clone]:
        """Whose goal it can be."""
        return Clone.objects.all()


def form_of_owner(person_id: int) -> type[NewForm]:
    """The form of a representative: one of the clones they own must be chosen."""

    class OwnForm(NewForm):
        clone = forms.ModelChoiceField(
            queryset=Clone.objects.none(), empty_label=None, help_text="One of those you own; it counts what names it."
        )
        team = None  # type: ignore[assignment]  # so Django takes a field away

        def clones(self) -> QuerySet[Clone]:
            return Clone.objects.filter(owner_id=person_id)

    return OwnForm


class CopyForm(forms.Form):
    """Which quarter's goals are copied into the one after it, and by how much they are raised."""

    source = forms.ChoiceField(
        label="Which goals",
        choices=[("last", "the last quarter's, for this one"), ("this", "this quarter's, for the next one")],
        initial="last",
        help_text="You look over the new ones before any is set.",
    )
    more = forms.DecimalField(
        label="Raise the targets by",
        min_value=Decimal(-90),
        max_value=Decimal(900),
        decimal_places=1,
        initial=Decimal(0),
        help_text="Percent; below 0 lowers them.",
    )


class TeamForm(TermsForm):
    """What a team and its clones shall reach together."""

    team = forms.ChoiceField(help_text="The team itself and each clone in it get a goal.")
    target_value = target_field(help_text="Of the whole team; with the last choice below, of each clone.")
    period_start = day_field(label="First day", help_text="From its first hour on, in the company's time zone.")
    period_end = day_field(label="Last day", help_text="It belongs to the period.")
    split = forms.ChoiceField(
        label="How it is shared",
        choices=[
            ("as_before", "as each had it in the period before"),
            ("equal", "in equal parts"),
            ("each", "not at all: everybody has this target"),
        ],
        help_text="You look over every clone's part before any goal is set.",
    )
    field_order = ("team", "goal_type", "target_value", "split", "period_start", "period_end")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = _teams()  # type: ignore[attr-defined]


class DraftForm(forms.Form):
    """One goal of several that may be set together."""

    take = forms.BooleanField(required=False)
    target_value = target_field()
    goal_type = forms.ChoiceField(choices=GoalType.choices, widget=forms.HiddenInput)
    clone = forms.UUIDField(required=False, widget=forms.HiddenInput)
    team = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    period_start = forms.DateField(widget=forms.HiddenInput)
    period_end = forms.DateField(widget=forms.HiddenInput)
    whose = forms.CharField(required=False, widget=forms.HiddenInput)
    before = forms.CharField(required=False, widget=forms.HiddenInput)


DraftForms = forms.formset_factory(DraftForm, extra=0, max_num=MOST, absolute_max=MOST)


def _teams() -> list[tuple[str, str]]:
    names = Clone.objects.exclude(team="").order_by("team").values_list("team", flat=True).distinct()
    return [(name, name) for name in names]
