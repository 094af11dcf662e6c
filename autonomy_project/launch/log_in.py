"""The log-in that `up` makes for its person, kept beside the database it is for."""

import hashlib
from pathlib import Path

from autonomy_project.environment import Environment
from autonomy_project.launch.places import VAR

USERNAME = "manager"


def password_file(environment: Environment) -> Path:
    """Where the password is kept: `var/log_in`, or a file named after the address of a database of the operator's."""
    if environment.embedded:
        return VAR / "log_in"
    return VAR / f"log_in-{hashlib.sha256(environment.database_url.encode()).hexdigest()[:12]}"


def made_log_in(environment: Environment) -> dict[str, str] | None:
    """`{username, password}` as they were made, or None when the database had people of its own."""
    try:
        return {"username": USERNAME, "password": password_file(environment).read_text().strip()}
    except FileNotFoundError:
        return None
