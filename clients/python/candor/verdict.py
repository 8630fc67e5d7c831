"""What a verification prints: for people by default, JSON for programs."""

import json
from dataclasses import dataclass, field
from typing import Any

from candor.canonical import MOST
from candor.finding import Finding, Findings
from candor.notes import Checkpoint, Key
from candor.told import Forgotten, Missing
from candor.words import to_base64

INTACT, NOT_INTACT, UNREADABLE = 0, 1, 2
PRINTED = 100


def printable(text: str) -> str:
    """Text from elsewhere, without what could move a cursor or change colours."""
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)


def number(value: int) -> int | str:
    """As JSON: numbers that not every reader holds exactly become texts."""
    return value if value <= MOST else str(value)


@dataclass
class Verdict:
    about: list[tuple[str, str]] = field(default_factory=list)
    json: dict[str, Any] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    malformed: Findings = field(default_factory=Findings)
    intact: str = ""  # What holds, where nothing was found.
    complete: str = ""  # The range, or why it cannot be told.
    whole: bool = False

    def describe(self, checkpoint: Checkpoint, signer: Key) -> None:
        root, by = to_base64(checkpoint.root), f"{signer.name}+{signer.id.hex()}"
        self.about.append(("checkpoint", f"size {checkpoint.size:,}, root {root}"))
        self.about.append(("signed", f"by {by}; log only, no witness"))
        self.json["checkpoint"] = {
            "origin": checkpoint.origin,
            "size": number(checkpoint.size),
            "root": root,
            "signed_by": by,
            "witnesses": "log only",
        }

    def describe_told(self, missing: Missing, erased: Forgotten) -> None:
        """What the ledger's own leaves call missing, and erased."""
        calls = f"{missing.calls:,} calls and {missing.outcomes:,} outcomes, as its own leaves say"
        self.about.append(("missing", calls))
        if erased.persons:
            sections = f"{erased.persons:,} persons, {erased.sections:,} sections, as its own leaves say"
            self.about.append(("erased", sections))
        self.json |= {
            "missing_calls": number(missing.calls),
            "missing_outcomes": missing.outcomes,
            "erased_persons": erased.persons,
            "erased_sections": number(erased.sections),
        }

    def not_provable(self, why: str) -> None:
        self.complete = f"not provable ({why})"

    def print(self, as_json: bool) -> int:
        intact = self.findings.count == 0
        if as_json:
            self.json |= {
                "intact": intact,
                "complete": self.complete,
                "complete_range": self.whole,
                "findings": [_json(one) for one in self.findings.all()],
                "malformed": [_json(one) for one in self.malformed.all()],
            }
            print(json.dumps(self.json, sort_keys=True, separators=(",", ":")))
            return INTACT if intact else NOT_INTACT
        width = max((len(name) for name, _ in self.about), default=0) + 2
        for name, value in self.about:
            print(name.ljust(width) + printable(value))
        _print_list("altered or missing:", self.findings)
        _print_list("malformed, against the format:", self.malformed)
        count = self.findings.count
        print(f"intact: yes, {self.intact}" if intact else f"intact: no, {count:,} finding{'s' * (count != 1)}")
        print(f"complete: {self.complete}")
        return INTACT if intact else NOT_INTACT


def _json(one: Finding) -> dict[str, Any]:
    position = {} if one.position is None else {"position": number(one.position)}
    column = {"column": one.column} if one.column else {}
    return {"table": one.table, **position, **column, "what": one.what}


def _print_list(head: str, findings: Findings) -> None:
    if findings.count:
        print(head)
        for one in findings.kept[:PRINTED]:
            print("  " + printable(str(one)))
        if findings.count > PRINTED:
            print(f"  and {findings.count - PRINTED:,} more; --json lists them")
