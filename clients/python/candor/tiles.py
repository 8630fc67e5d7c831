"""A ledger kept in a folder: checkpoint, tiles and entry bundles (section 6)."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from candor.words import Malformed

WIDTH = 256
ENTRY_BYTES = 65_535
BUNDLE_BYTES = WIDTH * (2 + ENTRY_BYTES)


class Unreadable(Exception):
    """What the verifier needs could not be read, which says nothing about the ledger."""


def open_file(path: str) -> BinaryIO:
    """An ordinary file, to be read.

    Raises FileNotFoundError where there is none, Malformed where it is no ordinary file,
    Unreadable where the machine does not let it be read.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise Malformed("is no ordinary file")
        except BaseException:
            os.close(file)
            raise
        return os.fdopen(file, "rb")
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(path) from None
    except (OSError, ValueError) as error:
        if isinstance(error, Malformed):
            raise
        raise Unreadable(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def read_file(path: str, most: int) -> bytes:
    """A whole ordinary file of at most `most` bytes; raises as open_file, and Malformed where it is longer."""
    with open_file(path) as opened:
        try:
            data = opened.read(most + 1)
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror or error}") from None
    if len(data) > most:
        raise Malformed(f"has more than {most:,} bytes")
    return data


def path_of(kind: str, number: int, width: int) -> str:
    """`kind` is a level, or "entries"; `width` 256 for a full one."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{kind}/{'/'.join(reversed(groups))}{partial}"


@dataclass(frozen=True)
class Tile:
    level: int
    number: int
    width: int

    @property
    def path(self) -> str:
        return path_of(str(self.level), self.number, self.width)


def tiles_at(size: int) -> Iterator[Tile]:
    """Every tile of a ledger of this size, level by level."""
    level = 0
    while size > 0:
        for number in range(size // WIDTH):
            yield Tile(level, number, WIDTH)
        if size % WIDTH:
            yield Tile(level, size // WIDTH, size % WIDTH)
        size, level = size // WIDTH, level + 1


def parse_bundle(data: bytes, width: int) -> list[bytes]:
    """The leaves of a bundle; raises Malformed unless it holds exactly `width`."""
    leaves: list[bytes] = []
    at = 0
    for _ in range(width):
        length = int.from_bytes(data[at : at + 2])
        leaf = data[at + 2 : at + 2 + length]
        if len(data) < at + 2 or len(leaf) != length:
            raise Malformed(f"ends before its leaf {len(leaves)} of {width} does")
        leaves.append(leaf)
        at += 2 + length
    if at != len(data):
        raise Malformed(f"goes on after its {width} leaves")
    return leaves
