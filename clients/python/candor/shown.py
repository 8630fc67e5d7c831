"""Sections of the leaves of a bundle: shown, or withheld with a reason (section 7)."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import IO, Any

from candor.canonical import SECTION_BYTES, decode_object, decode_section
from candor.finding import Findings
from candor.leaf import Leaf
from candor.merkle import PATH_HASHES
from candor.sections import Erased, check_committed, is_erased
from candor.spool import spooled
from candor.tar import BrokenLine, Line
from candor.words import Malformed, from_base64, is_integer

REASONS = ("erased", "other_person", "privileged", "not_in_scope")
LINE_BYTES = SECTION_BYTES * 4 // 3 + 512  # The longest of the two files.


class Sections:
    """Each section of each leaf must be shown or withheld, once. The leaves wait in temporary files."""

    def __init__(self, findings: Findings, malformed: Findings) -> None:
        self._findings, self._malformed = findings, malformed
        self._open = spooled()
        self._erasures: dict[int, tuple[int, str]] = {}  # By position: items and root.
        self.shown = 0
        self.withheld: Counter[str] = Counter()

    def see(self, position: int, leaf: Leaf, told: bool) -> None:
        """Leaves in order; `told`: whether its facts have the right form."""
        self._put(self._open, position, leaf)
        if told and leaf.type in ("erasure", "expiry"):
            self._erasures[position] = leaf.facts["items"], leaf.facts["root"]

    def show(self, lines: Iterator[Line]) -> None:
        self._take(lines, self._show)

    def withhold(self, lines: Iterator[Line]) -> None:
        self._take(lines, self._withhold)

    def name_missing(self) -> None:
        """When both files were read."""
        self._open.seek(0)
        for position, leaf in map(self._parse, self._open):
            for name in leaf.sections:
                self._findings.add("sections.ndjson", position, name, "is neither shown nor withheld")

    def close(self) -> None:
        self._open.close()

    @staticmethod
    def _put(file: IO[bytes], position: int, leaf: Leaf) -> None:
        if leaf.sections:
            file.write(json.dumps([position, leaf.id, leaf.ledger, leaf.sections]).encode() + b"\n")

    @staticmethod
    def _parse(record: bytes) -> tuple[int, Leaf]:
        position, leaf_id, ledger, sections = json.loads(record)
        return position, Leaf(leaf_id, ledger, "", "", "", {}, (), sections, None)

    def _take(self, lines: Iterator[Line], take: Callable[[Line, dict[str, Any], int, Leaf], None]) -> None:
        """Goes through the lines and the leaves side by side; keeps what no line names."""
        self._open.seek(0)
        leaves, rest = map(self._parse, self._open), spooled()
        at = next(leaves, None)
        last = ""
        try:
            for line in lines:
                value = self._value(line)
                if value is None:
                    continue
                while at is not None and at[1].id != value["leaf"]:
                    self._put(rest, *at)
                    at, last = next(leaves, None), ""
                if at is None:
                    self._name(line, None, "belongs to no leaf in its place; nothing after it was looked at")
                    break
                position, leaf = at
                name = value["section"]
                if name not in leaf.sections:
                    self._name(line, position, "names no section of its leaf, or one that stands in another line")
                    continue
                if name < last:
                    self._name(line, position, "is out of order")
                last = name
                try:
                    take(line, value, position, leaf)
                except Malformed as error:
                    self._name(line, position, f"{name}: {error}")
                del leaf.sections[name]
        except BrokenLine as error:
            self._findings.add(error.file, None, f"line {error.number}", error)
        while at is not None:
            self._put(rest, *at)
            at = next(leaves, None)
        self._open.close()
        self._open = rest

    def _name(self, line: Line, position: int | None, what: object) -> None:
        self._findings.add(line.file, position, f"line {line.number}", what)

    def _value(self, line: Line) -> dict[str, Any] | None:
        try:
            value = decode_object(line.data, LINE_BYTES)
            if not isinstance(value.get("leaf"), str) or not isinstance(value.get("section"), str):
                raise Malformed("is not of the form of such a line")
        except Malformed as error:
            self._name(line, None, error)
            return None
        return value

    def _show(self, line: Line, value: dict[str, Any], position: int, leaf: Leaf) -> None:
        if value.keys() != {"bytes", "leaf", "salt", "section"}:
            raise Malformed("is not of the form of such a line")
        self.shown += 1
        section = from_base64(value["bytes"])
        check_committed(leaf, value["section"], from_base64(value["salt"]), section)
        try:
            decode_section(section)
        except Malformed as error:
            self._malformed.add(line.file, position, f"line {line.number}", f"{value['section']}: {error}")

    def _withhold(self, line: Line, value: dict[str, Any], position: int, leaf: Leaf) -> None:
        reason = value.get("reason")
        members = {"leaf", "reason", "section"} | ({"erasure"} if reason == "erased" else set())
        if reason not in REASONS or value.keys() != members:
            raise Malformed("is not of the form of such a line")
        self.withheld[reason] += 1
        if reason == "erased":
            self._check_erased(value["section"], value["erasure"], position, leaf)

    def _check_erased(self, name: str, said: Any, position: int, leaf: Leaf) -> None:
        if not isinstance(said, dict) or said.keys() != {"index", "k", "position", "proof"}:
            raise Malformed("is not of the form of such a line")
        at, index, proof = said["position"], said["index"], said["proof"]
        if not is_integer(at) or not is_integer(index) or not isinstance(proof, list) or len(proof) > PATH_HASHES:
            raise Malformed("is not of the form of such a line")
        shown = Erased(from_base64(said["k"], 32), index, tuple(from_base64(one, 32) for one in proof))
        if at not in self._erasures:
            raise Malformed(f"its erasure, leaf {at:,}, is not in the bundle")
        items, root = self._erasures[at]
        erasure = Leaf("", "", "", "", "erasure", {"items": items, "root": root}, (), {}, None)
        if at <= position or not is_erased(leaf, name, erasure, shown):
            raise Malformed("nothing proves that it was erased")
