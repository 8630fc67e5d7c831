"""What a ledger's own leaves call missing, and the keys they allow (sections 4 and 8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from candor.leaf import Leaf
from candor.notes import Key, parse_vkey

_MOST_KEYS = 10_000


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


class KeyHistory:
    """Which keys the ledger's own leaves allow at which size."""

    def __init__(self) -> None:
        self._first: set[Key] | None = None  # None until leaf 0 was seen.
        self._changes: list[tuple[int, Key, bool, int, bool]] = []

    def see(self, position: int, leaf: Leaf | None) -> None:
        """Leaves in order; None is one that cannot be read, or whose facts cannot."""
        if position == 0:
            first = leaf is not None and leaf.type == "ledger"
            self._first = {parse_vkey(vkey) for vkey in leaf.facts["vkeys"]} if leaf and first else set()
        if leaf is not None and leaf.type == "key" and len(self._changes) <= _MOST_KEYS:
            facts = leaf.facts
            announced, compromised = facts["change"] == "announced", facts.get("reason") == "compromised"
            self._changes.append((position, parse_vkey(facts["vkey"]), announced, facts["from"], compromised))

    def allowed(self, keys: Sequence[Key], size: int) -> list[Key]:
        """Those of `keys` that sign at this size; all while no leaf says anything about them."""
        return list(keys) if self._first is None else [key for key in keys if self._allows(key, size)]

    def _allows(self, key: Key, size: int) -> bool:
        held = self._first is not None and key in self._first
        for position, of, announced, start, compromised in self._changes:
            if of != key:
                continue
            if not announced and compromised:
                return False
            if position < size and start <= size:
                held = announced
        return held and len(self._changes) <= _MOST_KEYS
