"""Finds what comes twice among very many, in little memory: in files, cut into parts by key."""

import hashlib
import tempfile
from collections.abc import Iterator
from typing import IO

_PARTS = 256
_SMALL = 1 << 20
_IN_MEMORY = 65_536  # Of each part.


def spooled() -> IO[bytes]:
    """A temporary file; on disk only once it is larger than 1 MiB."""
    return tempfile.SpooledTemporaryFile(_SMALL)


class Spool:
    """Records of 16 bytes of key and a number, given back part by part."""

    def __init__(self) -> None:
        self._parts = [tempfile.SpooledTemporaryFile(_IN_MEMORY) for _ in range(_PARTS)]

    def add(self, key: str, number: int) -> None:
        hashed = hashlib.sha256(key.encode()).digest()
        self._parts[hashed[-1]].write(hashed[:16] + number.to_bytes(8))

    def parts(self) -> Iterator[list[tuple[bytes, int]]]:
        """The records of each part in the order they came; all of one key are in one part."""
        for part in self._parts:
            part.seek(0)
            records = []
            while data := part.read(24 * 4096):
                records += [(data[i : i + 16], int.from_bytes(data[i + 16 : i + 24])) for i in range(0, len(data), 24)]
            yield records

    def close(self) -> None:
        for part in self._parts:
            part.close()

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
