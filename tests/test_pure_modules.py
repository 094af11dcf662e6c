"""What decides knows no Django: each pure module, imported alone in a fresh process, loads none of it."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PURE = [
    "crm.addresses",
    "crm.exports",
    "crm.qualification",
    "crm.stages",
    "engine.lifecycle",
    "engine.payload_fields",
    "engine.payloads",
    "engine.stamping",
    "engine.account_facts",
    "engine.console.columns",
    "engine.console.drawing",
    "engine.drafts",
    "goals.arithmetic",
    "goals.backtest",
    "goals.bar",
    "goals.burnup",
    "goals.drift",
    "goals.forecast",
    "goals.needs",
    "goals.odds",
    "goals.pace",
    "goals.scopes",
    "goals.text_chart",
    "guardrails.checker",
    "guardrails.names",
    "guardrails.policy",
    "guardrails.rules",
    "insights.by_letter",
    "insights.clauses",
    "insights.commitments",
    "insights.cross_account",
    "insights.detectors",
    "insights.encoder",
    "insights.evaluation",
    "insights.figures",
    "insights.findings",
    "insights.labelled",
    "insights.letters",
    "insights.markup",
    "insights.noticing",
    "insights.phrases",
    "insights.pieces",
    "insights.promises",
    "insights.reading",
    "insights.rhythm",
    "insights.screen",
    "insights.sentences",
    "insights.signals",
    "insights.summaries",
    "insights.tongues",
    "insights.voice",
    "record.canonical",
]
LOADED = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*{"django", "rest_framework", "celery", "psycopg2", "redis"} & sys.modules.keys())
"""


def frameworks_loaded_by(module):
    command = [sys.executable, "-c", LOADED, module]
    fresh = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return fresh.stdout.split()


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_loads_no_framework(module):
    assert frameworks_loaded_by(module) == []


def test_a_module_that_loads_django_would_be_caught():
    assert "django" in frameworks_loaded_by("django.conf")
