"""The commands of candor.verify: what is read, and what is said about it."""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

from candor.bundle import BundleReport, verify_bundle
from candor.explanation import FILE_BYTES, parse_explanation, verify_explanation
from candor.ledger import Kept, verify_ledger
from candor.merkle import is_consistent
from candor.notes import NOTE_BYTES, Checkpoint, Key, parse_checkpoint, parse_vkey
from candor.receipt import CONSISTENCY_BYTES, PROOF_BYTES, parse_consistency, parse_proof, verify_receipt
from candor.tiles import Unreadable, read_file
from candor.verdict import PRINTED, UNREADABLE, Verdict, number, printable
from candor.words import Malformed, to_base64

_LEAF_FILE_BYTES = 1 << 20
_KEY_FILE_BYTES = 1 << 16
_RECEIPTS = 100_000
_COMMANDS = ("receipt", "explanation", "checkpoint", "bundle", "ledger")


def run(words: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if words is None else words)
    if words and words[0] not in _COMMANDS and not words[0].startswith("-"):
        words.insert(0, "bundle")
    flags = _parser().parse_args(words)
    try:
        verdict: Verdict = flags.run(flags)
        return verdict.print(flags.json)
    except Unreadable as error:
        print("error: " + printable(str(error)), file=sys.stderr)
        return UNREADABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="candor.verify",
        description="Verify a receipt, a checkpoint, an audit bundle or a ledger, offline",
        epilog="Exit status: 0 intact; 1 not intact; 2 what it needs could not be read.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    receipt = commands.add_parser("receipt", help="verify a receipt: a leaf and its proof")
    receipt.set_defaults(run=_receipt)
    receipt.add_argument("leaf", metavar="LEAF_FILE", help="the leaf, <id>.leaf.json")
    receipt.add_argument("proof", metavar="PROOF_FILE", help="its proof, <id>.tlog-proof")

    help_text = "verify what a person was told: its leaves, its sections, and each value shown"
    explanation = commands.add_parser("explanation", help=help_text)
    explanation.set_defaults(run=_explanation)
    explanation.add_argument("file", metavar="FILE", help="the proof file of a page")

    checkpoint = commands.add_parser("checkpoint", help="verify a checkpoint, and that it continues an older one")
    checkpoint.set_defaults(run=_checkpoint)
    checkpoint.add_argument("checkpoint", metavar="FILE", help="the checkpoint")
    checkpoint.add_argument("--older", metavar="FILE", help="an older checkpoint that it must continue")
    help_text = "the proof of that: `old <size>`, then a hash in base64 a line"
    checkpoint.add_argument("--consistency", metavar="FILE", help=help_text)

    bundle = commands.add_parser("bundle", help="verify an audit bundle; without the word `bundle`, too")
    bundle.set_defaults(run=_bundle)
    bundle.add_argument("bundle", metavar="BUNDLE", help="the bundle, a tar file")
    bundle.add_argument("--since", metavar="FILE", help="an older checkpoint that the ledger must continue")

    ledger = commands.add_parser("ledger", help="verify a whole ledger in a folder: every leaf, tile and checkpoint")
    ledger.set_defaults(run=_ledger)
    ledger.add_argument("folder", metavar="DIR", help="holds `checkpoint`, `tile/…` and `tile/entries/…`")
    help_text = "a checkpoint kept elsewhere, that the ledger must continue; may repeat"
    ledger.add_argument("--checkpoint", metavar="FILE", action="append", default=[], help=help_text)
    help_text = "folder of receipts, <id>.leaf.json and <id>.tlog-proof, that must be in the ledger"
    ledger.add_argument("--receipts", metavar="DIR", help=help_text)

    for command in (receipt, explanation, checkpoint, bundle, ledger):
        help_text = "key that the ledger signs with: name+id+base64; may repeat"
        command.add_argument("--vkey", action="append", default=[], help=help_text)
        command.add_argument("--vkey-file", metavar="FILE", help="file of such keys, one a line")
        command.add_argument("--origin", default="", help="the ledger it must be of; default that of the key")
        command.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


def _read(path: str, most: int) -> bytes:
    try:
        return read_file(path, most)
    except FileNotFoundError:
        raise Unreadable(f"{path}: is not there") from None
    except Malformed as error:
        raise Unreadable(f"{path}: {error}") from None


def _keys(flags: argparse.Namespace) -> list[Key]:
    texts = list(flags.vkey)
    try:
        if flags.vkey_file:
            texts += [line for line in _read(flags.vkey_file, _KEY_FILE_BYTES).decode().split("\n") if line]
        keys = [parse_vkey(text) for text in texts]
    except (UnicodeDecodeError, Malformed):
        raise Unreadable("--vkey: a key is name+8 digits+base64, as it was written at the ledger's start") from None
    if not keys:
        raise Unreadable("no key to verify with: give --vkey or --vkey-file, from somewhere you trust")
    return keys


