"""The two ways a deal is qualified, and the questions each of them asks."""

from collections.abc import Mapping
from types import MappingProxyType

# BANT comes from IBM, MEDDIC from PTC; the names are those that the letters stand for.
FRAMEWORK_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "BANT": ("budget", "authority", "need", "timeline"),
        "MEDDIC": (
            "metrics",
            "economic_buyer",
            "decision_criteria",
            "decision_process",
            "identify_pain",
            "champion",
        ),
    }
)
