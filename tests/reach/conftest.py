from pathlib import Path
from typing import Any

import pytest

from tests.cast import Company, company
from tests.reach.posts import Mailbox


@pytest.fixture
def acme(transactional_db: None) -> Company:
    return company("acme")


@pytest.fixture
def mailbox(settings: Any, tmp_path: Path) -> Mailbox:
    """A folder that takes the mails and chat posts of this test."""
    settings.EMAIL_BACKEND = "tests.reach.posts.NumberedFiles"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.CHAT_FOLDER = str(tmp_path / "chat")
    return Mailbox(tmp_path)
