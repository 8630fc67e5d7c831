"""Both verifiers over ledgers that no server would write: leaves broken in every way, under a good signature."""

import copy
import json
import os
import pathlib
import random
import tempfile
import unittest
from collections.abc import Iterator
from typing import Any

from candor.canonical import encode
from candor.notes import Key
from tests.agreement import Both, by_candor, by_python
from tests.made import KEY, ORIGIN, first_leaf, id_of, leaf_of, save, write
from tests.paper import LEAVES, PROOF, VALUES

PROGRAM = os.environ.get("CANDOR_PROGRAM", "")
DIGEST = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
TIME = "2026-01-02T03:04:05.000000Z"
ODD: list[Any] = [
    "", "a", "A", "a.b", "é", "0", "AAAA", DIGEST, DIGEST[:-1], TIME, "2026-02-29T00:00:00.000000Z", id_of(5),
    id_of(5, 4), id_of(5, 8), id_of(5).upper(), ORIGIN, ORIGIN + "/bundle", KEY.vkey, "a1234567", "0123456789abcdef", "x" * 40,
    0, 1, 2, -1, 2**53 - 1, True, False, [], {}, ["a"], ["b", "a"], ["a", "a"], {"a": 1}, {"c": DIGEST}, "human",
]  # fmt: skip


def sound() -> list[dict[str, Any]]:
    """A leaf of each kind that a verifier reads, but `ledger` and `close`."""
    gap = {"epoch": id_of(9, 4), "missing": [{"first": 1, "last": 2}], "producer": "bot"}
    vkey = Key(ORIGIN, bytes(range(32))).vkey
    key = {"change": "announced", "from": 0, "purpose": "log", "reason": "rotated", "vkey": vkey}
    anchor = {"cosigners": ["witness"], "root": DIGEST, "size": 1, "token_digest": DIGEST}
    full: dict[str, Any] = {
        "amends": id_of(1),
        "caller": {"kind": "human"},
        "decision": id_of(1),
        "marks": ["late", "observed"],
        "producer": {"epoch": id_of(9, 4), "id": "bot", "seq": 1},
        "sections": {"caller": {"c": DIGEST}, "inputs.12": {"c": DIGEST}},
    }
    authorization = json.loads(LEAVES[1])["facts"]
    made = [
        leaf_of(1, "gap", gap),
        leaf_of(1, "key", key),
        leaf_of(1, "anchor", anchor),
        leaf_of(1, "erasure", {"items": 1, "root": DIGEST}),
        leaf_of(1, "expiry", {"items": 1, "root": DIGEST}),
        leaf_of(1, "authorization", authorization, **full),
        leaf_of(1, "outcome", {"authorization": id_of(1)}),
        leaf_of(1, "outcome_missing", {"authorization": id_of(1), "outcome_due": TIME}),
    ]
    return [json.loads(leaf) for leaf in made]


