"""A progress line: how far, how fast, how long still.

On a terminal one line that is written over; elsewhere (a log, a pipe) a plain line
for every quarter of what takes longer than a second.
"""

from __future__ import annotations

import sys
import time
from typing import TextIO

_WIDTH = 24  # of the bar, in characters
_REDRAW_SECONDS = 0.1


class Progress:
    """Counts towards `total` and shows it on `stream`."""

    def __init__(self, label: str, total: int, stream: TextIO | None = None) -> None:
        self.label = label
        self.total = max(total, 1)
        self.done = 0
        self.began = time.monotonic()
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._drawn = 0.0
        self._quarter = 0
        self.advance(0)

    def advance(self, count: int) -> None:
        """`count` more are done."""
        self.done += count
        now = time.monotonic()
        if self._is_terminal:
            if now - self._drawn >= _REDRAW_SECONDS:
                self._drawn = now
                self._write(f"\r{self._bar()} {self._left()}\033[K")
            return
        quarter = min(self.done * 4 // self.total, 3)
        if quarter > self._quarter and self.done < self.total:
            self._quarter = quarter
            if now - self.began > 1:
                self._write(f"{self._numbers()} {self._left()}\n")

    def finish(self) -> None:
        """The end: the line that stays."""
        seconds = time.monotonic() - self.began
        text = f"{self.label:<9} {self.done:>7,} in {seconds:.1f} s"
        self._write(f"\r{text}\033[K\n" if self._is_terminal else f"{text}\n")

    def interrupt(self) -> None:
        """Leave the line as it is, and go to the next."""
        if self._is_terminal:
            self._write("\n")

    def _bar(self) -> str:
        filled = min(self.done * _WIDTH // self.total, _WIDTH)
        bar = "#" * filled + "." * (_WIDTH - filled)
        return f"{self.label:<9} [{bar}] {self._numbers(label=False)}"

    def _numbers(self, label: bool = True) -> str:
        share = min(self.done * 100 // self.total, 100)
        start = f"{self.label:<9} " if label else ""
        return f"{start}{share:3d} %  {self.done:>7,} of {self.total:,}"

    def _left(self) -> str:
        seconds = max(time.monotonic() - self.began, 1e-6)
        rate = self.done / seconds
        left = (self.total - self.done) / rate if rate else 0.0
        return f" {rate:,.0f}/s  {max(left, 0):.0f} s left"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
