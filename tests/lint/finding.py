"""What the lints share: walking the tree, and saying what is wrong and what to write instead."""

import os
import pathlib
import sys
from typing import Callable, Iterator, NamedTuple, Sequence

# Folders that hold nothing of ours.
FOREIGN = {"build", "node_modules", "__pycache__"}


class Finding(NamedTuple):
    path: str  # From the root of the repository.
    line: int  # From one.
    what: str  # What is wrong, and what to write instead.

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def files(root: pathlib.Path, folders: Sequence[str], endings: Sequence[str]) -> Iterator[str]:
    """The files below `folders` with one of `endings`, by name, as paths from the root."""
    found = []
    for folder in folders:
        for place, inner, names in os.walk(root / folder):
            inner[:] = [name for name in inner if name not in FOREIGN and not name.startswith(".")]
            found += [os.path.join(place, name) for name in names if name.endswith(tuple(endings))]
    return iter(sorted({os.path.relpath(path, root) for path in found}))


def read(root: pathlib.Path, path: str) -> str:
    return (root / path).read_text(encoding="utf-8")


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def run(check: Callable[[pathlib.Path], list[Finding]]) -> None:
    """Checks the repository that the one argument names, or the one this file lies in."""
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]
    findings = sorted(check(root.resolve()))
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} findings")
    sys.exit(1 if findings else 0)
