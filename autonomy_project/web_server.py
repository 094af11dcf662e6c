"""gunicorn's settings, the same on one machine and in the image. Where to listen is said on the command line."""

from typing import Any

from autonomy_project import logs
from autonomy_project.environment import read
from autonomy_project.launch.children import die_with_parent

wsgi_app = "autonomy_project.wsgi:application"
worker_class = "gthread"
workers = 2
threads = 16
preload_app = True  # Django is loaded once and shared by the forks
timeout = 60  # seconds without a sign of life; a wait of 30 s runs in a thread and does not count
graceful_timeout = 5
keepalive = 5
logconfig_dict = logs.configuration(read().log_format)
accesslog = None  # each request is logged by the application, with its id
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """A web process does not outlive gunicorn, not even one that was killed."""
    die_with_parent(parent=server.pid)
