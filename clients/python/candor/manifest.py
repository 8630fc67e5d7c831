"""What a bundle says of itself: its manifest, what is signed of it, and its positions (section 7, "Bundle")."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from candor.canonical import MOST, decode_object
from candor.notes import Checkpoint
from candor.words import Malformed, from_base64, is_integer, is_origin, size_of, to_base64

_HEAD_BYTES = 1 << 20
_ITEM_BYTES = 512  # More than an entry of the lists has.
_FILE = re.compile(rb'\{"name":"([ !#-\[\]-~]{1,100})","sha256":"([0-9a-f]{64})","size":(0|[1-9][0-9]{0,15})\}')
_RANGE = re.compile(rb'\{"first":(0|[1-9][0-9]{0,15}),"last":(0|[1-9][0-9]{0,15})\}')
_LINE = re.compile(r"(0|[1-9][0-9]{0,19})-(0|[1-9][0-9]{0,19})")
_MEMBERS = {"asked", "checkpoint", "counts", "files", "ledger", "ranges", "v"}


class Positions:
    """Positions in ascending ranges that are joined, and the rank of each among them."""

    def __init__(self) -> None:
        self.firsts, self.lasts, self._ranks = array("Q"), array("Q"), array("Q")
        self.count = 0

    def add(self, first: int, last: int) -> None:
        if first > last or (self.lasts and first <= self.lasts[-1] + 1):
            raise Malformed("does not ascend, or is not joined with the range before")
        self.firsts.append(first)
        self.lasts.append(last)
        self._ranks.append(self.count)
        self.count += last - first + 1

    def add_line(self, line: bytes) -> None:
        found = _LINE.fullmatch(line.decode("latin-1"))
        if not found:
            raise Malformed("is not `first-last`")
        self.add(size_of(found[1]), size_of(found[2]))

    def ranges(self) -> list[tuple[int, int]]:
        return list(zip(self.firsts, self.lasts, strict=True))

    def each(self) -> Iterator[tuple[int, int]]:
        """Every position, and the number of its range."""
        for number, (first, last) in enumerate(zip(self.firsts, self.lasts, strict=True)):
            for position in range(first, last + 1):
                yield position, number

    def rank(self, position: int) -> int | None:
        at = bisect_right(self.firsts, position) - 1
        return self._ranks[at] + position - self.firsts[at] if at >= 0 and position <= self.lasts[at] else None

    def at(self, rank: int) -> int:
        """The position of a rank below `count`."""
        i = bisect_right(self._ranks, rank) - 1
        return self.firsts[i] + rank - self._ranks[i]

    def within(self, first: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The pieces of the ranges in [first, end): start, end, and the rank of the start."""
        for i in range(max(bisect_right(self.firsts, first) - 1, 0), len(self.firsts)):
            if self.firsts[i] >= end:
                return
            start, stop = max(first, self.firsts[i]), min(end, self.lasts[i] + 1)
            if start < stop:
                yield start, stop, self._ranks[i] + start - self.firsts[i]


@dataclass(frozen=True)
class Manifest:
    ledger: str
    size: int
    root: bytes
    asked: dict[str, str]  # `what`, `by`, and `grant` where there was one.
    counts: dict[str, int]  # `leaves`, `sections`, `withheld`.


def parse_manifest(
    chunks: Iterable[bytes], file: Callable[[str, bytes, int], None], range_: Callable[[int, int], None]
) -> Manifest:
    """Reads a manifest, canonical, piece by piece; tells each of its files (name, SHA-256, size) and ranges."""
    reader = _Reader(iter(chunks))
    skeleton = reader.until(b',"files":[')
    for found in reader.items(_FILE):
        file(found[1].decode(), bytes.fromhex(found[2].decode()), int(found[3]))
    skeleton += reader.until(b',"ranges":[')
    for found in reader.items(_RANGE):
        range_(int(found[1]), int(found[2]))
    said = decode_object(skeleton + reader.rest(), 2 * _HEAD_BYTES)
    if said.keys() != _MEMBERS or type(said["v"]) is not int or said["v"] != 1 or not is_origin(said["ledger"]):
        raise Malformed("has not the members of a manifest")
    asked = _object(said["asked"], {"by", "what"}, {"grant"})
    checkpoint = _object(said["checkpoint"], {"root", "size"})
    counts = _object(said["counts"], {"leaves", "sections", "withheld"})
    if not all(isinstance(text, str) for text in asked.values()):
        raise Malformed("has an `asked` that is not of texts")
    if not all(is_integer(number) for number in [checkpoint["size"], *counts.values()]):
        raise Malformed("has a number that is none")
    return Manifest(said["ledger"], checkpoint["size"], from_base64(checkpoint["root"], 32), asked, counts)


def manifest_text(checkpoint: Checkpoint, sha256: bytes) -> bytes:
    """What `manifest.sig` signs."""
    root = to_base64(checkpoint.root)
    lines = ("candor/bundle-manifest/v1", checkpoint.origin, str(checkpoint.size), root, to_base64(sha256))
    return "".join(line + "\n" for line in lines).encode()


def _object(value: Any, always: set[str], besides: frozenset[str] | set[str] = frozenset()) -> dict[str, Any]:
    if not isinstance(value, dict) or not always <= value.keys() <= always | besides:
        raise Malformed("has not the members of a manifest")
    return value


class _Reader:
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._held, self._at = chunks, b"", 0

    def _want(self, size: int) -> None:
        """That so many bytes are held, if there are."""
        while len(self._held) - self._at < size and (chunk := next(self._chunks, b"")):
            self._held, self._at = self._held[self._at :] + chunk, 0

    def until(self, mark: bytes) -> bytes:
        """What stands before the list that begins with the mark, and the mark. No text can hold the mark."""
        self._want(_HEAD_BYTES)
        end = self._held.find(mark, self._at, self._at + _HEAD_BYTES)
        if end < 0:
            raise Malformed("has not the members of a manifest")
        found, self._at = self._held[self._at : end + len(mark)], end + len(mark)
        return found

    def items(self, form: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
        self._want(1)
        more = self._held[self._at : self._at + 1] != b"]"
        while more:
            self._want(_ITEM_BYTES)
            found = form.match(self._held, self._at)
            if found is None or int(found[found.lastindex or 0]) > MOST:
                raise Malformed("has a list with what does not belong there")
            yield found
            self._at = found.end() + 1
            more = self._held[found.end() : self._at] == b","
            if not more:
                self._at -= 1

    def rest(self) -> bytes:
        self._want(_HEAD_BYTES + 1)
        if len(self._held) - self._at > _HEAD_BYTES:
            raise Malformed("goes on after its end")
        return self._held[self._at :]
