"""An audit bundle: whether it is intact, and what it proves to be complete (sections 7, 8 and 10)."""

import contextlib
import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from candor.canonical import LEAF_BYTES
from candor.finding import MOST, Findings
from candor.leaf import Leaf
from candor.leaves import Leaves
from candor.ledger import Kept
from candor.manifest import Manifest, Positions, manifest_text, parse_manifest
from candor.merkle import EMPTY_ROOT, consistency_roots, is_consistent, leaf_hash
from candor.notes import NOTE_BYTES, Checkpoint, Key, parse_checkpoint, parse_note, parse_vkey
from candor.proved import LINES, Hashes, Tiles, check_proofs, leaves_file
from candor.receipt import CONSISTENCY_BYTES, parse_consistency
from candor.shown import LINE_BYTES, Sections
from candor.spool import Spool
from candor.tar import BrokenLine, File, Line, Tar, lines_of
from candor.tiles import Unreadable, open_file
from candor.told import Forgotten, Missing
from candor.words import Malformed, from_base64, is_digest

_ZSTD = b"\x28\xb5\x2f\xfd"
_POSITIONS_BYTES = 64 << 20
_NAMED = 100_000  # Files besides proofs and tiles; also how many differences to the manifest are sorted out.
_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_ORDER = [
    re.compile(form)
    for form in (
        "checkpoint",
        "keys",
        r"tsa\.der",
        "positions",
        r"leaves/[0-9]{6}\.ndjson",
        r"proofs/(0|[1-9][0-9]{0,19})\.tlog-proof",
        r"tiles/[0-9]{1,2}/(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]{1,3})?",
        "consistency",
        r"sections(\.[0-9]{6})?\.ndjson",
        r"withheld(\.[0-9]{6})?\.ndjson",
        "policies/[0-9a-f]{64}",
        f"report(/{_PART})+",
        r"manifest\.json",
        r"manifest\.sig",
    )
]
_ALWAYS = ("checkpoint", "keys", "positions", "manifest.json", "manifest.sig")
_UNSIGNED = ("manifest.json", "manifest.sig")
_CITED = ("key", "erasure", "expiry")  # Leaves that a selection holds because others need them.
_SELECTION = "a selection: each leaf in it is proved, not that none was left out"


@dataclass
class BundleReport:
    findings: Findings = field(default_factory=Findings)
    malformed: Findings = field(default_factory=Findings)
    manifest: Manifest | None = None  # Where it can be read.
    checkpoint: Checkpoint | None = None  # Where it can be read.
    signer: Key | None = None  # Of the checkpoint, where its signature is good.
    believed: list[tuple[Key, str]] = field(default_factory=list)  # And why.
    leaves: int = 0  # Read and hashed.
    ranges: list[tuple[int, int]] = field(default_factory=list)
    shown: int = 0  # Sections.
    withheld: dict[str, int] = field(default_factory=dict)  # Sections, by reason.
    policies: set[str] = field(default_factory=set)  # That leaves name, SHA-256 in hexadecimal.
    policies_missing: list[str] = field(default_factory=list)
    missing: Missing = field(default_factory=Missing)
    forgotten: Forgotten = field(default_factory=Forgotten)
    gaps: list[str] = field(default_factory=list)  # What the leaves call missing, at most MOST.
    since: Checkpoint | None = None  # That is continued.
    complete: str = "not provable (the bundle is not intact)"
    whole: bool = False


def verify_bundle(
    path: str,
    keys: Sequence[Key],
    since: Kept | None = None,
    origin: str = "",
    progress: Callable[[int, int], None] = lambda done, size: None,
) -> BundleReport:
    """Verifies the bundle in the file. Raises Unreadable where there is none to verify."""
    report = BundleReport()
    try:
        file = open_file(path)
        if file.read(len(_ZSTD)) == _ZSTD:
            file.close()
            raise Unreadable(f"{path}: is compressed: unpack it with `zstd -d {path}`, then verify what that wrote")
        with contextlib.closing(Tar(file)) as tar, Spool() as ids:
            _Run(tar, report, keys, ids).run(since, origin, progress)
    except FileNotFoundError:
        raise Unreadable(f"{path}: is not there") from None
    except Malformed as error:
        raise Unreadable(f"{path}: {error}") from None
    except OSError as error:
        raise Unreadable(f"{path} or temporary files: {error.strerror or error}") from None
    return report


