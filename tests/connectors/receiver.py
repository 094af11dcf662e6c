"""A web server of our own that keeps what is posted to it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What arrived, and how to answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    port: int = 0
    taken: list[tuple[str, str, Any]] = field(default_factory=list)  # host header, path, body


@contextmanager
def receiver(**how: Any) -> Iterator[Receiver]:
    """A running Receiver on a free port of this machine."""
    known = Receiver(**how)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known.taken.append((self.headers["Host"], self.path, body))
            if known.status == 0:
                self.connection.close()
                return
            self.send_response(known.status)
            for name, value in {"Content-Length": "2", **known.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"ok")

        do_GET = do_POST

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    known.port = server.server_port
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
