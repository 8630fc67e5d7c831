"""What a ledger's own leaves call missing, and the keys they allow (sections 4 and 8)."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from candor.leaf import Leaf
from candor.notes import Key, parse_vkey
from candor.spool import Spool

_MOST_RANGES = 100_000
_MOST_KEYS = 10_000


class Missing:
    """Calls that gap leaves name and that did not come after; outcomes likewise."""

    def __init__(self, spool: Spool) -> None:
        self._outcomes = spool
        self._gaps: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._room = _MOST_RANGES
        self.countable = True  # Not where there are more missing ranges than are kept.

    def see(self, leaf: Leaf) -> None:
        """Leaves in order; their facts have the right form."""
        facts = leaf.facts
        if leaf.type == "outcome_missing":
            self._outcomes.add(str(facts.get("authorization")), 1)
        elif leaf.type in ("outcome", "cancellation") and "unauthorized" not in leaf.marks:
            self._outcomes.add(str(facts.get("authorization")), 0)
        elif leaf.type == "gap" and self.countable:
            one = facts["missing"][0]
            self._add((facts["producer"], facts["epoch"]), one["first"], one["last"])
        if leaf.producer is not None:
            self._came(leaf.producer[:2], leaf.producer[2])

    def _add(self, of: tuple[str, str], first: int, last: int) -> None:
        """Joins the range with those that it touches, so that nothing counts twice."""
        ranges = self._gaps.setdefault(of, [])
        low = bisect_left(ranges, first, key=lambda one: one[1])
        high = bisect_right(ranges, last, key=lambda one: one[0])
        if low < high:
            first, last = min(first, ranges[low][0]), max(last, ranges[high - 1][1])
        self._put(ranges, low, high, [(first, last)])

    def _came(self, of: tuple[str, str], seq: int) -> None:
        ranges = self._gaps.get(of, [])
        at = bisect_right(ranges, seq, key=lambda one: one[0]) - 1
        if at < 0 or ranges[at][1] < seq:
            return
        first, last = ranges[at]
        rest = [one for one in ((first, seq - 1), (seq + 1, last)) if one[0] <= one[1]]
        self._put(ranges, at, at + 1, rest)

    def _put(self, ranges: list[tuple[int, int]], low: int, high: int, new: list[tuple[int, int]]) -> None:
        self._room -= len(new) - (high - low)
        if self._room < 0:
            self._gaps.clear()
            self.countable = False
        ranges[low:high] = new

    def calls(self) -> int:
        return sum(high - low + 1 for ranges in self._gaps.values() for low, high in ranges)

    def outcomes(self) -> int:
        count = 0
        for records in self._outcomes.parts():
            closed = {key for key, missing in records if not missing}
            count += len({key for key, missing in records if missing} - closed)
        return count


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
