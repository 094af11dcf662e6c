"""The parts of a running Autonomy: what each one's command is, and how it is known to answer."""

import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence

from autonomy_project.launch.addresses import url, written
from autonomy_project.launch.children import start
from autonomy_project.launch.places import CHECKOUT, VAR
from autonomy_project.launch.servers import Server, Servers
from autonomy_project.launch.supervisor import Part

_CELERY = ("-m", "celery", "--quiet", "--app", "autonomy_project.celery")
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_READY = VAR / "ready"  # a file per part without an address of its own, written by the part


def servers(embedded: Servers) -> list[Part]:
    """PostgreSQL and Valkey, as far as `embedded` has them. They have the time a clean shutdown takes."""
    return [_server(server) for server in embedded.all]


def preparation(*, demo: bool) -> list[str]:
    """The command that migrates, makes the log-in and offers the demo data."""
    return [sys.executable, "-m", "autonomy_project.launch.prepare", "--demo" if demo else "--no-demo"]


def processes(host: str, port: int, environment: Mapping[str, str]) -> list[Part]:
    """Web, worker and beat."""
    gunicorn = ["-m", "gunicorn", "--config", "python:autonomy_project.web_server"]
    quick = [
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ]  # they would tell other workers; there are none
    return [
        _web([*gunicorn, "--bind", f"{written(host)}:{port}"], f"{url(host, port)}/readyz", environment),
        _told_by_file("worker", [*_CELERY, "worker", "--concurrency", "2", "--loglevel", "INFO", *quick], environment),
        _told_by_file("beat", [*_CELERY, "beat", "--pidfile", "", "--loglevel", "INFO"], environment),
    ]


def _server(server: Server) -> Part:
    return Part(
        name=server.name,
        start=server.start,
        is_ready=server.answers,
        stop_signal=signal.SIGINT if server.name == "postgres" else signal.SIGTERM,
        patience=20,
        own_group=False,  # PostgreSQL's processes must end by themselves, or the next start cannot trust its files
    )


def _web(words: Sequence[str], ready_at: str, environment: Mapping[str, str]) -> Part:
    def launch(output: int) -> subprocess.Popen[bytes]:
        return _python(words, output, environment)

    return Part(name="web", start=launch, is_ready=lambda: _is_well(ready_at))


def _told_by_file(name: str, words: Sequence[str], environment: Mapping[str, str]) -> Part:
    place = _READY / name

    def launch(output: int) -> subprocess.Popen[bytes]:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        return _python(words, output, {**environment, "AUTONOMY_READY_FILE": str(place)})

    return Part(name=name, start=launch, is_ready=place.exists)


def _python(words: Sequence[str], output: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return start([sys.executable, *words], environment=environment, folder=CHECKOUT, output=output)


def _is_well(address: str) -> bool:
    try:
        with _DIRECTLY.open(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
