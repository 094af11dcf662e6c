"""The words of several processes, line by line, each with its process's name before it.

All of it goes to a file. What also goes to a screen is dropped, and counted, while nobody reads there: a reader that
fell asleep must not bring the web to a halt.
"""

import os
import select
from pathlib import Path

_WIDTH = 8
_LONGEST = 4000  # bytes; a pipe that is ready takes 4,096 at once
_LARGEST_FILE = 20 * 1024 * 1024
_NOT_WORTH_SAYING = ("Memory overcommit must be enabled",)  # Valkey, about a fork for snapshots that we do not make
_COLOURS = {"web": 36, "worker": 32, "beat": 35, "postgres": 34, "valkey": 33, "setup": 90, "up": 1}


class Output:
    """Writes lines to `place` and, where given, to the file descriptor `screen` (in colour on a terminal)."""

    def __init__(self, place: Path, *, screen: int | None = None) -> None:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.place = place
        self.file = place.open("wb")
        self.screen = screen
        self.colourful = screen is not None and os.isatty(screen) and "NO_COLOR" not in os.environ
        self.dropped = 0

    def line(self, name: str, text: str) -> None:
        """Write one line of process `name`."""
        if any(words in text for words in _NOT_WORTH_SAYING):
            return
        self._keep(f"{name:<{_WIDTH}} | {text}\n".encode(errors="replace"))
        self._show(self._coloured(name, text))

    def plain(self, text: str) -> None:
        """Write lines of our own, without a name."""
        self._keep(f"{text}\n".encode())
        self._show(f"{text}\n")

    def _coloured(self, name: str, text: str) -> str:
        label = f"{name:<{_WIDTH}} |"
        if self.colourful:
            label = f"\033[{_COLOURS.get(name, 0)}m{label}\033[0m"
        return f"{label} {text}\n"

    def _keep(self, line: bytes) -> None:
        if self.file.tell() > _LARGEST_FILE:
            self.file.close()
            self.place.replace(self.place.with_suffix(".log.1"))
            self.file = self.place.open("wb")
        self.file.write(line)
        self.file.flush()

    def _show(self, line: str) -> None:
        if self.screen is None:
            return
        if self.dropped:
            line = f"({self.dropped} lines dropped here while nobody read them; they are in {self.place})\n{line}"
        try:
            self._write(line.encode(errors="replace"), self.screen)
        except OSError:  # the reader is gone; the file still has it all
            self.screen = None

    def _write(self, line: bytes, handle: int) -> None:
        patience = 0.0 if self.dropped else 0.05
        if not select.select([], [handle], [], patience)[1]:
            self.dropped += 1
            return
        self.dropped = 0
        os.write(handle, line if len(line) <= _LONGEST else line[: _LONGEST - 1] + b"\n")


class Lines:
    """Cuts a stream of bytes into lines of text."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """The lines that `chunk` completes; the rest waits for the next. An empty chunk, the end, gives the rest."""
        *complete, self.rest = (self.rest + chunk).split(b"\n")
        if not chunk and self.rest:
            complete, self.rest = [*complete, self.rest], b""
        return [line.decode(errors="replace").rstrip("\r") for line in complete]
