"""A whole ledger, kept in a folder in the layout of c2sp.org/tlog-tiles (section 9.2)."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from candor.finding import MOST, Findings
from candor.leaves import Leaves
from candor.merkle import EMPTY_ROOT, CompactRange, chain_next, chain_start, leaf_hash
from candor.notes import NOTE_BYTES, Checkpoint, Key, parse_checkpoint
from candor.spool import Spool
from candor.tiles import BUNDLE_BYTES, WIDTH, Tile, Unreadable, parse_bundle, path_of, read_file, tiles_at
from candor.told import Forgotten, Missing
from candor.words import Malformed


@dataclass(frozen=True)
class Kept:
    """A checkpoint that was kept elsewhere, which the ledger must continue."""

    name: str
    checkpoint: Checkpoint


@dataclass
class Report:
    findings: Findings = field(default_factory=Findings)  # Altered, missing, doubled.
    malformed: Findings = field(default_factory=Findings)  # Breaches under a good signature all the same.
    checkpoint: Checkpoint | None = None  # Where it can be read.
    signer: Key | None = None  # Where its signature is good.
    keys: list[Key] = field(default_factory=list)  # Those given, and those that follow from them.
    leaves: int = 0  # Read and hashed, from 0 without a break.
    chain: bytes = b""  # Over those leaves.
    missing: Missing = field(default_factory=Missing)
    forgotten: Forgotten = field(default_factory=Forgotten)


def verify_ledger(
    folder: str,
    keys: Sequence[Key],
    kept: Sequence[Kept] = (),
    origin: str = "",
    progress: Callable[[int, int], None] = lambda done, size: None,
) -> Report:
    """Verifies the ledger in the folder. Raises Unreadable where there is none to verify."""
    report = Report()
    try:
        note = read_file(os.path.join(folder, "checkpoint"), NOTE_BYTES)
    except FileNotFoundError as error:
        raise Unreadable(f"{error}: is not there, so this is no folder with a ledger") from None
    except Malformed as error:
        report.findings.add("checkpoint", None, "note", error)
        return report
    try:
        report.checkpoint = checkpoint = parse_checkpoint(note)
        if origin and checkpoint.origin != origin:
            raise Malformed("is of another ledger than expected")
    except Malformed as error:
        report.findings.add("checkpoint", None, "note", error)
        return report
    try:
        with Spool() as ids:
            _Run(folder, report, checkpoint, ids).run(keys, kept, progress)
    except OSError as error:
        raise Unreadable(f"temporary files: {error.strerror or error}") from None
    return report


class _Run:
    def __init__(self, folder: str, report: Report, checkpoint: Checkpoint, ids: Spool) -> None:
        self._folder, self._report, self._checkpoint = folder, report, checkpoint
        self._leaves = Leaves(checkpoint.origin, ids, self._malformed)
        report.missing, report.forgotten = self._leaves.missing, self._leaves.forgotten
        self._range = CompactRange()
        self._roots: dict[int, bytes] = {0: EMPTY_ROOT}  # At the sizes of kept checkpoints.
        self._above: list[list[bytes]] = []  # By level from 1: the hashes of its last, open tile.
        self._differences: list[tuple[Tile, int]] = []
        report.chain = chain_start(checkpoint.origin)

    def run(self, keys: Sequence[Key], kept: Sequence[Kept], progress: Callable[[int, int], None]) -> None:
        size = self._checkpoint.size
        self._roots |= {one.checkpoint.size: b"" for one in kept if one.checkpoint.size}
        while self._report.leaves < size and self._take_bundle(self._report.leaves // WIDTH):
            progress(self._report.leaves, size)
        whole = self._report.leaves == size
        if whole:
            for tile in tiles_at(size):
                if tile.level and tile.width < WIDTH:
                    self._take_tile(tile, self._above[tile.level - 1])
        self._name_differences(whole)
        self._report.keys = keys = self._leaves.keys.follow(keys)
        try:
            self._report.signer = self._checkpoint.signer(keys)
            self._check_allowed(self._checkpoint, keys)
        except Malformed as error:
            self._add("checkpoint", None, "note", error)
        if not self._report.findings.count and size:
            # A good signature over the tree vouches for all keys that its leaves announce.
            self._report.keys = keys = self._leaves.keys.announced()
        for one in kept:
            self._check_kept(one, keys)
        self._leaves.find_twice()

    def _add(self, table: str, position: int | None, column: str, what: object) -> None:
        self._report.findings.add(table, position, column, what)

    def _read(self, path: str, most: int) -> bytes:
        try:
            return read_file(os.path.join(self._folder, path), most)
        except FileNotFoundError:
            raise Malformed(f"is signed, but {path} is not there") from None
        except Malformed as error:
            raise Malformed(f"{path} {error}") from None

    def _take_bundle(self, number: int) -> bool:
        first = self._report.leaves
        width = min(WIDTH, self._checkpoint.size - first)
        path = path_of("entries", number, width)
        try:
            leaves = parse_bundle(self._read(path, BUNDLE_BYTES), width)
        except Malformed as error:
            self._add("entries", first, "", error)
            return False
        hashes = [self._take_leaf(leaf) for leaf in leaves]
        self._take_tile(Tile(0, number, width), hashes)
        if width == WIDTH:
            self._raise(CompactRange(hashes).root())
        return True

    def _take_leaf(self, data: bytes) -> bytes:
        hashed = leaf_hash(data)
        self._range.append(hashed)
        if self._range.size in self._roots:
            self._roots[self._range.size] = self._range.root()
        self._report.chain = chain_next(self._report.chain, hashed)
        position, self._report.leaves = self._report.leaves, self._report.leaves + 1
        self._leaves.see(position, hashed, data)
        return hashed

    def _malformed(self, position: int, column: str, what: object) -> None:
        self._report.malformed.add("entries", position, column, what)

    def _take_tile(self, tile: Tile, computed: Sequence[bytes]) -> None:
        try:
            hashes = self._read(tile.path, WIDTH * 32)
        except Malformed as error:
            self._add("tiles", tile.number, "", f"level {tile.level}: {error}")
            return
        if len(hashes) != tile.width * 32:
            self._add("tiles", tile.number, "hashes", f"level {tile.level}: is not of {tile.width} hashes")
            return
        for i, one in enumerate(computed):
            if hashes[i * 32 : i * 32 + 32] != one and len(self._differences) < MOST:
                self._differences.append((tile, i))

    def _raise(self, root: bytes) -> None:
        """The root of a full tile of level 0 goes into level 1, and so on where that fills one."""
        for level in range(1, 9):
            if len(self._above) < level:
                self._above.append([])
            hashes = self._above[level - 1]
            hashes.append(root)
            if len(hashes) < WIDTH:
                return
            number = self._report.leaves // WIDTH ** (level + 1) - 1
            self._take_tile(Tile(level, number, WIDTH), hashes)
            root = CompactRange(hashes).root()
            hashes.clear()

    def _name_differences(self, whole: bool) -> None:
        """A difference is the tile's fault where the leaves lead to the signed root, else the leaf's."""
        right = whole and self._range.root() == self._checkpoint.root
        named = False
        for tile, i in self._differences:
            if right:
                what = f"level {tile.level}: hash {i} is not that of what is below it"
                self._add("tiles", tile.number, "hashes", what)
            elif tile.level == 0:
                named = True
                self._add("entries", tile.number * WIDTH + i, "leaf", "is not what its tile holds")
        if whole and not right and not named:
            self._add("checkpoint", None, "root", "is not that of the leaves")

    def _check_allowed(self, checkpoint: Checkpoint, keys: Sequence[Key]) -> None:
        try:
            checkpoint.signer(self._leaves.keys.allowed(keys, checkpoint.size))
        except Malformed:
            raise Malformed("is signed by a key that the ledger does not allow at that size") from None

    def _check_kept(self, kept: Kept, keys: Sequence[Key]) -> None:
        checkpoint = kept.checkpoint
        try:
            if checkpoint.origin != self._checkpoint.origin:
                raise Malformed("is of another ledger")
            checkpoint.signer(keys)
            self._check_allowed(checkpoint, keys)
        except Malformed as error:
            self._add("checkpoint", None, "note", f"{kept.name}: {error}")
            return
        if checkpoint.size > self._checkpoint.size:
            self._add("checkpoint", None, "size", f"is below that of {kept.name}: the ledger lost its end")
        elif checkpoint.size <= self._report.leaves and self._roots[checkpoint.size] != checkpoint.root:
            self._add("checkpoint", None, "root", f"is of another history than that of {kept.name}")
