"""The Celery application. Its messages are hints that there is work; what is to be done is in the database."""

import os
import warnings
from pathlib import Path

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import beat_init, setup_logging, worker_process_init, worker_ready

from autonomy_project.launch.children import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autonomy_project.settings")

# It warns every root, because of pickle. We take JSON only.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("autonomy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add("engine.sweeper:Sweeper")  # by name: its models are not loaded yet


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Django's LOGGING stays as it is: a receiver here is what keeps Celery from installing its own."""


@worker_process_init.connect
def end_with_the_worker(**_: object) -> None:
    """A pool process does not outlive its worker, not even one that was killed."""
    die_with_parent()


@beat_init.connect
def install_the_schedule(**_: object) -> None:
    """Give beat its five rows before it reads them; what an operator changed in them stays."""
    from engine.schedule import ProactiveScheduler  # its models are loaded only now

    ProactiveScheduler().install()


@worker_ready.connect
@beat_init.connect
def tell_that_we_are_ready(**_: object) -> None:
    """Make the file named by AUTONOMY_READY_FILE: a worker and a beat have no address that could be asked."""
    place = os.environ.get("AUTONOMY_READY_FILE")
    if place:
        Path(place).touch()
