"""Receipts: a leaf and the proof that it is in a signed ledger (sections 5 and 9.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from candor.finding import Findings
from candor.leaf import Leaf, parse_leaf
from candor.merkle import PATH_HASHES, is_included, leaf_hash
from candor.notes import NOTE_BYTES, Checkpoint, Key, parse_checkpoint
from candor.words import Malformed, from_base64, size_of

PROOF_BYTES = NOTE_BYTES + 8192
CONSISTENCY_BYTES = 8192
_HEAD = b"c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class Proof:
    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint


def parse_proof(data: bytes) -> Proof:
    """Reads a text of c2sp.org/tlog-proof; verifies nothing. Raises Malformed."""
    head, blank, note = data[:PROOF_BYTES].partition(b"\n\n")
    if len(data) > PROOF_BYTES or not blank:
        raise Malformed("has no blank line before its checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("is not ASCII before its checkpoint") from None
    if lines[0].encode() != _HEAD or len(lines) < 2 or not lines[1].startswith("index "):
        raise Malformed("does not begin as a proof does")
    if len(lines) - 2 > PATH_HASHES:
        raise Malformed(f"has more than {PATH_HASHES} hashes")
    path = tuple(from_base64(line, 32) for line in lines[2:])
    return Proof(size_of(lines[1].removeprefix("index ")), path, parse_checkpoint(note))


def parse_consistency(data: bytes) -> tuple[int, list[bytes]]:
    """The older size and the path of a consistency proof. Raises Malformed."""
    try:
        lines = data[: CONSISTENCY_BYTES + 1].decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("has a proof that is not ASCII") from None
    if not lines[0].startswith("old ") or lines[-1] or len(lines) - 2 > PATH_HASHES or len(data) > CONSISTENCY_BYTES:
        raise Malformed("has a proof that is not `old <size>` and at most 64 lines of hashes")
    return size_of(lines[0].removeprefix("old ")), [from_base64(line, 32) for line in lines[1:-1]]


@dataclass
class ReceiptVerdict:
    findings: Findings = field(default_factory=Findings)
    malformed: Findings = field(default_factory=Findings)
    leaf: Leaf | None = None  # Where it can be read.
    proof: Proof | None = None  # Where it can be read.
    signer: Key | None = None  # Where the signature is good.


def verify_receipt(leaf: bytes, proof: bytes, keys: Sequence[Key], origin: str = "") -> ReceiptVerdict:
    """Verifies a receipt; `origin` is the ledger it must be of, by default that of the keys."""
    verdict = ReceiptVerdict()
    try:
        verdict.leaf = parse_leaf(leaf)
    except Malformed as error:
        verdict.malformed.add("receipt", None, "leaf", error)
    try:
        verdict.proof = found = parse_proof(proof)
    except Malformed as error:
        verdict.findings.add("receipt", None, "proof", error)
        return verdict
    try:
        if origin and found.checkpoint.origin != origin:
            raise Malformed("is of another ledger than expected")
        verdict.signer = found.checkpoint.signer(keys)
    except Malformed as error:
        verdict.findings.add("checkpoint", None, "note", error)
    if not is_included(leaf_hash(leaf), found.index, found.checkpoint.size, found.path, found.checkpoint.root):
        verdict.findings.add("receipt", found.index, "proof", "does not lead from the leaf to the signed root")
    if verdict.leaf and verdict.signer and verdict.leaf.ledger != found.checkpoint.origin:
        verdict.malformed.add("receipt", found.index, "ledger", "is not that of the checkpoint")
    return verdict