def _kept(path: str) -> Kept:
    try:
        return Kept(path, parse_checkpoint(_read(path, NOTE_BYTES)))
    except Malformed as error:
        raise Unreadable(f"{path}: is not a checkpoint: it {error}") from None


def _receipt(flags: argparse.Namespace) -> Verdict:
    found = verify_receipt(
        _read(flags.leaf, _LEAF_FILE_BYTES), _read(flags.proof, PROOF_BYTES), _keys(flags), flags.origin
    )
    verdict = Verdict(findings=found.findings, malformed=found.malformed)
    leaf, proof = found.leaf, found.proof
    if leaf:
        verdict.about += [("leaf", f"{leaf.type} {leaf.id}"), ("time", leaf.time), ("ledger", leaf.ledger)]
        verdict.json |= {"leaf_id": leaf.id, "type": leaf.type, "time": leaf.time, "ledger": leaf.ledger}
    if proof:
        verdict.about.append(("position", str(proof.index)))
        verdict.json["position"] = number(proof.index)
        verdict.intact = f"leaf {proof.index} hashes into the signed checkpoint of size {proof.checkpoint.size}"
    if proof and found.signer:
        verdict.describe(proof.checkpoint, found.signer)
    verdict.not_provable("a receipt shows that one leaf is there, not that none was left out")
    return verdict


def _explanation(flags: argparse.Namespace) -> Verdict:
    keys = _keys(flags)
    try:
        found = verify_explanation(parse_explanation(_read(flags.file, FILE_BYTES)), keys, flags.origin)
    except Malformed as error:
        raise Unreadable(f"{flags.file}: {error}") from None
    counts = {
        "leaves": len(found.leaves),
        "sections_shown": found.shown,
        "sections_withheld": found.withheld,
        "values_compared": found.compared,
    }
    verdict = Verdict(findings=found.findings, malformed=found.malformed)
    verdict.about += [("decision", found.decision), *((name.replace("_", " "), str(n)) for name, n in counts.items())]
    verdict.json |= {"decision": found.decision} | counts
    verdict.intact = (
        f"{len(found.leaves)} leaves hash into signed checkpoints, {found.shown} sections are those they commit to, "
        "and each value shown stands there"
    )
    verdict.not_provable("plain words are the tenant's own, and leaves may have been left out")
    return verdict


def _checkpoint(flags: argparse.Namespace) -> Verdict:
    keys, verdict = _keys(flags), Verdict()
    verdict.not_provable("a checkpoint holds no leaves")
    data = _read(flags.checkpoint, NOTE_BYTES)
    older = _kept(flags.older).checkpoint if flags.older else None
    if flags.consistency and not older:
        raise Unreadable("--consistency: goes with --older")
    try:
        newer = parse_checkpoint(data)
        verdict.describe(newer, _signer(newer, keys, flags.origin))
    except Malformed as error:
        verdict.findings.add("checkpoint", None, "note", error)
        return verdict
    verdict.intact = f"size {newer.size} is signed"
    if older:
        verdict.intact += f" and continues size {older.size}"
        try:
            _signer(older, keys, newer.origin)
            _check_consistency(older, newer, flags)
        except Malformed as error:
            verdict.findings.add("checkpoint", None, "consistency", f"{flags.older}: {error}")
    return verdict


def _signer(checkpoint: Checkpoint, keys: Sequence[Key], origin: str) -> Key:
    if origin and checkpoint.origin != origin:
        raise Malformed("is of another ledger than expected")
    return checkpoint.signer(keys)


def _check_consistency(older: Checkpoint, newer: Checkpoint, flags: argparse.Namespace) -> None:
    if older.size > newer.size:
        raise Malformed("is larger: the ledger lost its end")
    if older.size == 0:
        return
    path: list[bytes] = []
    if flags.consistency:
        size, path = parse_consistency(_read(flags.consistency, CONSISTENCY_BYTES))
        if size != older.size:
            raise Malformed("has a proof that is of another size")
    elif older.size < newer.size:
        raise Unreadable("how does it continue the older one? give --consistency")
    if not is_consistent(older.size, newer.size, path, older.root, newer.root):
        raise Malformed("is of another history, or the proof is not of these two")


def _bundle(flags: argparse.Namespace) -> Verdict:
    keys, since = _keys(flags), _kept(flags.since) if flags.since else None
    report = verify_bundle(flags.bundle, keys, since, flags.origin, _progress)
    verdict = Verdict(findings=report.findings, malformed=report.malformed, complete=report.complete, whole=report.whole)
    _describe_bundle(report, verdict)
    if report.checkpoint and report.signer:
        verdict.describe(report.checkpoint, report.signer)
    for key, why in report.believed:
        name = f"{key.name}+{key.id.hex()}"
        verdict.about.append(("believed", f"{name}: {why}"))
    verdict.json["believed"] = [{"key": key.vkey, "why": why} for key, why in report.believed]
    if report.since:
        verdict.about.append(("since", f"the checkpoint of size {report.since.size:,} is continued"))
        verdict.json["since_size"] = number(report.since.size)
    size = report.checkpoint.size if report.checkpoint else 0
    verdict.intact = (
        f"each of {report.leaves:,} leaves hashes into the signed checkpoint of size {size:,}, "
        "and each section shown is what its leaf committed to"
    )
    return verdict


