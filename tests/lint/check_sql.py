#!/usr/bin/env python3
"""The migrations defend themselves, and no SQL is made of what a caller sent."""

import pathlib
import re
from dataclasses import dataclass, field

import cpp
from finding import Finding, files, line_of, read, run

MIGRATIONS = "schema/migrations"
HEADER = ("Writes", "Reads", "Growth", "Locks", "Undo")

# The tables that belong to no tenant, and why.
OF_NO_TENANT = {"operator_keys": "the operator belongs to none"}
# The one table of tenants whose keys need not hold the tenant: it says who is one.
TENANTS = "tenants"

# Files where SQL is put together, and why that is safe.
BY_HAND = {
    "services/store/postgres/bulk.cc": "COPY takes no parameters; only a Uuid and numbers go in",
    "services/store/postgres/search.cc": "conditions are made of constants, and of places in one array of values",
    "services/store/postgres/door.cc": "SET ROLE takes no parameters; the names are constants",
}

FORBIDDEN = re.compile(
    r"\bTRIGGER\b|\bSEQUENCE\b|\b(BIG|SMALL)?SERIAL\d?\b|\bIDENTITY\b|\bnextval\b|\bpg_(try_)?advisory_\w+"
    r"|\bLISTEN\b|\bNOTIFY\b|\bpg_notify\b|\bCREATE RULE\b",
    re.IGNORECASE,
)
BOUNDED = re.compile(r"octet_length|char_length|\blength\b|cardinality|sha256|\bIN\b|~")
SQL = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|COPY|WITH|CREATE|ALTER|DROP|GRANT|SET|TRUNCATE)\s")
JOINED = re.compile(r"\b(StrCat|StrFormat|StrAppend|StrJoin|Substitute|format|append)\s*\(")


@dataclass
class Table:
    name: str
    path: str
    line: int
    columns: dict[str, tuple[str, int]] = field(default_factory=dict)  # Type and line.
    checks: list[str] = field(default_factory=list)
    keys: list[tuple[str, str, int]] = field(default_factory=list)  # Name, columns, line.


def check(root: pathlib.Path) -> list[Finding]:
    findings: list[Finding] = []
    tables: dict[str, Table] = {}
    comments: set[str] = set()
    for number, path in enumerate(files(root, (MIGRATIONS,), (".sql",)), 1):
        text = read(root, path)
        findings += check_header(path, text, number)
        code = re.sub(r"--[^\n]*", lambda match: " " * len(match.group(0)), text)
        findings += check_forbidden(path, code)
        findings += read_tables(path, code, tables)
        comments |= {
            match.group(2)
            for match in re.finditer(r"COMMENT ON (TABLE|COLUMN)\s+([\w.]+)\s+IS\s+'(?:[^']|'')+'", code)
        }
    for table in tables.values():
        findings += check_comments(table, comments)
        findings += check_lengths(table)
        findings += check_tenant(table)
    for path in files(root, ("services",), (".h", ".cc")):
        findings += check_service(path, read(root, path))
    return findings


def check_header(path: str, text: str, number: int) -> list[Finding]:
    findings = []
    name = pathlib.PurePath(path).name[:5]
    if name != f"V{number:04}":
        findings.append(Finding(path, 1, f"is number {number} of its folder: call it V{number:04}__…"))
    if not text.startswith(f"-- {name}: "):
        findings.append(Finding(path, 1, f"says not what it adds: begin with `-- {name}: …`"))
    head = text.split("\n\n", 1)[0]
    for word in HEADER:
        if not re.search(rf"^-- {word} ", head, re.MULTILINE):
            findings.append(Finding(path, 1, f"its header has no line `-- {word}`: an operator asks that first"))
    return findings


def check_forbidden(path: str, code: str) -> list[Finding]:
    bare = re.sub(r"'(?:[^']|'')*'", lambda match: re.sub(r"[^\n]", " ", match.group(0)), code)
    return [
        Finding(path, line_of(bare, match.start()), f"`{match.group(0)}`: correctness must need no such thing; take it out")
        for match in FORBIDDEN.finditer(bare)
    ]


def closing(text: str, opening: int) -> int:
    """The offset of the bracket that closes the one at `opening`."""
    depth, quoted = 0, False
    for at in range(opening, len(text)):
        if text[at] == "'":
            quoted = not quoted
        elif not quoted and text[at] == "(":
            depth += 1
        elif not quoted and text[at] == ")":
            depth -= 1
            if depth == 0:
                return at
    return len(text)


def parts(text: str, begin: int, end: int) -> list[tuple[int, str]]:
    """Offset and text of what the commas between `begin` and `end` part, brackets aside."""
    found, start, at = [], begin, begin
    while at < end:
        if text[at] == "'":
            at = text.index("'", at + 1)
        elif text[at] == "(":
            at = closing(text, at)
        elif text[at] == ",":
            found.append((start, text[start:at]))
            start = at + 1
        at += 1
    found.append((start, text[start:end]))
    return [(offset + len(part) - len(part.lstrip()), part.strip()) for offset, part in found if part.strip()]


