#!/usr/bin/env python3
"""The comment on a field is its specification: it says what the rule behind it says, and each
method says how it fails."""

import pathlib
import re

import proto
from finding import Finding, files, line_of, read, run

FOLDER = "proto/candor/v1"
REASONS = "services/base/reason.h"
README = FOLDER + "/README.md"
# Reasons that one room gives to itself; they never reach a caller.
INNER_REASONS = {"TIME_LINE_CHANGED", "KEYS_CHANGED", "REGISTRY_CHANGED", "TASK_CHANGED", "CASES_CHANGED"}
# Fields of a rule itself, which no message of the wire carries.
OF_RULES = "FieldRule"

CODES = {
    "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
    "UNAUTHENTICATED",
}
IN_LEAF = {"REQUEST_ID", "PRODUCER", "DECISION", "AUTHORIZATION", "AMENDS"}  # Roles that stand in the leaf.
LIMITED_FORMS = {"FIELD_FORM_DECIMAL", "FIELD_FORM_JSON", "FIELD_FORM_CODE", "FIELD_FORM_ID", "FIELD_FORM_DIGEST"}
WORD_OF_FORM = {
    "FIELD_FORM_JSON": r"JSON",
    "FIELD_FORM_DECIMAL": r"decimal",
    "FIELD_FORM_DIGEST": r"SHA-256|[Dd]igest",
    "FIELD_FORM_JURISDICTION": r"[Jj]urisdiction|ISO 3166|[Ww]here",
    "FIELD_FORM_LANGUAGE": r"[Ll]anguage|BCP 47",
}
DEFAULT_ITEMS = 16
ERRORS = re.compile(r"^Errors(?: of the whole call)?(?:, besides those of every method)?(?:; an item's own$|:)", re.MULTILINE)


def check(root: pathlib.Path) -> list[Finding]:
    texts = {path: read(root, path) for path in files(root, (FOLDER,), (".proto",))}
    parsed = [proto.read_file(path, text) for path, text in texts.items()]
    findings: list[Finding] = []
    for file in parsed:
        for enum in file.enums:
            if not enum.zero.endswith("_UNSPECIFIED"):
                what = f"the zero of {enum.name} is {enum.zero or 'missing'}: call it …_UNSPECIFIED, and refuse it on input"
                findings.append(Finding(enum.path, enum.line, what))
        for method in file.methods:
            findings += check_method(method)
        for message in file.messages:
            if message.name != OF_RULES:
                findings += check_first_words(message)
    findings += Rules(parsed).findings
    findings += check_reasons(root, texts)
    return findings


def check_first_words(message: proto.Message) -> list[Finding]:
    return [
        Finding(message.path, one.line, f"{message.name}.{one.name}: begin its comment with Required., Optional. or Output only.")
        for one in message.fields
        if not re.match(r"(Required|Optional|Output only)\.(\s|$)", one.comment)
    ]


def check_method(method: proto.Method) -> list[Finding]:
    errors = ERRORS.search(method.comment)
    if not errors:
        return [Finding(method.path, method.line, f"{method.name} says not how it fails: add `Errors:` to its comment")]
    if "every method" in method.comment[errors.start() :] and "Errors of every method" not in method.service_comment:
        what = f"{method.name} names the errors of every method, which its service lists nowhere: list them there"
        return [Finding(method.path, method.line, what)]
    listed = re.findall(r"^- `(\w+)`", method.comment[errors.start() :], re.MULTILINE)
    findings = [
        Finding(method.path, method.line, f"{method.name}: {code} is no status code: see section Errors of its README")
        for code in listed
        if code not in CODES
    ]
    if not listed and not re.search(r"those of every method|an item's own", method.comment[errors.start() :]):
        findings.append(Finding(method.path, method.line, f"{method.name} lists no error: write `- CODE, reason …`"))
    return findings


def numbers(comment: str) -> set[int]:
    """The limits that a comment states: `at most 2,000 bytes`, `1 to 256`, `5 of 256 bytes`."""
    unit = {"KiB": 1024, "MiB": 1024 * 1024, "": 1}
    text = " ".join(comment.split())
    number = r"(\d+(?:,\d{3})*)(?: (KiB|MiB))?"
    found = re.findall(rf"(?:[Aa]t most|\bto|\bof) {number}", text) + re.findall(rf"{number}(?: bytes)? each", text)
    return {int(digits.replace(",", "")) * unit[size] for digits, size in found}