class _Run:
    def __init__(self, tar: Tar, report: BundleReport, keys: Sequence[Key], ids: Spool) -> None:
        self._tar, self._report, self._given, self._ids = tar, report, keys, ids
        self._named: dict[str, File] = {}  # All but proofs and tiles.
        self._kinds: set[str] = set()  # Folders that there are.
        self._positions = Positions()
        self._hashes = Hashes(self._positions)
        self._sections = Sections(report.findings, report.malformed)
        self._only_cited: list[bool] = []  # By range.
        self._time = ""  # Of the checkpoint's last leaf, if that is in the bundle.

    def run(self, since: Kept | None, origin: str, progress: Callable[[int, int], None]) -> None:
        with contextlib.closing(self._hashes), contextlib.closing(self._sections):
            if not self._index():
                return
            note = self._text("checkpoint", NOTE_BYTES)
            try:
                self._report.checkpoint = checkpoint = parse_checkpoint(note)
            except Malformed as error:
                self._add("checkpoint", error)
                return
            self._read_positions(checkpoint)
            self._check_keys_file()
            leaves = Leaves(checkpoint.origin, self._ids, self._malformed)
            self._report.missing, self._report.forgotten = leaves.missing, leaves.forgotten
            self._take_leaves(leaves, progress)
            leaves.find_twice()
            self._check_time(checkpoint)
            roots = self._check_tree(note, checkpoint, since)
            self._check_sections()
            self._check_policies()
            self._check_manifest(checkpoint)
            self._check_signatures(checkpoint, leaves, origin)
            self._check_consistency(checkpoint, leaves, since, roots)
            if not self._report.findings.count:
                self._conclude()

    def _add(self, file: str, what: object, position: int | None = None, line: int = 0) -> None:
        self._report.findings.add(file, position, f"line {line}" if line else "", what)

    def _malformed(self, position: int, column: str, what: object) -> None:
        rank = self._positions.rank(position) or 0
        named = str(what) if column == "leaf" else f"{column} {what}"
        self._report.malformed.add(leaves_file(rank // LINES), position, f"line {rank % LINES + 1}", named)

    def _index(self) -> bool:
        """Whether the tar is one, and holds what every bundle does."""
        place = 0
        try:
            for file in self._tar.index():
                found = next((i for i, form in enumerate(_ORDER) if form.fullmatch(file.name)), None)
                if found is None:
                    self._add(file.name, "is no file of a bundle")
                elif found < place:
                    self._add(file.name, "stands out of order")
                place = max(place, found or 0)
                folder = file.name.partition("/")[0]
                self._kinds.add(folder)
                if folder in ("proofs", "tiles"):
                    continue
                if self._named.setdefault(file.name, file) is not file:
                    self._add(file.name, "stands twice in the tar")
                if len(self._named) > _NAMED:
                    raise Malformed(f"holds more than {_NAMED:,} files besides proofs and tiles")
        except Malformed as error:
            self._add("tar", error)
            return False
        for name in _ALWAYS:
            if name not in self._named:
                self._add(name, "is missing")
        return "checkpoint" in self._named

    def _text(self, name: str, most: int) -> bytes:
        """A small file; a finding and nothing where it is too long, nothing where it is missing."""
        try:
            return self._tar.read(self._named[name], most) if name in self._named else b""
        except Malformed as error:
            self._add(name, error)
            return b""

    def _below(self, start: str) -> list[File]:
        return [file for name, file in self._named.items() if name.startswith(start)]

    def _files(self, start: str) -> Iterator[File]:
        return (file for file in self._tar.files() if file.name.startswith(start))

    def _read_positions(self, checkpoint: Checkpoint) -> None:
        files = self._below("positions")
        if sum(file.size for file in files) > _POSITIONS_BYTES:
            raise Malformed("names more ranges than this verifier takes: export shorter ranges")
        try:
            for line in lines_of(self._tar, files, 64):
                try:
                    self._positions.add_line(line.data)
                except Malformed as error:
                    self._add("positions", error, line=line.number)
        except BrokenLine as error:
            self._add("positions", error, line=error.number)
        if self._positions.lasts and self._positions.lasts[-1] >= checkpoint.size:
            self._add("positions", "goes beyond the checkpoint")
        self._only_cited = [True] * len(self._positions.firsts)
        self._report.ranges = self._positions.ranges()

    def _check_keys_file(self) -> None:
        lines = self._text("keys", NOTE_BYTES).split(b"\n")
        if lines.pop():
            self._add("keys", "has no line feed at its end", line=len(lines) + 1)
        for number, line in enumerate(lines, 1):
            try:
                parse_vkey(line.decode())
            except (Malformed, UnicodeDecodeError):
                self._add("keys", "is no verifier key", line=number)

    def _take_leaves(self, leaves: Leaves, progress: Callable[[int, int], None]) -> None:
        lines, expected = lines_of(self._tar, self._below("leaves/"), LEAF_BYTES), ""
        position = None
        try:
            for position, number in self._positions.each():
                line = next(lines, None)
                if line is None:
                    self._add("leaves/", "is missing, and all after it", position)
                    return
                if self._hashes.count % LINES == 0:
                    expected = leaves_file(self._hashes.count // LINES)
                if line.file != expected:
                    self._add(line.file, f"holds what belongs into {expected}", position, line.number)
                    expected = line.file  # Named once.
                self._take_leaf(leaves, position, number, line)
                if self._hashes.count % 1000 == 0:
                    progress(self._hashes.count, self._positions.count)
            position = None
            if (more := next(lines, None)) is not None:
                self._add(more.file, "stands after all that `positions` names", line=more.number)
        except BrokenLine as error:
            self._add(error.file, error, position, error.number)

    def _take_leaf(self, leaves: Leaves, position: int, number: int, line: Line) -> None:
        hashed = leaf_hash(line.data)
        self._hashes.add(hashed)
        self._report.leaves += 1
        leaf, told = leaves.see(position, hashed, line.data)
        if leaf is None or leaf.type not in _CITED:
            self._only_cited[number] = False
        if leaf is None:
            return
        self._sections.see(position, leaf, told)
        checkpoint, digest = self._report.checkpoint, leaf.facts.get("policy_digest")
        if checkpoint and position == checkpoint.size - 1:
            self._time = leaf.time
        if is_digest(digest):
            self._report.policies.add(from_base64(digest).hex())
        if told and len(self._report.gaps) < MOST:
            self._report.gaps += _gaps_of(position, leaf)

    def _check_time(self, checkpoint: Checkpoint) -> None:
        times = self._tar.times
        if len(times) > 1:
            self._add("tar", "its files are not all of one time")
        last = datetime.datetime.fromisoformat(self._time) if self._time else None
        if checkpoint.size == 0:
            last = datetime.datetime.fromtimestamp(0, datetime.UTC)
        if last and times - {int(last.replace(microsecond=0).timestamp())}:
            self._add("tar", "its files are not of the time of the checkpoint's last leaf")

    def _check_tree(self, note: bytes, checkpoint: Checkpoint, since: Kept | None) -> dict[int, bytes]:
        """The roots at the sizes that an older checkpoint may have, as far as tiles tell."""
        roots = {since.checkpoint.size: b""} if since else {}
        with contextlib.suppress(Malformed):  # Which _check_consistency names.
            roots[parse_consistency(self._text("consistency", CONSISTENCY_BYTES))[0]] = b""
        if "tiles" in self._kinds:
            if "proofs" in self._kinds:
                self._add("proofs/", "stands beside tiles")
            tiles = Tiles(self._tar, checkpoint, self._hashes, self._report.findings)
            with contextlib.closing(tiles):
                tiles.check(self._files("tiles/"), roots)
            return roots
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            self._add("checkpoint", "is not of an empty ledger")
        check_proofs(self._tar, self._files("proofs/"), note, checkpoint, self._hashes, self._report.findings)
        return {}

    def _check_sections(self) -> None:
        for kind, take in (("sections", self._sections.show), ("withheld", self._sections.withhold)):
            files = self._below(kind + ".")
            for number, file in enumerate(files):
                if file.name != (f"{kind}.{number:06}.ndjson" if number else f"{kind}.ndjson"):
                    self._add(file.name, "is not the next of its files")
            take(lines_of(self._tar, files, LINE_BYTES))
        self._sections.name_missing()
        self._report.shown, self._report.withheld = self._sections.shown, dict(self._sections.withheld)

    def _check_policies(self) -> None:
        for file in self._below("policies/"):
            if file.name != "policies/" + file.sha256.hex():
                self._add(file.name, "is not the file of that digest")
        held = {file.sha256.hex() for file in self._below("policies/")}
        self._report.policies_missing = sorted(self._report.policies - held)

    def _check_manifest(self, checkpoint: Checkpoint) -> None:
        if "manifest.json" not in self._named:
            return
        files, ranges = _SaidFiles(self._tar, self._report.findings), Positions()
        try:
            said = parse_manifest(self._tar.chunks(self._named["manifest.json"]), files.take, ranges.add)
        except Malformed as error:
            self._add("manifest.json", error)
            return
        files.end()
        self._report.manifest = said
        if (said.ledger, said.size, said.root) != (checkpoint.origin, checkpoint.size, checkpoint.root):
            self._add("manifest.json", "is about another checkpoint")
        if (ranges.firsts, ranges.lasts) != (self._positions.firsts, self._positions.lasts):
            self._add("manifest.json", "says other ranges than `positions`")
        withheld = sum(self._report.withheld.values())
        if said.counts != {"leaves": self._report.leaves, "sections": self._report.shown, "withheld": withheld}:
            self._add("manifest.json", "counts other leaves, sections or withheld sections than there are")

    def _check_signatures(self, checkpoint: Checkpoint, leaves: Leaves, origin: str) -> None:
        followed = leaves.keys.follow(self._given)
        try:
            if origin and checkpoint.origin != origin:
                raise Malformed("is of another ledger than expected")
            signer = checkpoint.signer(followed)
            if not leaves.keys.allowed([signer], checkpoint.size):
                raise Malformed("is signed by a key that the ledger does not allow at that size")
        except Malformed as error:
            self._add("checkpoint", error)
        else:
            self._report.signer = signer
            handed = "a key that you gave handed on to it, as leaves of this bundle prove"
            self._report.believed.append((signer, "you gave it" if signer in self._given else handed))
        try:
            self._report.believed += self._bundle_key(checkpoint, leaves)
        except Malformed as error:
            self._add("manifest.sig", error)

    def _bundle_key(self, checkpoint: Checkpoint, leaves: Leaves) -> list[tuple[Key, str]]:
        if not {"manifest.json", "manifest.sig"} <= self._named.keys():
            return []  # Which _index named.
        note = parse_note(self._text("manifest.sig", NOTE_BYTES))
        if note.text != manifest_text(checkpoint, self._named["manifest.json"].sha256):
            raise Malformed("is not over this manifest")
        name = checkpoint.origin + "/bundle"
        given = [key for key in self._given if key.name == name]
        why = {key: "you gave it" for key in leaves.keys.allowed(given, checkpoint.size)}
        for key, position in leaves.keys.announced_at(name, checkpoint.size):
            why.setdefault(key, f"leaf {position:,} of this bundle announces it for bundles")
        if not why:
            raise Malformed("no leaf of this bundle announces a key for bundles that holds at this size")
        signer = note.signer(list(why))
        if signer is None:
            raise Malformed("is not signed by a key for bundles that holds at this size")
        return [(signer, why[signer])]

    def _check_consistency(
        self, checkpoint: Checkpoint, leaves: Leaves, since: Kept | None, roots: dict[int, bytes]
    ) -> None:
        old, path = None, list[bytes]()
        if "consistency" in self._named:
            try:
                old, path = parse_consistency(self._text("consistency", CONSISTENCY_BYTES))
                self._check_path(checkpoint, old, path, roots.get(old, b""))
            except Malformed as error:
                self._add("consistency", error)
        if since is None:
            return
        older = since.checkpoint
        try:
            if older.origin != checkpoint.origin:
                raise Malformed(f"is of another ledger than {since.name}")
            # A good signature over the tree vouches for all keys that its leaves announce.
            vouched = [] if self._report.findings.count else leaves.keys.announced()
            signer = older.signer([*leaves.keys.follow(self._given), *vouched])
            if not leaves.keys.allowed([signer], older.size):
                raise Malformed("is signed by a key that the ledger does not allow at that size")
            root = roots.get(older.size, b"")
            self._check_continued(checkpoint, older, root, path if old == older.size else None)
        except Malformed as error:
            self._add("checkpoint", f"{since.name}: {error}")
        else:
            self._report.since = older

    @staticmethod
    def _check_path(checkpoint: Checkpoint, old: int, path: list[bytes], root: bytes) -> None:
        """Without the older root, the path must lead to the new one where it can be told."""
        if root and old:
            right = is_consistent(old, checkpoint.size, path, root, checkpoint.root)
        elif old in (0, checkpoint.size):
            right = not path
        elif old & (old - 1) == 0:
            right = bool(path) and old < checkpoint.size
        else:
            found = consistency_roots(old, checkpoint.size, path) if old < checkpoint.size else None
            right = found is not None and found[1] == checkpoint.root
        if not right:
            raise Malformed("does not lead to the checkpoint")

    @staticmethod
    def _check_continued(newer: Checkpoint, older: Checkpoint, root: bytes, path: list[bytes] | None) -> None:
        if older.size > newer.size:
            raise Malformed("is of a larger size: the ledger lost its end")
        if older.size == newer.size:
            if older.root != newer.root:
                raise Malformed("is of the same size and has another root: there are two histories")
        elif root:
            if older.root != root:
                raise Malformed("is of another history")
        elif older.size:
            if path is None:
                raise Malformed("nothing proves that it was continued: export with its size")
            if not is_consistent(older.size, newer.size, path, older.root, newer.root):
                raise Malformed("is of another history")

    def _conclude(self) -> None:
        report = self._report
        main, beside, many = None, 0, False
        for number, (first, last) in enumerate(report.ranges):
            if self._only_cited[number] and (main or number + 1 < len(report.ranges)):
                beside += last - first + 1
            else:
                many = main is not None
                main = main or (first, last)
            if many:
                break
        if main is None or many or "tiles" not in self._kinds:
            report.complete = f"not provable ({_SELECTION if main else 'there are no leaves'})"
            return
        missing = (
            (report.missing.calls, "calls that producers numbered and that never came"),
            (report.missing.outcomes, "outcomes that were due and never came"),
            (len(report.policies_missing), "policy sets that leaves name and that are not here"),
        )
        gaps = "; ".join(f"{count} {what}" for count, what in missing if count)
        span = f"[{main[0]}, {main[1] + 1})"
        besides = f", and {beside} leaves outside of it that it needs" if beside else ""
        report.whole = not gaps
        report.complete = f"whole range {span}{besides}"
        if gaps:
            report.complete = f"not complete (all leaves of {span} are there{besides}; missing: {gaps})"


def _gaps_of(position: int, leaf: Leaf) -> list[str]:
    """What the leaf calls missing; its facts have the right form."""
    facts = leaf.facts
    if leaf.type == "gap":
        at = f"leaf {position:,}: of {facts['producer']}, epoch {facts['epoch']}, "
        return [f"{at}the calls {one['first']} to {one['last']}" for one in facts["missing"]]
    if leaf.type == "outcome_missing":
        return [f"leaf {position:,}: the outcome of {facts.get('authorization', 'an authorization')}"]
    return []


class _SaidFiles:
    """Holds the files of the tar against those of the manifest, side by side while they agree."""

    def __init__(self, tar: Tar, findings: Findings) -> None:
        self._held = (file for file in tar.files() if file.name not in _UNSIGNED)
        self._findings = findings
        self._apart: tuple[dict[str, File], dict[str, File]] | None = None  # In the tar, in the manifest.

    def take(self, name: str, sha256: bytes, size: int) -> None:
        said = File(name, size, 0, sha256)
        if self._apart is None:
            held = next(self._held, None)
            if held is not None and held.name == name:
                self._compare(held, said)
                return
            self._apart = {}, {}
            if held is not None:
                self._apart[0][held.name] = held
        if len(self._apart[1]) < _NAMED and self._apart[1].setdefault(name, said) is not said:
            self._add(name, "stands twice in the manifest")

    def end(self) -> None:
        in_tar, in_manifest = self._apart or ({}, {})
        for file in self._held:
            if len(in_tar) < _NAMED:
                in_tar.setdefault(file.name, file)
        for name in sorted(in_tar.keys() - in_manifest.keys()):
            self._add(name, "is not in the manifest")
        for name in sorted(in_manifest.keys() - in_tar.keys()):
            self._add(name, "is in the manifest, but missing")
        order = [name for name in in_tar if name in in_manifest]
        for name, other in zip(order, (name for name in in_manifest if name in in_tar), strict=True):
            if name != other:
                self._add(name, "stands elsewhere in the manifest")
            self._compare(in_tar[name], in_manifest[name])

    def _compare(self, held: File, said: File) -> None:
        if (held.size, held.sha256) != (said.size, said.sha256):
            self._add(held.name, "is not what the manifest was signed over")

    def _add(self, name: str, what: str) -> None:
        self._findings.add(name, None, "", what)
