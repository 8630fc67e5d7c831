"""Whether both verifiers say the same about a saved ledger, whole and damaged in every way.

python3 agreement.py CANDOR DIR VKEY [STEP]

CANDOR is the program, DIR a folder that `candor ledger save` wrote; it is damaged and put
right again, at every STEPth byte of each file. Prints how much was tried, and each
difference; exit status 1 if there is one, or if damage went unnoticed by both.
"""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from candor import commands
from candor.canonical import encode
from candor.merkle import leaf_hash
from candor.tiles import parse_bundle


@dataclass(frozen=True)
class Answer:
    """What a verifier says, as far as both say it alike."""

    exit: int
    checkpoint: str  # As JSON.
    leaves: int | None
    missing: tuple[int, int] | None
    findings: frozenset[tuple[str, int | None]]  # Table and position.
    malformed: frozenset[int | None]  # Positions.


def _answer(status: int, out: str) -> Answer:
    said: dict[str, Any] = json.loads(out) if out else {}
    missing = (said["missing_calls"], said["missing_outcomes"]) if "missing_calls" in said else None
    return Answer(
        status,
        json.dumps(said.get("checkpoint"), sort_keys=True),
        said.get("leaves"),
        missing,
        frozenset((one["table"], one.get("position")) for one in said.get("findings", [])),
        frozenset(one.get("position") for one in said.get("malformed", [])),
    )


def by_python(*words: str) -> Answer:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        status = commands.run([*words, "--json"])
    return _answer(status, out.getvalue())


def by_candor(program: str, *words: str) -> Answer:
    ran = subprocess.run([program, "verify", *words, "--json"], capture_output=True, text=True, check=False)
    return _answer(ran.returncode, ran.stdout)


class Both:
    def __init__(self, program: str, folder: pathlib.Path, vkey: str) -> None:
        self._program, self._folder, self._vkey = program, folder, vkey
        self.tried = 0
        self.differences: list[str] = []

    def compare(self, what: str, intact: bool) -> Answer:
        """Asks both; a difference, or an answer other than expected, is kept."""
        python = by_python("ledger", str(self._folder), "--vkey", self._vkey)
        candor = by_candor(self._program, "folder", str(self._folder), "--vkey", self._vkey)
        self.tried += 1
        if python != candor:
            both = [(field.name, getattr(python, field.name), getattr(candor, field.name)) for field in fields(Answer)]
            apart = [f"\n  {name}: python {ours}, candor {theirs}" for name, ours, theirs in both if ours != theirs]
            self.differences.append(what + "".join(apart))
        elif (python.exit == 0) != intact:
            self.differences.append(f"{what}\n  both {python}")
        return python

    def damage_all(self, step: int) -> None:
        for path in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            name = str(path.relative_to(self._folder))
            data = path.read_bytes()
            for how, damaged in _damages(name, data, step):
                path.write_bytes(damaged)
                self.compare(f"{name}: {how}", False)
            with path.open("r+b") as file:
                file.truncate(1 << 40)
            self.compare(f"{name}: huge", False)
            path.unlink()
            self.compare(f"{name}: not there", False)
            path.mkdir()
            self.compare(f"{name}: a folder", False)
            path.rmdir()
            path.write_bytes(data)
        self.compare("put right again", True)


def _damages(name: str, data: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    for at in [*range(0, len(data), step), len(data) - 1]:
        yield f"byte {at}", data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    yield from {"empty": b"", "cut": data[:-1], "longer": data + b"\0", "doubled": data * 2}.items()
    if name.startswith("tile/entries"):
        width = int(name.rpartition(".p/")[2]) if ".p/" in name else 256
        yield from _other_leaves(parse_bundle(data, width))


def _other_leaves(leaves: list[bytes]) -> Iterator[tuple[str, bytes]]:
    for at in sorted({0, 1, len(leaves) // 2, len(leaves) - 2} & set(range(len(leaves) - 1))):
        before, one, two, after = leaves[:at], leaves[at], leaves[at + 1], leaves[at + 2 :]
        yield f"leaf {at} taken out", bundle([*before, two, *after])
        yield f"leaf {at} swapped with the next", bundle([*before, two, one, *after])
        yield f"leaf {at} doubled", bundle([*before, one, one, two, *after])
        yield f"leaf {at} in place of the next", bundle([*before, one, one, *after])
    seen = set()
    for at, leaf in enumerate(leaves):
        members = json.loads(leaf)
        if members["type"] not in seen:
            seen.add(members["type"])
            for where in _places(members):
                altered = [*leaves[:at], _altered(leaf, where), *leaves[at + 1 :]]
                yield f"leaf {at}, {members['type']}, {'.'.join(map(str, where))}", bundle(altered)


def bundle(leaves: list[bytes]) -> bytes:
    return b"".join(len(leaf).to_bytes(2) + leaf for leaf in leaves)


def _places(value: Any) -> list[tuple[str | int, ...]]:
    """The way to each value that is no object and no list."""
    if not isinstance(value, (dict, list)):
        return [()]
    members = value.items() if isinstance(value, dict) else enumerate(value)
    return [(name, *rest) for name, member in members for rest in _places(member)]


def _altered(leaf: bytes, where: tuple[str | int, ...]) -> bytes:
    """The leaf with another value in that place, in canonical form again."""
    members = json.loads(leaf)
    holder = members
    for name in where[:-1]:
        holder = holder[name]
    value = holder[where[-1]]
    if isinstance(value, bool):
        holder[where[-1]] = not value
    elif isinstance(value, int):
        holder[where[-1]] = value + 1
    else:
        last = "1" if value[-1:] != "1" else "2"
        holder[where[-1]] = value[:-1] + last
    altered = encode(members)
    assert leaf_hash(altered) != leaf_hash(leaf)
    return altered


def main() -> int:
    program, folder, vkey, *step = sys.argv[1:]
    both = Both(program, pathlib.Path(folder), vkey)
    whole = both.compare("as it was saved", True)
    both.damage_all(int(step[0]) if step else 64)
    print(f"{whole.leaves} leaves, {both.tried} compared, {len(both.differences)} differences")
    for difference in both.differences:
        print(difference)
    return 1 if both.differences else 0


if __name__ == "__main__":
    sys.exit(main())
