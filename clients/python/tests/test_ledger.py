"""Whole ledgers in a folder: intact, damaged, malformed, hostile."""

import os
import pathlib
import tempfile
import unittest
from collections.abc import Sequence

from candor.ledger import Kept, Report, verify_ledger
from candor.notes import Key, parse_checkpoint
from candor.tiles import Unreadable
from candor.words import to_base64
from tests.made import (
    KEY,
    NEXT,
    NEXT_SIGNER,
    ORIGIN,
    first_leaf,
    id_of,
    leaf_of,
    leaves_of,
    note_of,
    root_of,
    save,
    write,
)


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        self._temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self._temporary.cleanup)
        self.folder = pathlib.Path(self._temporary.name)

    def verify(self, kept: Sequence[Kept] = ()) -> Report:
        return verify_ledger(str(self.folder), [KEY], kept)

    def findings(self, kept: Sequence[Kept] = ()) -> list[str]:
        return [str(one) for one in self.verify(kept).findings.all()]

    def malformed(self, *leaves: bytes) -> list[str]:
        """What is malformed in an otherwise intact ledger of leaf 0 and these."""
        save(self.folder, [first_leaf(), *leaves])
        report = self.verify()
        self.assertEqual(report.findings.all(), [])
        return [str(one) for one in report.malformed.all()]


class Intact(InFolder):
    def test_ledgers_of_every_shape_of_tiles(self) -> None:
        leaves = leaves_of(65_793)  # One leaf more than one full tile of level 1 and one of level 0.
        for size in (0, 1, 2, 255, 256, 257, 700, 65_793):
            with self.subTest(size=size), tempfile.TemporaryDirectory() as folder:
                save(pathlib.Path(folder), leaves[:size])
                report = verify_ledger(folder, [KEY])
                self.assertEqual((report.findings.all(), report.malformed.all()), ([], []))
                self.assertEqual((report.leaves, report.signer), (size, KEY))

    def test_a_kept_checkpoint_of_every_size_is_continued(self) -> None:
        leaves = leaves_of(9)
        save(self.folder, leaves)
        kept = [Kept(str(size), parse_checkpoint(note_of(leaves[:size]))) for size in range(10)]
        self.assertEqual(self.findings(kept), [])


class Damaged(InFolder):
    def setUp(self) -> None:
        super().setUp()
        self.leaves = leaves_of(300)
        save(self.folder, self.leaves)
        self.files = sorted(path for path in self.folder.rglob("*") if path.is_file())

    def test_every_bit_of_every_kind_of_file_counts(self) -> None:
        self.assertEqual(len(self.files), 6)
        for path in self.files:
            data = path.read_bytes()
            for at in [*range(0, len(data), 509), len(data) - 1]:
                path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
                self.assertTrue(self.findings(), f"{path} byte {at}")
            path.write_bytes(data)

    def test_a_file_that_is_missing_short_or_long_is_a_finding(self) -> None:
        for path in self.files:
            data = path.read_bytes()
            for other in (b"", data[:-1], data + b"\0", data * 2):
                path.write_bytes(other)
                self.assertTrue(self.findings(), path)
            path.unlink()
            if path.name == "checkpoint":
                self.assertRaises(Unreadable, self.verify)
            else:
                self.assertIn("is not there", self.findings()[0])
            path.write_bytes(data)

    def test_leaves_that_were_swapped_taken_out_or_doubled_are_findings(self) -> None:
        a, b = self.leaves[41], self.leaves[42]
        for middle in ([b, a], [a], [b], [a, b, b], [a, a]):
            note = (self.folder / "checkpoint").read_bytes()
            save(self.folder, [*self.leaves[:41], *middle, *self.leaves[43:]])
            (self.folder / "checkpoint").write_bytes(note)
            self.assertTrue(self.findings(), len(middle))

    def test_an_altered_leaf_is_named_by_its_position(self) -> None:
        path = self.folder / "tile/entries/000"
        path.write_bytes(path.read_bytes().replace(id_of(77).encode(), id_of(78).encode()))
        report = self.verify()
        self.assertEqual([str(one) for one in report.findings.all()], ["entries 77, leaf: is not what its tile holds"])
        self.assertEqual([one.position for one in report.malformed.all()], [78])

    def test_an_altered_tile_is_named_where_the_leaves_are_right(self) -> None:
        path = self.folder / "tile/0/000"
        path.write_bytes(bytes(32) + path.read_bytes()[32:])
        self.assertEqual(self.findings(), ["tiles 0, hashes: level 0: hash 0 is not that of what is below it"])

    def test_a_ledger_that_lost_its_end_or_was_written_anew_does_not_continue(self) -> None:
        lost = Kept("kept", parse_checkpoint(note_of(leaves_of(301))))
        anew = Kept("kept", parse_checkpoint(note_of([*self.leaves[:99], leaf_of(100)])))
        self.assertEqual(self.findings([lost]), ["checkpoint, size: is below that of kept: the ledger lost its end"])
        self.assertEqual(self.findings([anew]), ["checkpoint, root: is of another history than that of kept"])

    def test_another_key_is_not_enough(self) -> None:
        others = [KEY.__class__(ORIGIN, bytes(32)), KEY.__class__("ledger.example.com/other", KEY.public)]
        for key in others:
            report = verify_ledger(str(self.folder), [key])
            self.assertIn("expected key", str(report.findings.all()[0]))
            self.assertIsNone(report.signer)

    def test_a_key_that_leaf_0_does_not_name_does_not_count(self) -> None:
        save(self.folder, [leaf_of(0)])
        self.assertIn("does not allow", self.findings()[0])