def _describe_bundle(report: BundleReport, verdict: Verdict) -> None:
    if report.manifest:
        asked = report.manifest.asked
        grant = f", under the grant {asked['grant']}" if "grant" in asked else ""
        verdict.about += [("ledger", report.manifest.ledger), ("asked", asked["what"]), ("by", asked["by"] + grant)]
        verdict.json |= {"ledger": report.manifest.ledger, "asked": {"grant": ""} | asked}
    withheld = ", ".join(f"{count:,} {reason}" for reason, count in sorted(report.withheld.items()))
    found = len(report.policies) - len(report.policies_missing)
    verdict.about += [
        ("leaves", f"{report.leaves:,}{_ranges(report.ranges)}"),
        ("sections", f"{report.shown:,} shown, each held against its leaf"),
        ("withheld", withheld or "nothing"),
        ("policies", f"{found:,} of {len(report.policies):,} sets that leaves name are here"),
    ]
    verdict.json |= {
        "leaves": number(report.leaves),
        "sections_shown": number(report.shown),
        "sections_withheld": report.withheld,
        "policies_missing": report.policies_missing,
        "gaps": report.gaps,
    }
    verdict.describe_told(report.missing, report.forgotten)
    verdict.about += [("gap", text) for text in report.gaps[:PRINTED]]
    if len(report.gaps) > PRINTED:
        verdict.about.append(("gap", "and more; --json lists them"))


def _ranges(ranges: Sequence[tuple[int, int]]) -> str:
    if len(ranges) > 3:
        return f", at {len(ranges):,} ranges of positions, from {ranges[0][0]:,} to {ranges[-1][1]:,}"
    spans = ", ".join(f"{first:,}" + (f" to {last:,}" if last != first else "") for first, last in ranges)
    return f", at the positions {spans}" if spans else ""


def _receipts(folder: str) -> Iterator[tuple[str, bytes, bytes]]:
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.name.endswith(".leaf.json")]
    except OSError as error:
        raise Unreadable(f"{folder}: {error.strerror}") from None
    if len(names) > _RECEIPTS:
        raise Unreadable(f"{folder}: holds more than {_RECEIPTS:,} receipts")
    for name in sorted(names):
        path = os.path.join(folder, name)
        proof = path.removesuffix(".leaf.json") + ".tlog-proof"
        yield path, _read(path, _LEAF_FILE_BYTES), _read(proof, PROOF_BYTES)


def _kept_of_receipts(folder: str) -> Iterator[Kept]:
    for path, _, proof in _receipts(folder):
        with contextlib.suppress(Malformed):  # Which verifying the receipt names.
            yield Kept(path, parse_proof(proof).checkpoint)


def _ledger(flags: argparse.Namespace) -> Verdict:
    keys, verdict = _keys(flags), Verdict()
    kept = [_kept(path) for path in flags.checkpoint]
    if flags.receipts:
        kept += _kept_of_receipts(flags.receipts)
    report = verify_ledger(flags.folder, keys, kept, flags.origin, _progress)
    receipts = 0
    for path, leaf, proof in _receipts(flags.receipts) if flags.receipts else ():
        receipts += 1
        found = verify_receipt(leaf, proof, report.keys or keys, flags.origin)
        for into, of in ((verdict.findings, found.findings), (verdict.malformed, found.malformed)):
            for one in of.all():
                into.add(one.table, one.position, one.column, f"{path}: {one.what}")
    verdict.findings.extend(report.findings)
    verdict.malformed.extend(report.malformed)
    checked = f"leaves; chain; tree; every tile; checkpoint; {len(flags.checkpoint)} kept; {receipts} receipts"
    verdict.about += [
        ("ledger", report.checkpoint.origin if report.checkpoint else ""),
        ("leaves", f"{report.leaves:,} read and hashed"),
        ("chain", to_base64(report.chain)),
        ("checked", checked),
    ]
    verdict.describe_told(report.missing, report.forgotten)
    verdict.json |= {
        "ledger": report.checkpoint.origin if report.checkpoint else "",
        "leaves": number(report.leaves),
        "chain": to_base64(report.chain),
        "receipts": receipts,
    }
    if report.checkpoint and report.signer:
        verdict.describe(report.checkpoint, report.signer)
    if verdict.findings.count:
        verdict.not_provable("the ledger is not intact")
    else:
        verdict.whole = True
        verdict.intact = f"leaves [0, {report.leaves}) hash into the signed checkpoint"
        verdict.complete = f"whole range [0, {report.leaves})"
    return verdict


def _progress(done: int, size: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done:,} of {size:,} leaves", end="" if done < size else "\r\033[K", file=sys.stderr, flush=True)
