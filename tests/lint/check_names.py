#!/usr/bin/env python3
"""File names, the guard of headers, the size of files, and words that put work off."""

import pathlib
import re

import cpp
from finding import Finding, files, line_of, read, run

FOLDERS = (
    "services", "clients", "examples", "bench", "tests", "proto", "schema", "deploy", "cmake", "console", "policies",
)
ENDINGS = (".h", ".cc", ".py", ".sh", ".sql", ".proto", ".cmake", ".rego", ".ts", ".txt", ".json")
SNAKE = re.compile(r"[a-z0-9_]+\.[a-z]+")
OWN_FORM = {
    ".sql": (re.compile(r"V[0-9]{4}__[a-z0-9_]+\.sql"), "V0001__what_it_adds.sql"),
    ".sh": (re.compile(r"([0-9]+-)?[a-z0-9_]+\.sh"), "what_it_does.sh"),  # A step of the tour has a number.
    ".cmake": (re.compile(r"[A-Z][A-Za-z]*\.cmake"), "Word.cmake"),
    ".txt": (re.compile(r"CMakeLists\.txt|[a-z0-9_]+\.txt"), "CMakeLists.txt or snake_case.txt"),
}
MOST_LINES = {".h": 150, ".cc": 500}
# In two pieces each, so that this file holds none of them.
PUT_OFF = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"]) + r")\b")


def check(root: pathlib.Path) -> list[Finding]:
    findings = []
    for path in files(root, FOLDERS, ENDINGS):
        text = read(root, path)
        findings += check_name(path)
        findings += check_size(path, text)
        if path.endswith(".h"):
            findings += check_guard(path, text)
        findings += [
            Finding(path, line_of(text, match.start()), f"`{match.group(0)}` puts work off: do it, or say why it stays so")
            for match in PUT_OFF.finditer(text)
        ]
    return findings


def check_name(path: str) -> list[Finding]:
    name = pathlib.PurePath(path).name
    form, example = OWN_FORM.get(pathlib.PurePath(path).suffix, (SNAKE, "snake_case"))
    if form.fullmatch(name):
        return []
    return [Finding(path, 1, f"{name} is called otherwise than its kind: write {example}")]


def check_size(path: str, text: str) -> list[Finding]:
    most = MOST_LINES.get(pathlib.PurePath(path).suffix)
    lines = text.count("\n")
    if most is None or lines <= most:
        return []
    return [Finding(path, most + 1, f"{lines} lines hold two ideas: part them into files of at most {most}")]


def check_guard(path: str, text: str) -> list[Finding]:
    code = [line for line in cpp.bare(text).splitlines() if line.strip()]
    if code and code[0].strip() == "#pragma once":
        return []
    return [Finding(path, 1, "begins otherwise: after its comment, write `#pragma once`")]


if __name__ == "__main__":
    run(check)
