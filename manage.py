#!/usr/bin/env python3
"""The one command: `up`, `down`, `status`, `test`, and every command of Django and of ours.

Kept readable for old Pythons, so that they can be told what is missing.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one place that an older one gets to
    sys.exit(
        "Autonomy needs Python 3.11 or newer, and this is Python {}.{}."
        " Install a newer one and call it by its name, for example: python3.12 manage.py up".format(*sys.version_info)
    )

if __name__ == "__main__":
    from autonomy_project.launch.command_line import main

    sys.exit(main(sys.argv[1:]))