def broken(members: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each value replaced by each odd one, each member taken out, a member put in everywhere."""
    for where in _holders(members):
        holder = _at(members, where)
        names = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        for name in names:
            for odd in ODD:
                other = copy.deepcopy(members)
                _at(other, where)[name] = odd
                yield other
            other = copy.deepcopy(members)
            del _at(other, where)[name]
            yield other
        if isinstance(holder, dict):
            other = copy.deepcopy(members)
            _at(other, where)["more"] = 1
            yield other


def _holders(value: Any) -> list[tuple[str | int, ...]]:
    if not isinstance(value, (dict, list)):
        return []
    members = value.items() if isinstance(value, dict) else enumerate(value)
    return [(), *((name, *rest) for name, member in members for rest in _holders(member))]


def _at(value: Any, where: tuple[str | int, ...]) -> Any:
    for name in where:
        value = value[name]
    return value


def scrambled(leaf: bytes, chance: random.Random) -> bytes:
    """The leaf with a few bytes changed, taken out or put in."""
    data = bytearray(leaf)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data))
        kind = chance.randrange(3)
        if kind == 0:
            data[at] = chance.choice(b'{}[]":,\\0129aeu.-+ \n\x00\x7f\xc3\xa9\xed\xff')
        elif kind == 1:
            del data[at]
        else:
            data[at:at] = chance.choice((b" ", b"\\u0000", b"\\ud800", b"\\n", b"\\/", b"1", b"null", b"\xed\xa0\x80"))
    return bytes(data)


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "CANDOR_PROGRAM names no `candor` to compare with")
class Agreement(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def agree(self, *leaves: bytes) -> frozenset[int | None]:
        """Where both say that an otherwise intact ledger of these leaves is malformed."""
        save(self.folder, leaves)
        words = (str(self.folder), "--vkey", KEY.vkey)
        python, candor = by_python("ledger", *words), by_candor(PROGRAM, "folder", *words)
        for position in sorted(python.malformed ^ candor.malformed, key=str)[:20]:
            said = "python" if position in python.malformed else "candor"
            leaf = leaves[position] if position is not None else b""
            print(f"malformed only for {said}: {leaf!r}")
        self.assertEqual(python, candor)
        self.assertLessEqual(python.exit, 1)
        return python.malformed

    def test_on_sound_leaves(self) -> None:
        leaves = [encode(members | {"id": id_of(i), "request": id_of(i, 4)}) for i, members in enumerate(sound(), 1)]
        self.assertEqual(self.agree(first_leaf(), *leaves), frozenset())

    def test_on_leaves_with_odd_members(self) -> None:
        leaves = [first_leaf()]
        for members in sound():
            for other in broken(members):
                # Each its own, so that nothing but what was broken is told.
                other = {name: id_of(len(leaves), 7 if name == "id" else 4) if members.get(name) == value
                         and name in ("id", "request") else value for name, value in other.items()}  # fmt: skip
                leaves.append(encode(other))
        malformed = self.agree(*leaves)
        self.assertGreater(len(leaves), 2500)
        self.assertTrue(len(leaves) // 3 < len(malformed) < len(leaves), f"{len(malformed)} of {len(leaves)}")

    def test_on_leaves_of_scrambled_bytes(self) -> None:
        chance = random.Random(7)
        seeds = [*LEAVES, *(encode(members) for members in sound())]
        leaves = [first_leaf(), *(scrambled(chance.choice(seeds), chance) for _ in range(5000))]
        self.assertGreater(len(self.agree(*leaves)), 4000)

    def test_on_leaf_0_and_on_the_end(self) -> None:
        close = json.loads(leaf_of(1, "close", {"successor": ORIGIN}))
        for members in broken(json.loads(first_leaf())["facts"]):
            self.agree(leaf_of(0, "ledger", members))
        for members in list(broken(close))[::7]:
            self.agree(first_leaf(), encode(members), leaf_of(2))

    def test_on_receipts_with_each_byte_changed(self) -> None:
        for name, data in (("leaf.json", LEAVES[1]), ("tlog-proof", PROOF)):
            for at in range(0, len(data), 13):
                write(self.folder, "a.leaf.json", LEAVES[1])
                write(self.folder, "a.tlog-proof", PROOF)
                write(self.folder, "a." + name, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
                words = ["receipt", *(str(self.folder / f"a.{end}") for end in ("leaf.json", "tlog-proof"))]
                words += ["--vkey", VALUES["vkey"]]
                python, candor = by_python(*words), by_candor(PROGRAM, *words)
                self.assertEqual((python.exit, python.malformed != frozenset()), (1, candor.malformed != frozenset()))
                self.assertEqual(candor.exit, 1)

    def test_on_what_could_not_be_read(self) -> None:
        key = ("--vkey", KEY.vkey)
        for words in ((self.folder / "nowhere", *key), (self.folder, *key), (self.folder,)):
            folder, *more = map(str, words)
            self.assertEqual(by_candor(PROGRAM, "folder", folder, *more).exit, 2, words)
            self.assertEqual(by_python("ledger", folder, *more).exit, 2, words)

    def test_on_a_folder_with_every_kind_of_damage(self) -> None:
        save(self.folder, [first_leaf(), *(leaf_of(i) for i in range(1, 260))])
        both = Both(PROGRAM, self.folder, KEY.vkey)
        both.damage_all(4001)
        self.assertEqual(both.differences, [])
        self.assertGreater(both.tried, 80)
