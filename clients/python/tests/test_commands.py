"""The commands as a person types them: those of the README, and what bad input ends in."""

import contextlib
import io
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

from candor import commands
from candor.notes import parse_vkey
from tests.bundled import bundle, ledger
from tests.made import KEY, leaves_of, note_of, save, write
from tests.paper import CHECKPOINT, LEAVES, PROOF, VALUES

PACKAGE = pathlib.Path(__file__).parents[1]


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        write(self.folder, "vkey", VALUES["vkey"].encode() + b"\n")
        write(self.folder, "checkpoint", CHECKPOINT)
        write(self.folder, "receipts/id.leaf.json", LEAVES[1])
        write(self.folder, "receipts/id.tlog-proof", PROOF)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def run_in(self, *words: str) -> tuple[int, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = commands.run(words)
        return status, out.getvalue() + err.getvalue()

    def receipt(self, **changed: bytes) -> tuple[int, str]:
        leaf, proof = changed.get("leaf", LEAVES[1]), changed.get("proof", PROOF)
        write(self.folder, "a.leaf.json", leaf)
        write(self.folder, "a.tlog-proof", proof)
        return self.run_in("receipt", self.path("a.leaf.json"), self.path("a.tlog-proof"), "--vkey", VALUES["vkey"])


class Readme(InFolder):
    def test_its_commands_say_that_what_is_intact_is(self) -> None:
        text = (PACKAGE / "README.md").read_text(encoding="utf-8")
        self.assertLessEqual(len(text.splitlines()), 60)
        lines = re.findall(r"^    (python3 -m candor\.verify .*)$", text, re.MULTILINE)
        self.assertEqual(len(lines), 7)
        save_worked_example(self.folder)
        write(self.folder, "audit.tar", bundle(ledger()).tar())
        write(self.folder, "kept", note_of(ledger()[:4]))
        write(self.folder, "vkey", f"{VALUES['vkey']}\n{KEY.vkey}\n".encode())
        for line in lines:
            words = [sys.executable, "-B", *shlex.split(line)[1:]]
            environment = os.environ | {"PYTHONPATH": str(PACKAGE)}
            ran = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""), line)
            self.assertRegex(ran.stdout, r'intact: yes, |"intact":true')


def save_worked_example(folder: pathlib.Path) -> None:
    """The ledger of the worked example, an older checkpoint of it, and the proof between them."""
    save(folder / "ledger", LEAVES)
    write(folder, "ledger/checkpoint", CHECKPOINT)
    write(folder, "older", note_of(LEAVES[:2], key=parse_vkey(VALUES["vkey"])))
    leaf_hash_2 = PROOF.split(b"\n")[3]
    write(folder, "proof", b"old 2\n" + leaf_hash_2 + b"\n")


class Receipts(InFolder):
    def test_the_verdicts_are_the_last_two_lines(self) -> None:
        status, out = self.receipt()
        self.assertEqual(status, 0)
        *_, intact, complete = out.splitlines()
        self.assertEqual(intact, "intact: yes, leaf 1 hashes into the signed checkpoint of size 3")
        self.assertTrue(complete.startswith("complete: not provable ("))

    def test_every_byte_of_leaf_and_proof_counts(self) -> None:
        for name, data in (("leaf", LEAVES[1]), ("proof", PROOF)):
            for at in range(len(data)):
                status, out = self.receipt(**{name: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]})
                self.assertEqual(status, 1, f"{name} {at}: {out}")

    def test_a_malformed_leaf_under_a_good_signature_is_intact(self) -> None:
        leaf = b'{"colour":"red"}'
        note = note_of([leaf])
        write(self.folder, "a.leaf.json", leaf)
        write(self.folder, "a.tlog-proof", b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + note)
        status, out = self.run_in("receipt", self.path("a.leaf.json"), self.path("a.tlog-proof"), "--vkey", KEY.vkey)
        self.assertEqual(status, 0)
        self.assertIn("malformed, against the format:\n  receipt, leaf: has no caller", out)

    def test_a_receipt_of_another_ledger_than_expected_is_not_intact(self) -> None:
        words = [self.path("receipts/id.leaf.json"), self.path("receipts/id.tlog-proof"), "--vkey", VALUES["vkey"]]
        self.assertEqual(self.run_in("receipt", *words, "--origin", VALUES["origin"])[0], 0)
        self.assertEqual(self.run_in("receipt", *words, "--origin", "ledger.example.com/other")[0], 1)

    def test_what_a_file_says_cannot_move_the_cursor(self) -> None:
        status, out = self.receipt(proof=PROOF.replace(b"index 1", b"index \x1b[2J"))
        self.assertEqual(status, 1)
        self.assertNotIn("\x1b", out)


class Checkpoints(InFolder):
    def verify(self, newer: bytes, older: bytes, proof: bytes) -> tuple[int, str]:
        for name, data in (("newer", newer), ("older", older), ("proof", proof)):
            write(self.folder, name, data)
        flags = ["--older", self.path("older"), "--consistency", self.path("proof"), "--vkey", KEY.vkey]
        return self.run_in("checkpoint", self.path("newer"), *flags)

    def test_another_history_is_not_continued(self) -> None:
        leaves = leaves_of(4)
        proof = b"old 2\n" + PROOF.split(b"\n")[2] + b"\n"
        status, out = self.verify(note_of(leaves), note_of(leaves[:2]), proof)
        self.assertEqual(status, 1)
        self.assertIn("is of another history", out)

    def test_of_one_size_there_is_one_root(self) -> None:
        leaves = leaves_of(4)
        self.assertEqual(self.verify(note_of(leaves), note_of(leaves), b"old 4\n")[0], 0)
        self.assertEqual(self.verify(note_of(leaves), note_of(leaves[:3], 4), b"old 4\n")[0], 1)

    def test_a_proof_that_is_none_is_a_finding(self) -> None:
        leaves = leaves_of(4)
        for proof in (b"", b"old 2", b"old 02\n", b"old 3\n", b"old 2\nAAAA\n", b"old 2\n\xff\n", b"old 2\n" * 70):
            self.assertEqual(self.verify(note_of(leaves), note_of(leaves[:2]), proof)[0], 1, proof)


class Unreadable(InFolder):
    def test_what_could_not_be_read_is_told_apart_from_what_is_not_intact(self) -> None:
        key = ["--vkey", VALUES["vkey"]]
        leaf, proof = self.path("receipts/id.leaf.json"), self.path("receipts/id.tlog-proof")
        for words in (
            ["receipt", leaf, proof],
            ["receipt", leaf, proof, "--vkey", "no key"],
            ["receipt", leaf, self.path("nothing"), *key],
            ["receipt", leaf, self.path("receipts"), *key],
            ["receipt", leaf, "a\0b", *key],
            ["checkpoint", self.path("checkpoint"), "--older", leaf, *key],
            ["ledger", self.path("receipts"), *key],
            ["ledger", self.path("nowhere"), *key],
            ["ledger", self.path("nowhere"), "--receipts", self.path("nowhere"), *key],
            ["ledger", self.path("nowhere"), "--checkpoint", leaf, *key],
        ):
            status, out = self.run_in(*words)
            self.assertEqual(status, 2, words)
            self.assertTrue(out.startswith("error: ") and len(out.splitlines()) == 1, out)
