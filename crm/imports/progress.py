"""A progress bar for a terminal."""

from pathlib import Path
from typing import Any

_WIDTH = 30


class ProgressBar:
    """One line on a terminal, redrawn when a whole per cent of the folder's bytes has gone by."""

    def __init__(self, folder: Path, terminal: Any) -> None:
        self._total = max(1, sum(file.stat().st_size for file in folder.glob("*.csv")))
        self._terminal = terminal
        self._read = 0
        self._drawn = -1

    def advance(self, file: str, read: int) -> None:
        """`read` more bytes of `file` have been read."""
        self._read += read
        percent = min(100, 100 * self._read // self._total)
        if percent != self._drawn:
            self._drawn = percent
            filled = _WIDTH * percent // 100
            self._draw(f"\r[{'#' * filled}{'.' * (_WIDTH - filled)}] {percent:3} % {file:<24}")

    def end(self) -> None:
        """Leave the bar behind and go to the next line."""
        self._draw("\n")

    def _draw(self, text: str) -> None:
        self._terminal.write(text, style_func=str, ending="")
        self._terminal.flush()
