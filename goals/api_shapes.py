"""What the calls about goals take and give, as OpenAPI describes it."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from crm.api_fields import REFERENCE, Wanted
from crm.fields import Day, Text, Word
from goals.api_fields import Target
from goals.models import Goal, GoalStatus, GoalType, Reading
from goals.pace import Band
from goals.suggestions import REASONS

_TYPE = Word(tuple(GoalType.values))
_TARGET = "Above 0, in the metric's unit: money, a number of interactions, or for quality a share up to 1."
_START = "The first day, in the tenant's time zone."
_TEAM = Text(200)
_ASKED_TEAM = Text(200, filled=True)
_TEAMS = "Only what names a clone of this team, by the team's name; not together with clone."
_END = "The last day, which belongs to the period; after period_start."

NEW_GOAL = {
    "goal_type": Wanted(_TYPE, required=True, description="What is measured."),
    "target_value": Wanted(Target(), required=True, description=_TARGET),
    "period_start": Wanted(Day(), required=True, description=_START),
    "period_end": Wanted(Day(), required=True, description=_END),
    "clone": Wanted(REFERENCE, description="Only what names this clone, by id or external_id.", nullable=True),
    "team": Wanted(_TEAM, description=_TEAMS, nullable=True),
}
CHANGED_GOAL = {
    "target_value": Wanted(Target(), description=_TARGET),
    "period_start": Wanted(Day(), description=_START),
    "period_end": Wanted(Day(), description=_END),
}
GOAL_FILTERS = {
    "status": Wanted(Word(tuple(GoalStatus.values)), description="Only goals in this status."),
    "goal_type": Wanted(_TYPE, description="Only this type."),
    "clone": Wanted(REFERENCE, description="Only this clone's, by id or external_id."),
    "team": Wanted(_ASKED_TEAM, description="Only this team's, by its name."),
}
METRICS_QUERY = {
    "clone": Wanted(REFERENCE, description="Only what names this clone, by id or external_id."),
    "team": Wanted(_ASKED_TEAM, description=_TEAMS),
    "period_start": Wanted(
        Day(), description="The first day, in the tenant's time zone. Default: the first of the month of period_end."
    ),
    "period_end": Wanted(
        Day(),
        description="The last day, which belongs to the period; it may be period_start. Default: the last of the month"
        " of period_start. With neither, the current month.",
    ),
}


class Amount(serializers.DecimalField):
    """A value as text, with two decimals, and up to four where it has them (a share)."""

    def __init__(self, **how: Any) -> None:
        super().__init__(max_digits=24, decimal_places=4, **how)

    def to_representation(self, value: Any) -> str:
        written = f"{Decimal(value):.4f}"
        return written.removesuffix("0").removesuffix("0")


class GoalShape(serializers.ModelSerializer[Goal]):
    """A goal."""

    target_value = Amount()
    current_value = Amount(allow_null=True, help_text="As last measured; null where there is nothing to measure.")

    class Meta:
        model = Goal
        fields = (
            "id",
            "goal_type",
            "clone",
            "team",
            "target_value",
            "period_start",
            "period_end",
            "status",
            "current_value",
            "measured_at",
            "set_by",
            "created_at",
        )


class BacktestShape(serializers.Serializer[Any]):
    """Ended months, each foretold from four of its days by what was known then."""

    months = serializers.IntegerField()
    ours = Amount(help_text="The mean absolute miss of the forecast.")
    line = Amount(help_text="That of the linear pace (of what was there, for a pipeline).")


class GoalStatusShape(serializers.Serializer[Any]):
    """Where a goal stands."""

    status = serializers.ChoiceField(GoalStatus.choices)
    current_value = Amount(allow_null=True, help_text="As last measured; null where there is nothing to measure.")
    target_value = Amount()
    progress_pct = serializers.FloatField(help_text="current / target x 100, not capped; 0 where nothing is measured.")
    on_track = serializers.BooleanField(help_text="current / target >= elapsed / total; true before the start.")
    days_remaining = serializers.IntegerField(help_text="Days after today up to the end; 0 from the last day on.")
    elapsed_days = serializers.IntegerField(help_text="Days of the period so far, today counted.")
    total_days = serializers.IntegerField(help_text="Days of the period, both ends counted.")
    expected_value = Amount(help_text="What the linear pace asks for today: target x elapsed / total.")
    band = serializers.ChoiceField(
        [band.value for band in Band], help_text="at_risk below the linear pace, behind below 80 % of it."
    )
    left = Amount(help_text="What is left to the target; 0 where it is reached.")
    days_left = serializers.IntegerField(help_text="Days of the period that are left, today counted.")
    needed_per_week = Amount(allow_null=True, help_text="left over the weeks that are left; null after the end.")
    coverage = serializers.FloatField(
        allow_null=True, help_text="Revenue: the open pipeline over what is left; null where nothing is left."
    )
    pipeline_needed = Amount(allow_null=True, help_text="Revenue: left / win_rate, what would have to be open.")
    pipeline_missing = Amount(allow_null=True, help_text="Revenue: how much more than is open.")
    open_pipeline = Amount(allow_null=True, help_text="Revenue: the open deals of whom it is for, as last measured.")
    win_rate = serializers.FloatField(
        allow_null=True, help_text="The share of all deals that ended in the last year that was won; null: none ended."
    )
    forecast = Amount(allow_null=True, help_text="Where it will end; null where nothing is foreseen.")
    low = Amount(allow_null=True, help_text="Eight of ten end between low and high; null: too little is known.")
    high = Amount(allow_null=True)
    likelihood = serializers.FloatField(allow_null=True, help_text="How likely the target is reached, 0 to 1.")
    methods = serializers.DictField(child=Amount(), help_text="What each method foretells.")
    weights = serializers.DictField(child=serializers.FloatField(), help_text="How much each method counts, 0 to 1.")
    backtest = BacktestShape(allow_null=True, help_text="How far such forecasts missed for whom it is for.")
    arithmetic = serializers.DictField(
        child=serializers.CharField(), help_text="By the number's name, how it comes about, in a sentence."
    )


class ReadingShape(serializers.ModelSerializer[Reading]):
    """What a goal was measured at, and what was foreseen then."""

    value = Amount(allow_null=True)
    target_value = Amount()
    forecast = Amount(allow_null=True)
    low = Amount(allow_null=True)
    high = Amount(allow_null=True)

    class Meta:
        model = Reading
        fields = ("id", "taken_at", "value", "target_value", "status", "forecast", "low", "high")


class SuggestionShape(serializers.Serializer[Any]):
    """Something that would help."""

    action_type = serializers.CharField()
    account = serializers.UUIDField(source="account_id")
    account_name = serializers.CharField(source="account")
    opportunity = serializers.UUIDField(
        source="opportunity_id", allow_null=True, help_text="null: nothing is open there."
    )
    opportunity_name = serializers.CharField(source="opportunity")
    clone = serializers.UUIDField(source="clone_id", allow_null=True, help_text="null: no clone works on it.")
    reason = serializers.CharField()
    reasons = serializers.ListField(child=serializers.ChoiceField(REASONS), help_text="The same, by name.")


class SuggestionsShape(serializers.Serializer[Any]):
    """All of them, on one page."""

    results = SuggestionShape(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class MetricsShape(serializers.Serializer[Any]):
    """What was achieved."""

    pipeline_value = serializers.DecimalField(20, 2, help_text="Open deals now, whatever the period.")
    activity_count = serializers.IntegerField(help_text="Interactions in the period that happened.")
    quality_score = serializers.FloatField(
        allow_null=True, help_text="0 to 1; null where no open deal is in qualification or later."
    )
    revenue_closed = serializers.DecimalField(20, 2, help_text="Deals won with a closing date in the period.")
    excluded = serializers.IntegerField(help_text="Deals left out of both values, being in another currency.")
    as_of = serializers.DateTimeField()
