"""Rows set aside: read to their end before anything is written.

A statement that changes the documents it reads must not see its own changes. The
first hundred thousand rows stay in memory, the rest goes to a temporary file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import bson
from bson.codec_options import CodecOptions

from queryleaf_dbapi.run.fill import Document
from queryleaf_dbapi.run.reads import Stream
from queryleaf_dbapi.run.written import BATCH

_ROWS_IN_MEMORY = 100_000


def set_aside(stream: Stream, codec: CodecOptions[Any]) -> Iterator[list[Document]]:
    """All rows of the stream, a batch at a time; it has been read when the first
    batch comes."""
    first = stream.take(_ROWS_IN_MEMORY)
    if len(first) < _ROWS_IN_MEMORY:
        yield from _batches(iter(first))
        return
    with tempfile.TemporaryFile() as file:
        while found := stream.take(BATCH):
            for row in found:
                file.write(bson.encode(row, codec_options=codec))
        file.seek(0)
        yield from _batches(iter(first))
        yield from _batches(bson.decode_file_iter(file, codec))


def _batches(rows: Iterator[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
