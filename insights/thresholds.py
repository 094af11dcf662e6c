"""From which confidence on a pattern type becomes an insight, and how people's feedback moves that.

The rule is ours: every false alarm raises a tenant's threshold for the pattern type by 0.05, every useful insight lowers
it by 0.02, from 0.7 and within [0.3, 0.95]. It is computed from the counts, so that a changed mind undoes its effect.
"""

from collections.abc import Mapping

from insights.findings import DEFAULT_THRESHOLD
from insights.models import PATTERN_TYPES, Threshold
from insights.signals import HIGHEST_THRESHOLD, LOWEST_THRESHOLD

FALSE_ALARM_STEP = 0.05
USEFUL_STEP = 0.02


def tuned(*, useful: int, false_alarms: int) -> float:
    """The threshold after so many useful insights and false alarms, 0.3 to 0.95."""
    wanted = DEFAULT_THRESHOLD + FALSE_ALARM_STEP * false_alarms - USEFUL_STEP * useful
    return round(min(HIGHEST_THRESHOLD, max(LOWEST_THRESHOLD, wanted)), 2)


def thresholds() -> Mapping[str, float]:
    """The thresholds of the tenant in scope, by pattern type; the default where nobody gave feedback."""
    moved = dict(Threshold.objects.values_list("pattern_type", "value"))
    return {kind: moved.get(kind, DEFAULT_THRESHOLD) for kind in PATTERN_TYPES}
