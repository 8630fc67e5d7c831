"""Leaves one after the other: each by itself, beside those before it, and what they tell (section 9.2, step 6)."""

from collections.abc import Callable

from candor.leaf import Leaf, check_facts, parse_leaf
from candor.spool import Spool
from candor.told import Forgotten, KeyHistory, Missing
from candor.words import Malformed


class Leaves:
    """Takes leaves by ascending position; `malformed` is told the position, column and fault of a breach."""

    def __init__(self, origin: str, ids: Spool, malformed: Callable[[int, str, object], None]) -> None:
        self._origin, self._ids, self._malformed = origin, ids, malformed
        self._time = ""
        self._closed = False
        self.keys = KeyHistory()
        self.missing = Missing()
        self.forgotten = Forgotten()

    def see(self, position: int, hashed: bytes, data: bytes) -> tuple[Leaf | None, bool]:
        """The leaf, where it can be read, and whether its facts have the right form."""
        try:
            leaf = parse_leaf(data)
        except Malformed as error:
            self._malformed(position, "leaf", error)
            self.keys.see(position, hashed, None)
            return None, False
        return leaf, self._see(position, hashed, leaf)

    def _see(self, position: int, hashed: bytes, leaf: Leaf) -> bool:
        if leaf.ledger != self._origin:
            self._malformed(position, "ledger", "is not the origin of the checkpoint")
        if leaf.time < self._time:
            self._malformed(position, "time", "is before that of the leaf before")
        self._time = leaf.time
        if (leaf.type == "ledger") != (position == 0):
            what = "is `ledger`, which leaf 0 alone is" if position else "of leaf 0 is not `ledger`"
            self._malformed(position, "type", what)
        if self._closed:
            self._malformed(position, "leaf", "stands after the leaf that closes the ledger")
        self._ids.add(leaf.id, position * 2)
        self._ids.add(leaf.request, position * 2 + 1)
        try:
            check_facts(leaf)
        except Malformed as error:
            self._malformed(position, "facts", error)
            self.keys.see(position, hashed, None)
            return False
        self.keys.see(position, hashed, leaf)
        self.missing.see(leaf)
        self.forgotten.see(leaf)
        self._closed = self._closed or leaf.type == "close"
        return True

    def find_twice(self) -> None:
        """Names each id and request that came before; once, when all leaves were seen."""
        for records in self._ids.parts():
            first: dict[tuple[bytes, int], int] = {}
            for key, number in records:
                position, column = divmod(number, 2)
                before = first.setdefault((key, column), position)
                if before != position:
                    self._malformed(position, ("id", "request")[column], f"is that of leaf {before:,}, too")
