"""The five minutes of the README and the examples of the API page, run word for word in a shell."""

import os
import re
import subprocess
import sys
from email import message_from_string
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from autonomy_project.launch.places import CHECKOUT
from crm.models import Account, Contact
from crm.tenancy import tenant_scope
from engine.models import Action
from tests.live.conftest import Stack, until

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def script(stack: Stack, folder: Path) -> str:
    """Every example in order, with this test's port and folders in the place of the usual ones."""
    pages = [(CHECKOUT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/api.md")]
    blocks = [block for page in pages for block in BLOCK.findall(page)]
    assert len(blocks) > 7
    here = {
        "http://127.0.0.1:8000": f"http://127.0.0.1:{stack.port}",
        "python3 manage.py": f"{sys.executable} manage.py",
        "var/": f"{folder}/",
    }
    text = "\n".join(["set -euo pipefail", *blocks])
    for usual, ours in here.items():
        text = text.replace(usual, ours)
    return text


def told_answers() -> list[str]:
    """What the README says that the answers hold."""
    told = re.findall(r'`("(?:status|waiting_for)":"\w+")`', (CHECKOUT / "README.md").read_text(encoding="utf-8"))
    assert told == ['"status":"approved"', '"status":"pending"', '"waiting_for":"person"', '"status":"blocked"']
    return told


def proposed_by_the_key() -> dict[str, Action]:
    """What the examples proposed, by its type: everything of the clone that came after the demo."""
    with tenant_scope("brightwell"):
        newest = Action.objects.filter(proposer_label="agent key").select_related("decided_by").order_by("pk")
        return {action.action_type: action for action in newest}


def test_the_five_minutes_work_as_written(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    stack.environment["EMAIL_URL"] = f"filemail://{tmp_path}/mail"
    call_command("seed_demo", stdout=StringIO(), stderr=StringIO())
    stack.start_web()
    stack.start_worker()

    ran = subprocess.run(
        ["bash", "-c", script(stack, tmp_path)],
        cwd=CHECKOUT,
        env={**stack.environment, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert ran.returncode == 0, ran.stderr
    assert '"rejected":1' not in ran.stdout
    assert [words for words in told_answers() if words not in ran.stdout] == []
    until(lambda: proposed_by_the_key()["create_briefing"].status == "executed", within=15)
    done = proposed_by_the_key()
    assert {name: action.status for name, action in done.items()} == {
        "send_follow_up_email": "executed",
        "send_proposal": "executed",
        "commit_pricing": "blocked",
        "create_briefing": "executed",
    }
    assert str(done["send_proposal"].decided_by) == "manager"
    # What the outreach proposes meanwhile is sent by the same worker, as soon as it comes to it.
    files = [file.read_text() for file in (tmp_path / "mail").iterdir()]  # mails of one second may share a file
    mails = [
        message_from_string(mail.lstrip()) for file in files for mail in file.split("-" * 79 + "\n") if mail.strip()
    ]
    for name in ("send_follow_up_email", "send_proposal"):
        to = [mail["To"] for mail in mails if mail["Subject"] == done[name].payload["subject"]]
        assert to == ["carmen.ibarra@fernway.example"], name
    with tenant_scope("acme"):
        assert list(Account.objects.values_list("name", flat=True)) == ["Globex"]
        assert list(Contact.objects.values_list("email", flat=True)) == ["hank@globex.example"]
