"""What does not fit, and where."""

from dataclasses import dataclass, field

MOST = 10_000


@dataclass(frozen=True)
class Finding:
    table: str  # "entries", "tiles", "checkpoint" or "receipt".
    position: int | None  # Of a leaf; of a tile, its number.
    column: str
    what: str

    def __str__(self) -> str:
        where = self.table + ("" if self.position is None else f" {self.position:,}")
        return f"{where}{', ' + self.column if self.column else ''}: {self.what}"


@dataclass
class Findings:
    """At most MOST of them; the rest are counted."""

    kept: list[Finding] = field(default_factory=list)
    count: int = 0

    def add(self, table: str, position: int | None, column: str, what: object) -> None:
        self.count += 1
        if self.count <= MOST:
            self.kept.append(Finding(table, position, column, str(what)))

    def extend(self, other: "Findings") -> None:
        self.kept += other.kept[: MOST - len(self.kept)]
        self.count += other.count

    def all(self) -> list[Finding]:
        if self.count <= MOST:
            return self.kept
        return [*self.kept, Finding("", None, "", f"and {self.count - MOST:,} more")]
