"""How the leaves of a bundle hash into its checkpoint: by tiles, or by a proof each (section 7)."""

import re
from collections.abc import Iterator, Sequence
from typing import IO

from candor.finding import Findings
from candor.manifest import Positions
from candor.merkle import EMPTY_ROOT, CompactRange, is_included
from candor.notes import Checkpoint
from candor.receipt import PROOF_BYTES, parse_proof
from candor.spool import spooled
from candor.tar import File, Tar
from candor.tiles import WIDTH, Tile, tiles_at
from candor.words import Malformed, size_of

LINES = 65_536  # In a file of leaves.
_PROOF = re.compile(r"proofs/([0-9]+)\.tlog-proof")


def leaves_file(number: int) -> str:
    return f"leaves/{number:06}.ndjson"


class Hashes:
    """The leaf hashes of a bundle, in order, in a temporary file."""

    def __init__(self, positions: Positions) -> None:
        self.positions = positions
        self.count = 0
        self._file = spooled()

    def add(self, hashed: bytes) -> None:
        self._file.write(hashed)
        self.count += 1

    def read(self, rank: int, count: int = 1) -> bytes:
        """As many of these as there are. Nothing is added any more."""
        self._file.seek(rank * 32)
        return self._file.read(count * 32)

    def wrong(self, findings: Findings, rank: int, what: object) -> None:
        line = f"line {rank % LINES + 1}"
        findings.add(leaves_file(rank // LINES), self.positions.at(rank), line, what)

    def close(self) -> None:
        self._file.close()


class Tiles:
    """The tree of the checkpoint by all its tiles, and its roots at the sizes that are asked for."""

    def __init__(self, tar: Tar, checkpoint: Checkpoint, hashes: Hashes, findings: Findings) -> None:
        self._tar, self._checkpoint, self._hashes, self._findings = tar, checkpoint, hashes, findings
        self._full = CompactRange()  # Of the roots of full tiles of level 0.
        self._above: list[IO[bytes]] = []  # By level from 1: the hashes that belong there.
        self._root = EMPTY_ROOT

    def check(self, files: Iterator[File], roots: dict[int, bytes]) -> None:
        """Fills in the roots at the sizes in `roots`."""
        due = tiles_at(self._checkpoint.size)
        for file in files:
            tile = next(due, None)
            path = tile.path.replace("tile/", "tiles/", 1) if tile else ""
            if tile is None or file.name != path:
                missing = f"no tile of this size belongs there; {path} does" if path else "is no tile of this size"
                self._findings.add(file.name, None, "", missing + "; no tile after it was looked at")
                return
            if file.size != tile.width * 32:
                what = f"is not of {tile.width} hashes; no tile after it was looked at"
                self._findings.add(file.name, None, "", what)
                return
            data = self._tar.read(file, WIDTH * 32)
            if tile.level:
                self._take_above(file.name, tile, data)
            else:
                self._take_leaves(tile, data, roots)
        if missed := next(due, None):
            self._findings.add(missed.path.replace("tile/", "tiles/", 1), None, "", "is missing")
        elif self._root != self._checkpoint.root:
            self._findings.add("tiles/", None, "", "does not lead to the root of the checkpoint")

    def close(self) -> None:
        for file in self._above:
            file.close()

    def _root_of(self, hashes: Sequence[bytes]) -> bytes:
        """Of the full tiles so far, and these."""
        whole = CompactRange()
        whole.roots = self._full.roots + CompactRange(hashes).roots
        return whole.root()

    def _take_leaves(self, tile: Tile, data: bytes, roots: dict[int, bytes]) -> None:
        first = tile.number * WIDTH
        hashes = _split(data)
        for size in roots:
            if first < size <= first + tile.width:
                roots[size] = self._root_of(hashes[: size - first])
        if tile.width == WIDTH:
            root = CompactRange(hashes).root()
            self._full.append(root)
            self._raise(1, root)
        if first + tile.width == self._checkpoint.size:
            self._root = self._root_of(() if tile.width == WIDTH else hashes)
        for start, end, rank in self._hashes.positions.within(first, first + tile.width):
            held, said = self._hashes.read(rank, end - start), data[(start - first) * 32 : (end - first) * 32]
            if held != said[: len(held)]:
                for i, one in enumerate(_split(held)):
                    if one != said[i * 32 : i * 32 + 32]:
                        self._hashes.wrong(self._findings, rank + i, "is not the leaf that its tile holds")

    def _raise(self, level: int, root: bytes) -> None:
        if len(self._above) < level:
            self._above.append(spooled())
        self._above[level - 1].write(root)

    def _take_above(self, name: str, tile: Tile, data: bytes) -> None:
        """All tiles of the level below were taken."""
        below = self._above[tile.level - 1]
        below.seek(tile.number * WIDTH * 32)
        held = below.read(tile.width * 32)
        if data != held:
            self._findings.add(name, None, "", "is not what the tiles below it hold")
        if tile.width == WIDTH:
            self._raise(tile.level + 1, CompactRange(_split(held)).root())


def _split(data: bytes) -> list[bytes]:
    return [data[i : i + 32] for i in range(0, len(data), 32)]


def check_proofs(
    tar: Tar, files: Iterator[File], note: bytes, checkpoint: Checkpoint, hashes: Hashes, findings: Findings
) -> None:
    """That each leaf has its proof, once, under the note of the bundle."""
    seen = bytearray(hashes.count // 8 + 1)
    for file in files:
        try:
            found = _PROOF.fullmatch(file.name)
            rank = hashes.positions.rank(size_of(found[1])) if found else None
            if rank is None or rank >= hashes.count:
                raise Malformed("is of no leaf of this bundle")
            if seen[rank // 8] & 1 << rank % 8:
                raise Malformed("stands twice in the tar")
            seen[rank // 8] |= 1 << rank % 8
            data = tar.read(file, PROOF_BYTES)
            proof = parse_proof(data)
            if proof.index != hashes.positions.at(rank):
                raise Malformed("is of another leaf")
            if data.partition(b"\n\n")[2] != note:
                raise Malformed("is of another checkpoint")
        except Malformed as error:
            findings.add(file.name, None, "", error)
            continue
        if not is_included(hashes.read(rank), proof.index, checkpoint.size, proof.path, checkpoint.root):
            hashes.wrong(findings, rank, f"does not hash into the checkpoint by {file.name}")
    for rank in range(hashes.count):
        if not seen[rank // 8] & 1 << rank % 8:
            hashes.wrong(findings, rank, "nothing proves it: its proof is missing")
