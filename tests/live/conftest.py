"""The product as processes: gunicorn, Celery workers and a Valkey of its own, with a mail server that is the judge."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx
import pytest

from autonomy_project.launch.places import CHECKOUT, broker_url
from autonomy_project.launch.servers import Servers
from tests.sinks import MailSink, free_port, mail_sink


def until(happened: Callable[[], bool], *, within: float = 20.0) -> float:
    """Wait until `happened`; return the seconds it took. Fails after `within` seconds."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < within, f"did not happen within {within} s"
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass
class Stack:
    """What is running, each part as a process group of its own, so that killing it leaves nothing."""

    folder: Path
    servers: Servers
    environment: dict[str, str]
    log: IO[bytes]
    port: int = 0
    groups: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_web(self) -> None:
        self.port = free_port()
        self._start(
            "web", "gunicorn", "--config", "python:autonomy_project.web_server", "--bind", f"127.0.0.1:{self.port}"
        )
        until(self._web_answers, within=40)

    def start_worker(self, name: str = "worker") -> None:
        words = ("worker", "--concurrency", "2", "--hostname", f"{name}@here")
        self._start_celery(name, *words, "--without-gossip", "--without-mingle", "--without-heartbeat")

    def start_beat(self, name: str = "beat") -> None:
        self._start_celery(name, "beat", "--pidfile", "")

    def _start_celery(self, name: str, *words: str) -> None:
        ready = self.folder / f"{name}.ready"
        ready.unlink(missing_ok=True)
        self._start(name, "celery", "--app", "autonomy_project.celery", *words, AUTONOMY_READY_FILE=str(ready))
        until(ready.exists, within=40)

    def kill(self, name: str) -> None:
        """kill -9 of the whole group: the worker and its pool."""
        child = self.groups.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(timeout=10)

    def empty_valkey(self) -> None:
        """kill -9 the broker and start it again with nothing in it."""
        valkey = self.servers.valkey
        assert valkey.child is not None
        valkey.child.kill()
        valkey.child.wait(timeout=10)
        for remains in valkey.data.glob("*"):
            shutil.rmtree(remains) if remains.is_dir() else remains.unlink()
        valkey.start(self.log)
        valkey.wait_until_ready()

    def stop(self) -> None:
        for name in list(self.groups):
            self.kill(name)
        self.servers.stop()

    def client(self, bearer: str) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/v1/",
            headers={"Authorization": f"Bearer {bearer}"},
            timeout=30,
            trust_env=False,
        )

    def _start(self, name: str, *words: str, **more: str) -> None:
        self.groups[name] = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=CHECKOUT,
            env={**self.environment, **more},
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _web_answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with mail_sink() as running:
        yield running


@pytest.fixture
def stack(transactional_db: None, sink: MailSink) -> Iterator[Stack]:
    """A Valkey of this test's own; web and workers are started by the test."""
    folder = Path(tempfile.mkdtemp(prefix="autonomy-live-"))
    folder.chmod(0o755)
    servers = Servers(folder / "data", postgres=False)
    environment = {
        **os.environ,
        "BROKER_URL": broker_url(servers.sockets),
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    with (folder / "log").open("wb") as log:
        servers.start(log)
        running = Stack(folder, servers, environment, log)
        try:
            yield running
        finally:
            running.stop()
            print((folder / "log").read_text(errors="replace")[-20_000:])
            shutil.rmtree(folder, ignore_errors=True)
