"""Audit bundles made for tests, from the paper; what is under test has no part in it but words and leaves."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from candor.merkle import leaf_hash
from candor.notes import Key
from candor.tiles import tiles_at
from tests.made import KEY, ORIGIN, first_leaf, id_of, leaf_of, note_of, public_of, root_of
from tests.test_parts import consistency_of, inclusion_of
from tests.test_parts import root_of as root_over

BUNDLER = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
BUNDLE_KEY = Key(ORIGIN + "/bundle", public_of(BUNDLER))
POLICY = b"package candor\n"
SECTIONS = {(2, "inputs"): b'{"a":"b"}', (2, "person"): b'{"who":"x"}', (2, "person.2"): b'{"who":"y"}'}
SECTIONS[3, "output"] = b'{"c":1}'
ERASED = {(2, "person"): b"k" * 32, (3, "output"): b"l" * 32}
OTHERS = {(2, "person.2"): "other_person"}
Files = list[tuple[str, bytes]]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def line(**members: Any) -> bytes:
    return json.dumps(members, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def salt_of(name: str) -> bytes:
    return name.encode().ljust(32, b"s")


def commitments(position: int) -> dict[str, Any]:
    found = {}
    for (at, name), data in SECTIONS.items():
        if at == position:
            place = f"candor/section/v1\n{ORIGIN}\n{id_of(at)}\n{name}\n".encode()
            found[name] = {"c": b64(hmac.digest(salt_of(name), place + data, "sha256"))}
    return {"sections": found}


def items() -> dict[tuple[int, str], bytes]:
    return {key: hmac.digest(k, f"{id_of(key[0])}\n{key[1]}".encode(), "sha256") for key, k in ERASED.items()}


def announcing(**facts: Any) -> bytes:
    return leaf_of(1, "key", {"change": "announced", "from": 2, "vkey": BUNDLE_KEY.vkey} | facts)


def ledger(more: Sequence[bytes] = ()) -> list[bytes]:
    """Leaf 2 and 3 have sections, some of which the erasure at 5 destroyed; `more` begins at position 6."""
    hashes = [leaf_hash(item) for item in sorted(items().values())]
    return [
        first_leaf(),
        announcing(),
        leaf_of(2, "authorization", {"policy_digest": b64(hashlib.sha256(POLICY).digest())}, **commitments(2)),
        leaf_of(3, "outcome", **commitments(3)),
        leaf_of(4),
        leaf_of(5, "erasure", {"items": len(hashes), "root": b64(root_over(hashes))}),
        *more,
    ]


def withheld_of(position: int, name: str) -> bytes:
    key, members = (position, name), {"leaf": id_of(position), "section": name}
    if key not in ERASED:
        return line(reason=OTHERS[key], **members)
    ordered = sorted(items().values())
    index = ordered.index(items()[key])
    proof = [b64(one) for one in inclusion_of(index, [leaf_hash(item) for item in ordered])]
    erasure = {"index": index, "k": b64(ERASED[key]), "position": 5, "proof": proof}
    return line(erasure=erasure, reason="erased", **members)


def proof_of(leaves: Sequence[bytes], position: int) -> bytes:
    path = inclusion_of(position, [leaf_hash(leaf) for leaf in leaves])
    lines = ["c2sp.org/tlog-proof@v1", f"index {position}", *map(b64, path), "", ""]
    return "\n".join(lines).encode() + note_of(leaves)


def consistency(leaves: Sequence[bytes], old: int) -> bytes:
    path = consistency_of(old, [leaf_hash(leaf) for leaf in leaves])
    return f"old {old}\n".encode() + b"".join(b64(one).encode() + b"\n" for one in path)


def tiles(leaves: Sequence[bytes]) -> Files:
    hashes, files = [leaf_hash(leaf) for leaf in leaves], []
    for tile in tiles_at(len(leaves)):
        span = 256**tile.level
        starts = range(tile.number * 256 * span, (tile.number * 256 + tile.width) * span, span)
        data = b"".join(root_over(hashes[i : i + span]) for i in starts)
        files.append((tile.path.replace("tile/", "tiles/"), data))
    return files


@dataclass(frozen=True)
class Bundle:
    """What is in a bundle; `files` are all but the manifest and its signature."""

    leaves: list[bytes]  # Of the whole ledger.
    ranges: list[tuple[int, int]]
    files: Files
    said: dict[str, Any] = field(default_factory=dict)  # Other members of the manifest.
    signer: Ed25519PrivateKey = BUNDLER
    time: int | None = None

    def signed(self) -> Files:
        root, size = b64(root_of(self.leaves)), len(self.leaves)
        listed = [{"name": n, "sha256": hashlib.sha256(d).hexdigest(), "size": len(d)} for n, d in self.files]

        def count(start: str) -> int:
            return sum(data.count(b"\n") for name, data in self.files if name.startswith(start))

        manifest = {
            "asked": {"by": "auditor_1", "grant": "grant-1", "what": "all leaves"},
            "checkpoint": {"root": root, "size": size},
            "counts": {"leaves": count("leaves/"), "sections": count("sections."), "withheld": count("withheld.")},
            "files": listed,
            "ledger": ORIGIN,
            "ranges": [{"first": first, "last": last} for first, last in self.ranges],
            "v": 1,
        } | self.said
        data = line(**manifest)[:-1]
        digest = b64(hashlib.sha256(data).digest())
        text = f"candor/bundle-manifest/v1\n{ORIGIN}\n{size}\n{root}\n{digest}\n".encode()
        signature = b64(BUNDLE_KEY.id + self.signer.sign(text))
        note = text + f"\n\u2014 {BUNDLE_KEY.name} {signature}\n".encode()
        return [*self.files, ("manifest.json", data), ("manifest.sig", note)]

    def tar(self) -> bytes:
        return tar_of(self.signed(), self.mtime())

    def mtime(self) -> int:
        last = 1767312000 + len(self.leaves) - 1 if self.leaves else 0
        return last if self.time is None else self.time

    def with_file(self, name: str, change: Callable[[bytes], bytes]) -> "Bundle":
        return replace(self, files=[(n, change(d) if n == name else d) for n, d in self.files])


def header(name: bytes, size: int, time: int, /, **other: bytes) -> bytes:
    """`other`: fields with other bytes, before the checksum is made; `checksum` itself."""
    fields = {
        "name": name.ljust(100, b"\0"), "mode": b"0000644\0", "uid": b"0000000\0", "gid": b"0000000\0",
        "size": b"%011o\0" % size, "time": b"%011o\0" % time, "checksum": b" " * 8, "type": b"0", "link": bytes(100),
        "magic": b"ustar\x0000", "owner": bytes(32), "group": bytes(32), "major": b"0000000\0", "minor": b"0000000\0",
        "prefix": bytes(155), "rest": bytes(12),
    }  # fmt: skip
    fields |= {field: value.ljust(len(fields[field]), b"\0") for field, value in other.items() if field != "checksum"}
    fields["checksum"] = other.get("checksum", b"%06o\0 " % sum(b"".join(fields.values())))
    return b"".join(fields.values())


def tar_of(files: Files, time: int, /, **other: bytes) -> bytes:
    """`other` is for the header of the third file."""
    parts = []
    for number, (name, data) in enumerate(files):
        head = header(name.encode(), len(data), time, **(other if number == 2 else {}))
        parts += [head, data, bytes(-len(data) % 512)]
    return b"".join(parts) + bytes(1024)


def bundle(leaves: list[bytes], ranges: list[tuple[int, int]] | None = None, old: int | None = None) -> Bundle:
    """The whole range by tiles, or these ranges by a proof each."""
    spans = ranges or ([(0, len(leaves) - 1)] if leaves else [])
    positions = [position for first, last in spans for position in range(first, last + 1)]
    named = [(position, name) for position, name in sorted(SECTIONS) if position in positions]
    shown = [(at, name) for at, name in named if (at, name) not in ERASED and (at, name) not in OTHERS]
    files: Files = [
        ("checkpoint", note_of(leaves)),
        ("keys", f"{KEY.vkey}\n{BUNDLE_KEY.vkey}\n".encode()),
        ("positions", b"".join(b"%d-%d\n" % span for span in spans)),
    ]
    if positions:
        files.append(("leaves/000000.ndjson", b"".join(leaves[position] + b"\n" for position in positions)))
    files += [(f"proofs/{at}.tlog-proof", proof_of(leaves, at)) for at in positions] if ranges else tiles(leaves)
    if old is not None:
        files.append(("consistency", consistency(leaves, old)))
    lines = [
        line(bytes=b64(SECTIONS[at, name]), leaf=id_of(at), salt=b64(salt_of(name)), section=name) for at, name in shown
    ]
    files.append(("sections.ndjson", b"".join(lines)))
    files.append(("withheld.ndjson", b"".join(withheld_of(*one) for one in named if one not in shown)))
    files.append(("policies/" + hashlib.sha256(POLICY).hexdigest(), POLICY))
    files.append(("report/index.html", b"<!doctype html>" + b"x" * 200))
    return Bundle(leaves, spans, files)

