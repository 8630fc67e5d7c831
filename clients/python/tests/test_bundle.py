"""Audit bundles: whole, damaged in every way, and made by a liar who holds the bundle key."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from candor.tar import header_of
from tests.bundled import BUNDLE_KEY, POLICY, Bundle, Files, announcing, bundle, consistency, header, ledger, line, tar_of
from tests.made import KEY, NEXT, NEXT_SIGNER, ORIGIN, id_of, leaf_of, leaves_of, note_of, write
from tests.test_commands import InFolder

VECTORS = pathlib.Path(os.environ.get("CANDOR_TEST_DATA", "/nonexistent")) / "vectors/format/bundle"
LEAVES = ledger()
WHOLE = bundle(LEAVES)
SELECTION = bundle(LEAVES, [(1, 3), (5, 5)], old=3)
EMPTY = "not provable (there are no leaves)"
RESULT = (
    "each of {} leaves hashes into the signed checkpoint of size {}, "
    "and each section shown is what its leaf committed to"
)


class Bundles(InFolder):
    def verify(self, data: bytes, *more: str, vkey: str = KEY.vkey) -> tuple[int, dict[str, Any]]:
        write(self.folder, "audit.tar", data)
        status, out = self.run_in("bundle", self.path("audit.tar"), "--vkey", vkey, "--json", *more)
        return status, json.loads(out) if status < 2 else {"error": out}

    def good(self, data: bytes, *more: str, vkey: str = KEY.vkey) -> str:
        """The verdict on completeness of a bundle that is intact."""
        status, said = self.verify(data, *more, vkey=vkey)
        self.assertEqual((status, said.get("findings"), said.get("malformed")), (0, [], []), said.get("error"))
        return str(said["complete"])

    def bad(self, data: bytes, table: str, what: str, *more: str, vkey: str = KEY.vkey) -> None:
        """That there is such a finding, among others."""
        status, said = self.verify(data, *more, vkey=vkey)
        self.assertEqual(status, 1, said)
        found = [one for one in said["findings"] if one["table"] == table and what in one["what"]]
        self.assertTrue(found, (table, what, said["findings"]))
        self.assertEqual(said["complete"], "not provable (the bundle is not intact)")


def replaced(files: Files, name: str, data: bytes) -> Files:
    return [(n, data if n == name else d) for n, d in files]


class Intact(Bundles):
    def test_a_whole_range_and_a_selection_are_told_apart(self) -> None:
        self.assertEqual(self.good(WHOLE.tar()), "whole range [0, 6)")
        complete = "not provable (a selection: each leaf in it is proved, not that none was left out)"
        self.assertEqual(self.good(bundle(LEAVES, [(1, 2), (4, 5)]).tar()), complete)
        self.assertEqual(self.good(SELECTION.tar()), complete)
        self.assertEqual(self.good(bundle(leaves_of(0)).tar(), "--vkey", BUNDLE_KEY.vkey), EMPTY)

    def test_people_read_two_verdicts_and_which_key_was_believed(self) -> None:
        write(self.folder, "audit.tar", WHOLE.tar())
        status, out = self.run_in(self.path("audit.tar"), "--vkey", KEY.vkey)
        self.assertEqual(status, 0)
        self.assertEqual(out.splitlines()[-2:], ["intact: yes, " + RESULT.format(6, 6), "complete: whole range [0, 6)"])
        self.assertIn(f"believed    {ORIGIN}+{KEY.id.hex()}: you gave it\n", out)
        self.assertIn(f"{BUNDLE_KEY.name}+{BUNDLE_KEY.id.hex()}: leaf 1 of this bundle announces it for bundles\n", out)
        self.assertIn("withheld    2 erased, 1 other_person\n", out)

    def test_tiles_of_two_levels_and_leaves_in_two_files(self) -> None:
        leaves = [*LEAVES, *leaves_of(600)[6:]]
        whole = bundle(leaves)
        self.assertEqual([n for n, _ in whole.files if n.startswith("tiles/1/")], ["tiles/1/000.p/2"])
        self.assertEqual(self.good(whole.tar()), "whole range [0, 600)")
        files = [one for one in whole.files if not one[0].startswith("tiles/")]
        self.bad(replace(whole, files=files).tar(), "leaves/000000.ndjson", "nothing proves it")
        for name, data in whole.files:
            if name.startswith("tiles/"):
                wrong = data[:40] + bytes([data[40] ^ 1]) + data[41:]
                table = name if "/1/" in name else "tiles/"
                self.bad(replace(whole, files=replaced(whole.files, name, wrong)).tar(), table, "")
        part = bundle(leaves, [(1, 1), (250, 520)])
        tiles = [one for one in whole.files if one[0].startswith("tiles/")]
        files = [one for one in part.files if not one[0].startswith("proofs/")]
        by_tiles = replace(part, files=[*files[:4], *tiles, *files[4:]])
        self.assertEqual(self.good(by_tiles.tar()), "whole range [250, 521), and 1 leaves outside of it that it needs")

    @unittest.skipUnless(VECTORS.is_dir(), "CANDOR_TEST_DATA names no folder with vectors/")
    def test_the_public_bundles(self) -> None:
        vkey = json.loads((VECTORS / "bundle.json").read_text())["log_vkey"]
        status, said = self.verify((VECTORS / "bundle.tar").read_bytes(), vkey=vkey)
        self.assertEqual((status, said["findings"], said["malformed"], said["leaves"]), (0, [], [], 12))
        self.assertEqual((said["sections_shown"], said["sections_withheld"]), (2, {"erased": 5, "other_person": 3}))
        self.assertTrue(said["complete"].startswith("not complete (all leaves of [0, 12) are there; missing: 2 calls"))
        older = json.loads((VECTORS.parent / "checkpoints.json").read_text())["good"]
        write(self.folder, "older", next(note for note in older if "\n7\n" in note).encode())
        data = (VECTORS / "bundle-selection.tar").read_bytes()
        status, said = self.verify(data, "--since", self.path("older"), vkey=vkey)
        self.assertEqual((status, said["findings"], said["leaves"], said["since_size"]), (0, [], 6, 7))

    @unittest.skipUnless(shutil.which("tar"), "there is no program tar")
    def test_the_program_tar_writes_the_same_bytes(self) -> None:
        names = [name for name, _ in WHOLE.signed()]
        for name, data in WHOLE.signed():
            write(self.folder / "in", name, data)
        form = ["--format=ustar", "--numeric-owner", "--owner=0", "--group=0", "--mode=0644", f"--mtime=@{WHOLE.mtime()}"]
        words = ["tar", *form, "-b1", "-C", self.path("in"), "-cf", self.path("by_tar.tar"), *names]
        subprocess.run(words, check=True)
        self.assertEqual((self.folder / "by_tar.tar").read_bytes(), WHOLE.tar())
        self.assertEqual(header_of("a/b", 77, 88), header(b"a/b", 77, 88))


class Complete(Bundles):
    def test_every_gap_is_named(self) -> None:
        missing = [{"first": 3, "last": 4}]
        gap = leaf_of(6, "gap", {"producer": "bot", "epoch": id_of(9, 4), "missing": missing})
        late = leaf_of(7, "outcome_missing", {"authorization": id_of(2)})
        whole = bundle(ledger([gap, late]))
        files = [one for one in whole.files if not one[0].startswith("policies/")]
        status, said = self.verify(replace(whole, files=files).tar())
        self.assertEqual((status, said["complete_range"]), (0, False))
        counts = (
            "2 calls that producers numbered and that never came; 1 outcomes that were due and never came; "
            "1 policy sets that leaves name and that are not here"
        )
        self.assertEqual(said["complete"], f"not complete (all leaves of [0, 8) are there; missing: {counts})")
        at = f"leaf 6: of bot, epoch {id_of(9, 4)}, the calls 3 to 4"
        self.assertEqual(said["gaps"], [at, f"leaf 7: the outcome of {id_of(2)}"])
        self.assertEqual(len(said["policies_missing"]), 1)

    def test_breaches_under_good_signatures_are_malformed_and_apart(self) -> None:
        odd = [leaf_of(6, time="2026-01-01T00:00:00.000000Z"), leaf_of(7, id=id_of(6)), b"{}"]
        status, said = self.verify(bundle(ledger(odd)).tar()[:-1024] + bytes(1024))
        self.assertEqual((status, said["findings"]), (0, []))
        found = [(one["position"], one["column"], one["what"]) for one in said["malformed"]]
        self.assertIn((6, "line 7", "time is before that of the leaf before"), found)
        self.assertIn((7, "line 8", "id is that of leaf 6, too"), found)
        self.assertIn((8, "line 9", "has no caller"), found)


class Keys(Bundles):
    def test_another_key_is_not_believed_whatever_the_bundle_says(self) -> None:
        self.bad(WHOLE.tar(), "checkpoint", "is not signed by an expected key", vkey=NEXT.vkey)
        self.assertEqual(self.run_in("bundle", self.path("audit.tar"))[0], 2)

    def test_the_manifest_is_signed_by_a_key_for_bundles(self) -> None:
        self.bad(replace(WHOLE, signer=NEXT_SIGNER).tar(), "manifest.sig", "signature by")
        without = bundle(LEAVES, [(2, 3), (5, 5)])
        self.bad(without.tar(), "manifest.sig", "no leaf of this bundle announces a key")
        self.good(without.tar(), "--vkey", BUNDLE_KEY.vkey)

    def test_a_key_that_is_retired_or_not_yet_announced_does_not_hold(self) -> None:
        late = [*LEAVES[:1], announcing(**{"from": 9}), *LEAVES[2:]]
        self.bad(bundle(late).tar(), "manifest.sig", "no leaf of this bundle announces a key")
        retired = {"change": "retired", "from": 7, "vkey": BUNDLE_KEY.vkey}
        self.bad(bundle(ledger([leaf_of(6, "key", retired)])).tar(), "manifest.sig", "no leaf of this bundle")
        retired |= {"vkey": KEY.vkey}
        self.bad(bundle(ledger([leaf_of(6, "key", retired)])).tar(), "checkpoint", "does not allow at that size")

    def test_the_ledger_must_be_the_expected_one(self) -> None:
        self.bad(WHOLE.tar(), "checkpoint", "is of another ledger", "--origin", "other.example.com/x")


class Older(Bundles):
    def older(self, leaves: list[bytes], **more: Any) -> tuple[str, str]:
        write(self.folder, "older", note_of(leaves, **more))
        return "--since", self.path("older")

    def test_an_older_checkpoint_is_continued(self) -> None:
        for old in range(1, 7):
            older = self.older(LEAVES[:old])
            self.good(WHOLE.tar(), *older)
            self.good(bundle(LEAVES, [(1, 5)], old=old).tar(), *older)
        self.good(WHOLE.tar(), *self.older([]))

    def test_nothing_is_taken_for_continued_without_a_proof(self) -> None:
        self.bad(SELECTION.tar(), "checkpoint", "nothing proves that it was continued", *self.older(LEAVES[:2]))

    def test_another_history_is_named(self) -> None:
        other = [*LEAVES[:2], leaf_of(99)]
        self.bad(WHOLE.tar(), "checkpoint", "is of another history", *self.older(other))
        self.bad(SELECTION.tar(), "checkpoint", "is of another history", *self.older(other))
        self.bad(WHOLE.tar(), "checkpoint", "there are two histories", *self.older([*LEAVES[:5], leaf_of(98)]))
        self.bad(WHOLE.tar(), "checkpoint", "the ledger lost its end", *self.older([*LEAVES, leaf_of(6)]))
        self.bad(WHOLE.tar(), "checkpoint", "is not signed", *self.older(LEAVES[:3], key=NEXT, signer=NEXT_SIGNER))

    def test_a_consistency_proof_that_leads_elsewhere_is_named_without_the_older_one(self) -> None:
        wrong = SELECTION.with_file("consistency", lambda data: data.replace(b"old 3", b"old 5"))
        self.bad(wrong.tar(), "consistency", "does not lead to the checkpoint")
        # By tiles, also where the older size is a power of two.
        files = [*WHOLE.files[:5], ("consistency", consistency(LEAVES, 4).replace(b"old 4", b"old 2")), *WHOLE.files[5:]]
        self.bad(replace(WHOLE, files=files).tar(), "consistency", "does not lead to the checkpoint")


class Damaged(Bundles):
    def all_named(self, data: bytes, vkey: str = KEY.vkey, step: int = 64) -> None:
        for at in range(0, len(data), step):
            status, said = self.verify(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], vkey=vkey)
            self.assertEqual((status, bool(said.get("findings"))), (1, True), at)

    def test_every_64th_byte_counts(self) -> None:
        self.all_named(WHOLE.tar())
        self.all_named(SELECTION.tar())

    def test_every_byte_of_a_header_counts(self) -> None:
        data = WHOLE.tar()
        for at in range(1024, 1536):
            status, said = self.verify(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            self.assertEqual((status, said["findings"][0]["table"] if status else ""), (1, "tar"), at)

    @unittest.skipUnless(VECTORS.is_dir(), "CANDOR_TEST_DATA names no folder with vectors/")
    def test_every_211th_byte_of_the_public_selection_counts(self) -> None:
        vkey = json.loads((VECTORS / "bundle.json").read_text())["log_vkey"]
        data = (VECTORS / "bundle-selection.tar").read_bytes()
        self.all_named(data, vkey, 211)

    def test_cut_off_anywhere_it_is_not_intact(self) -> None:
        data = WHOLE.tar()
        for end in range(0, len(data), 256):
            status, _ = self.verify(data[:end])
            self.assertEqual(status, 1, end)

    def test_files_missing_added_renamed_swapped_and_doubled_are_named(self) -> None:
        files, time = WHOLE.signed(), WHOLE.mtime()
        for at, (name, data) in enumerate(files):
            self.bad(tar_of(files[:at] + files[at + 1 :], time), name, "missing")
            self.bad(tar_of([*files[: at + 1], *files[at:]], time), name, "")
            self.bad(tar_of([*files[:at], ("report/x", data), *files[at + 1 :]], time), name, "missing")
            if at:
                swapped = [*files[: at - 1], files[at], files[at - 1], *files[at + 1 :]]
                self.assertEqual(self.verify(tar_of(swapped, time))[0], 1, name)
        added = [*files[:-3], ("report/z.html", b"x"), *files[-3:]]
        self.bad(tar_of(added, time), "report/z.html", "is not in the manifest")

    def test_a_file_that_is_none_of_a_bundle_is_named_even_if_signed(self) -> None:
        for name in ("../x", "/etc/passwd", "report/../x", "report/.x", "x", "leaves/1.ndjson", "tiles/0/../x", "report/"):
            files = [*WHOLE.files, (name, b"x")]
            self.bad(replace(WHOLE, files=files).tar(), name, "is no file of a bundle")


class Tars(Bundles):
    def test_other_forms_of_tar_are_refused(self) -> None:
        files, time = WHOLE.signed(), WHOLE.mtime()
        self.assertEqual(tar_of(files, time), WHOLE.tar())
        others: dict[str, bytes] = {
            "type": b"2", "link": b"checkpoint", "mode": b"0000755\0", "uid": b"0001750\0", "gid": b"0001750\0",
            "magic": b"ustar  \0", "owner": b"root", "group": b"root", "major": b"\0", "prefix": b"report",
            "rest": b"x", "checksum": b"000000\0 ", "name": b"\xff", "size": b"\x80" + bytes(10) + b"\5",
        }  # fmt: skip
        for field, value in others.items():
            self.bad(tar_of(files, time, **{field: value}), "tar", "header at byte")
        for kind in (b"\0", b"1", b"5", b"L", b"x", b"g", b"S"):
            self.bad(tar_of(files, time, type=kind), "tar", "has a type that no file of a bundle has")

    def test_sizes_that_lie_and_ends_that_go_on_are_refused(self) -> None:
        files, time, data = WHOLE.signed(), WHOLE.mtime(), WHOLE.tar()
        self.bad(tar_of(files, time, size=b"77777777777\0"), "tar", "ends before its file does")
        self.bad(data + b"\0", "tar", "goes on after its end")
        self.bad(data + bytes(512), "tar", "goes on after its end")
        self.bad(data[:-512], "tar", "ends where the second of two blocks")
        self.bad(data + WHOLE.tar(), "tar", "goes on after its end")
        self.bad(bytes(1024), "checkpoint", "is missing")
        self.bad(b"", "tar", "ends where a header belongs")
        padded = data.index(b"0-5\n") + 10
        self.bad(data[:padded] + b"x" + data[padded + 1 :], "tar", "padding that is not zeros")

    def test_the_time_is_that_of_the_last_leaf(self) -> None:
        self.bad(replace(WHOLE, time=1).tar(), "tar", "are not of the time of the checkpoint's last leaf")
        data = WHOLE.tar()
        first = header(b"checkpoint", len(WHOLE.files[0][1]), 5)
        self.bad(first + data[512:], "tar", "are not all of one time")

    def test_what_is_no_bundle_is_told_with_what_to_do(self) -> None:
        status, said = self.verify(b"\x28\xb5\x2f\xfd" + bytes(100))
        self.assertEqual(status, 2)
        self.assertIn("zstd -d", said["error"])
        self.assertEqual(self.run_in("bundle", str(self.folder), "--vkey", KEY.vkey)[0], 2)
        self.assertEqual(self.run_in("bundle", self.path("nothing"), "--vkey", KEY.vkey)[0], 2)

    def test_a_bomb_of_zeros_is_read_in_pieces_and_named(self) -> None:
        files = WHOLE.signed()
        start = tar_of(files[:1], WHOLE.mtime())[:-1024] + header(b"keys", 1 << 26, WHOLE.mtime())
        write(self.folder, "bomb.tar", start)
        os.truncate(self.path("bomb.tar"), len(start) + (1 << 26) + 1024)
        status, out = self.run_in("bundle", self.path("bomb.tar"), "--vkey", KEY.vkey, "--json")
        self.assertEqual(status, 1)
        tables = {one["table"] for one in json.loads(out)["findings"]}
        self.assertLessEqual({"keys", "positions", "manifest.json"}, tables)


def lines_changed(data: bytes) -> Iterator[bytes]:
    lines = data.splitlines(keepends=True)
    for at in range(len(lines)):
        yield b"".join(lines[:at] + lines[at + 1 :])
        yield b"".join(lines[: at + 1] + lines[at:])
        if at:
            yield b"".join([*lines[: at - 1], lines[at], lines[at - 1], *lines[at + 1 :]])
    yield data[:-1]
    yield data + b"\n"
    yield data + b"x" * 400_000


class Liar(Bundles):
    """Who holds the bundle key, and nothing else, signs the manifest anew."""

    def forged(self, of: Bundle, name: str, changes: Iterator[bytes]) -> None:
        for number, data in enumerate(changes):
            status, said = self.verify(of.with_file(name, lambda _, data=data: data).tar())
            self.assertEqual((status, bool(said.get("findings"))), (1, True), (name, number))

    def test_no_byte_can_be_altered_but_of_the_report(self) -> None:
        for of, step in ((WHOLE, 32), (SELECTION, 32)):
            for name, data in of.files:
                flips = (data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :] for i in range(0, len(data), step))
                if not name.startswith("report/"):
                    self.forged(of, name, flips)
        self.good(WHOLE.with_file("report/index.html", lambda _: b"anything").tar())

    def test_lines_can_not_be_removed_swapped_doubled_or_broken(self) -> None:
        for of in (WHOLE, SELECTION):
            for name, data in of.files:
                if name.endswith(".ndjson") or name in ("positions", "consistency"):
                    self.forged(of, name, lines_changed(data))

    def test_files_can_not_be_left_out_or_doubled(self) -> None:
        for of in (WHOLE, SELECTION):
            for at, (name, _) in enumerate(of.files):
                if not name.startswith(("policies/", "report/", "consistency")):
                    self.assertEqual(self.verify(replace(of, files=of.files[:at] + of.files[at + 1 :]).tar())[0], 1, name)
                self.assertEqual(self.verify(replace(of, files=[*of.files[: at + 1], *of.files[at:]]).tar())[0], 1, name)
        both = [*SELECTION.files[:4], *WHOLE.files[4:5], *SELECTION.files[4:]]
        self.assertEqual(self.verify(replace(SELECTION, files=both).tar())[0], 1)

    def test_a_manifest_that_says_otherwise_is_named(self) -> None:
        counts = {"leaves": 6, "sections": 1, "withheld": 3}
        others: list[tuple[dict[str, Any], str]] = [
            ({"counts": counts | {"leaves": 7}}, "counts other leaves"),
            ({"counts": counts | {"withheld": 0}}, "counts other leaves"),
            ({"ranges": [{"first": 0, "last": 4}]}, "says other ranges"),
            ({"ranges": []}, "says other ranges"),
            ({"ranges": [{"first": 3, "last": 2}]}, "does not ascend"),
            ({"ledger": "other.example.com/x"}, "is about another checkpoint"),
            ({"checkpoint": {"root": "A" * 43 + "=", "size": 6}}, "is about another checkpoint"),
            ({"v": 2}, "members of a manifest"),
            ({"more": 1}, "members of a manifest"),
            ({"asked": {"by": "x"}}, "members of a manifest"),
            ({"asked": {"by": "x", "what": 1}}, "not of texts"),
        ]
        for said, what in others:
            self.bad(replace(WHOLE, said=said).tar(), "manifest.json", what)
        self.good(replace(WHOLE, said={"asked": {"by": "x", "what": 'a ",\\"files\\":[{"'}, "counts": counts}).tar())

    def test_an_erasure_must_be_proved_and_later(self) -> None:
        def altered(**members: Any) -> Callable[[bytes], bytes]:
            def change(data: bytes) -> bytes:
                first, *rest = data.splitlines(keepends=True)
                said = json.loads(first)
                return b"".join([line(**(said | {"erasure": said["erasure"] | members})), *rest])

            return change

        table = "withheld.ndjson"
        for members, what in (
            ({"index": 1}, "nothing proves that it was erased"),
            ({"index": 1 << 40}, "nothing proves that it was erased"),
            ({"k": "A" * 43 + "="}, "nothing proves that it was erased"),
            ({"proof": []}, "nothing proves that it was erased"),
            ({"position": 4}, "its erasure, leaf 4, is not in the bundle"),
            ({"k": "AAAA"}, "base64"),
            ({"proof": ["A" * 44] * 65}, "is not of the form"),
            ({"position": -1}, "is not of the form"),
            ({"x": 1}, "is not of the form"),
        ):
            self.bad(WHOLE.with_file(table, altered(**members)).tar(), table, what)
        outside = bundle(LEAVES, [(1, 3)])
        self.bad(outside.tar(), table, "its erasure, leaf 5, is not in the bundle")

    def test_a_section_can_not_be_kept_silent_or_called_what_it_is_not(self) -> None:
        self.bad(WHOLE.with_file("sections.ndjson", lambda _: b"").tar(), "sections.ndjson", "is neither shown nor withheld")
        reason = WHOLE.with_file("withheld.ndjson", lambda d: d.replace(b"other_person", b"forgotten"))
        self.bad(reason.tar(), "withheld.ndjson", "is not of the form")

    def test_a_policy_is_the_file_of_its_digest(self) -> None:
        name = next(name for name, _ in WHOLE.files if name.startswith("policies/"))
        self.bad(WHOLE.with_file(name, lambda _: POLICY + b"#").tar(), name, "is not the file of that digest")


if __name__ == "__main__":
    unittest.main()
