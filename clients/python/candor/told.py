"""What a ledger's own leaves call missing, and the keys they allow (sections 4 and 8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from candor.leaf import Leaf
from candor.merkle import is_included
from candor.notes import Key, parse_vkey
from candor.receipt import parse_proof
from candor.words import Malformed

_MOST_KEYS = 1_000


@dataclass
class Missing:
    """What leaves name as missing, also where it came later."""

    calls: int = 0  # Numbers of producers, in leaves of type `gap`.
    outcomes: int = 0  # Leaves of type `outcome_missing`.

    def see(self, leaf: Leaf) -> None:
        """The leaf's facts have the right form."""
        if leaf.type == "outcome_missing":
            self.outcomes += 1
        elif leaf.type == "gap":
            self.calls += sum(one["last"] - one["first"] + 1 for one in leaf.facts["missing"])


@dataclass
class Forgotten:
    """What erasure leaves say was destroyed."""

    persons: int = 0
    sections: int = 0

    def see(self, leaf: Leaf) -> None:
        """The leaf's facts have the right form."""
        if leaf.type in ("erasure", "expiry"):
            self.persons += 1
            self.sections += leaf.facts["items"]


@dataclass(frozen=True)
class KeyChange:
    """What a leaf of type `key` says."""

    position: int
    leaf_hash: bytes
    key: Key
    announced: bool  # Else retired.
    start: int  # The size from which it holds.
    compromised: bool
    handover: str


class KeyHistory:
    """Which keys the ledger's own leaves allow at which size, and which follow from others."""

    def __init__(self) -> None:
        self._first: set[Key] | None = None  # None until leaf 0 was seen.
        self._changes: list[KeyChange] = []

    def see(self, position: int, hashed: bytes, leaf: Leaf | None) -> None:
        """Leaves in order; None is one that cannot be read, or whose facts cannot."""
        if position == 0:
            first = leaf is not None and leaf.type == "ledger"
            self._first = {parse_vkey(vkey) for vkey in leaf.facts["vkeys"]} if leaf and first else set()
        if leaf is not None and leaf.type == "key" and len(self._changes) <= _MOST_KEYS:
            facts = leaf.facts
            announced, compromised = facts["change"] == "announced", facts.get("reason") == "compromised"
            key, handover = parse_vkey(facts["vkey"]), str(facts.get("handover", ""))
            self._changes.append(KeyChange(position, hashed, key, announced, facts["from"], compromised, handover))

    def allowed(self, keys: Sequence[Key], size: int) -> list[Key]:
        """Those of `keys` that sign at this size; all while no leaf says anything about them."""
        return [key for key in keys if self._allows(key, size, self._first is None or key in self._first)]

    def announced(self) -> list[Key]:
        """Every key that the leaves ever announced."""
        return [*(self._first or ()), *(change.key for change in self._changes if change.announced)]

    def announced_at(self, name: str, size: int) -> list[tuple[Key, int]]:
        """The keys of that name that sign at this size, each with the position of the leaf that announced it."""
        named = [change for change in self._changes if change.announced and change.key.name == name]
        return [(change.key, change.position) for change in named if self._allows(change.key, size, False)]

    def follow(self, keys: Sequence[Key]) -> list[Key]:
        """`keys`, and those that they handed on to; not over one that was compromised."""
        trusted = list(keys)
        for key in trusted:  # Also those that are put at its end.
            changes = [change for change in self._changes if change.key == key and not change.announced]
            if not any(change.compromised for change in changes):
                trusted += [after for after in map(self._handed_on, changes) if after and after not in trusted]
        return trusted

    def _handed_on(self, retired: KeyChange) -> Key | None:
        """The key that the retired one announced with its last word."""
        try:
            proof = parse_proof(retired.handover.encode())
            proof.checkpoint.signer([retired.key])
        except Malformed:
            return None
        signed = proof.checkpoint
        for change in self._changes:
            if change.position == proof.index and change.announced and change.key.name == retired.key.name:
                told = is_included(change.leaf_hash, proof.index, signed.size, proof.path, signed.root)
                return change.key if told and signed.size <= retired.position else None
        return None

    def _allows(self, key: Key, size: int, held: bool) -> bool:
        """`held`: whether it holds before any leaf speaks of it."""
        for change in self._changes:
            if change.key != key:
                continue
            if not change.announced and change.compromised:
                return False
            if change.position < size and change.start <= size:
                held = change.announced
        return held and len(self._changes) <= _MOST_KEYS
