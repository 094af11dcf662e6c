"""Everything `up` needs done by Django before the web starts, in one process.

Migrates; makes the log-in person when the database has none; offers the demo data to a database without a tenant.
Prints what it did, one line each.
"""

import argparse
import os
import secrets
import sys

import django
from django.core.management import CommandError, call_command, get_commands

from autonomy_project.launch.log_in import USERNAME, password_file
from autonomy_project.launch.places import write_secret


def main(words: list[str]) -> int:
    """Prepare the database. Returns 0, or 1 after saying what failed."""
    parser = argparse.ArgumentParser(prog="prepare")
    parser.add_argument("--demo", action=argparse.BooleanOptionalAction, default=True)
    wanted = parser.parse_args(words)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autonomy_project.settings")
    django.setup()
    try:
        _prepare(demo=wanted.demo)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _prepare(*, demo: bool) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    print("the database is migrated")
    _provide_log_in()
    if demo and _is_empty() and "seed_demo" in get_commands():
        call_command("seed_demo")


def _provide_log_in() -> None:
    """Make the person who can log in and keep their password in a file.

    Not where there is one of that name, nor in a database of the operator's that has people already.
    """
    from django.conf import settings
    from django.contrib.auth.models import User

    people = User.objects.filter(username=USERNAME) if settings.ENVIRONMENT.embedded else User.objects.all()
    if people.exists():
        return
    password = secrets.token_urlsafe(12)
    place = password_file(settings.ENVIRONMENT)
    place.unlink(missing_ok=True)
    write_secret(place, password)
    User.objects.create_user(USERNAME, password=password, first_name="Morgan", is_staff=True)
    print(f"the log-in {USERNAME} is made")


def _is_empty() -> bool:
    from crm.models import Tenant

    return not Tenant.objects.exists()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