class Rules:
    """Every field that an appending request may hold has a rule, and its comment says the same."""

    def __init__(self, parsed: list[proto.File]):
        self.messages = {message.name: message for file in parsed for message in file.messages}
        self.findings: list[Finding] = []
        self.seen: set[tuple[str, bool]] = set()
        for message in list(self.messages.values()):
            if any((one.rule or {}).get("role") == "FIELD_ROLE_REQUEST_ID" for one in message.fields):
                self.walk(message, kept=False)

    def walk(self, message: proto.Message, kept: bool) -> None:
        if (message.name, kept) in self.seen:
            return
        self.seen.add((message.name, kept))
        for one in message.fields:
            rule = one.rule or {}
            child = self.messages.get(one.type)
            inner = kept or "section" in rule or rule.get("role") == "FIELD_ROLE_PRODUCER"
            placed = {"fact", "section", "role"} & set(rule)
            if not placed and child is None and not kept:
                self.add(message, one, "has no place: add a rule with fact, section or role")
            self.check_words(message, one, rule, kept, placed)
            self.check_numbers(message, one, rule, child)
            if child is not None and rule.get("role") != "FIELD_ROLE_PASSING":
                self.walk(child, inner)

    def add(self, message: proto.Message, one: proto.Field, what: str) -> None:
        finding = Finding(message.path, one.line, f"{message.name}.{one.name} {what}")
        if finding not in self.findings:
            self.findings.append(finding)

    def check_words(self, message: proto.Message, one: proto.Field, rule: dict, kept: bool, placed: set[str]) -> None:
        comment = " ".join(one.comment.split())
        required = rule.get("required") == "true"
        if required != comment.startswith("Required."):
            self.add(message, one, f"is {'' if required else 'not '}required by its rule: let the comment begin so")
        role = rule.get("role", "").removeprefix("FIELD_ROLE_")
        fact = "fact" in rule or role in IN_LEAF
        says_fact = re.search(r"\b[Ff]acts?\b|\b[Ll]eaf member\b", comment) is not None
        if fact and not says_fact:
            self.add(message, one, "stands in the leaf by its rule: say `A fact.`")
        if re.search(r"\bA fact\b", comment) and not fact and not kept:
            self.add(message, one, "is called a fact, and its rule keeps it elsewhere: make them agree")
        if "section" in rule and not kept and not re.search(rf"[Ss]ealed in `{rule['section']}", comment):
            self.add(message, one, f"is sealed by its rule: say `Sealed in `{rule['section']}`.`")
        # Of a code in a catalogue, what was never declared is sealed.
        sealed = kept or role == "PERSON" or {"section", "catalogue"} & set(rule)
        if re.search(r"\bSealed\b", comment) and not sealed:
            self.add(message, one, "is called sealed, and its rule seals it not: add `section`")
        if role == "PASSING" and re.search(r"\bA fact\b|\bSealed in\b", comment):
            self.add(message, one, "only passes by its rule, and its comment keeps it: make them agree")
        if "catalogue" in rule and f"`{rule['catalogue']}`" not in comment:
            self.add(message, one, f"is a code of catalogue `{rule['catalogue']}`: say so")
        word = WORD_OF_FORM.get(rule.get("form", ""))
        if word and not re.search(word, comment):
            self.add(message, one, f"has {rule['form']}, and its comment says nothing of it: name the form")

    def check_numbers(self, message: proto.Message, one: proto.Field, rule: dict, child: proto.Message | None) -> None:
        stated = numbers(one.comment)
        known = {int(rule[name]) for name in ("max", "max_items") if name in rule}
        if one.label == "repeated" and "max_items" not in rule:
            known.add(DEFAULT_ITEMS)
        if not stated and known and not (rule.get("form") == "FIELD_FORM_CODE" and one.label != "repeated"):
            self.add(message, one, f"is limited to {sorted(known)} by its rule: state the limit in its comment")
        for number in sorted(known - stated if stated else ()):
            self.add(message, one, f"is limited to {number} by its rule: state it in its comment")
        free = child is not None or one.type.startswith("google.") or rule.get("form") in LIMITED_FORMS
        if stated and not known and not free:
            self.add(message, one, f"states the limit {max(stated)}, and its rule none: add `max`")


def check_reasons(root: pathlib.Path, texts: dict[str, str]) -> list[Finding]:
    """The list of reasons, the table for callers, the comments and the services name the same ones."""
    listed = re.search(r"kReasons\s*=\s*\{(.*?)\}", read(root, REASONS), re.DOTALL)
    known = set(re.findall(r'"([A-Z_]+)"', listed.group(1))) if listed else set()
    readme = read(root, README)
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| `([A-Z_]+)` \|", readme, re.MULTILINE))
    findings = [Finding(README, 1, f"has no row for {reason} of {REASONS}: add it") for reason in sorted(known - set(table))]
    for reason in sorted(set(table) - known):
        line = line_of(readme, readme.index(f"| `{reason}` |"))
        findings.append(Finding(README, line, f"{reason} is none of {REASONS}: add it there, or take the row out"))
    for path, text in texts.items():
        findings += check_reason_words(path, text, table)
    for path in files(root, ("services",), (".cc",)):
        text = read(root, path)
        findings += [
            Finding(path, line_of(text, match.end()), f"{match.group(1)} is none of {REASONS}: name one, or add it")
            for match in re.finditer(r'\bBecause\([^;]*?,\s*"([A-Z_]+)"\s*\)', text)
            if match.group(1) not in known | INNER_REASONS
        ]
    return findings


def check_reason_words(path: str, text: str, table: dict[str, str]) -> list[Finding]:
    gap = r"(?:\s|//)+"  # A sentence of a comment goes over several lines.
    sentence = re.compile(rf"`([A-Z_]+)`,{gap}reason{gap}`([A-Z_]+)`(?:{gap}or{gap}`([A-Z_]+)`)?")
    findings = []
    for match in sentence.finditer(text):
        line, code = line_of(text, match.start()), match.group(1)
        for reason in filter(None, match.groups()[1:]):
            if reason not in table:
                findings.append(Finding(path, line, f"{reason} is no reason of {README}: name one, or add it"))
            elif table[reason] != code:
                findings.append(Finding(path, line, f"{reason} comes with {table[reason]}, not {code}: see {README}"))
    return findings


if __name__ == "__main__":
    run(check)
