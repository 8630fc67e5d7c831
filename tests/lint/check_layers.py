#!/usr/bin/env python3
"""Which room may use which, and where a foreign header may stand; layers.json is the whole truth.

It is held against every #include, against the ROOMS of every candor_add_room, and against itself:
a plan with a cycle is refused.
"""

import json
import pathlib
import re

import cpp
from finding import Finding, files, line_of, read, run

PLAN = "tests/lint/layers.json"
FOLDERS = ("services", "clients", "examples", "bench", "tests")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>]+)>|"([^"]+)")', re.MULTILINE)
ADD_ROOM = re.compile(r"candor_add_room\(\s*(\w+)([^)]*)\)")
GENERATED = ("migrations.inc", "laws.inc")


def check(root: pathlib.Path) -> list[Finding]:
    plan = json.loads(read(root, PLAN))
    findings = check_plan(plan["rooms"])
    uses = plan["rooms"] | plan["programs"]
    for path in files(root, FOLDERS, (".h", ".cc")):
        text = cpp.bare(read(root, path))
        findings += check_includes(plan, uses, path, text)
        findings += check_words(plan, path, text)
        findings += check_namespace(path, text)
    for path in files(root, ("services",), ("CMakeLists.txt",)):
        findings += check_cmake(plan["rooms"], path, re.sub(r"#[^\n]*", "", read(root, path)))
    for path in (path for path in root.joinpath("services").iterdir() if path.is_dir()):
        if path.name not in plan["rooms"]:
            findings.append(Finding(f"services/{path.name}", 1, f"the room stands in no line of {PLAN}: add it"))
    return findings


def check_plan(rooms: dict[str, list[str]]) -> list[Finding]:
    findings = [
        Finding(PLAN, 1, f"{room} may use {used}, which is no room: remove it")
        for room, uses in rooms.items()
        for used in uses
        if used != "*" and used not in rooms
    ]
    done: set[str] = set()

    def visit(room: str, way: list[str]) -> None:
        if room in way:
            circle = " -> ".join(way[way.index(room) :] + [room])
            findings.append(Finding(PLAN, 1, f"the rooms go in a circle, {circle}: take one of these out"))
        elif room not in done:
            for used in rooms.get(room, []):
                visit(used, way + [room])
            done.add(room)

    for room in rooms:
        visit(room, [])
    return findings


def may_use(rooms: dict[str, list[str]], room: str, used: str) -> bool:
    return room == used or used in rooms.get(room, []) or "*" in rooms.get(room, [])


def room_of(path: str) -> str:
    parts = path.split("/")
    return parts[1] if parts[0] == "services" and len(parts) > 2 else ""


def check_includes(plan: dict, uses: dict[str, list[str]], path: str, text: str) -> list[Finding]:
    findings = []
    room = room_of(path) or path.split("/")[0]
    for match in INCLUDE.finditer(text):
        line = line_of(text, match.start())
        name = match.group(1) or match.group(2)
        if match.group(2) and "/" not in name and name not in GENERATED:
            findings.append(Finding(path, line, f'"{name}" is no path from the root: write "services/…/{name}"'))
        used = room_of(name) or ("wire" if name.endswith(".pb.h") else "")
        if used and not may_use(uses, room, used):
            allowed = ", ".join(uses.get(room, [])) or "none"
            findings.append(Finding(path, line, f"{room} may not use {used}: use only {allowed}, or move it down"))
        for row in plan["includes"]:
            if re.search(row["match"], name) and forbidden(row, path):
                findings.append(Finding(path, line, f"<{name}> stands outside of its rooms: {row['instead']}"))
    return findings


def forbidden(row: dict, path: str) -> bool:
    inside = path.startswith(tuple(row.get("in", [""])))
    return inside and not path.startswith(tuple(row["only_in"]))


def check_words(plan: dict, path: str, text: str) -> list[Finding]:
    return [
        Finding(path, line_of(text, match.start()), f"`{match.group(0)}` has no place here: {row['instead']}")
        for row in plan["words"]
        if forbidden(row, path)
        for match in re.finditer(row["match"], text)
    ]


# The C interface of a crate: C has no namespaces.
FOREIGN = "services/policy/rego/"


def check_namespace(path: str, text: str) -> list[Finding]:
    if path.startswith(FOREIGN):
        return []
    room = room_of(path)
    if not room or path.endswith("/main.cc"):
        return []
    wanted = "candor" if room == "base" else f"candor::{room}"
    declared = re.findall(r"^namespace (candor[\w:]*) \{", text, re.MULTILINE)
    if not declared and path.endswith(".h") and "class" not in text and "struct" not in text and "(" in text:
        return []  # Macros alone.
    if wanted in declared and all(name in (wanted, "candor") for name in declared):
        return []
    return [Finding(path, 1, f"declares no namespace {wanted}, or another one: a folder is a namespace")]


def check_cmake(rooms: dict[str, list[str]], path: str, text: str) -> list[Finding]:
    findings = []
    for match in ADD_ROOM.finditer(text):
        room, line = match.group(1), line_of(text, match.start())
        words = match.group(2).split()
        linked: set[str] = set()
        keyword = ""
        for word in words:
            if word in ("SOURCES", "ROOMS", "USES"):
                keyword = word
            elif keyword == "ROOMS":
                linked.add(word)
        if room != room_of(path):
            findings.append(Finding(path, line, f"makes the room {room}: call it {room_of(path)}, as its folder"))
        if room not in rooms:
            continue  # Told once, for its folder.
        if "*" in rooms[room]:
            continue
        for used in sorted(linked - set(rooms[room])):
            findings.append(Finding(path, line, f"room {room} may not link {used}: take it out of ROOMS"))
        for unused in sorted(set(rooms[room]) - linked):
            findings.append(Finding(path, line, f"{PLAN} lets {room} use {unused}, ROOMS does not: make them agree"))
    return findings


if __name__ == "__main__":
    run(check)