def read_tables(path: str, code: str, tables: dict[str, Table]) -> list[Finding]:
    findings = []
    for match in re.finditer(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)\s*\(", code):
        table = tables.setdefault(match.group(1), Table(match.group(1), path, line_of(code, match.start())))
        opening = match.end() - 1
        for offset, part in parts(code, opening + 1, closing(code, opening)):
            findings += read_part(path, line_of(code, offset), table, part)
    for match in re.finditer(r"ALTER TABLE (?:ONLY )?(\w+)\s+ADD (?:COLUMN (?:IF NOT EXISTS )?)?([^;]*);", code):
        table = tables.setdefault(match.group(1), Table(match.group(1), path, line_of(code, match.start())))
        findings += read_part(path, line_of(code, match.start()), table, match.group(2))
    for match in re.finditer(r"CREATE (UNIQUE )?INDEX (?:CONCURRENTLY )?(\w+)\s+ON (\w+)\s*\(([^)]*)\)", code):
        unique, name, on, columns = match.groups()
        line = line_of(code, match.start())
        if not name.startswith(on + "_"):
            findings.append(Finding(path, line, f"index {name} is not called after its table: call it {on}_…"))
        if unique and on in tables:
            tables[on].keys.append((name, columns, line))
    return findings


def read_part(path: str, line: int, table: Table, part: str) -> list[Finding]:
    named = re.match(r"CONSTRAINT\s+(\w+)\s+(.*)", part, re.DOTALL)
    if not named:
        if re.match(r"(PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY|EXCLUDE)\b", part):
            return [Finding(path, line, f"a constraint without a name: write CONSTRAINT {table.name}_… before it")]
        column, rest = part.split(None, 1)
        table.columns[column] = (rest.split()[0].lower(), line)
        if re.search(r"\b(PRIMARY KEY|UNIQUE|CHECK)\b", rest):
            return [Finding(path, line, f"a constraint within {column}: give it a line and a name of its own")]
        return []
    name, rule = named.groups()
    key = re.match(r"(PRIMARY KEY|UNIQUE|FOREIGN KEY)\s*\(([^)]*)\)", rule)
    if key:
        table.keys.append((name, key.group(2), line))
    elif rule.startswith("CHECK"):
        table.checks.append(rule)
    words = name.removeprefix(table.name + "_").split("_")
    if not name.startswith(table.name + "_") or (len(words) < 2 and words != ["pk"]):
        return [Finding(path, line, f"{name} says not what holds: call it {table.name}_ and a sentence, or …_pk")]
    return []


def check_comments(table: Table, comments: set[str]) -> list[Finding]:
    findings = []
    if table.name not in comments:
        findings.append(Finding(table.path, table.line, f"says not what {table.name} is: COMMENT ON TABLE {table.name}"))
    for column, (_, line) in table.columns.items():
        if f"{table.name}.{column}" not in comments:
            name = f"{table.name}.{column}"
            findings.append(Finding(table.path, line, f"says not what {name} is: COMMENT ON COLUMN {name}"))
    return findings


def check_lengths(table: Table) -> list[Finding]:
    return [
        Finding(table.path, line, f"{table.name}.{column} may be of any length: add a CHECK of its octet_length")
        for column, (kind, line) in table.columns.items()
        if kind.startswith(("text", "bytea", "varchar", "char"))
        and not any(re.search(rf"\b{column}\b", rule) and BOUNDED.search(rule) for rule in table.checks)
    ]


def check_tenant(table: Table) -> list[Finding]:
    if table.name == TENANTS or table.name in OF_NO_TENANT:
        return []
    if "tenant_id" not in table.columns:
        return [Finding(table.path, table.line, f"{table.name} has no tenant_id: add it, or say here why it needs none")]
    return [
        Finding(table.path, line, f"{name} holds no tenant_id: put it first, so that tenants can be parted")
        for name, columns, line in table.keys
        if not re.search(r"\btenant_id\b", columns)
    ]


def check_service(path: str, text: str) -> list[Finding]:
    findings = []
    code = re.sub(r"(?m)(^|\s)//[^\n]*", lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)
    joined = [(match.start(), closing(code, match.end() - 1)) for match in JOINED.finditer(code)]
    for offset, literal in cpp.literals(code):
        line = line_of(code, offset)
        findings += [
            Finding(path, line, f"`{match.group(0)}`: correctness must need no such thing; take it out")
            for match in FORBIDDEN.finditer(literal)
            if match.group(0).isupper() or "_" in match.group(0)
        ]
        if not SQL.match(literal):
            continue
        if not path.startswith("services/store/postgres/"):
            findings.append(Finding(path, line, "SQL outside of services/store/postgres: move it there"))
        elif path not in BY_HAND:
            end = offset + len(literal) + (2 if code[offset] == '"' else 0)
            glued = re.match(r"\s*\+", code[end:]) or code[:offset].rstrip().endswith("+")
            if glued or any(begin < offset < stop for begin, stop in joined):
                findings.append(Finding(path, line, "SQL is joined with a value: write $1 and give the value as a parameter"))
        if re.search(r"\bOFFSET\b(?!\s+0\b)", literal):  # OFFSET 0 only keeps a subquery apart.
            findings.append(Finding(path, line, "OFFSET reads what it skips: go on from the last key"))
    return findings


if __name__ == "__main__":
    run(check)
