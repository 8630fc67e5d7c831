"""Public vectors, where they are at hand: those of the format, of RFC 6962's proofs, of C2SP's logs."""

import hashlib
import json
import os
import pathlib
import unittest
from collections.abc import Callable
from typing import Any

from candor import canonical, merkle, sections, words
from candor.leaf import Leaf, derived_request, parse_leaf
from candor.ledger import verify_ledger
from candor.notes import parse_checkpoint, parse_note, parse_vkey
from candor.receipt import verify_receipt
from candor.tiles import parse_bundle, path_of, tiles_at

VECTORS = pathlib.Path(os.environ.get("CANDOR_TEST_DATA", "/nonexistent")) / "vectors"


def read(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def accepts(check: Callable[[], object]) -> bool:
    try:
        return check() is not False
    except words.Malformed:
        return False


@unittest.skipUnless(VECTORS.is_dir(), "CANDOR_TEST_DATA names no folder with vectors/")
class Format(unittest.TestCase):
    def decide(self, cases: list[dict[str, Any]], check: Callable[[dict[str, Any]], object]) -> None:
        self.assertGreater(len(cases), 0)
        for case in cases:
            with self.subTest(case=str(case)[:300]):
                self.assertEqual(accepts(lambda case=case: check(case)), case["accept"])

    def test_canonical_json(self) -> None:
        def bytes_of(case: dict[str, Any]) -> bytes:
            if "hex" in case:
                return bytes.fromhex(case["hex"])
            parts = case.get("parts") or [{"text": case["text"], "times": 1}]
            return "".join(part["text"] * part["times"] for part in parts).encode()

        def check(case: dict[str, Any]) -> object:
            data = bytes_of(case)
            self.assertEqual(hashlib.sha256(data).hexdigest(), case["sha256"])
            return (canonical.decode_leaf if case["kind"] == "leaf" else canonical.decode_section)(data)

        self.decide(read("format/canonical.json")["cases"], check)

    def test_words(self) -> None:
        self.decide(read("format/codes.json")["cases"], lambda case: words.is_code(case["code"]))
        cases = read("format/time_and_ids.json")
        self.decide(cases["time"], lambda case: words.is_time(case["time"]))
        self.decide(cases["leaf_id"], lambda case: words.is_id(case["id"], (7,)))
        self.decide(cases["request_from_caller"], lambda case: words.is_id(case["id"], (4, 7)))
        self.decide(cases["origin"], lambda case: words.is_origin(case["origin"]))
        self.decide(cases["section_name"], lambda case: words.is_section_name(case["name"]))
        self.decide(cases["decimal"], lambda case: words.is_decimal(case["text"]))
        self.decide(cases["base64"], lambda case: words.from_base64(case["text"]))
        for case in cases["derived_request"]:
            self.assertEqual(derived_request(case["type"], case["after"]), case["request"])

    def test_leaves_chain_tree_and_every_proof(self) -> None:
        ledger = read("format/leaf_chain_tree.json")
        chain, tree = merkle.chain_start(ledger["origin"]), merkle.CompactRange()
        hashes = []
        for leaf, size in zip([None, *ledger["leaves"]], ledger["sizes"], strict=True):
            if leaf:
                parse_leaf(leaf["leaf"].encode())
                hashes.append(merkle.leaf_hash(leaf["leaf"].encode()))
                self.assertEqual(hashes[-1].hex(), leaf["leaf_hash"])
                tree.append(hashes[-1])
                chain = merkle.chain_next(chain, hashes[-1])
            self.assertEqual((chain.hex(), tree.root().hex()), (size["chain"], size["root"]))
            self.assertEqual([root.hex() for root in tree.roots], size["compact_range"])
        roots = [bytes.fromhex(size["root"]) for size in ledger["sizes"]]
        for case in ledger["inclusion"]:
            path = [words.from_base64(h, 32) for h in case["proof"]]
            index, size = case["index"], case["size"]
            self.assertTrue(merkle.is_included(hashes[index], index, size, path, roots[size]))
            for other in set(range(13)) - {index}:
                self.assertFalse(merkle.is_included(hashes[index], other, size, path, roots[size]))
        for case in ledger["consistency"]:
            path = [words.from_base64(h, 32) for h in case["proof"]]
            old, new = case["from"], case["to"]
            self.assertTrue(merkle.is_consistent(old, new, path, roots[old], roots[new]))
            self.assertFalse(merkle.is_consistent(old, new, [*path, roots[0]], roots[old], roots[new]))

    def test_checkpoints(self) -> None:
        cases = read("format/checkpoints.json")
        keys = [parse_vkey(cases["log"]["vkey"])]

        def check(case: dict[str, Any]) -> object:
            checkpoint = parse_checkpoint(case["note"].encode())
            return checkpoint.signer(keys) and checkpoint.origin == cases["origin"]

        self.decide(cases["cases"], check)
        self.decide([{"note": note, "accept": True} for note in cases["good"]], check)

    def test_receipts(self) -> None:
        folder = VECTORS / "format/receipts"
        cases = read("format/receipts/receipts.json")
        keys = [parse_vkey(cases["vkey"])]

        def check(leaf: bytes, proof: bytes) -> bool:
            return verify_receipt(leaf, proof, keys, cases["origin"]).findings.count == 0

        self.decide(cases["cases"], lambda case: check(case["leaf"].encode(), case["proof"].encode()))
        for path in folder.glob("*.leaf.json"):
            proof = path.with_name(path.name.replace(".leaf.json", ".tlog-proof"))
            self.assertTrue(check(path.read_bytes(), proof.read_bytes()), path)

    def test_tiles(self) -> None:
        cases = read("format/tiles/tiles.json")
        for case in cases["paths"]:
            self.assertEqual(path_of(str(case["level"]), case["index"], case["width"]), case["path"])
        for size in cases["sizes"]:
            tiles = [tile.path for tile in tiles_at(size["size"])]
            self.assertEqual(len(tiles), sum(level["full"] + (level["partial"] > 0) for level in size["levels"]))
            self.assertLessEqual({tile["path"] for tile in size["tiles"]}, set(tiles))

    def test_folders(self) -> None:
        key = parse_vkey(read("format/checkpoints.json")["log"]["vkey"])
        report = verify_ledger(str(VECTORS / "format/tiles/ledger"), [key])
        self.assertEqual((report.leaves, report.signer, report.findings.all()), (12, key, []))
        # Entries of this one are no leaves, so that none of them allows the key.
        key = parse_vkey(read("format/tiles/tiles.json")["log"]["vkey"])
        report = verify_ledger(str(VECTORS / "format/tiles/log"), [key])
        found = [str(one) for one in report.findings.all()]
        what = "checkpoint, note: is signed by a key that the ledger does not allow at that size"
        self.assertEqual((report.leaves, found), (300, [what]))

    def test_sections(self) -> None:
        cases = read("format/sections.json")
        origin, key = cases["origin"], bytes.fromhex(cases["data_key"])
        for case in cases["sections"]:
            where = sections.place(origin, case["leaf"], case["section"])
            self.assertEqual(sections.section_key(key, where).hex(), case["section_key"])
            opened = sections.open_sealed(words.from_base64(case["sealed"]), key, where)
            self.assertEqual(opened.salt.hex(), case["salt"])
            self.assertEqual(sections.commitment(opened.salt, where, opened.section).hex(), case["commitment"])

        def leaf_of(case: dict[str, Any]) -> Leaf:
            commitments = {case["section"]: words.to_base64(bytes.fromhex(case["commitment"]))}
            return Leaf(case["leaf"], origin, "", "", "", {}, (), commitments, None)

        def opens(case: dict[str, Any]) -> None:
            where = sections.place(origin, case["leaf"], case["section"])
            opened = sections.open_sealed(words.from_base64(case["sealed"]), key, where)
            sections.check_shown(leaf_of(case), case["section"], opened.salt, opened.section)

        def shows(case: dict[str, Any]) -> None:
            sections.check_shown(leaf_of(case), case["section"], bytes.fromhex(case["salt"]), case["bytes"].encode())

        self.decide(cases["open"], opens)
        self.decide(cases["show"], shows)

    def test_erasures(self) -> None:
        cases = read("format/erasure.json")
        for case in [*cases["erasures"], cases["ledger"]]:
            items = [sections.erasure_item(bytes.fromhex(i["k"]), i["leaf"], i["section"]) for i in case["items"]]
            self.assertEqual([item.hex() for item in items], [i["item"] for i in case["items"]])
            self.assertEqual(sections.erasure_root(items).hex(), case["root"])
            facts = {"items": case["count"], "root": case["root_base64"]}
            erasure = Leaf("", "", "", "", "erasure", facts, (), {}, None)
            for one in case["items"]:
                path = tuple(words.from_base64(h, 32) for h in one["proof"])
                shown = sections.Erased(bytes.fromhex(one["k"]), one["index"], path)
                leaf = Leaf(one["leaf"], "", "", "", "", {}, (), {}, None)
                self.assertTrue(sections.is_erased(leaf, one["section"], erasure, shown))
                self.assertFalse(sections.is_erased(leaf, "caller", erasure, shown))


def hashes_of(first: str, second: str, path: list[str] | None, size: int | None = None) -> list[bytes]:
    return [words.from_base64(one, size) for one in (first, second, *(path or ()))]


@unittest.skipUnless(VECTORS.is_dir(), "CANDOR_TEST_DATA names no folder with vectors/")
class Elsewhere(unittest.TestCase):
    def test_inclusion_proofs_of_transparency_dev(self) -> None:
        def holds(case: dict[str, Any]) -> bool:
            hashed, root, *path = hashes_of(case["leafHash"], case["root"], case["proof"], 32)
            return merkle.is_included(hashed, case["leafIdx"], case["treeSize"], path, root)

        self.check("merkle/inclusion", holds)

    def test_consistency_proofs_of_transparency_dev(self) -> None:
        def holds(case: dict[str, Any]) -> bool:
            old, new, *path = hashes_of(case["root1"], case["root2"], case["proof"])
            return merkle.is_consistent(case["size1"], case["size2"], path, old, new)

        self.check("merkle/consistency", holds)

    def check(self, folder: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        paths = sorted((VECTORS / folder).rglob("*.json"))
        self.assertEqual(len(paths), 98)
        for path in paths:
            case = json.loads(path.read_text())
            with self.subTest(path=path):
                self.assertEqual(accepts(lambda case=case: holds(case)), not case["wantErr"])

    def test_every_size_of_the_log_of_tessera(self) -> None:
        key = parse_vkey("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
        text = "one two three four five six seven eit nain ten ileven twelf threeten fourten fivten"
        entries = [word.encode() for word in text.split()]
        for size in range(16):
            data = (VECTORS / f"tlog/checkpoint.{size}").read_bytes()
            self.assertEqual(parse_note(data).signer([key]), key)
            checkpoint = parse_checkpoint(data)
            hashes = [merkle.leaf_hash(entry) for entry in entries[:size]]
            self.assertEqual((checkpoint.size, checkpoint.root), (size, merkle.CompactRange(hashes).root()))
            for tile in tiles_at(size):
                self.assertEqual((VECTORS / "tlog" / tile.path).read_bytes(), b"".join(hashes))
                bundle = (VECTORS / "tlog" / path_of("entries", 0, size)).read_bytes()
                self.assertEqual(parse_bundle(bundle, size), entries[:size])
