"""A tar file in the one form that an audit bundle has (section 7, "Bundle")."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from candor.spool import spooled
from candor.words import Malformed

BLOCK = 512
CHUNK = 1 << 20
_NAME_BYTES = 100
_OCTAL = re.compile(rb"[0-7]{11}\0")
_NAME = re.compile(rb"[ -~]{1,100}")
_END = bytes(BLOCK)
# The fields of a header, and where each ends.
_FIELDS = {
    "name": 100, "mode": 108, "owner": 116, "group": 124, "size": 136, "time": 148, "checksum": 156, "type": 157,
    "link": 257, "magic": 265, "owner's name": 297, "group's name": 329, "device": 345, "prefix": 500, "padding": 512,
}  # fmt: skip


@dataclass(frozen=True)
class File:
    name: str
    size: int
    offset: int  # In the tar.
    sha256: bytes


def header_of(name: str, size: int, time: int) -> bytes:
    head = b"".join(
        (
            name.encode().ljust(_NAME_BYTES, b"\0"),
            b"0000644\0" + b"0000000\0" * 2,
            b"%011o\0%011o\0" % (size, time),
            b" " * 8 + b"0".ljust(101, b"\0") + b"ustar\0" + b"00",
            bytes(64) + b"0000000\0" * 2,
        )
    ).ljust(BLOCK, b"\0")
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def _parse_header(block: bytes) -> tuple[str, int, int]:
    """Name, size and time; raises Malformed unless it is the header that these three make."""
    if block[148:156] != b"%06o\0 " % sum(block[:148] + b" " * 8 + block[156:]):
        raise Malformed("has a checksum that is not its own")
    name, size, time = block[:_NAME_BYTES].rstrip(b"\0"), block[124:136], block[136:148]
    if not _NAME.fullmatch(name):
        raise Malformed("has a name that is not 1 to 100 bytes of ASCII")
    for field, octal in (("size", size), ("time", time)):
        if not _OCTAL.fullmatch(octal):
            raise Malformed(f"has a {field} that is not 11 octal digits and a zero byte")
    found = name.decode(), int(size[:11], 8), int(time[:11], 8)
    start, right = 0, header_of(*found)
    for field, end in _FIELDS.items():
        if field != "checksum" and block[start:end] != right[start:end]:
            raise Malformed(f"has a {field} that no file of a bundle has")
        start = end
    return found


class Tar:
    """The files of a tar, in its order. What is kept of each is in a temporary file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._files = spooled()
        self.count = 0
        self.times: set[int] = set()  # Of the files; no more than two of them.

    def index(self) -> Iterator[File]:
        """Reads the tar from its beginning, once; raises Malformed where it breaks the form."""
        self._file.seek(0)
        while (block := self._take("a header")) != _END:
            at = self._file.tell() - BLOCK
            try:
                name, size, time = _parse_header(block)
            except Malformed as error:
                raise Malformed(f"the header at byte {at:,} {error}") from None
            if len(self.times) < 2:
                self.times.add(time)
            hashed = hashlib.sha256()
            for chunk in self._chunks(at + BLOCK, size):
                hashed.update(chunk)
            if any(self._take("the padding of a file", -size % BLOCK)):
                raise Malformed(f"{name}: has padding that is not zeros")
            file = File(name, size, at + BLOCK, hashed.digest())
            self._files.write(name.encode().ljust(_NAME_BYTES, b"\0") + size.to_bytes(8) + file.offset.to_bytes(8))
            self._files.write(file.sha256)
            self.count += 1
            yield file
        if self._take("the second of two blocks of zeros") != _END:
            raise Malformed("does not end in two blocks of zeros")
        if self._file.read(1):
            raise Malformed("goes on after its end")

    def files(self) -> Iterator[File]:
        """All files that were indexed, in order."""
        record, at = _NAME_BYTES + 48, 0
        while True:
            self._files.seek(at)  # Another reader may have moved it.
            data = self._files.read(record * 4096)
            if not data:
                return
            at += len(data)
            for i in range(0, len(data), record):
                name, numbers = data[i : i + _NAME_BYTES].rstrip(b"\0"), data[i + _NAME_BYTES : i + record]
                size, offset = int.from_bytes(numbers[:8]), int.from_bytes(numbers[8:16])
                yield File(name.decode(), size, offset, numbers[16:])

    def chunks(self, file: File) -> Iterator[bytes]:
        return self._chunks(file.offset, file.size)

    def read(self, file: File, most: int) -> bytes:
        if file.size > most:
            raise Malformed(f"has more than {most:,} bytes")
        return b"".join(self.chunks(file))

    def close(self) -> None:
        self._files.close()
        self._file.close()

    def _chunks(self, at: int, size: int) -> Iterator[bytes]:
        while size:
            self._file.seek(at)  # Another reader may have moved it.
            data = self._file.read(min(size, CHUNK))
            if not data:
                raise Malformed("ends before its file does")
            at, size = at + len(data), size - len(data)
            yield data

    def _take(self, what: str, size: int = BLOCK) -> bytes:
        data = self._file.read(size)
        if len(data) != size:
            raise Malformed(f"ends where {what} belongs")
        return data


@dataclass(frozen=True)
class Line:
    file: str
    number: int
    data: bytes  # Without its line feed.


class BrokenLine(Malformed):
    """A line that is too long, or without its end. Nothing after it can be read."""

    def __init__(self, file: str, number: int, what: str) -> None:
        super().__init__(what)
        self.file, self.number = file, number


def lines_of(tar: Tar, files: list[File], most: int) -> Iterator[Line]:
    """The lines of these files, each at most `most` bytes; raises BrokenLine."""
    for file in files:
        number, rest = 0, b""
        for chunk in tar.chunks(file):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                number += 1
                if len(line) > most:
                    raise BrokenLine(file.name, number, f"has more than {most:,} bytes")
                yield Line(file.name, number, line)
            if len(rest) > most:
                raise BrokenLine(file.name, number + 1, f"has more than {most:,} bytes")
        if rest:
            raise BrokenLine(file.name, number + 1, "has no line feed at its end")