class Hostile(InFolder):
    def test_a_size_beyond_everything_ends_at_the_first_leaf_that_is_not_there(self) -> None:
        save(self.folder, leaves_of(3))
        write(self.folder, "checkpoint", note_of(leaves_of(3), 2**64 - 1))
        self.assertIn("is not there", self.findings()[0])

    def test_a_size_has_one_form(self) -> None:
        save(self.folder, leaves_of(3))
        for size in ("03", "+3", "3 ", "3\nmore", str(2**64), "9" * 5000):
            write(self.folder, "checkpoint", note_of(leaves_of(3), size))
            self.assertTrue(self.findings()[0].startswith("checkpoint, note: "), size)

    def test_what_is_no_ordinary_file_is_not_read(self) -> None:
        save(self.folder, leaves_of(3))
        path = self.folder / "tile/0/000.p/3"
        for make in (os.mkfifo, os.mkdir, lambda at: os.symlink("/dev/zero", at), lambda at: os.symlink(at, at)):
            path.unlink() if not path.is_dir() else path.rmdir()
            make(path)
            try:
                self.assertTrue(self.findings())
            except Unreadable as error:
                self.assertIn("tile/0/000.p/3", str(error))

    def test_a_huge_file_is_not_read_to_its_end(self) -> None:
        save(self.folder, leaves_of(3))
        for path in ("checkpoint", "tile/0/000.p/3", "tile/entries/000.p/3"):
            data = (self.folder / path).read_bytes()
            os.truncate(self.folder / path, 1 << 40)
            self.assertIn("has more than", self.findings()[0])
            (self.folder / path).write_bytes(data)

    def test_no_bytes_at_all_of_a_leaf_are_a_finding_and_not_an_error(self) -> None:
        self.assertEqual(self.malformed(b""), ["entries 1, leaf: has 0 bytes, not 2 to 65535"])

    def test_leaves_of_any_bytes_are_malformed_and_never_an_error(self) -> None:
        nested = b'{"a":' * 9000 + b"1" + b"}" * 9000
        leaves = [nested, b"[" * 65_535, b'{"v":' + b"9" * 60_000 + b"}", b'{"v":1e999}', b'{"v":NaN}', b"\xff\xfe"]
        leaves += [b'{"v":1,"v":1}', b'{"v":"\\ud800"}', b'{"v":null}', b"{}", b"\xef\xbb\xbf{}", b'{"v":-0}', b"[1]"]
        malformed = self.malformed(*leaves)
        self.assertEqual(len(malformed), len(leaves), malformed)


class Malformed(InFolder):
    def test_what_the_writer_broke_is_named_apart_from_intact(self) -> None:
        gap = {"epoch": id_of(1, 4), "missing": [{"first": 2, "last": 1}], "producer": "bot"}
        cases = {
            "ledger: is not the origin of the checkpoint": leaf_of(1, ledger="ledger.example.com/other"),
            "time: is before that of the leaf before": leaf_of(1, time="2025-01-02T03:04:05.000000Z"),
            "id: is that of leaf 0, too": leaf_of(1, id=id_of(0)),
            "request: is that of leaf 0, too": leaf_of(1, request=id_of(0, 4)),
            "type: is `ledger`, which leaf 0 alone is": first_leaf(id=id_of(1), request=id_of(1, 4)),
            "facts: has a fact missing of another form": leaf_of(1, "gap", gap),
            "facts: has no fact successor": leaf_of(1, "close"),
            "leaf: has a member colour": leaf_of(1, colour="red"),
            "leaf: has a v of another form": leaf_of(1, v=True),
            "leaf: has a marks of another form": leaf_of(1, marks=["late", "late"]),
        }
        for what, leaf in cases.items():
            self.assertEqual(self.malformed(leaf), [f"entries 1, {what}"])

    def in_first_leaf(self, facts: dict[str, object]) -> list[str]:
        save(self.folder, [first_leaf(facts)])
        return [str(one) for one in self.verify().malformed.all()]

    def test_a_first_leaf_says_whole_where_another_ledger_ended(self) -> None:
        end = {"origin": "ledger.example.com/old", "root": to_base64(bytes(32)), "size": 7}
        self.assertEqual(self.in_first_leaf({"predecessor": end}), [])
        for wrong in ({**end, "origin": "Old"}, {**end, "root": "x"}, {**end, "size": -1}, {**end, "more": 1}, {}, "old"):
            found = self.in_first_leaf({"predecessor": wrong})
            self.assertEqual(found, ["entries 0, facts: has a fact predecessor of another form"])

    def test_nothing_may_stand_after_the_end(self) -> None:
        close = leaf_of(1, "close", {"successor": "ledger.example.com/next"})
        self.assertEqual(
            self.malformed(close, leaf_of(2)), ["entries 2, leaf: stands after the leaf that closes the ledger"]
        )


