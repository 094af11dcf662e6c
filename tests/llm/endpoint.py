"""A real HTTP server that speaks the protocol of a language model, well or badly."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["Handler", dict[str, Any]], None]


@dataclass
class Endpoint:
    """What was asked, and how to answer: the replies in turn, the last one for all that follow."""

    replies: list[Reply]
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def material(self) -> list[dict[str, Any]]:
        """The material of each question."""
        return [json.loads(asked["messages"][1]["content"]) for asked in self.asked]


class Handler(BaseHTTPRequestHandler):
    endpoint: Endpoint

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.endpoint
        known.asked.append(asked)
        known.headers.append(dict(self.headers))
        reply = known.replies[min(len(known.asked), len(known.replies)) - 1]
        with suppress(OSError):  # the asker has hung up
            reply(self, asked)

    def say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def endpoint(*replies: Reply) -> Iterator[Endpoint]:
    """A running endpoint on a free port of this machine."""
    known = Endpoint(list(replies))
    handler = type("OneHandler", (Handler,), {"endpoint": known})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.block_on_close = True, False
    known.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield known
    finally:
        known.over.set()
        server.shutdown()
        server.server_close()


def completion(content: Any, **message: Any) -> bytes:
    """The body of a chat completion whose message is `content`, a text or a value to be written as JSON."""
    text = content if isinstance(content, str | None) else json.dumps(content)
    finish = message.pop("finish_reason", "stop")
    usage = message.pop("usage", {"prompt_tokens": 90, "completion_tokens": 33, "total_tokens": 123})
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()


def saying(content: Any, **message: Any) -> Reply:
    return lambda handler, _: handler.say(200, completion(content, **message))


def answering(by: Callable[[dict[str, Any]], Any]) -> Reply:
    """Answer what `by` makes of the question's material."""

    def reply(handler: Handler, asked: dict[str, Any]) -> None:
        handler.say(200, completion(by(json.loads(asked["messages"][1]["content"]))))

    return reply


def status(code: int, body: bytes = b'{"error": {"message": "no"}}', **headers: str) -> Reply:
    return lambda handler, _: handler.say(code, body, **headers)


def plainly(body: bytes) -> Reply:
    return lambda handler, _: handler.say(200, body)


def silent(handler: Handler, _: Any) -> None:
    handler.endpoint.over.wait(30)


def dripping_body(handler: Handler, _: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    _drip(handler, b" ")


def dripping_headers(handler: Handler, _: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(handler, b"a")


def endless(handler: Handler, _: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not handler.endpoint.over.is_set():
        handler.wfile.write(b" " * 65536)


def hanging_up(handler: Handler, _: Any) -> None:
    handler.connection.close()


def half(handler: Handler, _: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')


def only_json_object(content: Any) -> Reply:
    """Refuse every other form, as older servers do."""

    def reply(handler: Handler, asked: dict[str, Any]) -> None:
        fits = asked["response_format"]["type"] == "json_object"
        handler.say(200 if fits else 400, completion(content) if fits else b"{}")

    return reply


def _drip(handler: Handler, piece: bytes) -> None:
    while not handler.endpoint.over.is_set():
        handler.wfile.write(piece)
        handler.wfile.flush()
        time.sleep(0.02)