class Missing(InFolder):
    def test_what_leaves_name_as_missing_is_counted(self) -> None:
        gap = {"epoch": id_of(9, 4), "producer": "bot"}
        due = {"authorization": id_of(90), "outcome_due": "2026-01-02T03:04:05.000000Z"}
        gaps = [leaf_of(i, "gap", gap | {"missing": [{"first": i, "last": i + 2}]}) for i in (1, 5)]
        self.assertEqual(self.malformed(gaps[0], leaf_of(2, "outcome_missing", due), gaps[1]), [])
        missing = self.verify().missing
        self.assertEqual((missing.calls, missing.outcomes), (6, 1))


class Keys(InFolder):
    def change(self, position: int, **facts: object) -> bytes:
        return leaf_of(position, "key", {"from": 0, "purpose": "log", "vkey": KEY.vkey} | facts)

    def test_a_retired_key_signs_no_size_from_there_on(self) -> None:
        leaves = [first_leaf(), self.change(1, change="retired", reason="rotated", **{"from": 3}), leaf_of(2)]
        save(self.folder, leaves[:2])
        self.assertEqual(self.findings(), [])
        save(self.folder, leaves)
        self.assertIn("does not allow", self.findings()[0])

    def test_a_key_that_is_announced_again_signs_again(self) -> None:
        leaves = [first_leaf(), self.change(1, change="retired"), self.change(2, change="announced")]
        save(self.folder, leaves)
        self.assertEqual(self.findings(), [])

    def changed(self, **retired: object) -> list[bytes]:
        """The first key announces the next one, and retires with its last word."""
        leaves = [first_leaf(), leaf_of(1), self.change(2, change="announced", vkey=NEXT.vkey, **{"from": 3})]
        path = [root_of(leaves[:2])]
        proof = b"c2sp.org/tlog-proof@v1\nindex 2\n" + b"".join(to_base64(h).encode() + b"\n" for h in path)
        handover = {"handover": (proof + b"\n" + note_of(leaves)).decode(), "from": 4}
        return [*leaves, self.change(3, change="retired", **(handover | retired)), leaf_of(4)]

    def verify_changed(self, *leaves: bytes, trusted: Key, kept: int = 3) -> list[str]:
        save(self.folder, leaves)
        write(self.folder, "checkpoint", note_of(leaves, key=NEXT, signer=NEXT_SIGNER))
        earlier = Kept("kept", parse_checkpoint(note_of(leaves[:kept])))
        return [str(one) for one in verify_ledger(str(self.folder), [trusted], [earlier]).findings.all()]

    def test_who_trusts_the_first_key_comes_to_the_next_and_back(self) -> None:
        for trusted in (KEY, NEXT):
            self.assertEqual(self.verify_changed(*self.changed(), trusted=trusted), [])
            self.assertIn("does not allow", self.verify_changed(*self.changed(), trusted=trusted, kept=4)[0])

    def test_no_key_follows_without_the_last_word_of_the_one_before(self) -> None:
        other = note_of([first_leaf()]).decode()
        words = ("", other, "c2sp.org/tlog-proof@v1\nindex 2\n\n" + other)
        for retired in ({"reason": "compromised"}, *({"handover": word} for word in words)):
            found = self.verify_changed(*self.changed(**retired), trusted=KEY)
            self.assertIn("expected key", found[0])

    def test_what_a_leaf_says_of_a_key_holds_for_the_sizes_above_it(self) -> None:
        leaves = [first_leaf(), leaf_of(1), self.change(2, change="retired"), self.change(3, change="announced")]
        save(self.folder, leaves)
        kept = [Kept(str(size), parse_checkpoint(note_of(leaves[:size]))) for size in (1, 2, 3, 4)]
        self.assertEqual([one.split(" ")[2] for one in self.findings(kept)], ["3:"])

    def test_a_compromised_key_signs_nothing_at_all(self) -> None:
        save(self.folder, [first_leaf(), self.change(1, change="retired", reason="compromised", **{"from": 99})])
        self.assertIn("does not allow", self.findings()[0])
